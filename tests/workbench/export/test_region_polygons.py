"""Regions as GeoJSON: the polygons, rasterised again by another hand, give the masks back."""

import numpy as np
import pytest
from matplotlib.path import Path as Outline2D

from napari_hydra.cube import make_cube
from napari_hydra.io import read_cube, write_cube
from napari_hydra.io.files.map_info import map_info_of, parse_map_info
from napari_hydra.io.regions.shape_masks import shape_mask
from napari_hydra.workbench.export.region_cube import RegionCube
from napari_hydra.workbench.export.region_polygons import regions_geojson
from napari_hydra.workbench.scene.scene import Outline, Region

SHAPE = (20, 30)
UTM = ("UTM", "1.0", "1.0", "500000.0", "4100000.0", "2.0", "2.0", "33", "North", "WGS-84", "units=Meters")


def rasterised(feature, shape=SHAPE):
    """The pixels whose centres lie in a feature's polygons and not in their holes."""
    geometry = feature["geometry"]
    polygons = [geometry["coordinates"]] if geometry["type"] == "Polygon" else geometry["coordinates"]
    ys, xs = np.indices(shape)
    centres = np.stack([xs.ravel(), ys.ravel()], axis=1)
    mask = np.zeros(shape[0] * shape[1], dtype=bool)
    for outer, *holes in polygons:
        inside = Outline2D(outer).contains_points(centres)
        for hole in holes:
            inside &= ~Outline2D(hole).contains_points(centres)
        mask |= inside
    return mask.reshape(shape)


def turns_left(ring):
    x, y = np.array(ring).T
    return (x[:-1] * y[1:] - x[1:] * y[:-1]).sum() > 0


def painted():
    """Two parts, one with a hole in which there is an island, and a part at the edge."""
    mask = np.zeros(SHAPE, dtype=bool)
    mask[2:12, 3:15] = True
    mask[4:10, 5:12] = False
    mask[6:8, 7:9] = True
    mask[15:, 25:] = True
    return mask


def test_painted_regions_come_back_with_holes_and_islands():
    region = Region("lake", "#0072b2", painted())
    (feature,) = regions_geojson([region])["features"]
    assert feature["type"] == "Feature"
    assert feature["geometry"]["type"] == "MultiPolygon"
    parts = feature["geometry"]["coordinates"]
    assert sorted(len(part) for part in parts) == [1, 1, 2]
    np.testing.assert_array_equal(rasterised(feature), region.mask)
    for outer, *holes in parts:
        assert outer[0] == outer[-1]
        assert turns_left(outer)
        assert not any(turns_left(hole) for hole in holes)
    assert feature["properties"]["name"] == "lake"
    assert feature["properties"]["pixels"] == region.mask.sum()
    assert "first pixel at 0, 0" in feature["properties"]["coordinates"]


@pytest.mark.parametrize("seed", range(4))
def test_any_mask_comes_back(seed):
    mask = np.random.default_rng(seed).random(SHAPE) < 0.3 + 0.15 * seed
    (feature,) = regions_geojson([Region("noise", "#0072b2", mask)])["features"]
    np.testing.assert_array_equal(rasterised(feature), mask)


def test_drawn_polygons_keep_their_vertices():
    vertices = np.array([[2.25, 3.5], [2.25, 20.0], [15.0, 8.0]])
    region = Region("R1", "#0072b2", shape_mask("polygon", vertices, SHAPE), outline=Outline("polygon", vertices))
    (feature,) = regions_geojson([region])["features"]
    (ring,) = feature["geometry"]["coordinates"]
    assert {tuple(point) for point in ring} == {(3.5, 2.25), (20.0, 2.25), (8.0, 15.0)}
    np.testing.assert_array_equal(rasterised(feature), region.mask)


def test_ellipses_become_the_outline_of_their_pixels():
    box = np.array([[2.0, 3.0], [2.0, 20.0], [15.0, 20.0], [15.0, 3.0]])
    region = Region("R1", "#0072b2", shape_mask("ellipse", box, SHAPE), outline=Outline("ellipse", box))
    (feature,) = regions_geojson([region])["features"]
    np.testing.assert_array_equal(rasterised(feature), region.mask)


def test_map_coordinates_begin_at_the_corner_of_the_first_pixel():
    grid = parse_map_info(UTM)
    np.testing.assert_allclose(grid.to_map(np.array([[0.0, 0.0], [2.0, 3.0]])), [[500001, 4099999], [500007, 4099995]])
    assert "UTM, 33, North, WGS-84" in grid.description


def info_of(cube):
    return map_info_of(cube.attrs, cube.shape)


def test_map_info_survives_files_and_moves_with_a_region(tmp_path):
    mask = np.zeros((6, 8), dtype=bool)
    mask[2:5, 3:6] = True
    cube = make_cube(np.ones((6, 8, 3), np.float32), [450.0, 550.0, 650.0])
    cube.attrs["map_info"] = {"fields": UTM, "size": (6, 8)}
    whole = read_cube(write_cube(cube, tmp_path / "whole.hdr"))
    assert info_of(whole) == info_of(cube)
    part = read_cube(write_cube(RegionCube.of(whole, mask, {}), tmp_path / "part.hdr"))
    here, there = info_of(part).to_map(np.zeros((1, 2))), info_of(whole).to_map(np.array([[2.0, 3.0]]))
    np.testing.assert_allclose(here, there)
    feature = regions_geojson([Region("R1", "#0072b2", mask)], info_of(whole))["features"][0]
    points = np.array(feature["geometry"]["coordinates"][0])
    assert points.min(axis=0) == pytest.approx([500006.0, 4099990.0])


@pytest.mark.parametrize("key", ["rotation=42", "Rotation = 42.0"])
def test_outlines_and_parts_of_a_turned_grid_lie_where_its_pixels_do(tmp_path, key):
    fields = ("UTM", "1", "1", "581226.666764", "7916192.56364", "5.2", "5.2", "4", "North", "WGS-84", key)
    cube = make_cube(np.ones((6, 8, 3), np.float32), [450.0, 550.0, 650.0])
    cube.attrs["map_info"] = {"fields": fields, "size": (6, 8)}
    mask = np.zeros((6, 8), dtype=bool)
    mask[2:5, 3:6] = True
    whole = read_cube(write_cube(cube, tmp_path / "whole.hdr"))
    assert tuple(whole.attrs["map_info"]["fields"]) == fields
    part = read_cube(write_cube(RegionCube.of(whole, mask, {}), tmp_path / "part.hdr"))
    # The geotransform that GDAL prints for it (ORNL DAAC, tutorial "AVIRIS-NG data in ENVI format with rotated grid").
    east = 581226.666764, 3.86435309248245, 3.479479153066063
    north = 7916192.56364, 3.479479153066063, -3.86435309248245
    expected = [[a + b * x + c * y for a, b, c in (east, north)] for y, x in ((2, 3), (2, 6), (5, 6), (5, 3))]
    corners = np.array([[2, 3], [2, 6], [5, 6], [5, 3]]) - 0.5
    np.testing.assert_allclose(info_of(whole).to_map(corners), expected, rtol=0, atol=1e-6)
    np.testing.assert_allclose(info_of(part).to_map(corners - [2, 3]), expected, rtol=0, atol=1e-6)
    outline = Outline("rectangle", corners)
    (feature,) = regions_geojson([Region("R1", "#0072b2", mask, outline=outline)], info_of(whole))["features"]
    points = np.array(feature["geometry"]["coordinates"][0])
    assert {tuple(point) for point in np.round(points, 5)} == {tuple(point) for point in np.round(expected, 5)}
