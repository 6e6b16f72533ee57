"""A picture that another reader opened is read again by ours; what the user changed is taken as it is shown."""

import numpy as np
import pytest
import tifffile
from napari.components import ViewerModel
from npe2 import PluginManifest
from PIL import Image

from napari_hydra._napari.layers.readers import read_picture_layers
from napari_hydra._napari.layers.scene_layers import layer_metadata, picture_of
from napari_hydra._napari.reconstruct.dock import ReconstructDock
from napari_hydra._napari.reconstruct.source_files import read_source
from napari_hydra.camera import Picture, for_display
from napari_hydra.camera.colour_profile import DISPLAY_P3, make_profile
from napari_hydra.cli import run
from napari_hydra.errors import HydraError
from napari_hydra.io import read_cube, write_picture

P3 = make_profile(DISPLAY_P3)
RNG = np.random.default_rng(3)


@pytest.fixture(autouse=True)
def readers_of_napari(npe2pm):
    """Napari's own readers, which its tests leave out."""
    with npe2pm.tmp_plugin(manifest=PluginManifest.from_distribution("napari")):
        yield


@pytest.fixture
def picture():
    """Large enough for napari to take it for a colour picture."""
    return RNG.integers(20, 230, (40, 48, 3), dtype=np.uint8)


@pytest.fixture
def wide(picture):
    return Picture(picture, profile=P3)


def opened_by_napari(path, viewer=None):
    (layer,) = (viewer or ViewerModel()).open(str(path), plugin="napari")
    return layer


def opened_by_us(path):
    ((data, arguments, _),) = read_picture_layers(path)
    return ViewerModel().add_image(data, **arguments)


@pytest.mark.parametrize("name", ["a.png", "a.tif"])
def test_the_profile_is_found_whoever_opened_the_file(wide, tmp_path, name):
    path = write_picture(wide, tmp_path / name)
    layer = opened_by_napari(path)
    np.testing.assert_array_equal(layer.data, np.asarray(wide))  # napari shows the numbers as if they were sRGB's
    sentences = read_source(layer)
    assert "colour profile" in sentences[0]
    for found in (picture_of(layer), picture_of(opened_by_us(path))):
        assert found.profile == P3
        np.testing.assert_array_equal(found, wide)
    assert layer_metadata(layer)["source"] == str(path)
    assert read_source(layer) == ()  # once


def test_our_layer_shows_the_colours_as_they_look(wide, tmp_path):
    layer = opened_by_us(write_picture(wide, tmp_path / "a.png"))
    np.testing.assert_array_equal(layer.data, for_display(wide))
    assert np.abs(layer.data.astype(int) - np.asarray(wide)).max() > 3


@pytest.mark.parametrize("opened", [opened_by_us, opened_by_napari])
def test_changed_pixels_are_taken_as_they_are_shown(wide, tmp_path, opened):
    layer = opened(write_picture(wide, tmp_path / "a.png"))
    if opened is opened_by_napari:
        read_source(layer)
    layer.data[3, 4] = 9, 8, 7
    found = picture_of(layer)
    assert found.profile is None
    np.testing.assert_array_equal(found, layer.data)


def test_pixels_changed_before_they_are_looked_at(wide, tmp_path):
    layer = opened_by_napari(write_picture(wide, tmp_path / "a.png"))
    layer.data[0, 0] = 1, 2, 3
    assert read_source(layer) == ()
    assert layer_metadata(layer) == {}


def test_depth_that_another_reader_dropped_comes_back(tmp_path):
    words = RNG.integers(0, 65536, (40, 48, 3), dtype=np.uint16)
    layer = opened_by_napari(write_picture(words, tmp_path / "a.png"))
    layer.data = layer.data  # as a user's look at it leaves it
    read_source(layer)
    np.testing.assert_array_equal(picture_of(layer), words)


@pytest.mark.parametrize("orientation", [3, 6])
def test_a_layer_that_lies_on_its_side_stays_so(wide, tmp_path, orientation):
    exif = Image.Exif()
    exif[274] = orientation
    Image.fromarray(np.asarray(wide)).save(tmp_path / "a.png", icc_profile=P3, exif=exif)
    layer = opened_by_napari(tmp_path / "a.png")
    read_source(layer)
    found = picture_of(layer)
    assert found.profile == P3
    np.testing.assert_array_equal(found, layer.data[..., :3])
    assert layer_metadata(layer)["source"] == ""  # the file itself stands upright


def test_near_infrared_is_not_called_transparency(picture, tmp_path):
    four = np.dstack([picture, RNG.integers(20, 200, (40, 48, 1), dtype=np.uint8)])
    tifffile.imwrite(tmp_path / "a.tif", four, photometric="rgb", extrasamples=["unspecified"])
    layer = opened_by_napari(tmp_path / "a.tif")
    assert layer.rgb
    assert "near infrared" in read_source(layer)[0]
    np.testing.assert_array_equal(picture_of(layer), picture)


def test_what_is_no_colour_is_refused_whoever_opened_it(tmp_path):
    tifffile.imwrite(tmp_path / "a.tif", RNG.integers(0, 256, (40, 48, 3), dtype=np.uint8), photometric="ycbcr")
    layer = opened_by_napari(tmp_path / "a.tif")
    read_source(layer)
    with pytest.raises(HydraError, match="YCBCR"):
        picture_of(layer)


def test_layers_without_a_file_are_left_alone(picture):
    layer = ViewerModel().add_image(picture, rgb=True)
    assert read_source(layer) == ()
    np.testing.assert_array_equal(picture_of(layer), picture)


@pytest.mark.parametrize("way", ["dropped on the dock", "opened by napari"])
def test_window_and_command_line_give_equal_cubes(make_napari_viewer, qtbot, wide, tmp_path, way):
    path = write_picture(wide, tmp_path / "p3.png")
    assert run(["reconstruct", str(path), "-o", str(tmp_path / "cube.npz"), "--model", "visible"]) == 0
    viewer = make_napari_viewer(show=False)
    dock = ReconstructDock(viewer)
    viewer.window.add_dock_widget(dock)
    if way == "opened by napari":
        opened_by_napari(path, viewer)
    else:
        dock.use_file(path)
    dock.form.model.value = "visible"
    with qtbot.waitSignal(dock.finished, timeout=60_000):
        dock.start()
    shown = np.moveaxis(np.asarray(viewer.layers[-1].data), 0, -1)
    np.testing.assert_allclose(shown, read_cube(tmp_path / "cube.npz").values, atol=1e-6)


def test_the_white_level_of_a_file_stands_in_the_form_and_can_be_changed(make_napari_viewer, tmp_path):
    twelve = np.round(RNG.random((40, 48, 3)) * 4000).astype(np.uint16)
    twelve[0, 0] = 4095
    first = write_picture(twelve, tmp_path / "twelve.tif")
    second = write_picture(np.minimum(twelve, 3000) * 2, tmp_path / "unclear.tif")
    viewer = make_napari_viewer(show=False)
    dock = ReconstructDock(viewer)
    viewer.window.add_dock_widget(dock)
    dock.use_file(first)
    assert dock.form.white_level.value == 4095
    assert dock.request().white_level == 4095
    dock.form.white_level.value = 8191
    assert dock.request().white_level == 8191
    dock.form.white_level.value = 0
    assert dock.request().white_level == 65535  # full scale, as the form says
    dock.form.white_level.value = 4095
    dock.use_file(second)
    assert dock.form.white_level.value == 0
    assert dock.request().white_level is None
    dock.form.white_level.value = 16383  # typed: it stays
    dock.use_file(write_picture(np.minimum(twelve, 3000), tmp_path / "third.tif"))
    assert dock.form.white_level.value == 16383
