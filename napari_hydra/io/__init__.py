"""Files in and out: cubes, pictures, and what a file is."""

from typing import Any

from napari_hydra.deprecation import renamed_of
from napari_hydra.io.describe import FileInfo, describe_file
from napari_hydra.io.formats.registry import READABLE, WRITABLE, CubeNotice, is_cube_file, read_cube, write_cube
from napari_hydra.io.libraries.measured_spectra import MeasuredSpectrum, read_measured_spectra
from napari_hydra.io.libraries.spectra_files import LIBRARY_SUFFIXES, read_libraries, read_library
from napari_hydra.io.libraries.spectral_library import SpectralLibrary, make_library
from napari_hydra.io.pictures.reader import READABLE_PICTURES, read_picture
from napari_hydra.io.pictures.stored import PictureNotice
from napari_hydra.io.pictures.writing import write_picture

__all__ = [
    "LIBRARY_SUFFIXES",
    "READABLE",
    "READABLE_PICTURES",
    "WRITABLE",
    "CubeNotice",
    "FileInfo",
    "MeasuredSpectrum",
    "PictureNotice",
    "SpectralLibrary",
    "describe_file",
    "is_cube_file",
    "make_library",
    "read_cube",
    "read_libraries",
    "read_library",
    "read_measured_spectra",
    "read_picture",
    "write_cube",
    "write_picture",
]


_RENAMED = {"PointSpectrum": "MeasuredSpectrum", "read_point_spectra": "read_measured_spectra"}


def __getattr__(name: str) -> Any:
    return globals()[renamed_of("napari_hydra.io", _RENAMED, name)]
