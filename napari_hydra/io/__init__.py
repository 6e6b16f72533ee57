"""Files in and out: cubes, pictures, and what a file is."""

from napari_hydra.io.describe import FileInfo, describe_file
from napari_hydra.io.pictures import READABLE_PICTURES, PictureNotice, read_picture, write_picture
from napari_hydra.io.registry import READABLE, WRITABLE, is_cube_file, read_cube, write_cube

__all__ = [
    "READABLE",
    "READABLE_PICTURES",
    "WRITABLE",
    "FileInfo",
    "PictureNotice",
    "describe_file",
    "is_cube_file",
    "read_cube",
    "read_picture",
    "write_cube",
    "write_picture",
]
