"""What one does with spectra: the statistics of a region, the distance between two spectra.

Pure functions on arrays; wavelengths in nm, angles in degrees.
"""

from napari_hydra.spectra.distance import rmse, spectral_angle
from napari_hydra.spectra.regions import RegionMoments, RegionStatistics, region_moments, region_statistics

__all__ = [
    "RegionMoments",
    "RegionStatistics",
    "region_moments",
    "region_statistics",
    "rmse",
    "spectral_angle",
]
