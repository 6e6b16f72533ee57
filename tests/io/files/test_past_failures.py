"""Damaged files that once ended otherwise than in a sentence, each made by code."""

import json
import struct

import h5py
import numpy as np
import pytest

from napari_hydra import HydraError, make_cube, read_cube, write_cube
from napari_hydra.io import describe_file, is_cube_file


@pytest.fixture
def netcdf(tmp_path):
    cube = make_cube(np.random.default_rng(0).random((4, 3, 5)), np.linspace(400, 700, 5))
    return write_cube(cube, tmp_path / "c.nc"), cube


@pytest.mark.parametrize("free", [0, 2**64 - 8])
def test_a_heap_of_hdf5_without_end(netcdf, free):
    path, cube = netcdf
    np.testing.assert_array_equal(read_cube(path).values, cube.values)
    content = bytearray(path.read_bytes())
    heap = content.index(b"GCOL")
    # the first object becomes free space of no length, on which HDF5 stays for ever
    content[heap + 16 : heap + 32] = struct.pack("<HHIQ", int(bool(free)), 0, 0, free)
    path.write_bytes(content)
    for read in (read_cube, describe_file):
        with pytest.raises(HydraError, match=r"c\.nc is damaged \(a heap at byte \d+ has no end\)"):
            read(path)
    assert not is_cube_file(path)


def test_the_words_of_a_heap_among_numbers_are_no_heap(tmp_path):
    path = tmp_path / "c.h5"
    values = np.zeros((4, 8, 64), np.float64)
    values.view("S8")[0, :, 0] = b"GCOL\x01"
    with h5py.File(path, "w") as file:
        file["cube"], file["wavelength"] = values, np.linspace(400, 700, 64)
        file["cube"].attrs["units"] = "reflectance"
    np.testing.assert_array_equal(read_cube(path).values, values.astype(np.float32))


def test_chunks_of_no_size(tmp_path):
    cube = make_cube(np.random.default_rng(0).random((4, 3, 5)), np.linspace(400, 700, 5))
    path = write_cube(cube, tmp_path / "c.zarr")
    for name in (".zmetadata", "reflectance/.zarray"):
        found = json.loads((path / name).read_text())
        entry = found["metadata"]["reflectance/.zarray"] if name == ".zmetadata" else found
        entry["chunks"][0] = 0
        (path / name).write_text(json.dumps(found))
    for read in (read_cube, describe_file):
        with pytest.raises(HydraError, match=r"chunks of no size for 'reflectance'"):
            read(path)
    assert not is_cube_file(path)
