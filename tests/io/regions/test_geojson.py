"""Regions of GeoJSON files: what we wrote gives the same masks, what others wrote is read as they mean it."""

import json

import numpy as np
import pytest
from matplotlib.path import Path as Outline2D

from napari_hydra import HydraError, make_cube, read_regions
from napari_hydra.io import is_regions_file
from napari_hydra.io.files.map_info import parse_map_info
from napari_hydra.io.regions.shape_masks import shape_mask
from napari_hydra.workbench.export.region_polygons import regions_geojson
from napari_hydra.workbench.scene.scene import Outline, Region

SHAPE = (20, 30)
UTM = ["UTM", "1", "1", "500000", "4100000", "2", "2", "33", "North", "WGS-84", "units=Meters"]
TURNED = ["UTM", "4.5", "2", "500000.3", "4100000.7", "1.7", "2.1", *UTM[7:], "rotation=31"]
DEGREES = ["Geographic Lat/Lon", "1", "1", "11.1", "47.3", "0.00009", "0.00009", "WGS-84", "units=Degrees"]


def scene(fields=None):
    cube = make_cube(np.zeros((*SHAPE, 1)), [500.0])
    if fields is not None:
        cube.attrs["map_info"] = {"fields": tuple(fields), "size": SHAPE}
    return cube


def regions():
    """A lake with a hole and an island, in two parts; a drawn polygon with corners on pixel centres; an ellipse."""
    lake = np.zeros(SHAPE, dtype=bool)
    lake[2:12, 3:15] = True
    lake[4:10, 5:12] = False
    lake[6:8, 7:9] = True
    lake[15:, 25:] = True
    corners = np.array([[1.0, 16.0], [1.0, 24.0], [9.0, 20.0], [5.0, 17.0]])
    box = np.array([[12.0, 2.0], [12.0, 12.0], [18.0, 12.0], [18.0, 2.0]])
    drawn = [("polygon", corners), ("rectangle", box), ("ellipse", box)]
    shapes = [
        Region(f"a {kind}", "#d55e00", shape_mask(kind, points, SHAPE), outline=Outline(kind, points))
        for kind, points in drawn
    ]
    return [Region("lake", "#0072b2", lake), *shapes]


def written(tmp_path, content, name="regions.geojson"):
    path = tmp_path / name
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def feature(rings, kind="Polygon", **properties):
    return {"type": "Feature", "properties": properties, "geometry": {"type": kind, "coordinates": rings}}


SQUARE = [[2, 3], [6, 3], [6, 8], [2, 8], [2, 3]]


@pytest.mark.parametrize("fields", [None, UTM, TURNED, DEGREES], ids=["pixels", "UTM", "turned", "degrees"])
def test_export_then_import_gives_the_same_masks(tmp_path, fields):
    before, cube = regions(), scene(fields)
    grid = None if fields is None else parse_map_info(fields)
    found = read_regions(written(tmp_path, regions_geojson(before, grid)), cube)
    assert found.names == tuple(region.name for region in before)
    assert found.left_out == ()
    for region, again in zip(before, found.regions, strict=True):
        np.testing.assert_array_equal(again.mask, region.mask)
        assert again.colour == region.colour
    assert [one.kind for one in found.regions] == [None, "polygon", "rectangle", "polygon"]


def test_pixels_and_map_agree_with_another_rasteriser(tmp_path):
    rng = np.random.default_rng(0)
    angles = np.sort(rng.uniform(0, 2 * np.pi, 9))
    ring = np.stack([12 + 8 * np.cos(angles), 9 + 7 * np.sin(angles)], axis=1)
    hole = np.stack([12 + 2 * np.cos(angles), 9 + 2 * np.sin(angles)], axis=1)
    ys, xs = np.indices(SHAPE)
    centres = np.stack([xs.ravel(), ys.ravel()], axis=1)
    wanted = (Outline2D(ring).contains_points(centres) & ~Outline2D(hole).contains_points(centres)).reshape(SHAPE)
    closed = [np.vstack([one, one[:1]]).tolist() for one in (ring, hole)]
    (found,) = read_regions(written(tmp_path, feature(closed, name="field")), SHAPE).regions
    np.testing.assert_array_equal(found.mask, wanted)
    assert found.kind is None


@pytest.mark.parametrize(
    ("crs", "fields"),
    [
        ("urn:ogc:def:crs:EPSG::32633", UTM),
        ("EPSG:32633", UTM),
        ("urn:ogc:def:crs:OGC:1.3:CRS84", DEGREES),
        (None, DEGREES),
    ],
)
def test_a_file_of_qgis_in_the_scenes_system_is_read(tmp_path, crs, fields):
    grid = parse_map_info(fields)
    ring = grid.to_map(np.array(SQUARE)[:, ::-1].astype(float)).tolist()
    content = {"type": "FeatureCollection", "name": "layer", "features": [feature([[ring]], "MultiPolygon", fid=7)]}
    if crs:
        content["crs"] = {"type": "name", "properties": {"name": crs}}
    found = read_regions(written(tmp_path, content), scene(fields))
    assert found.names == ("7",)
    np.testing.assert_array_equal(
        found.regions[0].mask, shape_mask("polygon", np.array(SQUARE)[:, ::-1].astype(float), SHAPE)
    )
    assert "map coordinates" in found.history[0]


@pytest.mark.parametrize(
    ("crs", "fields", "words"),
    [
        ("urn:ogc:def:crs:EPSG::32632", UTM, r"another coordinate system \(EPSG:32632\) than the scene \(EPSG:32633\)"),
        ("urn:ogc:def:crs:EPSG::32633", None, "does not say where it lies"),
        (None, UTM, "coordinates='pixels' or 'map'"),
    ],
)
def test_another_system_is_refused(tmp_path, crs, fields, words):
    content = {"type": "FeatureCollection", "features": [feature([SQUARE])]}
    if crs:
        content["crs"] = {"type": "name", "properties": {"name": crs}}
    path = written(tmp_path, content)
    with pytest.raises(HydraError, match=words):
        read_regions(path, scene(fields))
    if fields is None or crs is None:
        found = read_regions(path, scene(fields), coordinates="pixels")
        assert found.regions[0].mask.sum() == 30


def test_our_map_file_is_refused_on_another_place(tmp_path):
    path = written(tmp_path, regions_geojson(regions(), parse_map_info(UTM)))
    with pytest.raises(HydraError, match="another coordinate system"):
        read_regions(path, scene(DEGREES))


def test_what_holds_no_pixel_is_listed_not_dropped(tmp_path):
    far = [[x + 100, y] for x, y in SQUARE]
    half = [[x + 25, y] for x, y in SQUARE]
    tiny = [[2.2, 2.2], [2.4, 2.2], [2.4, 2.4], [2.2, 2.2]]
    content = {
        "type": "FeatureCollection",
        "features": [
            feature([SQUARE], name="tarp"),
            feature([SQUARE], name="tarp"),
            feature([far], name="far"),
            feature([half], name="half"),
            feature([tiny], name="tiny"),
            feature([3, 4], "Point", name="pole"),
        ],
    }
    found = read_regions(written(tmp_path, content), SHAPE)
    assert found.names == ("tarp", "tarp 2", "half")
    assert found.left_out == (
        "far lies outside of the scene",
        "tiny holds the centre of no pixel of the scene",
        "pole is a point and encloses no pixels",
    )
    assert found.history[-1] == "half is cut at the edge of the scene"


def test_qupath_counts_from_the_corner(tmp_path):
    ring = [[2, 3], [6, 3], [6, 8], [2, 8], [2, 3]]
    content = feature([ring], objectType="annotation", classification={"name": "Tumor", "color": [200, 0, 0]})
    found = read_regions(written(tmp_path, content), SHAPE)
    mask = np.zeros(SHAPE, dtype=bool)
    mask[3:8, 2:6] = True
    np.testing.assert_array_equal(found.regions[0].mask, mask)
    assert (found.names, found.regions[0].colour) == (("Tumor",), "#c80000")


@pytest.mark.parametrize("content", [[1, 2], {"type": "FeatureCollection", "features": []}, feature([[[1, 2], "x"]])])
def test_what_is_no_region_is_refused(tmp_path, content):
    with pytest.raises(HydraError):
        read_regions(written(tmp_path, content), SHAPE)


def test_damaged_text_is_refused(tmp_path):
    path = tmp_path / "a.geojson"
    path.write_text('{"type": "Feature", ')
    with pytest.raises(HydraError, match="cannot be read as regions"):
        read_regions(path, SHAPE)


def test_a_session_is_no_file_of_regions(tmp_path):
    assert is_regions_file(written(tmp_path, feature([SQUARE]), "a.json"))
    assert not is_regions_file(written(tmp_path, {"format": "napari-hydra session"}, "b.json"))
