"""Zooming, moving and pointing on the plot with the mouse."""

import numpy as np
import pytest
from latent_scene import latent_cube, scene
from qtpy.QtCore import QPoint, QPointF, Qt
from qtpy.QtGui import QWheelEvent
from qtpy.QtWidgets import QApplication

from napari_hydra._napari.inspect.plot import SpectraPlot
from napari_hydra._napari.state.store import Pin, Store

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def plot(qtbot):
    store = Store(scene=scene(), pins=(Pin("P1", 10, 20, "#e69f00"),))
    plot = SpectraPlot(store)
    plot.store = store
    qtbot.addWidget(plot)
    plot.resize(700, 420)
    plot.show()
    qtbot.waitExposed(plot)
    plot.refresh()
    return plot


def axes_of(plot):
    return [axes for axes in plot.drawing.figure.axes if plot.drawing.is_spectral(axes)]


def at(plot, wavelength, height=0.5, axes=0):
    """Where a wavelength is on the canvas, some share of the axes' height above their foot."""
    canvas, chosen = plot._canvas, axes_of(plot)[axes]
    low, high = chosen.get_ylim()
    x, y = chosen.transData.transform((wavelength, low + height * (high - low))) / canvas.device_pixel_ratio
    return QPointF(x, canvas.height() - y).toPoint()


def wheel(plot, where, steps, modifier=Qt.KeyboardModifier.NoModifier):
    canvas = plot._canvas
    event = QWheelEvent(
        QPointF(where),
        QPointF(canvas.mapToGlobal(where)),
        QPoint(),
        QPoint(0, 120 * steps),
        Qt.MouseButton.NoButton,
        modifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(canvas, event)


def drag(plot, qtbot, start, end):
    qtbot.mousePress(plot._canvas, LEFT, pos=start)
    for share in (0.25, 0.5, 0.75, 1.0):
        qtbot.mouseMove(plot._canvas, start + (end - start) * share)
        QApplication.processEvents()
    qtbot.mouseRelease(plot._canvas, LEFT, pos=end)


def test_the_wheel_comes_nearer_to_the_wavelength_under_it(plot):
    upper, lower = axes_of(plot)
    values = upper.get_ylim()
    wheel(plot, at(plot, 500.0), 3)
    low, high = upper.get_xlim()
    assert high - low == pytest.approx(306.0 / 1.25**3)
    assert (500.0 - low) / (high - low) == pytest.approx((500.0 - 397.0) / 306.0, abs=0.01)
    assert lower.get_xlim() == (low, high)
    assert upper.get_ylim() == values
    wheel(plot, at(plot, 500.0), -9)
    assert upper.get_xlim() == (397.0, 703.0)  # never further than everything
    assert not plot.drawing.is_zoomed


def test_the_wheel_with_ctrl_zooms_the_values_of_one_plot(plot):
    upper, lower = axes_of(plot)
    before = upper.get_ylim(), lower.get_ylim()
    wheel(plot, at(plot, 500.0, axes=1), 2, Qt.KeyboardModifier.ControlModifier)
    assert upper.get_ylim() == before[0]
    assert np.ptp(lower.get_ylim()) == pytest.approx(np.ptp(before[1]) / 1.25**2)
    assert upper.get_xlim() == (397.0, 703.0)


def test_a_zoomed_plot_is_moved_and_not_beyond_its_end(plot, qtbot):
    upper = axes_of(plot)[0]
    wheel(plot, at(plot, 500.0), 4)
    low, high = upper.get_xlim()
    start = at(plot, 520.0)
    drag(plot, qtbot, start, at(plot, 500.0))
    assert upper.get_xlim()[0] == pytest.approx(low + 20.0, abs=2.0)
    assert np.ptp(upper.get_xlim()) == pytest.approx(high - low)
    assert plot.store.band == 0
    for _ in range(8):
        drag(plot, qtbot, at(plot, upper.get_xlim()[0] + 5), at(plot, upper.get_xlim()[1] - 5))
    assert upper.get_xlim()[0] == pytest.approx(397.0)


def test_the_mark_of_the_band_is_dragged_and_a_click_sets_it(plot, qtbot):
    drag(plot, qtbot, at(plot, 450.0), at(plot, 600.0))  # nothing is zoomed: any drag moves the band
    assert plot.store.band == 20
    wheel(plot, at(plot, 600.0), 3)
    plot.refresh()
    view = axes_of(plot)[0].get_xlim()
    drag(plot, qtbot, at(plot, 600.0), at(plot, 640.0))
    assert plot.store.band == 24
    assert axes_of(plot)[0].get_xlim() == view
    qtbot.mouseClick(plot._canvas, LEFT, pos=at(plot, 570.0))
    assert plot.store.band == 17
    assert axes_of(plot)[0].get_xlim() == view


def test_a_double_click_shows_everything(plot, qtbot):
    wheel(plot, at(plot, 500.0), 3)
    wheel(plot, at(plot, 500.0), 3, Qt.KeyboardModifier.ControlModifier)
    qtbot.mouseDClick(plot._canvas, LEFT, pos=at(plot, 500.0))
    assert not plot.drawing.is_zoomed
    assert axes_of(plot)[0].get_xlim() == (397.0, 703.0)


def test_the_view_stays_while_pins_come_and_goes_with_the_scene(plot):
    wheel(plot, at(plot, 500.0), 3)
    wheel(plot, at(plot, 500.0), 3, Qt.KeyboardModifier.ControlModifier)
    view = axes_of(plot)[0].get_xlim()
    plot.store.pins = (*plot.store.pins, Pin("P2", 3, 3, "#56b4e9"))
    plot.refresh()
    assert axes_of(plot)[0].get_xlim() == view
    values = axes_of(plot)[0].get_ylim()
    plot.store.transform = "SNV"
    plot.refresh()
    assert axes_of(plot)[0].get_xlim() == view
    assert axes_of(plot)[0].get_ylim() != values
    plot.store.scene = scene(estimate=latent_cube(np.arange(450.0, 651.0, 10.0)))
    plot.refresh()
    assert axes_of(plot)[0].get_xlim() == (448.0, 652.0)
