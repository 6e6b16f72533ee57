"""The dock in a real window: the mouse on the canvas, the buttons, the theme, closing, writing on a thread."""

import threading
import weakref
from itertools import pairwise

import numpy as np
import pytest
from latent_scene import HEIGHT, WIDTH, scene
from matplotlib.colors import same_color
from qtpy.QtCore import QEvent, QPointF, Qt
from qtpy.QtGui import QMouseEvent
from qtpy.QtWidgets import QApplication, QFileDialog, QMessageBox

from napari_hydra._napari.inspect.dock import SpectraDock
from napari_hydra._napari.layers.guarded_cube import GuardedCube
from napari_hydra._napari.layers.picking import picking_of
from napari_hydra._napari.layers.scene_layers import KEY
from napari_hydra._napari.state.store import Pin, store_of
from napari_hydra.io import read_cube

PIN = Pin("P1", 10, 20, "#e69f00")


@pytest.fixture
def viewer(make_napari_viewer):
    viewer = make_napari_viewer(show=True)
    viewer.window._qt_window.resize(1280, 800)
    shown = scene()
    viewer.add_image(np.zeros((HEIGHT, WIDTH, 3), np.uint8), name="picture", rgb=True, scale=(3.0, 3.0))
    metadata = {KEY: {"role": "estimate"}}
    stack = GuardedCube(shown.estimate)
    viewer.add_image(stack, name="estimate", rgb=False, contrast_limits=(0, 1), metadata=metadata, scale=(1, 3.0, 3.0))
    store_of(viewer).scene = shown
    return viewer


@pytest.fixture
def dock(viewer, qtbot):
    dock = SpectraDock(viewer)
    viewer.window.add_dock_widget(dock, name="Spectra", area="bottom")
    qtbot.waitUntil(dock.isVisible)
    dock.flush()
    QApplication.processEvents()
    return dock


def on_canvas(viewer, y, x):
    """Where the pixel (y, x) of the picture is on the canvas."""
    canvas = viewer.window._qt_viewer.canvas
    transform = canvas.view.scene.node_transform(canvas._scene_canvas.scene)
    point = transform.map([3.0 * x, 3.0 * y, 0, 1])
    return QPointF(*(float(v) for v in point[:2] / point[3])).toPoint()


def hover(viewer, y, x, modifier=Qt.KeyboardModifier.ShiftModifier):
    native = viewer.window._qt_viewer.canvas.native
    there = QPointF(on_canvas(viewer, y, x))
    none = Qt.MouseButton.NoButton
    event = QMouseEvent(
        QEvent.Type.MouseMove, there, QPointF(native.mapToGlobal(there.toPoint())), none, none, modifier
    )
    QApplication.sendEvent(native, event)


def click(viewer, qtbot, y, x):
    native = viewer.window._qt_viewer.canvas.native
    qtbot.mouseClick(native, Qt.MouseButton.LeftButton, pos=on_canvas(viewer, y, x))


def words_in(dock):
    return [text.get_text() for axes in dock.plot.drawing.figure.axes for text in axes.texts]


def test_a_click_on_the_canvas_pins_and_plots(viewer, dock, qtbot):
    qtbot.mouseClick(dock.table_button, Qt.MouseButton.LeftButton)
    QApplication.processEvents()
    click(viewer, qtbot, 12, 20)
    click(viewer, qtbot, 5, 8)
    assert [(pin.y, pin.x) for pin in store_of(viewer).pins] == [(12, 20), (5, 8)]
    dock.flush()
    assert dock.panes.table.texts()[1][1:4] == ["P2", "(5, 8)", "1"]
    colours = [line.get_color() for line in dock.plot.drawing.figure.axes[0].lines]
    assert any(same_color(colour, "#56b4e9") for colour in colours)


def test_shift_hover_looks_without_pinning(viewer, dock, qtbot):
    hover(viewer, 7, 9)
    assert store_of(viewer).hover == (7, 9)
    qtbot.waitUntil(lambda: dock.plot.drawing.state.live_row is not None)
    assert dock.plot.drawing.state.live_row.text.startswith("(7, 9)")
    hover(viewer, 7, 10, Qt.KeyboardModifier.NoModifier)
    assert store_of(viewer).hover is None
    assert store_of(viewer).pins == ()


def test_hovering_repaints_over_the_kept_bitmap(viewer, dock, qtbot):
    store_of(viewer).pins = (PIN,)
    hover(viewer, 7, 9)
    dock.plot.refresh()
    qtbot.waitUntil(lambda: dock.plot._background is not None)
    kept = dock.plot._background
    before = dock.plot.grab().toImage()
    hover(viewer, 7, 12)
    dock.plot.refresh()
    assert dock.plot._background is kept  # nothing fixed was drawn again
    assert dock.plot.grab().toImage() != before


def test_pressing_the_plot_shows_that_band(viewer, dock, qtbot):
    store_of(viewer).pins = (PIN,)
    dock.plot.refresh()
    QApplication.processEvents()
    canvas = dock.plot._canvas
    upper = dock.plot.drawing.figure.axes[0]
    x, y = upper.transData.transform((603.0, np.mean(upper.get_ylim())))
    ratio = canvas.device_pixel_ratio
    where = QPointF(x / ratio, canvas.height() - y / ratio).toPoint()
    qtbot.mouseClick(canvas, Qt.MouseButton.LeftButton, pos=where)
    assert store_of(viewer).band == 20  # 600 nm


def test_the_buttons_make_layers_to_draw_and_paint_on(viewer, dock, qtbot):
    dock.table_button.setChecked(True)
    QApplication.processEvents()
    qtbot.mouseClick(dock.draw_button, Qt.MouseButton.LeftButton)
    drawn = viewer.layers.selection.active
    assert drawn.mode == "add_polygon_lasso"
    drawn.add_rectangles(np.array([[4, 10], [4, 13], [7, 13], [7, 10]]))
    drawn.mode = "pan_zoom"
    qtbot.mouseClick(dock.paint_button, Qt.MouseButton.LeftButton)
    painted = viewer.layers.selection.active
    assert painted.mode == "paint"
    click(viewer, qtbot, 18, 20)  # with the brush: paints, pins nothing
    store = store_of(viewer)
    assert [region.name for region in store.regions] == ["R1", "Label 1"]
    assert store.regions[1].mask[18, 20]
    assert store.pins == ()
    table = dock.panes.table
    qtbot.waitUntil(lambda: [row.pixels for row in table.rows][:1] == ["16"])
    assert [row[1] for row in table.texts()] == ["R1", "Label 1"]
    painted.mode = "pan_zoom"
    click(viewer, qtbot, 2, 2)
    assert len(store.pins) == 1
    qtbot.mouseClick(dock.clear_button, Qt.MouseButton.LeftButton)
    assert store.pins == ()
    assert not dock.clear_button.isEnabled()


def test_a_lasso_drawn_with_the_mouse_is_a_region(viewer, dock, qtbot):
    qtbot.mouseClick(dock.draw_button, Qt.MouseButton.LeftButton)
    native = viewer.window._qt_viewer.canvas.native
    corners = [(4, 6), (4, 26), (18, 26), (18, 6), (5, 6)]
    left = Qt.MouseButton.LeftButton
    qtbot.mousePress(native, left, pos=on_canvas(viewer, *corners[0]))
    for start, end in pairwise(corners):
        for share in np.linspace(0, 1, 12):
            y, x = (1 - share) * np.array(start) + share * np.array(end)
            there = QPointF(on_canvas(viewer, y, x))
            everywhere = QPointF(native.mapToGlobal(there.toPoint()))
            move = QMouseEvent(QEvent.Type.MouseMove, there, everywhere, left, left, Qt.KeyboardModifier.NoModifier)
            QApplication.sendEvent(native, move)
            qtbot.wait(12)  # vispy passes over moves that follow too quickly
    qtbot.mouseRelease(native, left, pos=on_canvas(viewer, *corners[-1]))
    (region,) = store_of(viewer).regions
    assert region.mask.sum() == pytest.approx(14 * 20, rel=0.15)
    assert region.mask[10, 16]
    assert store_of(viewer).pins == ()
    qtbot.mouseClick(native, left, pos=on_canvas(viewer, 20, 2))  # a shape of one point, given up by napari
    qtbot.mouseClick(native, left, pos=on_canvas(viewer, 20, 2))
    assert store_of(viewer).regions == (region,)


def test_the_plot_follows_the_theme_while_it_is_open(viewer, dock, qtbot):
    store_of(viewer).pins = (PIN,)
    for theme, is_dark in (("light", False), ("dark", True)):
        viewer.theme = theme
        qtbot.waitUntil(lambda is_dark=is_dark: dock.plot.drawing.theme.is_dark is is_dark)
        pixel = dock.plot.grab().toImage().pixelColor(2, 2)
        assert (pixel.lightness() < 100) is is_dark


def test_closing_lets_go_of_the_mouse_and_opening_takes_it_again(viewer, dock, qtbot):
    holder = next(parent for parent in parents_of(dock) if type(parent).__name__ == "QtViewerDockWidget")
    holder.close()
    assert picking_of(viewer) is None
    click(viewer, qtbot, 5, 5)
    assert store_of(viewer).pins == ()
    holder.show()
    qtbot.waitUntil(dock.isVisible)
    click(viewer, qtbot, 5, 5)
    assert len(store_of(viewer).pins) == 1


def parents_of(widget):
    while widget.parent() is not None:
        widget = widget.parent()
        yield widget


def test_a_dock_behind_another_tab_keeps_the_mouse(viewer, dock, qtbot):
    from qtpy.QtWidgets import QLabel

    viewer.window.add_dock_widget(QLabel("other"), name="Other", area="bottom", tabify=True)
    QApplication.processEvents()
    click(viewer, qtbot, 5, 5)
    assert len(store_of(viewer).pins) == 1


def test_a_removed_dock_leaves_nothing_connected(viewer, qtbot):
    dock = SpectraDock(viewer)
    holder = viewer.window.add_dock_widget(dock, name="Spectra")
    qtbot.waitUntil(dock.isVisible)
    viewer.window.remove_dock_widget(holder)
    assert picking_of(viewer) is None
    gone = weakref.ref(dock)
    dock.deleteLater()
    del dock, holder
    qtbot.waitUntil(lambda: _collected(gone))
    store_of(viewer).pins = (PIN,)  # nobody draws it
    viewer.theme = "light"


def test_a_dock_that_was_never_seen_lets_go_when_it_is_deleted(viewer, qtbot):
    dock = SpectraDock(viewer)
    assert picking_of(viewer) is not None
    dock.deleteLater()
    qtbot.waitUntil(lambda: picking_of(viewer) is None)


def _collected(reference):
    import gc

    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    QApplication.processEvents()
    gc.collect()
    return reference() is None


# -- export ----------------------------------------------------------------------------------------------------


@pytest.fixture
def answers(monkeypatch):
    """What the user answers to the file dialogs."""
    given = {"file": "", "filter": "", "folder": "", "replace": QMessageBox.StandardButton.Yes, "asked": 0}

    def question(*_args, **_keywords):
        given["asked"] += 1
        return given["replace"]

    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_a, **_k: (str(given["file"]), given["filter"]))
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_a, **_k: str(given["folder"]))
    monkeypatch.setattr(QMessageBox, "question", question)
    return given


def test_pins_are_written_where_the_user_says(viewer, dock, answers, tmp_path, qtbot, notices):
    store_of(viewer).pins = (PIN,)
    answers.update(folder=tmp_path)
    dock.export_button.regions_action.trigger()
    qtbot.waitUntil(lambda: not dock.export_button.progress.busy)
    folder = tmp_path / "ramps_regions"
    assert "P1_estimate" in (folder / "spectra" / "wide.csv").read_text()
    assert "<svg" in (folder / "plots" / "spectra.svg").read_text()
    assert [message for _, message in notices] == [f"Written: {folder}"]


def test_a_name_that_the_dialog_did_not_ask_about_is_not_replaced(viewer, dock, answers, tmp_path, qtbot, notices):
    store_of(viewer).pins = (PIN,)
    (tmp_path / "mine.html").write_text("old")
    answers.update(file=tmp_path / "mine", filter="*.html")
    dock.export_button.report_action.trigger()
    qtbot.waitUntil(lambda: not dock.export_button.progress.busy)
    assert (tmp_path / "mine.html").read_text() == "old"
    assert "exists already" in notices[-1][1]
    answers.update(file=tmp_path / "mine.html")  # asked about, and agreed to
    dock.export_button.report_action.trigger()
    qtbot.waitUntil(lambda: not dock.export_button.progress.busy, timeout=60_000)
    assert (tmp_path / "mine.html").read_text() != "old"


def test_a_cube_is_written_on_a_thread(viewer, dock, answers, tmp_path, qtbot, notices):
    answers.update(file=tmp_path / "cube.hdr", filter="*.hdr")
    dock.export_button.cube_action.trigger()
    assert dock.export_button.progress.busy
    qtbot.waitUntil(lambda: not dock.export_button.progress.busy)
    assert read_cube(tmp_path / "cube.hdr").shape == (HEIGHT, WIDTH, 31)
    assert notices[-1][1] == f"Written: {tmp_path / 'cube.hdr'}"
    assert not dock.export_button.progress.isVisible()


def test_regions_ask_before_they_replace(viewer, dock, answers, tmp_path, qtbot, notices):
    qtbot.mouseClick(dock.draw_button, Qt.MouseButton.LeftButton)
    viewer.layers.selection.active.add_rectangles(np.array([[4, 10], [4, 13], [7, 13], [7, 10]]))
    answers.update(folder=tmp_path)
    dock.export_button.regions_action.trigger()
    qtbot.waitUntil(lambda: not dock.export_button.progress.busy)
    folder = tmp_path / "ramps_regions"
    assert read_cube(folder / "cubes" / "R1_estimate.hdr").shape == (4, 4, 31)
    assert answers["asked"] == 0
    (folder / "masks" / "R1.tif").write_text("mine")
    answers.update(replace=QMessageBox.StandardButton.No)
    dock.export_button.regions_action.trigger()
    assert answers["asked"] == 1
    assert not dock.export_button.progress.busy
    assert (folder / "masks" / "R1.tif").read_text() == "mine"
    (folder / "manifest.json").unlink()  # no export of ours any more
    dock.export_button.regions_action.trigger()
    assert answers["asked"] == 1
    assert "not written by an export" in notices[-1][1]


def test_writing_can_be_cancelled_and_says_so(dock, qtbot, notices):
    progress, started = dock.export_button.progress, threading.Event()

    def task(report, cancel):
        from napari_hydra.errors import Cancelled

        report(0.4, "writing R1")
        started.set()
        assert cancel.wait(10)
        raise Cancelled

    progress.start(task)
    qtbot.waitUntil(lambda: started.is_set() and progress.bar.value() == 400)
    assert progress.isVisible()
    assert progress.label.text() == "Writing R1…"
    qtbot.mouseClick(progress.cancel_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not progress.busy)
    assert notices[-1][1] == "Cancelled; nothing was written."


def test_a_folder_that_is_not_there_is_told_in_one_sentence(viewer, dock, answers, tmp_path, qtbot, notices):
    answers.update(file=tmp_path / "nowhere" / "cube.hdr", filter="*.hdr")
    dock.export_button.cube_action.trigger()
    qtbot.waitUntil(lambda: not dock.export_button.progress.busy)
    severity, message = notices[-1]
    assert severity == "error"
    assert "nowhere is not a folder" in message


def test_the_menu_offers_what_there_is(viewer, dock):
    button = dock.export_button
    button.menu().aboutToShow.emit()
    assert not button.regions_action.isEnabled()
    assert button.cube_action.isEnabled()
    assert button.report_action.isEnabled()
    assert button.save_action.isEnabled()
    store_of(viewer).pins = (PIN,)
    assert button.regions_action.isEnabled()  # at once: its key works without the menu
    store_of(viewer).scene = None
    button.menu().aboutToShow.emit()
    assert not button.cube_action.isEnabled()
    assert not button.save_action.isEnabled()
    assert button.open_action.isEnabled()
    assert not dock.draw_button.isEnabled()
    assert all(action.toolTip() for action in button.menu().actions() if not action.isSeparator())
