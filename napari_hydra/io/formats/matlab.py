"""MATLAB: up to version 7, version 7.3 (and any other HDF5) through h5py.

References
----------
MathWorks, "MAT-File Format" (level 5), for the element that is written by hand so that it can be streamed.
"""

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import h5py
import numpy as np
from numpy.typing import NDArray

from napari_hydra.errors import HydraError
from napari_hydra.io.files.atomic import replacing
from napari_hydra.io.files.outside import check_hdf5
from napari_hydra.io.formats.array_entries import METADATA_NAME, Entry
from napari_hydra.io.formats.arrays import choose, says_wavelengths
from napari_hydra.io.formats.hdf5 import hdf5_entries
from napari_hydra.io.formats.mat_file import variables
from napari_hydra.io.numbers.raw_cube import RawCube
from napari_hydra.io.writing.cube_source import CubeSource, to_json

LARGEST = 2**31 - 1  # bytes of a variable in level 5
_MATRIX, _SINGLE, _INT8, _INT32, _UINT32 = 14, 7, 1, 5, 6


def matches(path: Path) -> bool:
    """Whether a .mat holds a three-dimensional variable; an .h5, which may be anything, its wavelengths too."""
    if h5py.is_hdf5(path):
        check_hdf5(path)
        with h5py.File(path) as file:
            entries = hdf5_entries(file)
            if path.suffix.lower() == ".mat":
                return any(len(e.shape) == 3 for e in entries)
            return says_wavelengths(path, entries)
    return any(len(one.shape) == 3 for one in variables(path))


def read(path: Path, wavelengths: NDArray[np.float64] | None, variable: str | None) -> RawCube:
    """Read a cube from a .mat, .h5 or .hdf5 file, whatever its variables are called."""
    with _entries(path) as entries:
        kind = "MATLAB" if path.suffix.lower() == ".mat" else "HDF5"
        return choose(path, kind, entries, wavelengths, variable)


def write(cube: CubeSource, path: Path, *, overwrite: bool) -> None:
    """Write ``cube`` (y, x, band), ``wavelengths`` (nm) and metadata as level 5, band by band.

    Raises
    ------
    HydraError
        If the cube is larger than a level 5 variable may be (2 GB).
    """
    import scipy.io

    if cube.nbytes + 64 > LARGEST:
        raise HydraError(
            f"{path} cannot hold {cube.nbytes / 2**30:.1f} GB, MATLAB's format ends at 2 GB; "
            "write .zarr or .hdr instead."
        )
    small = {
        "wavelengths": cube.wavelengths[None],
        "wavelength_unit": "nm",
        METADATA_NAME: to_json(cube.metadata),
    }
    with replacing(path, overwrite=overwrite, needed=cube.nbytes) as temporary, temporary.open("wb") as file:
        scipy.io.savemat(file, small)
        file.seek(0, 2)
        padding = -cube.nbytes % 8
        head = struct.pack("<IIII", _UINT32, 8, _SINGLE, 0)  # class single, no flags
        head += struct.pack("<IIiiii", _INT32, 12, *cube.shape, 0)
        head += struct.pack("<II8s", _INT8, 4, b"cube")
        head += struct.pack("<II", _SINGLE, cube.nbytes)
        file.write(struct.pack("<II", _MATRIX, len(head) + cube.nbytes + padding) + head)
        for plane in cube.planes():  # MATLAB runs down the columns first
            file.write(np.ascontiguousarray(plane.T, dtype="<f4").data)
        file.write(bytes(padding))


@contextmanager
def _entries(path: Path) -> Iterator[list[Entry]]:
    if h5py.is_hdf5(path):
        check_hdf5(path)
        with h5py.File(path) as file:
            yield hdf5_entries(file)
        return
    yield [Entry(name=v.name, shape=v.shape, dtype=v.dtype, load=v.load) for v in variables(path)]
