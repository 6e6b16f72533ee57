"""The table and the choosers as widgets, driven with keys and clicks."""

import numpy as np
import pytest
from latent_scene import HEIGHT, WIDTH, latent_cube, scene
from qtpy.QtCore import Qt
from qtpy.QtGui import QColor
from qtpy.QtWidgets import QColorDialog, QLineEdit

from napari_hydra._napari.inspect.panes import SpectraPanes
from napari_hydra._napari.inspect.plot import SpectraPlot
from napari_hydra._napari.inspect.table import BOUND, NAME, PIXELS, RMSE, SHOW, SpectraTable
from napari_hydra._napari.inspect.view_options import (
    choose_level,
    choose_pixel_window,
    choose_statistic,
    choose_transform,
)
from napari_hydra._napari.state.store import Pin, Region, Store
from napari_hydra.cube import make_cube
from napari_hydra.hydra import Encoder
from napari_hydra.io import MeasuredSpectrum

PINS = (Pin("P1", 10, 20, "#e69f00"), Pin("P2", 0, 3, "#56b4e9"))


def region(height=HEIGHT, width=WIDTH):
    mask = np.zeros((height, width), dtype=bool)
    mask[2 : height - 2, 2 : width - 2] = True
    return Region("R1", "#0072b2", mask)


@pytest.fixture
def store():
    return Store(scene=scene(), pins=PINS, regions=(region(),))


@pytest.fixture
def table(store, qtbot):
    table = SpectraTable(store)
    qtbot.addWidget(table)
    table.resize(500, 200)
    table.show()
    return table


def names(table):
    return [row[NAME] for row in table.texts()]


def tick(table, row, qtbot):
    table.setCurrentIndex(table.index(row, SHOW))
    qtbot.keyClick(table, Qt.Key.Key_Space)


def test_a_name_typed_into_the_table_is_the_name(table, store, qtbot):
    assert names(table) == ["P1", "P2", "R1"]
    for row, name in ((0, "leaf"), (2, "lawn")):
        table.edit(table.index(row, NAME))
        editor = table.findChild(QLineEdit)
        editor.selectAll()
        qtbot.keyClicks(editor, name)
        qtbot.keyClick(editor, Qt.Key.Key_Return)
        qtbot.waitUntil(lambda row=row, name=name: names(table)[row] == name)
        qtbot.waitUntil(lambda: table.findChild(QLineEdit) is None)  # the editor is gone
    assert [pin.name for pin in store.pins] == ["leaf", "P2"]
    assert [r.name for r in store.regions] == ["lawn"]


def test_a_name_that_is_taken_is_refused_and_put_back(table, store, qtbot, notices):
    table.model().setData(table.index(0, NAME), "P2")
    qtbot.waitUntil(lambda: names(table) == ["P1", "P2", "R1"])
    assert store.pins == PINS
    assert "There is a P2 already" in notices[-1][1]


def test_a_tick_hides_and_shows(table, store, qtbot):
    tick(table, 1, qtbot)
    assert [pin.visible for pin in store.pins] == [True, False]
    qtbot.waitUntil(lambda: table.rows[1].item.visible is False)
    assert len(table.rows) == 3  # still there to be ticked
    tick(table, 1, qtbot)
    assert [pin.visible for pin in store.pins] == [True, True]


def test_a_colour_is_asked_for(table, store, monkeypatch, qtbot):
    monkeypatch.setattr(QColorDialog, "getColor", lambda *_a, **_k: QColor("#102030"))
    table.doubleClicked.emit(table.index(2, SHOW))
    assert store.regions[0].colour == "#102030"
    monkeypatch.setattr(QColorDialog, "getColor", lambda *_a, **_k: QColor())  # Cancel
    qtbot.waitUntil(lambda: table.rows[2].item is store.regions[0])
    table.choose_colour(2)
    assert store.regions[0].colour == "#102030"


def test_delete_removes_the_selected_rows(table, store, qtbot):
    table.selectRow(1)
    qtbot.keyClick(table, Qt.Key.Key_Delete)
    assert [pin.name for pin in store.pins] == ["P1"]
    qtbot.waitUntil(lambda: names(table) == ["P1", "R1"])
    table.selectRow(1)
    menu = table.menu_of(1)
    next(action for action in menu.actions() if action.text() == "Remove").trigger()
    assert store.regions == ()


@pytest.mark.parametrize(
    ("make", "words", "field", "value"),
    [
        (choose_transform, "continuum removed", "transform", "continuum removed"),
        (choose_pixel_window, "5 × 5 px", "pixel_window", 5),
        (choose_statistic, "median", "statistic", "median"),
        (choose_level, "68 %", "level", 0.68),
    ],
)
def test_a_choice_goes_to_the_store_and_comes_from_it(store, qtbot, make, words, field, value):
    chooser = make(store)
    qtbot.addWidget(chooser)
    first = chooser.list.currentText()
    qtbot.keyClicks(chooser.list, words[:1])
    chooser.list.setCurrentText(words)
    assert getattr(store, field) == value
    setattr(store, field, getattr(Store(), field))
    assert chooser.list.currentText() == first


def test_the_key_stands_below_the_plot_with_and_without_the_table(store, qtbot):
    plot = SpectraPlot(store)
    panes = SpectraPanes(store, plot)
    qtbot.addWidget(panes)
    panes.resize(900, 280)
    panes.show()
    assert plot.drawing.state.rows == ()
    assert not panes.table.isVisible()
    panes.show_table(True)
    assert panes.table.isVisible()
    plot.refresh()
    assert "▬ reconstruction, 90 % interval  ·  ╍ measured (truth)" in panes.caption.text()
    store.hover = (5, 6)
    plot.refresh()
    assert panes.caption.text().startswith("Cursor (5, 6)  RMSE 0.02")
    panes.show_table(False)
    assert panes.caption.isVisible()
    panes.resize(300, 600)
    assert panes.splitter.orientation() == Qt.Orientation.Vertical


def test_a_large_region_comes_from_a_thread(qtbot):
    estimate = latent_cube(height=300, width=300)
    store = Store(scene=scene(estimate=estimate))
    plot = SpectraPlot(store)
    panes = SpectraPanes(store, plot)
    qtbot.addWidget(panes)
    panes.show()
    panes.show_table(True)
    table = panes.table
    store.regions = (region(300, 300),)
    plot.refresh()
    table.refresh()
    assert plot.reader.busy
    assert table.rows[0].flags == "averaging…"
    qtbot.waitUntil(lambda: not plot.reader.busy and not plot.drawing.state.pending)
    (estimate_curve,) = [curve for curve in plot.drawing.state.curves if curve.kind == "estimate"]
    ys = np.arange(2, 298)
    np.testing.assert_allclose(estimate_curve.values[0], (0.1 + ys / 100).mean(), rtol=1e-4)
    qtbot.waitUntil(lambda: table.rows[0].rmse == "0.02")


def test_pixels_are_counted(table, store, qtbot):
    def counts():
        return [row[PIXELS] for row in table.texts()]

    assert counts() == ["1", "1", str((HEIGHT - 4) * (WIDTH - 4))]
    store.pixel_window = 3
    qtbot.waitUntil(lambda: counts()[:2] == ["9", "6"])  # cut at the edge of the picture


def test_the_bound_of_the_latent_space_stands_beside_the_error_while_it_is_drawn(qtbot):
    truth = latent_cube()
    bump = 0.05 * np.exp(-(((truth.wavelengths - 550) / 20) ** 2))
    rows = np.stack([np.ones(31), (truth.wavelengths - 400) / 600], axis=1)
    measured = make_cube(np.moveaxis(np.asarray(truth), 0, -1) + bump, truth.wavelengths)
    encoder = Encoder(np.linalg.pinv(rows).astype(np.float32), truth.wavelengths, truth.basis)
    store = Store(scene=scene(truth=measured, encoder=encoder), pins=PINS[:1])
    table = SpectraTable(store)
    qtbot.addWidget(table)
    table.show()
    assert table.isColumnHidden(BOUND)
    store.encoded_truth = True
    qtbot.waitUntil(lambda: not table.isColumnHidden(BOUND))
    left = bump - rows @ np.linalg.lstsq(rows, bump, rcond=None)[0]
    assert float(table.texts()[0][BOUND]) == pytest.approx(np.sqrt(np.mean(left**2)), rel=0.05)
    assert float(table.texts()[0][RMSE]) > float(table.texts()[0][BOUND])


def test_the_caption_has_a_sample_of_measured_spectra(store, qtbot):
    panes = SpectraPanes(store, SpectraPlot(store))
    qtbot.addWidget(panes)
    panes.show()
    panes.show_table(True)
    store.measurements = (MeasuredSpectrum(10, 20, np.array([450.0, 600.0]), np.array([0.1, 0.2]), "P1", "field.csv"),)
    qtbot.waitUntil(lambda: "┈▽┈ measured spectra (field.csv)" in panes.caption.text())


def test_a_table_behind_the_legend_waits_and_catches_up(table, store, qtbot):
    table.hide()
    store.pins = PINS[:1]
    qtbot.wait(20)
    assert names(table) == ["P1", "P2", "R1"]
    table.show()
    assert names(table) == ["P1", "R1"]
