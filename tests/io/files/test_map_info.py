"""The map info of ENVI headers: every form that is found in the field, and one sentence about every other."""

import re

import numpy as np
import pytest

from napari_hydra.cube import make_cube
from napari_hydra.errors import HydraError
from napari_hydra.evaluation import compare
from napari_hydra.io import read_cube, write_cube
from napari_hydra.io.files.map_info import map_info_of, parse_map_info
from napari_hydra.workbench.export.region_cube import RegionCube

UTM = ("UTM", "1.0", "1.0", "500000.0", "4100000.0", "2.0", "2.0", "33", "North", "WGS-84")


def cube_on(fields, shape=(6, 8)):
    cube = make_cube(np.full((*shape, 3), 0.5, np.float32), [450.0, 550.0, 650.0], source="scene.hdr")
    cube.attrs["map_info"] = {"fields": fields, "size": shape}
    return cube


@pytest.mark.parametrize("key", ["rotation=12", "Rotation=12", "ROTATION = 12.0", " rotation= 12"])
def test_keys_may_be_in_any_case(key):
    info = parse_map_info((*UTM, "Units=Meters", key))
    assert info.rotation == 12
    assert info.system == parse_map_info((*(field.lower() for field in UTM), "units=meters")).system


def test_map_and_pixels_are_inverse():
    info = parse_map_info(("Geographic Lat/Lon", "3.5", "2", "12.5", "47.25", "0.001", "0.002", "rotation=-23.5"))
    pixels = np.array([[0.0, 0.0], [10.5, -3.0], [2.0, 300.0]])
    np.testing.assert_allclose(info.to_pixels(info.to_map(pixels)), pixels, atol=1e-9)
    # The reference pixel, counted from 1 at the corner of the first pixel, lies where the header says.
    np.testing.assert_allclose(info.to_map([[0.5, 2.0]]), [[12.5, 47.25]])


def test_reference_pixel_may_be_any():
    info = parse_map_info(("UTM", "1.5", "3", "400000.5", "100", "1", "2"))
    np.testing.assert_allclose(info.to_map([[-0.5, -0.5]]), [[400000, 104]])


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ((*UTM, "rotation=abc"), "rotation 'abc'"),
        ((*UTM, "Rotation="), "rotation ''"),
        ((*UTM, "rotation=nan"), "rotation 'nan'"),
        (("UTM", "one", *UTM[2:]), "reference pixel 'one'"),
        ((*UTM[:5], "0", *UTM[6:]), "pixel size '0'"),
        (("Arbitrary", "a"), "2 of its at least 7"),
    ],
)
def test_what_cannot_be_read_is_named_with_its_file_and_remedy(fields, named):
    sentence = f"The map info of scene.hdr cannot be read ({named}"
    with pytest.raises(HydraError, match=re.escape(sentence) + ".*correct 'map info'"):
        map_info_of(cube_on(fields).attrs)


def test_a_cube_opens_without_its_map_and_says_so_where_the_map_is_needed(tmp_path):
    written = write_cube(cube_on((*UTM, "rotation=abc")), tmp_path / "scene.hdr")
    cube = read_cube(written)
    assert cube.attrs["map_info"]["fields"][-1] == "rotation=abc"
    assert any("rotation 'abc'" in note for note in cube.attrs["history"])
    with pytest.raises(HydraError, match=r"scene\.hdr.*rotation 'abc'"):
        RegionCube.of(cube, np.ones((6, 8), bool), {})
    with pytest.raises(HydraError, match=r"scene\.hdr.*rotation 'abc'"):
        compare(cube, cube)


def test_a_part_or_no_map_info_says_no_place():
    assert map_info_of({}) is None
    assert map_info_of({"map_info": {"fields": (), "size": (6, 8)}}) is None
    cube = cube_on(UTM)
    assert map_info_of(cube.attrs, (5, 8)) is None
    assert map_info_of(cube.attrs, cube.shape) == map_info_of(cube.attrs)
