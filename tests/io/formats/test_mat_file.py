"""MATLAB files: read as scipy reads them, and damaged ones refused without harm."""

import numpy as np
import pytest
import scipy.io

from napari_hydra import HydraError, read_cube
from napari_hydra.io import is_cube_file
from napari_hydra.io.formats.mat_file import variables

RANDOM = np.random.default_rng(0)
CONTENT = {
    "cube": RANDOM.random((5, 4, 6)),
    "short": RANDOM.integers(-5, 5, (3, 2), np.int16),
    "wide": RANDOM.integers(0, 2**60, (2, 2), np.uint64),
    "complex": (RANDOM.random((2, 3)) + 1j).astype(np.complex64),
    "flags": np.array([[True, False]]),
    "unit": "nm µ",
    "empty": np.zeros((0, 0)),
    "names": np.array(["red", "green"]),
    "sensor": {"wavelength": np.linspace(400, 700, 6), "deep": {"n": np.float32(3)}},
    "cells": np.array([1, "a"], dtype=object),
    "sparse": scipy.sparse.eye(3).tocsc(),
}


@pytest.fixture(params=[False, True], ids=["plain", "compressed"])
def mat(request, tmp_path):
    scipy.io.savemat(tmp_path / "c.mat", CONTENT, do_compression=request.param, long_field_names=True)
    return tmp_path / "c.mat"


def test_it_reads_what_scipy_reads(mat):
    found = {one.name: one for one in variables(mat)}
    theirs = scipy.io.loadmat(mat)
    assert set(found) == {*theirs, "sensor/wavelength", "sensor/deep/n"} - {
        *("__header__", "__version__", "__globals__", "sensor", "cells", "sparse")
    }
    theirs["sensor/wavelength"] = theirs["sensor"]["wavelength"][0, 0]
    theirs["sensor/deep/n"] = theirs["sensor"]["deep"][0, 0]["n"][0, 0]
    for name, one in found.items():
        values = one.load()
        if values.dtype.kind != "U":
            assert (one.shape, one.dtype) == (values.shape, values.dtype)
        np.testing.assert_array_equal(
            values, np.char.rstrip(theirs[name]) if values.dtype.kind == "U" else theirs[name]
        )


def test_the_cube_has_its_wavelengths(mat):
    cube = read_cube(mat)
    np.testing.assert_array_equal(cube.values, CONTENT["cube"].astype(np.float32))
    np.testing.assert_allclose(cube.wavelength, np.linspace(400, 700, 6))


def test_big_endian_and_matlab_s_small_elements(tmp_path):
    import struct

    def element(kind, content):
        if len(content) <= 4:
            return struct.pack(">HH", len(content), kind) + content.ljust(4, b"\0")
        return struct.pack(">II", kind, len(content)) + content + bytes(-len(content) % 8)

    values = np.arange(24, dtype=">f4").reshape(2, 3, 4)
    body = element(6, struct.pack(">II", 7, 0)) + element(5, struct.pack(">iii", 2, 3, 4)) + element(1, b"cube")
    body += element(7, values.tobytes("F"))
    head = b"MATLAB 5.0 MAT-file".ljust(124) + b"\x01\x00MI"
    (tmp_path / "c.mat").write_bytes(head + struct.pack(">II", 14, len(body)) + body)
    cube = read_cube(tmp_path / "c.mat", wavelengths=[400, 500, 600, 700])
    np.testing.assert_array_equal(cube.values, values.astype(np.float32))


def test_damaged_files_are_refused(mat):
    """Each of these, tried by the hundred thousand, brought scipy's parser down now and then."""
    whole = mat.read_bytes()
    for seed in range(300):
        random = np.random.default_rng(seed)
        data = bytearray(whole)
        for at in random.integers(128, len(whole), 3):
            data[at] = random.integers(256)
        mat.write_bytes(data if seed % 2 else data[: random.integers(128, len(whole))])
        is_cube_file(mat)
        try:
            read_cube(mat)
        except HydraError as error:
            assert str(mat) in str(error)  # noqa: PT017
