"""The dock Compare in a real window: figures, maps, swipe, blink, cancel, closing."""

import threading

import numpy as np
import pytest
from latent_scene import HEIGHT, WIDTH, latent_cube, scene, truth_of
from qtpy.QtCore import Qt
from qtpy.QtGui import QGuiApplication
from qtpy.QtWidgets import QApplication

from napari_hydra._napari.compare import error_maps
from napari_hydra._napari.compare import results as compare_results
from napari_hydra._napari.compare.dock import CompareDock
from napari_hydra._napari.compare.error_map_layers import error_limits
from napari_hydra._napari.layers.placement import Placement
from napari_hydra._napari.layers.scene_layers import role
from napari_hydra._napari.layers.scene_view import scene_view_of
from napari_hydra._napari.state.store import Pin, Region, store_of
from napari_hydra.evaluation import metrics, score
from napari_hydra.evaluation.maps import ERROR_MAPS
from napari_hydra.progress import Progress
from napari_hydra.workbench.scene.compare_pair import pair_of
from napari_hydra.workbench.scene.run import RunResult

PIN = Pin("P1", 10, 20, "#e69f00")
PLACE = Placement((3.0, 3.0), (5.0, 7.0))


def show(viewer, shown):
    """Show a scene as a run does."""
    shown.settings.update(illuminant="D65", truth="ramps.hdr")
    result = RunResult(
        scene=shown,
        limits=(0.0, 1.0),
        truth_limits=(0.0, 1.0),
        rendered=False,
        left_out=0,
    )
    scene_view_of(viewer).show(result, PLACE)


@pytest.fixture
def viewer(make_napari_viewer):
    viewer = make_napari_viewer(show=True)
    viewer.window._qt_window.resize(1280, 800)
    show(viewer, scene(truth=truth_of(latent_cube(), offset=np.linspace(-0.05, 0.05, 31)), matched=True))
    return viewer


@pytest.fixture
def dock(viewer, qtbot, until):
    dock = CompareDock(viewer)
    viewer.window.add_dock_widget(dock, name="Compare", area="bottom")
    qtbot.waitUntil(dock.isVisible)
    dock.flush()
    return dock


def press(qtbot, button):
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def cell(dock, row, column):
    return dock.table.texts()[row][column]


def map_layer(dock, key):
    return dock.maps.layer(key)


def test_whole_scene_pins_and_regions_are_listed(viewer, dock, until):
    expected = score(store_of(viewer).scene.estimate, store_of(viewer).scene.truth, gain=1)
    assert cell(dock, 0, 1) == f"{expected['mrae']:.3f}"
    assert cell(dock, 0, 5) == f"{100 * expected['coverage90']:.0f} %"
    mask = np.zeros((HEIGHT, WIDTH), bool)
    mask[2:9, 3:12] = True
    store_of(viewer).pins = (PIN,)
    store_of(viewer).regions = (Region("R1", "#56b4e9", mask),)
    until(lambda: len(dock.table.rows) == 3 and cell(dock, 2, 6) == "63")
    assert [cell(dock, row, 0) for row in range(3)] == ["whole scene", "P1", "R1"]
    needed = sum(dock.table.columnWidth(i) for i in range(len(dock.table.texts()[0])))
    assert needed <= dock.table.viewport().width()  # no column is hidden at 1280 x 800


def test_choosing_a_row_draws_its_errors(viewer, dock, qtbot, until):
    store_of(viewer).pins = (PIN,)
    until(lambda: len(dock.table.rows) == 2)
    there = dock.table.visualRect(dock.table.index(1, 1)).center()
    qtbot.mouseClick(dock.table.viewport(), Qt.MouseButton.LeftButton, pos=there)
    until(lambda: dock.plot.drawing.state.subject == "P1")
    lines = {line.get_label(): line for line in dock.plot.drawing.figure.axes[0].lines}
    np.testing.assert_allclose(lines["bias"].get_ydata(), -np.linspace(-0.05, 0.05, 31), atol=1e-5)


def test_plots_follow_the_slider_and_lead_it(viewer, dock, until):
    viewer.dims.set_current_step(0, 4)
    until(lambda: dock.plot.drawing.state.band == 440)
    errors, scatter = dock.plot.drawing.figure.axes
    assert any("440 nm" in text.get_text() for text in scatter.texts)
    canvas = dock.plot._canvas
    canvas.draw()
    x, y = errors.transData.transform((600.0, 0.0))
    from matplotlib.backend_bases import MouseEvent

    canvas.callbacks.process("button_press_event", MouseEvent("button_press_event", canvas, x, y, button=1))
    assert viewer.dims.current_step[0] == 20


def test_copying_the_table(viewer, dock, qtbot):
    press(qtbot, dock.copy_button)
    lines = QGuiApplication.clipboard().text().splitlines()
    assert lines[1].startswith("whole scene\t")


@pytest.mark.parametrize("key", ["rmse", "mrae", "angle", "misses"])
def test_map_of_all_bands(viewer, dock, qtbot, until, key):
    active = viewer.layers.selection.active
    press(qtbot, dock.map_buttons[key])
    assert dock.map_buttons[key].isChecked()
    until(lambda: map_layer(dock, key) is not None)
    layer, shown = map_layer(dock, key), store_of(viewer).scene
    p, t = np.moveaxis(np.asarray(shown.estimate), 0, -1), shown.truth.values
    expected = {
        "rmse": lambda: metrics.rmse_map(p, t),
        "mrae": lambda: metrics.mrae_map(p, t),
        "angle": lambda: metrics.spectral_angle_map(p, t),
        "misses": lambda: 1 - np.mean(np.abs(p - t) <= widths(shown), axis=-1),
    }[key]()
    np.testing.assert_allclose(layer.data, expected, atol=1e-5)
    assert (tuple(layer.scale), tuple(layer.translate)) == ((3, 3), (5, 7))
    limits = {"rmse": (0, 0.1), "mrae": (0, 0.5), "angle": (0, 20), "misses": (0, 1)}[key]
    assert tuple(layer.contrast_limits) == pytest.approx(limits)
    assert layer.colorbar.visible
    assert viewer.layers.selection.active is active
    press(qtbot, dock.map_buttons[key])
    assert not layer.visible
    assert not dock.map_buttons[key].isChecked()


def widths(shown):
    return shown.estimate.half_width_tile(slice(None), slice(None))


def test_difference_follows_the_band(viewer, dock, qtbot):
    press(qtbot, dock.map_buttons["difference"])
    layer = map_layer(dock, "difference")
    for band in (3, 28):
        viewer.dims.set_current_step(0, band)
        values = layer._slice.image.raw
        np.testing.assert_allclose(values, -np.linspace(-0.05, 0.05, 31)[band], atol=1e-5)
    assert tuple(layer.contrast_limits) == pytest.approx((-0.1, 0.1))
    assert tuple(layer.scale) == (1, 3, 3)
    assert tuple(layer.translate) == (0, 5, 7)


def test_one_map_is_seen_at_a_time_and_the_eye_counts(viewer, dock, qtbot, until):
    press(qtbot, dock.map_buttons["difference"])
    press(qtbot, dock.map_buttons["side"])
    assert [map_layer(dock, key).visible for key in ("difference", "side")] == [False, True]
    map_layer(dock, "side").visible = False  # the eye in the layer list
    assert not dock.map_buttons["side"].isChecked()
    map_layer(dock, "difference").visible = True
    assert dock.map_buttons["difference"].isChecked()
    viewer.layers.remove(map_layer(dock, "difference"))
    assert not dock.map_buttons["difference"].isChecked()


def test_new_scene_makes_the_seen_map_anew(viewer, dock, qtbot, until):
    press(qtbot, dock.map_buttons["rmse"])
    press(qtbot, dock.map_buttons["difference"])
    until(lambda: map_layer(dock, "rmse") is not None)
    show(viewer, scene(truth=truth_of(latent_cube(), offset=0.07), matched=True))
    dock.flush()
    assert map_layer(dock, "rmse") is None
    np.testing.assert_allclose(np.asarray(map_layer(dock, "difference").data[3]), -0.07, atol=1e-5)
    assert cell(dock, 0, 2) == "0.0700"


def test_blink_key_swaps_the_stacks(viewer, dock, qtbot):
    press(qtbot, dock.map_buttons["difference"])
    view = scene_view_of(viewer)
    canvas = viewer.window._qt_viewer.canvas.native
    qtbot.keyClick(canvas, Qt.Key.Key_B)
    assert (view.estimate.visible, view.truth.visible) == (False, True)
    assert not map_layer(dock, "difference").visible  # it would hide what blinks
    qtbot.keyClick(canvas, Qt.Key.Key_B)
    assert (view.estimate.visible, view.truth.visible) == (True, False)
    press(qtbot, dock.blink_button)
    assert view.truth.visible


def test_swipe_shows_the_truth_right_of_the_line(viewer, dock, qtbot):
    press(qtbot, dock.swipe_button)
    layer = next(one for one in viewer.layers if role(one) == "swipe")
    line = next(one for one in viewer.layers if role(one) == "swipe line")
    for fraction in (0.5, 0.25):
        dock.swipe_slider.setValue(round(1000 * fraction))
        column = round(fraction * WIDTH)
        assert layer.data.shape == (31, HEIGHT, WIDTH - column)
        np.testing.assert_array_equal(layer.data[4], store_of(viewer).scene.truth.values[:, column:, 4])
        # The first pixel of the layer lies on the same pixel of the reconstruction.
        corner = layer.data_to_world((0, 0, 0))
        np.testing.assert_allclose(scene_view_of(viewer).estimate.world_to_data(corner), (0, 0, column))
        assert line.data_to_world(line.data[0, 0])[1] == pytest.approx(7 + 3 * (column - 0.5))
    dock.swipe_slider.setValue(1000)
    assert not layer.visible
    press(qtbot, dock.swipe_button)
    assert not any(role(one).startswith("swipe") for one in viewer.layers)


def test_cancel_and_compute_again(viewer, dock, qtbot, until, monkeypatch):
    may_go_on = threading.Event()
    real = compare_results.compare_steps

    def slow(*args, **keywords):
        yield Progress(0.1)
        while not may_go_on.wait(0.01):
            yield Progress(0.1)
        return (yield from real(*args, **keywords))

    monkeypatch.setattr(compare_results, "compare_steps", slow)
    show(viewer, scene(truth=truth_of(latent_cube(), offset=0.07), matched=True))
    until(lambda: dock.background.busy and "whole scene" in dock.note.text())
    assert dock.bar.isVisible()
    assert cell(dock, 0, 1) == "…"
    press(qtbot, dock.work_button)
    assert not dock.background.busy
    QApplication.processEvents()
    assert dock.work_button.text() == "Compute"
    may_go_on.set()
    press(qtbot, dock.work_button)
    dock.flush()
    assert cell(dock, 0, 2) == "0.0700"
    assert not dock.work_button.isVisible()


def test_large_scene_waits_until_it_is_asked_for(viewer, dock, qtbot, until, monkeypatch):
    monkeypatch.setattr(compare_results, "LARGEST_COPY", 1000)
    show(viewer, scene(matched=True))
    dock.flush()
    assert dock.results.whole is None
    assert not dock.background.busy
    press(qtbot, dock.work_button)
    dock.flush()
    assert cell(dock, 0, 2) == "0.0200"


def test_map_that_fails_says_so(viewer, dock, qtbot, until, monkeypatch, notices):
    def broken(*args, **keywords):
        yield Progress(0.1)
        raise OSError(2, "No such file", "truth.dat")

    monkeypatch.setattr(error_maps, "map_steps", broken)
    press(qtbot, dock.map_buttons["rmse"])
    until(lambda: not dock.background.busy)
    assert any("truth.dat" in text for _, text in notices)
    assert not dock.map_buttons["rmse"].isChecked()


def test_closed_dock_stops_and_lets_go(viewer, dock, qtbot, until, monkeypatch):
    def endless(*args, **keywords):
        while True:
            yield Progress(0.5)

    monkeypatch.setattr(error_maps, "map_steps", endless)
    press(qtbot, dock.map_buttons["rmse"])
    assert dock.background.busy
    dock.parent().close()
    assert not dock.background.busy
    before = dock.state
    store_of(viewer).pins = (PIN,)
    show(viewer, scene(matched=True))
    dock.flush()
    assert len(dock.table.rows) == 1
    assert dock.state is before
    dock.parent().show()
    dock.flush()
    assert len(dock.table.rows) == 2


def test_limits_do_not_depend_on_the_errors():
    estimate = latent_cube()
    counts = scene(estimate=estimate.scaled(6000), truth=truth_of(estimate.scaled(6000), 3, quantity="counts"))
    assert error_limits(pair_of(counts), is_signed=False) == pytest.approx((0, 200))
    assert error_limits(pair_of(scene()), is_signed=True) == pytest.approx((-0.1, 0.1))
    assert len({error.title for error in ERROR_MAPS.values()}) == len(ERROR_MAPS) == 6
