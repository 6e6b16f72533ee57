"""Regions that were drawn elsewhere, opened onto the scene from the menu, and dropped onto the window."""

import json

import napari
import numpy as np
import pytest
import tifffile
from latent_scene import HEIGHT, WIDTH, scene

from napari_hydra._napari.inspect.dock import SpectraDock
from napari_hydra._napari.layers.guarded_cube import GuardedCube
from napari_hydra._napari.layers.scene_layers import KEY
from napari_hydra._napari.reconstruct.files import use_file
from napari_hydra._napari.sessions import export_menu
from napari_hydra._napari.sessions.commands import export_button_of
from napari_hydra._napari.sessions.region_opening import NO_SCENE
from napari_hydra._napari.sessions.region_reader import get_regions_reader
from napari_hydra._napari.state.store import Region, store_of
from napari_hydra.io.files.map_info import parse_map_info
from napari_hydra.workbench.export.region_polygons import regions_geojson

UTM = ("UTM", "1", "1", "500000", "4100000", "2", "2", "33", "North", "WGS-84", "units=Meters")


@pytest.fixture
def viewer(make_napari_viewer):
    viewer = make_napari_viewer(show=False)
    shown = scene()
    shown.truth.attrs["map_info"] = {"fields": UTM, "size": shown.truth.shape[:2]}
    viewer.add_image(np.zeros((HEIGHT, WIDTH, 3), np.uint8), name="picture", rgb=True)
    metadata = {KEY: {"role": "estimate"}}
    viewer.add_image(GuardedCube(shown.estimate), name="estimate", rgb=False, contrast_limits=(0, 1), metadata=metadata)
    store_of(viewer).scene = shown
    return viewer


@pytest.fixture
def button(viewer):
    dock = SpectraDock(viewer)
    viewer.window.add_dock_widget(dock, name="Spectra", area="bottom")
    return dock.export_button


@pytest.fixture
def said(monkeypatch):
    """Return what the notices say."""
    found = []
    for name in ("notify_info", "notify_warning"):
        monkeypatch.setattr(f"napari_hydra._napari.sessions.region_opening.{name}", found.append)
    return found


def lake():
    mask = np.zeros((HEIGHT, WIDTH), dtype=bool)
    mask[3:12, 4:20] = True
    mask[6:9, 8:12] = False
    mask[15:18, 22:30] = True
    return mask


def write(path, content):
    path.write_text(json.dumps(content))
    return path


def square(name, x=3, **crs):
    ring = [[x, 3], [x + 5, 3], [x + 5, 8], [x, 8], [x, 3]]
    feature = {"type": "Feature", "properties": {"name": name}, "geometry": {"type": "Polygon", "coordinates": [ring]}}
    return {"type": "FeatureCollection", "features": [feature], **crs}


@pytest.mark.parametrize("grid", [None, parse_map_info(UTM)], ids=["pixels", "map"])
def test_an_export_opens_as_the_same_regions(viewer, button, said, tmp_path, grid):
    before = [Region("lake", "#0072b2", lake())]
    button.open_regions_file(write(tmp_path / "fields.geojson", regions_geojson(before, grid)))
    button.progress.flush()
    (region,) = store_of(viewer).regions
    assert (region.name, region.colour) == ("lake", "#0072b2")
    np.testing.assert_array_equal(region.mask, lake())
    assert viewer.layers[-1].name == "fields"
    assert "1 regions" in said[-1]


def test_they_join_those_that_there_are(viewer, button, said, tmp_path):
    path = write(tmp_path / "a.geojson", square("tarp") | {"coordinate_system": "pixels"})
    for _ in range(2):
        button.open_regions_file(path)
        button.progress.flush()
    labels = np.zeros((HEIGHT, WIDTH), np.uint8)
    labels[1:3], labels[5:7] = 1, 2
    tifffile.imwrite(tmp_path / "mask.tif", labels)
    button.open_regions_file(tmp_path / "mask.tif")
    button.progress.flush()
    regions = store_of(viewer).regions
    assert [region.name for region in regions] == ["tarp", "tarp 2", "mask 1", "mask 2"]
    assert len({region.colour for region in regions}) == 4
    assert regions[0].outline.kind == "polygon"


def test_unclear_coordinates_are_asked_about(viewer, button, said, tmp_path, monkeypatch):
    asked = []

    def answer(_parent, unclear):
        asked.append((unclear.question, unclear.has_map))
        return "pixels" if len(asked) > 1 else None

    monkeypatch.setattr(export_menu, "ask_coordinates", answer)
    path = write(tmp_path / "a.geojson", square("tarp"))
    for count in (0, 1):
        button.open_regions_file(path)
        button.progress.flush()
        button.progress.flush()
        assert len(store_of(viewer).regions) == count
    assert asked[0] == asked[1]
    assert asked[0][1]
    assert "--" not in asked[0][0]


def test_what_lies_outside_is_told(viewer, button, said, tmp_path):
    button.open_regions_file(write(tmp_path / "a.geojson", square("far", 900) | {"coordinate_system": "pixels"}))
    button.progress.flush()
    assert store_of(viewer).regions == ()
    assert said == ["a: far lies outside of the scene."]


def test_files_dropped_on_the_canvas_open(viewer, said, tmp_path):
    paths = [str(write(tmp_path / f"{name}.geojson", square(name))) for name in ("tarp", "sand")]
    store_of(viewer).scene.truth.attrs.pop("map_info")
    assert get_regions_reader(paths) is not None
    assert napari.current_viewer() is not None
    viewer.open(paths, plugin="napari-spectral-hydra")
    export_button_of(viewer).progress.flush()
    assert [region.name for region in store_of(viewer).regions] == ["tarp", "sand"]


def test_a_file_dropped_on_the_form_opens(viewer, said, tmp_path):
    path = write(tmp_path / "a.geojson", square("tarp") | {"coordinate_system": "pixels"})
    use_file(viewer, None, path)  # the form has no part in it
    export_button_of(viewer).progress.flush()
    assert [region.name for region in store_of(viewer).regions] == ["tarp"]


def test_other_files_are_not_taken(tmp_path):
    (tmp_path / "notes.txt").write_text("hello")
    assert get_regions_reader(str(tmp_path / "notes.txt")) is None


def test_without_a_scene_a_sentence_says_what_to_do(viewer, button, said, tmp_path, notices):
    store_of(viewer).scene = None
    assert not button.open_regions_action.isEnabled()
    path = write(tmp_path / "a.geojson", square("tarp"))
    viewer.open(str(path), plugin="napari-spectral-hydra")
    assert notices[-1][1] == NO_SCENE
