"""The boundary: a file's fault becomes a HydraError, a fault of ours stays what it is."""

import json

import dask.array as da
import numpy as np
import pytest

from napari_hydra import HydraError, make_cube, read_cube, write_cube
from napari_hydra.errors import Cancelled
from napari_hydra.io.files.boundary import file_boundary
from napari_hydra.io.formats import envi


@pytest.fixture
def cube_file(tmp_path):
    return write_cube(make_cube(np.ones((2, 3, 4)), [500, 600, 700, 800]), tmp_path / "scene.hdr")


@pytest.mark.parametrize("bug", [AssertionError, TypeError, AttributeError, KeyError, ZeroDivisionError])
def test_a_bug_in_a_reader_surfaces_as_a_bug(cube_file, monkeypatch, bug):
    def broken(path, wavelengths, variable):
        raise bug("ours")

    monkeypatch.setattr(envi, "read", broken)
    with pytest.raises(bug, match="ours"):
        read_cube(cube_file)


def test_a_wrong_call_of_numpy_is_a_bug(cube_file, monkeypatch):
    monkeypatch.setattr(envi, "read", lambda *_: np.transpose(np.ones((2, 3)), "axes"))
    with pytest.raises(TypeError):
        read_cube(cube_file)


@pytest.mark.parametrize("stop", [KeyboardInterrupt, SystemExit, Cancelled])
def test_the_user_stops_it(stop):
    with pytest.raises(stop), file_boundary("scene.hdr"):
        raise stop


@pytest.mark.parametrize("error", [MemoryError(), RecursionError("deep"), OverflowError("large"), OSError(5, "read")])
def test_what_a_file_asks_for_is_told_with_file_place_and_remedy(error):
    sentence = r"^scene.zarr cannot be read as a cube at chunk 0.0 \(.+\); copy it anew.$"
    boundary = file_boundary("scene.zarr", "a cube", place="chunk 0.0", remedy="copy it anew")
    with pytest.raises(HydraError, match=sentence), boundary:
        raise error


def test_what_a_library_stumbles_over_is_the_files(tmp_path):
    with pytest.raises(HydraError, match=r"^a.json cannot be read \("), file_boundary("a.json"):
        json.loads("[" * 100_000)
    with pytest.raises(HydraError), file_boundary("a.json"):
        json.JSONEncoder().encode({1, 2})  # a TypeError in a frame of the library


def test_it_holds_where_values_are_computed_later():
    def chunk(block):
        with file_boundary("scene.zarr", "a cube"):
            return np.frombuffer(b"abc", dtype="<f4")

    with pytest.raises(HydraError, match=r"^scene\.zarr"):
        da.ones((2, 2), chunks=2).map_blocks(chunk, dtype=np.float32).compute(scheduler="threads")
