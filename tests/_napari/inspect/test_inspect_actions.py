"""Menu entries, keys on the canvas, the buttons for curves and tools, and what a user prefers, in a real window."""

from pathlib import Path

import napari.settings
import numpy as np
import pytest
from latent_scene import HEIGHT, WIDTH, latent_cube, scene
from napari._app_model import get_app_model
from npe2 import PluginManager, PluginManifest
from qtpy.QtCore import QPointF, Qt
from qtpy.QtWidgets import QPushButton

from napari_hydra._napari.inspect.dock import SpectraDock
from napari_hydra._napari.inspect.keys import KEYS
from napari_hydra._napari.layers.composites import add_colour_infrared
from napari_hydra._napari.layers.guarded_cube import GuardedCube
from napari_hydra._napari.layers.scene_layers import KEY
from napari_hydra._napari.state.preferences import Preferences, preferences
from napari_hydra._napari.state.store import Pin, store_of
from napari_hydra.hydra import Encoder

ROOT = Path(__file__).parents[3]
PINS = (Pin("P1", 10, 20, "#e69f00"), Pin("P2", 3, 4, "#56b4e9"))


def spectral(wavelengths, role="cube"):
    return {KEY: {"role": role, "wavelengths_nm": tuple(wavelengths), "quantity": "counts"}}


@pytest.fixture
def viewer(make_napari_viewer):
    viewer = make_napari_viewer(show=True)
    viewer.window._qt_window.resize(1280, 800)
    estimate = latent_cube()
    rows = estimate.basis.rows_at(estimate.wavelengths)
    shown = scene(encoder=Encoder(np.linalg.pinv(rows), estimate.wavelengths, estimate.basis))
    stack = GuardedCube(shown.estimate)
    viewer.add_image(
        stack, name="estimate", rgb=False, contrast_limits=(0, 1), metadata=spectral(estimate.wavelengths, "estimate")
    )
    store_of(viewer).scene = shown
    return viewer


@pytest.fixture
def dock(viewer, qtbot):
    dock = viewer.window.add_plugin_dock_widget("napari-spectral-hydra", "Spectra")[1]
    qtbot.waitUntil(dock.isVisible)
    dock.flush()
    dock.table_button.setChecked(True)
    return dock


def press(viewer, qtbot, key, modifier=Qt.KeyboardModifier.NoModifier):
    native = viewer.window._qt_viewer.canvas.native
    native.setFocus()
    qtbot.keyClick(native, key, modifier)


CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


# -- keys ------------------------------------------------------------------------------------------------------


def test_keys_on_the_canvas(viewer, dock, qtbot):
    store = store_of(viewer)
    press(viewer, qtbot, Qt.Key.Key_D)
    assert viewer.layers.selection.active.mode == "add_polygon_lasso"
    press(viewer, qtbot, Qt.Key.Key_Q)
    assert viewer.layers["Drawn regions"].mode == "pan_zoom"
    press(viewer, qtbot, Qt.Key.Key_D, SHIFT)
    assert viewer.layers.selection.active.mode == "paint"
    press(viewer, qtbot, Qt.Key.Key_Q)
    for expected in (3, 5):
        press(viewer, qtbot, Qt.Key.Key_W)
        assert store.pixel_window == expected
    press(viewer, qtbot, Qt.Key.Key_W, SHIFT)
    assert store.pixel_window == 3
    press(viewer, qtbot, Qt.Key.Key_U)
    assert store.encoded_truth


def test_control_z_takes_back_and_control_shift_z_does_again(viewer, dock, qtbot):
    store = store_of(viewer)
    store.pins = PINS
    dock.history.note()
    qtbot.mouseClick(dock.clear_button, Qt.MouseButton.LeftButton)
    assert store.pins == ()
    press(viewer, qtbot, Qt.Key.Key_Z, CONTROL)
    assert store.pins == PINS
    press(viewer, qtbot, Qt.Key.Key_Z, CONTROL | SHIFT)
    assert store.pins == ()
    dock.activateWindow()
    dock.panes.table.setFocus()
    qtbot.waitUntil(dock.panes.table.hasFocus)
    qtbot.keyClick(dock.panes.table, Qt.Key.Key_Z, CONTROL)
    assert store.pins == PINS
    assert dock.undo_button.isEnabled()
    qtbot.mouseClick(dock.undo_button, Qt.MouseButton.LeftButton)
    assert store.pins == ()
    assert dock.redo_button.isEnabled()


def test_the_brush_keeps_its_own_undo(viewer, dock, qtbot):
    dock.paint()
    layer = viewer.layers.selection.active
    for place, label in (((5, 5), 1), ((15, 20), 2)):
        layer.paint(place, label)
        dock.history.note()
    press(viewer, qtbot, Qt.Key.Key_Z, CONTROL)
    assert set(np.unique(layer.data)) == {0, 1}
    dock.history.note()
    press(viewer, qtbot, Qt.Key.Key_Z, CONTROL | SHIFT)
    assert set(np.unique(layer.data)) == {0, 1, 2}


def test_a_closed_dock_lets_go_of_its_keys(viewer, dock, qtbot):
    viewer.window.remove_dock_widget(dock.parent())
    press(viewer, qtbot, Qt.Key.Key_W)
    assert store_of(viewer).pixel_window == 1


def test_every_key_is_in_the_guide_and_in_a_tooltip():
    guide = (ROOT / "docs" / "inspect.md").read_text(encoding="utf-8")
    for action in KEYS:
        spelt = action.key.replace("Control-", "Ctrl+").replace("Shift-", "Shift+")
        assert f"`{spelt}`" in guide, action.key


# -- menus -----------------------------------------------------------------------------------------------------


def test_menu_entries_do_what_they_say(viewer, dock, qtbot):
    store = store_of(viewer)

    def choose(name):
        get_app_model().commands.execute_command(f"napari-spectral-hydra.{name}").result()

    for name, mode in (
        ("draw_rectangle", "add_rectangle"),
        ("draw_ellipse", "add_ellipse"),
        ("draw_polygon", "add_polygon"),
        ("draw_lasso", "add_polygon_lasso"),
        ("paint_region", "paint"),
    ):
        choose(name)
        assert viewer.layers.selection.active.mode == mode
    choose("pick_pixels")
    assert viewer.layers["Painted regions"].mode == "pan_zoom"
    store.pins = PINS
    dock.history.note()
    choose("clear_pins")
    assert store.pins == ()
    choose("undo")
    assert store.pins == PINS
    choose("redo")
    assert store.pins == ()
    choose("toggle_coded")
    choose("toggle_statistic")
    assert (store.encoded_truth, store.statistic) == (True, "median")
    choose("toggle_table")
    assert not dock.panes.table.isVisible()


def test_every_command_of_the_submenu_is_known():
    manifest = PluginManifest.from_file(ROOT / "napari_hydra" / "napari.yaml")
    known = {command.id for command in manifest.contributions.commands}
    items = manifest.contributions.menus["napari-spectral-hydra/spectra"]
    entries = [item.command for item in items if hasattr(item, "command")]
    assert set(entries) <= known
    assert len(entries) == 14


# -- buttons ---------------------------------------------------------------------------------------------------


def test_the_arrow_chooses_the_tool_and_the_button_keeps_it(viewer, dock, qtbot):
    entries = {action.text(): action for action in dock.draw_button.arrow.menu().actions()}
    assert list(entries) == ["Lasso", "Polygon", "Rectangle", "Ellipse"]
    entries["Ellipse"].trigger()
    assert viewer.layers.selection.active.mode == "add_ellipse"
    dock.pick()
    qtbot.mouseClick(dock.draw_button, Qt.MouseButton.LeftButton)
    assert viewer.layers.selection.active.mode == "add_ellipse"
    assert "ellipse" in dock.draw_button.toolTip()


def test_further_cubes_are_ticked_in_a_menu_and_leave_with_their_layer(viewer, dock, qtbot):
    store = store_of(viewer)
    fits = viewer.add_image(np.ones((3, HEIGHT, WIDTH), np.float32), name="flight", metadata=spectral([500, 600, 950]))
    viewer.add_image(np.ones((3, 9, 9), np.float32), name="small", metadata=spectral([500, 600, 950]))
    viewer.add_image(np.ones((3, HEIGHT, WIDTH), np.float32), name="no bands")
    store.pins = PINS
    button = dock.curves_button
    button.fill()
    entries = {action.text(): action for action in button.menu().actions() if action.text()}
    assert list(entries)[1:] == ["estimate", "flight", "small"]
    assert not entries["small"].isEnabled()
    assert "9 × 9" in entries["small"].toolTip()
    entries["flight"].trigger()
    assert [cube.name for cube in store.cubes] == ["flight"]
    fits.name = "campaign"
    assert [cube.name for cube in store.cubes] == ["campaign"]
    qtbot.waitUntil(lambda: "campaign (counts)" in dock.panes.caption.text())
    viewer.layers.remove(fits)
    assert store.cubes == ()
    first = next(iter(entries.values()))
    assert "upper bound" in first.text()
    first.trigger()
    assert store.encoded_truth


def test_everything_has_a_tooltip_and_one_row_is_enough_on_a_small_screen(viewer, dock, qtbot):
    for button in dock.findChildren(QPushButton):
        assert button.toolTip(), button.text()
    for chooser in (dock.transform, dock.pixel_window, dock.statistic, dock.level):
        assert chooser.list.toolTip()
    frame = dock.parent()
    frame.setFloating(True)
    frame.resize(1240, 300)  # in a window of 1280 x 800

    def tops():
        return [widget.mapTo(dock, QPointF(0, 0).toPoint()).y() for widget in (dock.paint_button, dock.level)]

    qtbot.waitUntil(lambda: dock.width() > 880 and max(tops()) - min(tops()) < 10)


# -- preferences -----------------------------------------------------------------------------------------------


def test_preferences_are_those_of_the_manifest(make_napari_viewer):
    manifest = PluginManager.instance().get_manifest("napari-spectral-hydra")
    properties = manifest.contributions.configurations["inspect"].properties
    assert {name: entry.default for name, entry in properties.items()} == vars(Preferences())


def test_a_window_begins_as_the_user_prefers(make_napari_viewer):
    settings_of = getattr(napari.settings, "get_plugin_settings", None)
    if settings_of is None:  # napari before 0.9 has no page for plugins
        assert preferences() == Preferences()
        return
    chosen = settings_of("napari-spectral-hydra").inspect
    before = vars(preferences())
    try:
        chosen.window, chosen.statistic, chosen.level, chosen.tool, chosen.table = 5, "median", 68, "ellipse", True
        viewer = make_napari_viewer()
        store = store_of(viewer)
        assert (store.pixel_window, store.statistic, store.level) == (5, "median", 0.68)
        dock = SpectraDock(viewer)
        viewer.window.add_dock_widget(dock)
        assert dock.draw_button.tool == "ellipse"
        assert dock.table_button.isChecked()
        assert dock.pixel_window.list.currentText() == "5 × 5 px"
        assert dock.level.list.currentText() == "68 %"
    finally:
        for name, value in before.items():
            setattr(chosen, name, value)


def test_a_composite_is_stretched_as_preferred(make_napari_viewer, monkeypatch, qtbot):
    viewer = make_napari_viewer()
    ramp = np.linspace(0, 1, 101)[None, None] * np.ones((3, 2, 1))
    viewer.add_image(ramp, name="ramp", rgb=False, contrast_limits=(0, 1), metadata=spectral([550, 650, 860]))
    monkeypatch.setattr("napari_hydra._napari.layers.composites.preferences", lambda: Preferences(stretch=10.0))
    add_colour_infrared(viewer)
    qtbot.waitUntil(lambda: len(viewer.layers) == 2)
    red = np.asarray(viewer.layers[-1].data)[0, :, 0]
    assert np.count_nonzero(red == 0) == 11
    assert red[10] == 0
    assert red[11] > 0
