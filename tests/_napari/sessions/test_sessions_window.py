"""Sessions in the window: saved by its own menu, opened in a new window, and brought back after the run."""

import json
import os
from types import SimpleNamespace

import numpy as np
import pytest
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QApplication, QFileDialog, QMessageBox

from napari_hydra._napari.adapt.state import from_truth
from napari_hydra._napari.layers.scene_layers import layer_metadata, role
from napari_hydra._napari.layers.scene_view import scene_view_of
from napari_hydra._napari.reconstruct.commands import dock_of
from napari_hydra._napari.scenes.picking import picking_of
from napari_hydra._napari.state.store import Pin, store_of
from napari_hydra._napari.window import open_window
from napari_hydra.io import MeasuredSpectrum, write_cube, write_picture
from napari_hydra.workbench.scene.measured_spectra import SampleSite
from napari_hydra.workbench.session.reopening import load_session

TRIANGLE = np.array([[3.0, 4.0], [3.0, 20.0], [18.0, 9.0]])
ELLIPSE = np.array([[10.0, 18.0], [10.0, 28.0], [20.0, 28.0], [20.0, 18.0]])


@pytest.fixture
def opened(make_napari_viewer, monkeypatch, quick_model):
    """Return `open_window`, its viewers closed by napari's fixture."""
    monkeypatch.setattr("napari.Viewer", lambda **keywords: make_napari_viewer(**{**keywords, "show": True}))
    return open_window


@pytest.fixture
def answers(monkeypatch):
    """What the user answers to the file dialogs."""
    given = SimpleNamespace(save="", open="", folder="", replace=QMessageBox.StandardButton.Yes, asked=[])

    def question(_parent, _title, text):
        given.asked.append(text)
        return given.replace

    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_a, **_k: (str(given.save), ""))
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_a, **_k: (str(given.open), ""))
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_a, **_k: str(given.folder))
    monkeypatch.setattr(QMessageBox, "question", question)
    return given


@pytest.fixture
def files(picture, measured, tmp_path):
    write_picture(picture, tmp_path / "scene.png")
    write_cube(measured, tmp_path / "scene.hdr")
    return tmp_path


def spectra_dock(viewer):
    return viewer.window.add_plugin_dock_widget("napari-spectral-hydra", "Spectra")[1]


def run(viewer, qtbot):
    dock = dock_of(viewer)
    with qtbot.waitSignal(dock.finished, timeout=30_000):
        qtbot.mouseClick(dock.panel.button, Qt.MouseButton.LeftButton)


def written(viewer, action, qtbot):
    """Trigger an entry of the Export menu and wait until it is done."""
    button = spectra_dock(viewer).export_button
    button.menu().aboutToShow.emit()
    entry = getattr(button, action)
    assert entry.isEnabled()
    entry.trigger()
    qtbot.waitUntil(lambda: not button.progress.busy, timeout=60_000)


@pytest.fixture
def worked_on(opened, files, qtbot):
    """A window in which everything that a session keeps is other than at the start."""
    viewer = opened(files / "scene.png", files / "scene.hdr")
    form = dock_of(viewer).form
    form.camera.value, form.illuminant.value = "nikon-5100", "A"
    form.wavelengths.value = "grid"
    form.start.value, form.stop.value, form.step.value = 420.0, 680.0, 20.0
    form.scale.value = False
    run(viewer, qtbot)
    store, dock = store_of(viewer), spectra_dock(viewer)
    store.pins = (Pin("P1", 5, 6, "#e69f00"), Pin("sky", 20, 30, "#56b4e9", visible=False))
    qtbot.mouseClick(dock.draw_button, Qt.MouseButton.LeftButton)
    shapes = viewer.layers.selection.active
    shapes.add_polygons(TRIANGLE)
    shapes.add_ellipses(ELLIPSE)
    qtbot.mouseClick(dock.paint_button, Qt.MouseButton.LeftButton)
    labels = viewer.layers.selection.active
    labels.data_setitem(np.nonzero(np.pad(np.ones((4, 5), bool), ((1, 19), (2, 25)))), 1)
    labels.data_setitem(np.nonzero(np.pad(np.ones((3, 3), bool), ((20, 1), (2, 27)))), 3)
    labels.events.paint(value=[])
    picking_of(viewer).regions._read()
    store.level, store.transform, store.pixel_window, store.statistic, store.band = 0.8, "SNV", 3, "median", 7
    assert len(store.regions) == 4
    qtbot.mouseClick(dock_of(viewer).arrangements.button("side by side"), Qt.MouseButton.LeftButton)
    store.encoded_truth = True
    store.sites = (SampleSite(1, 4, 5), SampleSite(2, 20, 9))
    store.measurements = (
        *from_truth(store.scene, [("P1", 5, 6)]),
        MeasuredSpectrum(3, 2, np.array([401.5, 655.25]), np.array([0.1, 1 / 3]), "tarp", "field.csv", used=False),
    )
    return viewer


def test_a_session_opens_in_a_new_window_as_it_was(worked_on, opened, answers, files, qtbot, until):
    first = store_of(worked_on)
    answers.save = files / "s.json"
    written(worked_on, "save_action", qtbot)
    assert json.loads((files / "s.json").read_text())["truth"]["path"] == "scene.hdr"
    viewer = opened()
    store, dock = store_of(viewer), dock_of(viewer)
    answers.open = files / "s.json"
    written(viewer, "open_action", qtbot)
    until(lambda: len(store.regions) == 4)
    form = dock.form
    assert (form.camera.value, form.illuminant.value, form.model.value) == ("nikon-5100", "A", "visible")
    assert form.wavelength_choice() == dock_of(worked_on).form.wavelength_choice()
    assert form.scale.value is False
    assert layer_metadata(form.picture.value)["source"] == str(files / "scene.png")
    assert layer_metadata(form.truth.value)["source"] == str(files / "scene.hdr")
    assert store.scene.name == first.scene.name
    assert not store.scene.matched
    assert store.pins == first.pins
    assert [layer.name for layer in viewer.layers if role(layer) == "pins"] == ["Pins"]
    found = {region.name: region for region in store.regions}
    for region in first.regions:
        again = found[region.name]
        np.testing.assert_array_equal(again.mask, region.mask)
        assert (again.colour, again.visible) == (region.colour, region.visible)
    for choice in ("level", "transform", "pixel_window", "statistic", "band", "encoded_truth", "sites"):
        assert getattr(store, choice) == getattr(first, choice)
    assert viewer.dims.current_step[0] == first.band
    view = scene_view_of(viewer)
    assert view.arrangement == "side by side"
    assert view.estimate.visible
    assert view.truth.visible
    assert dock.arrangements.button("side by side").isChecked()
    frame, adapt = viewer.window.add_plugin_dock_widget("napari-spectral-hydra", "Adapt")
    frame.raise_()
    until(lambda: len(adapt.measured_table.rows) == 2)
    for ours, theirs in zip(store.measurements, first.measurements, strict=True):
        assert (ours.name, ours.y, ours.x, ours.source, ours.used) == (
            *(theirs.name, theirs.y, theirs.x, theirs.source, theirs.used),
        )
        np.testing.assert_array_equal(ours.wavelengths, theirs.wavelengths)
        np.testing.assert_array_equal(ours.values, theirs.values)
    assert viewer.layers.selection.active is viewer.layers["scene [1] reconstruction"]  # clicks pin, as after a run
    shapes = next(layer for layer in viewer.layers if type(layer).__name__ == "Shapes")
    assert list(shapes.shape_type) == ["polygon", "ellipse"]
    # They are the plugin's own regions still: moving a vertex changes the one and only that one.
    moved = [np.array(points) for points in shapes.data]
    moved[0][2] = [10.0, 9.0]
    shapes.data = moved
    now = {region.name: region for region in store.regions}
    changed = [name for name in found if not np.array_equal(now[name].mask, found[name].mask)]
    assert changed == [first.regions[0].name]


def test_opening_in_the_same_window_uses_its_layers_again(worked_on, answers, files, qtbot, until):
    answers.save = answers.open = files / "s.json"
    written(worked_on, "save_action", qtbot)
    before = [layer.name for layer in worked_on.layers]
    store = store_of(worked_on)
    store.pins, wanted = (), store.pins
    written(worked_on, "open_action", qtbot)
    until(lambda: store.pins == wanted and len(store.regions) == 4)
    assert sorted(layer.name for layer in worked_on.layers) == sorted(before)


def test_a_session_of_a_sample_opens(opened, answers, tmp_path, qtbot, until, quick_model):
    viewer = opened(sample="color_checker")
    run(viewer, qtbot)
    store_of(viewer).pins = (Pin("P1", 60, 40, "#e69f00"),)
    factor = store_of(viewer).scene.factor
    answers.save = answers.open = tmp_path / "s.json"
    written(viewer, "save_action", qtbot)
    again = opened()
    written(again, "open_action", qtbot)
    until(lambda: len(store_of(again).pins) == 1)
    assert store_of(again).scene.factor == factor
    assert store_of(again).scene.truth is not None


def test_what_is_missing_or_changed_is_told(worked_on, answers, files, qtbot, until, notices):
    answers.save = answers.open = files / "s.json"
    written(worked_on, "save_action", qtbot)
    content = bytearray((files / "scene.img").read_bytes())
    content[-2] ^= 1
    (files / "scene.img").write_bytes(content)
    store_of(worked_on).pins = ()
    written(worked_on, "open_action", qtbot)
    until(lambda: len(store_of(worked_on).pins) == 2)
    assert any(
        "scene.hdr has changed since the session was saved" in text for kind, text in notices if kind == "warning"
    )
    os.remove(files / "scene.png")
    written(worked_on, "open_action", qtbot)
    assert notices[-1][0] == "error"
    assert "scene.png" in notices[-1][1]


def test_a_cancelled_run_brings_no_pins_and_says_so(opened, answers, files, qtbot, until, notices, steady_model):
    viewer = opened(files / "scene.png")
    run(viewer, qtbot)
    store_of(viewer).pins = (Pin("P1", 5, 6, "#e69f00"),)
    answers.save = answers.open = files / "s.json"
    written(viewer, "save_action", qtbot)
    steady_model.may_finish.clear()
    again = opened()
    written(again, "open_action", qtbot)
    dock = dock_of(again)
    until(lambda: dock.running)
    dock.cancel()
    until(lambda: any("pins and regions are not shown" in text for _, text in notices))
    steady_model.may_finish.set()
    run(again, qtbot)  # a run of the user's own
    assert store_of(again).pins == ()


def test_regions_and_report_are_written_from_the_menu(worked_on, answers, files, qtbot, notices):
    answers.folder = files
    written(worked_on, "regions_action", qtbot)
    folder = files / "scene-1_regions"  # the picture's layer is "scene [1]", beside the truth's
    assert notices[-1][1] == f"Written: {folder}"
    assert sorted(path.name for path in (folder / "cubes").glob("*estimate.hdr")) == [
        f"{name}_estimate.hdr" for name in ("Label-1", "Label-3", "R1", "R2")
    ]
    assert json.loads((folder / "manifest.json").read_text())["settings"]["transform"] == "SNV"
    answers.replace = QMessageBox.StandardButton.No
    spectra_dock(worked_on).export_button.regions_action.trigger()
    assert "earlier export" in answers.asked[-1]
    assert not spectra_dock(worked_on).export_button.progress.busy
    answers.replace = QMessageBox.StandardButton.Yes
    written(worked_on, "zarr_action", qtbot)
    assert (folder / "cubes" / "R1_truth.zarr").is_dir()
    answers.save = files / "r.html"
    written(worked_on, "report_action", qtbot)
    assert "Label 3" in (files / "r.html").read_text(encoding="utf-8")


def test_the_window_of_the_command_line_opens_a_session(worked_on, opened, answers, files, qtbot, until):
    answers.save = files / "s.json"
    written(worked_on, "save_action", qtbot)
    viewer = opened(session=files / "s.json")
    until(lambda: len(store_of(viewer).regions) == 4)
    assert load_session(files / "s.json").pins == store_of(viewer).pins


def test_keys_work_while_the_menu_is_closed(worked_on, answers, files, qtbot):
    answers.save = files / "s.json"
    window = worked_on.window._qt_window
    window.activateWindow()
    qtbot.waitUntil(lambda: QApplication.activeWindow() is window)
    button = spectra_dock(worked_on).export_button
    modifiers = (
        Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.ShiftModifier
    )
    button.setFocus()
    qtbot.keyClick(button, Qt.Key.Key_S, modifiers)
    qtbot.waitUntil(lambda: (files / "s.json").exists(), timeout=20_000)
    qtbot.waitUntil(lambda: not button.progress.busy)
