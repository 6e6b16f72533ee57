"""Spectra from files: one reader for libraries, endmembers and adapting."""

from napari_hydra.io.libraries.measured_spectra import MeasuredSpectrum, read_measured_spectra
from napari_hydra.io.libraries.spectra_files import LIBRARY_SUFFIXES, is_spectra_file, read_libraries, read_library
from napari_hydra.io.libraries.spectral_library import SpectralLibrary, make_library

__all__ = [
    "LIBRARY_SUFFIXES",
    "MeasuredSpectrum",
    "SpectralLibrary",
    "is_spectra_file",
    "make_library",
    "read_libraries",
    "read_library",
    "read_measured_spectra",
]
