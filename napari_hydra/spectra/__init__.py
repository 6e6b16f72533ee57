"""What one does with spectra: normalise, differentiate, smooth, resample, average, compare, match, indices.

Pure functions on arrays; wavelengths in nm, angles in degrees.
"""

from napari_hydra.spectra.band_maths import BandFormula, find_formula, parse_formula
from napari_hydra.spectra.continuum import continuum, remove_continuum
from napari_hydra.spectra.distance import rmse, spectral_angle
from napari_hydra.spectra.indices import SpectralIndex, find_index, mix_bands, spectral_indices
from napari_hydra.spectra.matching import Endmembers, Match, information_divergence, on_bands, rank
from napari_hydra.spectra.normalise import snv, to_area, to_length, to_maximum
from napari_hydra.spectra.regions import RegionMoments, RegionStatistics, region_moments, region_statistics
from napari_hydra.spectra.resample import resample
from napari_hydra.spectra.savitzky_golay import first_derivative, savitzky_golay, second_derivative, smooth

__all__ = [
    "BandFormula",
    "Endmembers",
    "Match",
    "RegionMoments",
    "RegionStatistics",
    "SpectralIndex",
    "continuum",
    "find_formula",
    "find_index",
    "first_derivative",
    "information_divergence",
    "mix_bands",
    "on_bands",
    "parse_formula",
    "rank",
    "region_moments",
    "region_statistics",
    "remove_continuum",
    "resample",
    "rmse",
    "savitzky_golay",
    "second_derivative",
    "smooth",
    "snv",
    "spectral_angle",
    "spectral_indices",
    "to_area",
    "to_length",
    "to_maximum",
]
