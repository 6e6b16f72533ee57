"""Files in and out: cubes, pictures, and what a file is."""

from napari_hydra.io.describe import FileInfo, describe_file
from napari_hydra.io.formats.pictures import READABLE_PICTURES, PictureNotice, read_picture, write_picture
from napari_hydra.io.formats.registry import READABLE, WRITABLE, is_cube_file, read_cube, write_cube
from napari_hydra.io.libraries.point_spectra import PointSpectrum, read_point_spectra
from napari_hydra.io.libraries.reading import LIBRARY_SUFFIXES, read_libraries, read_library
from napari_hydra.io.libraries.spectral_library import SpectralLibrary, make_library

__all__ = [
    "LIBRARY_SUFFIXES",
    "READABLE",
    "READABLE_PICTURES",
    "WRITABLE",
    "FileInfo",
    "PictureNotice",
    "PointSpectrum",
    "SpectralLibrary",
    "describe_file",
    "is_cube_file",
    "make_library",
    "read_cube",
    "read_libraries",
    "read_library",
    "read_picture",
    "read_point_spectra",
    "write_cube",
    "write_picture",
]
