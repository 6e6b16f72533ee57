"""The dock in a real window: run, cancel, close, bad input."""

import os
import sys
import threading
import types
import weakref

import numpy as np
import pytest
from pointing import tile_of
from qtpy import PYQT6
from qtpy.QtCore import QMimeData, QPointF, Qt, QUrl
from qtpy.QtGui import QDropEvent

from napari_hydra._napari.layers.guarded_cube import GuardedCube
from napari_hydra._napari.layers.scene_layers import (
    cube_layer_arguments,
    layer_metadata,
    picture_layer_arguments,
    role,
    stack_of,
)
from napari_hydra._napari.reconstruct import warm_up
from napari_hydra._napari.reconstruct.dock import ReconstructDock
from napari_hydra._napari.state.store import store_of
from napari_hydra._napari.widgets._compat import canvas_grid
from napari_hydra._napari.widgets.background import time_left
from napari_hydra.cube import make_cube
from napari_hydra.errors import HydraError
from napari_hydra.io import write_cube, write_picture
from napari_hydra.progress import drain
from napari_hydra.workbench.scene.run import run_steps
from napari_hydra.workbench.scene.run_request import WavelengthChoice, grid


@pytest.fixture
def window(make_napari_viewer, request):
    """A viewer with the dock open, as (viewer, dock); on the screen for tests marked with `shown`."""
    if "steady_model" in request.fixturenames:
        request.getfixturevalue("steady_model")  # before the form lists the models
    viewer = make_napari_viewer(show=getattr(request, "param", False))
    dock = ReconstructDock(viewer)
    viewer.window.add_dock_widget(dock, name="Reconstruct")
    return viewer, dock


def add_picture(viewer, picture, name="scene"):
    return viewer.add_image(picture, **picture_layer_arguments(name))


def add_cube(viewer, cube, name="measured"):
    return viewer.add_image(stack_of(cube), **cube_layer_arguments(cube, name))


def click(dock, qtbot):
    qtbot.mouseClick(dock.panel.button, Qt.MouseButton.LeftButton)


def run(dock, qtbot):
    with qtbot.waitSignal(dock.finished, timeout=30_000):
        click(dock, qtbot)


def names(viewer):
    return [layer.name for layer in viewer.layers]


def overlay_text(viewer):
    return viewer.canvas.overlays.text.text if hasattr(viewer, "canvas") else viewer.text_overlay.text


shown = pytest.mark.parametrize("window", [True], indirect=True, ids=["shown"])


# -- a run -----------------------------------------------------------------------------------------------------


def test_run_gives_one_lazy_stack_with_its_wavelength_on_the_canvas(window, quick_model, picture, qtbot):
    viewer, dock = window
    layer = add_picture(viewer, picture)
    layer.scale, layer.translate = (2, 2), (5, 7)
    run(dock, qtbot)
    assert names(viewer) == ["scene", "scene reconstruction"]
    stack = viewer.layers[-1]
    assert isinstance(stack.data, GuardedCube)
    assert stack.data.shape == (31, 24, 32)
    assert stack.axis_labels == ("wavelength", "y", "x")
    assert tuple(stack.scale) == (1, 2, 2)
    assert tuple(stack.translate) == (0, 5, 7)
    assert {str(unit) for unit in stack.units} == {"pixel"}
    assert stack.contrast_limits == pytest.approx(stack.data.latent.contrast_limits())
    assert layer_metadata(stack)["wavelengths_nm"] == tuple(np.arange(400.0, 701.0, 10.0))
    assert "550 nm" in overlay_text(viewer)
    viewer.dims.set_current_step(0, 3)
    assert "430 nm" in overlay_text(viewer)
    assert "band 4 of 31" in overlay_text(viewer)
    store = store_of(viewer)
    assert store.band == 3
    assert store.scene.name == "scene"
    assert store.scene.truth is None
    assert store.scene.factor == 1
    assert "saturation" in store.scene.quantity
    np.testing.assert_array_equal(store.scene.picture, picture)
    store.band = 20
    assert viewer.dims.current_step[0] == 20
    assert dock.panel.button.text() == "Run"
    assert dock.panel.bar.isHidden()


def test_truth_is_shown_in_place_or_to_the_right_at_the_same_bands_and_limits(
    window, quick_model, picture, measured, qtbot
):
    viewer, dock = window
    add_cube(viewer, measured)
    add_picture(viewer, picture)
    assert dock.form.picture.value is viewer.layers["scene"]
    assert dock.form.truth.value is viewer.layers["measured"]
    assert dock.form.wavelengths.value == "truth"
    run(dock, qtbot)
    estimate, truth = viewer.layers["scene reconstruction"], viewer.layers["scene truth"]
    assert estimate.data.shape == truth.data.shape
    assert estimate.contrast_limits == truth.contrast_limits
    assert (estimate.visible, truth.visible) == (True, False)
    assert not viewer.layers["measured"].visible
    qtbot.mouseClick(dock.arrangements.button("truth"), Qt.MouseButton.LeftButton)
    assert (estimate.visible, truth.visible) == (False, True)
    assert "truth" in overlay_text(viewer)
    qtbot.mouseClick(dock.arrangements.button("side by side"), Qt.MouseButton.LeftButton)
    assert (estimate.visible, truth.visible) == (True, True)
    assert canvas_grid(viewer).enabled
    assert [tile_of(viewer, viewer.layers.index(one)) for one in (estimate, truth)] == [(0, 0), (0, 1)]
    qtbot.mouseClick(dock.arrangements.button("estimate"), Qt.MouseButton.LeftButton)
    assert not canvas_grid(viewer).enabled
    assert tuple(truth.translate) == tuple(estimate.translate)


def test_foreign_picture_is_matched_by_the_least_squares_factor_and_back(window, quick_model, picture, measured, qtbot):
    viewer, dock = window
    add_cube(viewer, measured)
    add_picture(viewer, picture)
    run(dock, qtbot)
    store = store_of(viewer)
    estimate = np.moveaxis(np.asarray(store.scene.estimate.scaled(1 / store.scene.factor)), 0, -1).astype(float)
    truth = measured.values.astype(float)
    assert store.scene.factor == pytest.approx((estimate * truth).sum() / (estimate**2).sum(), rel=1e-5)
    assert store.scene.matched
    assert store.scene.quantity == "reflectance"
    layer = viewer.layers["scene reconstruction"]
    matched_band = np.asarray(layer.data[5])
    dock.form.scale.value = False
    assert not store.scene.matched
    assert store.scene.factor == 1
    assert "saturation" in store.scene.quantity
    np.testing.assert_allclose(np.asarray(layer.data[5]), estimate[..., 5], rtol=1e-5)
    dock.form.scale.value = True
    np.testing.assert_allclose(np.asarray(layer.data[5]), matched_band, rtol=1e-6)


def test_truth_alone_is_rendered_and_its_gain_remembered(window, quick_model, measured, qtbot):
    viewer, dock = window
    add_cube(viewer, measured)
    assert dock.form.picture.value is None
    run(dock, qtbot)
    picture = viewer.layers["measured picture"]
    gain = layer_metadata(picture)["gain"]
    from napari_hydra.camera import render

    expected = render(measured)
    assert gain == pytest.approx(expected.gain)
    np.testing.assert_array_equal(picture.data, expected.picture)
    assert store_of(viewer).scene.factor == pytest.approx(1 / gain)
    # The rendered picture, chosen as a picture of its own, still knows its gain.
    dock.form.picture.value = picture
    assert dock.request().gain == pytest.approx(gain)
    dock.form.picture.value = None
    run(dock, qtbot)
    assert names(viewer).count("measured picture") == 1


def test_second_run_replaces_the_first_or_keeps_it_hidden(window, quick_model, picture, qtbot):
    viewer, dock = window
    add_picture(viewer, picture)
    run(dock, qtbot)
    first = viewer.layers[-1]
    viewer.dims.set_current_step(0, 7)
    dock.form.wavelengths.value = "grid"
    dock.form.start.value, dock.form.stop.value, dock.form.step.value = 450, 650, 5
    run(dock, qtbot)
    assert first not in viewer.layers
    assert len(viewer.layers) == 2
    assert viewer.layers[-1].data.shape[0] == 41
    assert "470 nm" in overlay_text(viewer)  # the wavelength stays, the band's number does not
    second = viewer.layers[-1]
    dock.form.keep_earlier.value = True
    run(dock, qtbot)
    assert second in viewer.layers
    assert not second.visible
    assert store_of(viewer).scene.estimate is viewer.layers[-1].data.latent


def test_slider_stops_at_the_last_band_that_there_is(window, quick_model, picture, qtbot):
    viewer, dock = window
    wide = make_cube(np.full((24, 32, 90), 0.3), np.linspace(400, 1290, 90), source="wide.hdr")
    add_cube(viewer, wide, "wide")
    add_picture(viewer, picture)
    run(dock, qtbot)
    last = viewer.layers["scene reconstruction"].data.shape[0] - 1
    assert last < 89
    viewer.dims.set_current_step(0, 80)
    assert viewer.dims.current_step[0] == last
    assert store_of(viewer).band == last


def test_removing_the_reconstruction_ends_the_scene_and_frees_it(window, quick_model, picture, qtbot, collected):
    viewer, dock = window
    add_picture(viewer, picture)
    run(dock, qtbot)
    cube, scene = weakref.ref(viewer.layers[-1].data), weakref.ref(store_of(viewer).scene)
    viewer.layers.pop()
    assert store_of(viewer).scene is None
    assert overlay_text(viewer) == ""
    assert dock.panel.status.text() == ""
    assert collected(scene)
    assert collected(cube) or not PYQT6  # with PySide6 napari itself keeps a layer that was removed


def test_run_draws_below_pins(window, quick_model, picture, qtbot):
    viewer, dock = window
    add_picture(viewer, picture)
    viewer.add_points([[1, 1]], name="mine")
    run(dock, qtbot)
    assert names(viewer) == ["scene", "scene reconstruction", "mine"]


# -- cancelling ------------------------------------------------------------------------------------------------


def test_cancel_stops_at_once_and_leaves_the_viewer_as_it_was(window, steady_model, picture, qtbot, until):
    viewer, dock = window
    add_picture(viewer, picture)
    before = names(viewer), viewer.dims.current_step, overlay_text(viewer)
    click(dock, qtbot)
    until(steady_model.under_way.is_set)
    until(lambda: "latents" in dock.panel.status.text())
    assert dock.panel.button.text() == "Cancel"
    assert not dock.panel.bar.isHidden()
    assert not dock.form.picture.enabled
    click(dock, qtbot)
    assert not dock.running
    assert dock.panel.button.text() == "Run"
    assert dock.form.picture.enabled
    steady_model.may_finish.set()
    qtbot.wait(200)
    assert (names(viewer), viewer.dims.current_step, overlay_text(viewer)) == before
    assert store_of(viewer).scene is None


def test_a_double_click_on_run_does_not_cancel(window, steady_model, picture, qtbot, until):
    viewer, dock = window
    add_picture(viewer, picture)
    click(dock, qtbot)
    qtbot.mouseDClick(dock.panel.button, Qt.MouseButton.LeftButton)
    assert dock.running
    until(steady_model.under_way.is_set)
    click(dock, qtbot)
    assert not dock.running
    steady_model.may_finish.set()


def test_what_a_run_needs_is_imported_once_the_form_is_left_alone(window, monkeypatch, until):
    _, dock = window
    imported = []
    monkeypatch.setattr(warm_up, "_MODULES", ("a module that is not there",))
    monkeypatch.setattr(warm_up.importlib, "import_module", imported.append)
    dock.warm_up.wait()
    until(lambda: bool(imported))
    dock.warm_up.flush()
    assert imported == ["a module that is not there"]


def test_run_after_cancel_gives_only_its_own_result(window, steady_model, picture, qtbot, until):
    viewer, dock = window
    add_picture(viewer, picture)
    click(dock, qtbot)
    until(steady_model.under_way.is_set)
    click(dock, qtbot)
    steady_model.may_finish.set()
    run(dock, qtbot)
    qtbot.wait(100)
    assert names(viewer) == ["scene", "scene reconstruction"]


def test_second_run_cannot_start_twice(window, steady_model, picture, qtbot, until):
    viewer, dock = window
    add_picture(viewer, picture)
    dock.start()
    dock.start()
    until(steady_model.under_way.is_set)
    dock.start()
    steady_model.may_finish.set()
    until(lambda: not dock.running)
    assert steady_model.runs == 1
    assert names(viewer) == ["scene", "scene reconstruction"]


@shown
def test_closing_the_dock_stops_the_run_and_lets_go_of_the_viewer(window, steady_model, picture, qtbot, until, notices):
    viewer, dock = window
    add_picture(viewer, picture)
    click(dock, qtbot)
    until(steady_model.under_way.is_set)
    viewer.window.remove_dock_widget(dock)
    assert not dock.running
    steady_model.may_finish.set()
    qtbot.wait(200)
    assert names(viewer) == ["scene"]
    before = dock.form.picture.choices
    add_picture(viewer, picture, "later")
    assert dock.form.picture.choices == before
    dock.deleteLater()


@shown
def test_dock_that_was_hidden_and_shown_again_knows_the_layers(window, quick_model, picture, qtbot):
    viewer, dock = window
    holder = dock.parentWidget()
    holder.close()
    layer = add_picture(viewer, picture)
    holder.show()
    assert layer in dock.form.picture.choices


def test_closing_napari_during_a_run_is_clean(make_napari_viewer, steady_model, picture, until):
    viewer = make_napari_viewer(show=True)
    dock = ReconstructDock(viewer)
    viewer.window.add_dock_widget(dock, name="Reconstruct")
    add_picture(viewer, picture)
    dock.start()
    until(steady_model.under_way.is_set)
    viewer.close()
    assert not dock.running
    # The autouse fixture fails if the worker is still at work.


@shown
def test_dock_behind_another_tab_goes_on_running(window, steady_model, picture, qtbot, until):
    from qtpy.QtWidgets import QLabel

    viewer, dock = window
    add_picture(viewer, picture)
    click(dock, qtbot)
    other = viewer.window.add_dock_widget(QLabel("other"), name="other", tabify=True)
    other.raise_()
    qtbot.wait(50)
    assert dock.running
    steady_model.may_finish.set()
    until(lambda: not dock.running)
    assert names(viewer) == ["scene", "scene reconstruction"]


def test_window_is_freed_after_use(make_napari_viewer, quick_model, picture, qtbot, collected):
    viewer = make_napari_viewer()
    dock = ReconstructDock(viewer)
    viewer.window.add_dock_widget(dock, name="Reconstruct")
    add_picture(viewer, picture)
    run(dock, qtbot)
    latent = weakref.ref(store_of(viewer).scene.estimate)
    viewer.close()
    del viewer, dock
    assert collected(latent)


# -- files -----------------------------------------------------------------------------------------------------


def drop(dock, *paths):
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    event = QDropEvent(
        QPointF(20, 20), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    )
    dock.dropEvent(event)


def test_dropped_files_are_taken_for_what_they_are(window, quick_model, picture, measured, tmp_path):
    _, dock = window
    cube_file, picture_file = tmp_path / "cube.hdr", tmp_path / "picture.png"
    write_cube(measured, cube_file)
    write_picture(picture, picture_file)
    drop(dock, picture_file, cube_file)
    assert dock.form.picture.value.name == "picture"
    assert dock.form.truth.value.name == "cube"
    request = dock.request()
    np.testing.assert_array_equal(request.picture, picture)
    np.testing.assert_allclose(request.truth.values, measured.values, atol=1e-6)


def test_browse_asks_for_a_file_and_uses_it(window, quick_model, picture, tmp_path, monkeypatch):
    viewer, dock = window
    path = tmp_path / "mine.png"
    write_picture(picture, path)
    monkeypatch.setattr(
        "napari_hydra._napari.reconstruct.files.QFileDialog.getOpenFileName", lambda *args, **keywords: (str(path), "")
    )
    dock.browse("picture")
    assert names(viewer) == ["mine"]
    assert dock.form.picture.value is viewer.layers["mine"]


def test_bad_files_are_told_in_one_sentence_and_change_nothing(window, quick_model, tmp_path, notices):
    viewer, dock = window
    text = tmp_path / "notes.png"
    text.write_text("not a picture")
    header = tmp_path / "cut.hdr"
    header.write_text(
        "ENVI\nsamples = 8\nlines = 8\nbands = 3\ndata type = 4\ninterleave = bsq\nbyte order = 0\n"
        "wavelength units = nm\nwavelength = {450, 550, 650}\n"
    )
    (tmp_path / "cut.dat").write_bytes(b"too short")
    weights = tmp_path / "other.safetensors"
    weights.write_bytes(b"\x08\0\0\0\0\0\0\0{}      ")
    for path, word in ((text, "notes.png"), (header, "cut"), (weights, "other.safetensors")):
        notices.clear()
        drop(dock, path)
        assert len(notices) == 1, path
        severity, message = notices[0]
        assert "error" in severity.lower()
        assert word in message
        assert "Traceback" not in message
        assert len(viewer.layers) == 0
    assert dock.form.model.value == "automatic"


def test_transparency_is_left_out_with_a_notice(window, quick_model, picture, qtbot, notices):
    viewer, dock = window
    transparent = np.dstack([picture, np.full(picture.shape[:2], 99, np.uint8)])
    add_picture(viewer, transparent)
    run(dock, qtbot)
    np.testing.assert_array_equal(store_of(viewer).scene.picture, picture)
    assert ["transparency" in message for _, message in notices] == [True]


# -- what cannot be run ----------------------------------------------------------------------------------------


def refused(dock, qtbot, notices):
    """Press Run and return the one sentence that came."""
    notices.clear()
    with qtbot.waitSignal(dock.failed, timeout=20_000):
        click(dock, qtbot)
    assert len(notices) == 1
    assert not dock.running
    assert dock.panel.button.text() == "Run"
    assert dock.panel.status.text() == f"Not run. {notices[0][1]}"
    return notices[0][1]


def test_run_without_a_picture(window, quick_model, qtbot, notices):
    _, dock = window
    assert "no picture" in refused(dock, qtbot, notices)


def test_run_with_a_truth_of_another_size(window, quick_model, picture, measured, qtbot, notices):
    viewer, dock = window
    add_picture(viewer, picture[:20])
    add_cube(viewer, measured)
    assert dock.form.truth.value is None  # not suggested
    dock.form.truth.value = viewer.layers["measured"]
    sentence = refused(dock, qtbot, notices)
    assert "24 x 32" in sentence
    assert "20 x 32" in sentence
    assert len(viewer.layers) == 2


def test_truth_of_larger_pixels_is_suggested_lined_up_and_compared(window, quick_model, picture, measured, qtbot):
    viewer, dock = window
    photograph = add_picture(viewer, np.repeat(np.repeat(picture, 5, 0), 5, 1))
    photograph.translate = (3.0, 4.0)
    cube = add_cube(viewer, measured)
    assert dock.form.truth.value is cube
    assert tuple(cube.scale) == (1, 5, 5)
    corners = [layer.data_to_world((0, -0.5, -0.5)[-layer.ndim :])[-2:] for layer in (photograph, cube)]
    np.testing.assert_allclose(*corners)
    run(dock, qtbot)
    truth = viewer.layers["scene truth"]
    assert truth.data.shape == (31, 24, 32)
    np.testing.assert_allclose(truth.data_to_world((0, -0.5, -0.5))[-2:], corners[0])
    assert "averaged" in dock.panel.status.text()
    assert "5 x 5" in dock.panel.status.text()


def test_map_info_sets_the_scale_of_both(window, picture, measured, quick_model):
    viewer, _ = window
    measured.attrs["map_info"] = {"fields": ("UTM", "1", "1", "4e5", "3e6", "2", "2"), "size": (24, 32)}
    photograph = add_picture(viewer, np.repeat(np.repeat(picture, 5, 0), 5, 1))
    cube = add_cube(viewer, measured)
    assert tuple(cube.scale) == (1, 2, 2)
    np.testing.assert_allclose(photograph.scale, (0.4, 0.4))
    corners = [layer.data_to_world((0, -0.5, -0.5)[-layer.ndim :])[-2:] for layer in (photograph, cube)]
    np.testing.assert_allclose(*corners)


def test_a_cube_that_the_user_placed_stays_there(window, picture, measured, quick_model):
    viewer, _ = window
    add_picture(viewer, np.repeat(np.repeat(picture, 5, 0), 5, 1))
    cube = viewer.add_image(stack_of(measured), **cube_layer_arguments(measured, "measured"), scale=(1, 7, 7))
    assert tuple(cube.scale) == (1, 7, 7)


def test_truth_of_smaller_pixels_lies_under_the_picture(window, picture, measured, quick_model, qtbot):
    viewer, dock = window
    small = add_picture(viewer, picture[::4, ::4])
    cube = add_cube(viewer, measured)
    assert tuple(cube.scale) == (1, 0.25, 0.25)
    corners = [layer.data_to_world((0, -0.5, -0.5)[-layer.ndim :])[-2:] for layer in (small, cube)]
    np.testing.assert_allclose(*corners)
    run(dock, qtbot)
    assert viewer.layers["scene truth"].data.shape == (31, 6, 8)


def test_run_with_one_pixel(window, quick_model, picture, qtbot, notices):
    viewer, dock = window
    add_picture(viewer, picture[:1, :1])
    assert "1 x 1" in refused(dock, qtbot, notices)


def test_run_with_nan_in_picture_or_truth(window, quick_model, picture, measured, qtbot, notices):
    viewer, dock = window
    broken = picture / np.float32(255)
    broken[3, 4, 1] = np.nan
    layer = add_picture(viewer, broken)
    assert "NaN" in refused(dock, qtbot, notices)
    viewer.layers.remove(layer)
    add_picture(viewer, picture)
    measured.values[2, 3, 4] = np.inf
    add_cube(viewer, measured)
    assert "1 pixel" in refused(dock, qtbot, notices)
    assert [layer for layer in viewer.layers if role(layer) == "estimate"] == []


@pytest.mark.parametrize(
    ("start", "stop", "step", "words"),
    [(700, 400, 10, "start below the stop"), (300, 700, 10, "300"), (400, 900, 10, "900")],
)
def test_run_with_wavelengths_that_cannot_be(window, quick_model, picture, qtbot, notices, start, stop, step, words):
    viewer, dock = window
    add_picture(viewer, picture)
    dock.form.wavelengths.value = "grid"
    dock.form.start.value, dock.form.stop.value, dock.form.step.value = start, stop, step
    assert words in refused(dock, qtbot, notices)


def test_run_on_a_device_that_is_not_there(window, picture, qtbot, notices, monkeypatch):
    viewer, dock = window
    import torch

    if torch.cuda.is_available():
        pytest.skip("needs a machine without a GPU")
    add_picture(viewer, picture)
    dock.form.device.choices = ["auto", "cuda"]
    dock.form.device.value = "cuda"
    assert "cuda" in refused(dock, qtbot, notices)
    assert names(viewer) == ["scene"]


def test_devices_are_offered_without_waiting_for_pytorch(window, monkeypatch):
    """A package that another thread is still importing has no `devices` yet: importing it here would block."""
    _, dock = window
    monkeypatch.setitem(sys.modules, "napari_hydra.hydra.device", types.ModuleType("napari_hydra.hydra.device"))
    dock.form.refresh_devices()
    assert list(dock.form.device.choices[:2]) == ["auto", "cpu"]
    ready = types.ModuleType("napari_hydra.hydra.device")
    ready.devices = lambda: ["abacus", "cpu"]
    monkeypatch.setitem(sys.modules, "napari_hydra.hydra.device", ready)
    dock.form.refresh_devices()
    assert set(dock.form.device.choices) == {"auto", "abacus", "cpu"}


def test_fault_of_ours_is_not_hidden(window, quick_model, picture, qtbot, until):
    """A RuntimeError, which thread workers take for a deleted worker, reaches napari as an error."""
    viewer, dock = window
    add_picture(viewer, picture)
    quick_model.error = RuntimeError("of the network")
    with qtbot.capture_exceptions() as exceptions:
        click(dock, qtbot)
        until(lambda: not dock.running)
    ((_, fault, _),) = exceptions
    assert "of the network" in str(fault)
    assert os.environ["NAPARI_HYDRA_LOG"] in str(fault)
    assert str(fault.__cause__) == "of the network"
    assert names(viewer) == ["scene"]


# -- the form --------------------------------------------------------------------------------------------------


def test_choosers_follow_the_layers(window, quick_model, picture, measured):
    viewer, dock = window
    first = add_picture(viewer, picture, "first")
    second = add_picture(viewer, picture, "second")
    assert dock.form.picture.value is first  # a choice is not taken away by a later layer
    first.name = "renamed"
    assert dock.form.picture.value is first
    assert dock.form.picture.current_choice == "renamed"
    viewer.layers.remove(first)
    assert dock.form.picture.value is second  # one of those that are left
    assert set(dock.form.picture.choices) == {None, second}
    viewer.add_image(np.zeros((4, 24, 32)), name="no wavelengths")
    cube = add_cube(viewer, measured)
    assert set(dock.form.truth.choices) == {None, cube}


def test_without_truth_the_wavelengths_are_the_models_again(window, quick_model, picture, measured, qtbot):
    viewer, dock = window
    assert dock.form.picture.current_choice == "none"
    add_cube(viewer, measured)
    assert dock.form.picture.current_choice == "from the truth"
    assert dock.form.wavelengths.value == "truth"
    assert dock.form.scale.enabled
    add_picture(viewer, picture)
    dock.form.truth.value = None
    assert dock.form.wavelengths.value == "model"
    assert not dock.form.scale.enabled
    run(dock, qtbot)
    assert store_of(viewer).scene.truth is None


def test_info_tells_range_training_and_meaning(window, quick_model, picture, measured):
    viewer, dock = window
    assert "400 to 700 nm" in dock.info.text()
    assert "three scenes of a test" in dock.info.text()
    assert "saturation" in dock.info.text()
    add_picture(viewer, picture)
    add_cube(viewer, measured)
    assert "reflectance, matched to the truth" in dock.info.text()
    dock.form.scale.value = False
    assert "saturation" in dock.info.text()


def test_camera_and_white_level_reach_the_model(window, quick_model, picture, qtbot):
    viewer, dock = window
    add_picture(viewer, picture.astype(np.uint16) * 16)
    dock.form.camera.value = "nikon-5100"
    dock.form.illuminant.value = "A"
    dock.form.white_level.value = 4095
    run(dock, qtbot)
    assert quick_model.asked["camera"].name == "nikon-5100"
    assert quick_model.asked["camera"].illuminant == "A"
    assert quick_model.asked["white_level"] == 4095


@shown
def test_form_fits_a_small_screen(window, quick_model, qtbot):
    viewer, dock = window
    viewer.window.resize(1280, 800)
    qtbot.wait(50)
    assert dock.minimumSizeHint().height() < 560
    assert dock.minimumSizeHint().width() <= 340


# -- pieces without a window -----------------------------------------------------------------------------------


def test_grid_includes_its_end():
    assert grid(WavelengthChoice("grid", 400, 700, 10)).tolist() == list(np.arange(400.0, 701.0, 10.0))
    assert grid(WavelengthChoice("grid", 400, 705, 10))[-1] == 700
    with pytest.raises(HydraError, match="larger step"):
        grid(WavelengthChoice("grid", 400, 700, 0.01))


@pytest.mark.parametrize(
    ("elapsed", "fraction", "words"),
    [(10, 0.5, "about 10 s left"), (60, 0.1, "about 9 min left"), (0.1, 0.5, ""), (10, 0.01, ""), (10, 1, "")],
)
def test_time_left(elapsed, fraction, words):
    assert time_left(100.0, fraction, 100.0 + elapsed) == words


def test_steps_stop_when_cancelled_before_they_begin(steady_model, picture):
    from napari_hydra.errors import Cancelled
    from napari_hydra.workbench.scene.run_request import RunRequest

    cancel = threading.Event()
    cancel.set()
    with pytest.raises(Cancelled):
        drain(run_steps(RunRequest(name="scene", picture=picture)), cancel=cancel)
    assert steady_model.runs == 0
