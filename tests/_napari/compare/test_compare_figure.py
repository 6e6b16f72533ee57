"""Where the compare plot writes what: words keep clear of the curves."""

from types import SimpleNamespace

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from napari_hydra._napari.compare.figure import CompareFigure
from napari_hydra._napari.compare.state import BandErrors, CompareState, Scatter

WAVELENGTHS = np.arange(400.0, 701.0, 10.0)


def drawn(peak, width=9.0, height=2.4):
    """Return the figure of errors that rise around `peak` nm, drawn."""
    bump = np.exp(-(((WAVELENGTHS - peak) / 40) ** 2))
    errors = BandErrors(
        figures=SimpleNamespace(),
        wavelengths=WAVELENGTHS,
        rmse=0.02 + 0.1 * bump,
        bias=0 * bump,
        half_width=0.03 + 0.3 * bump,
    )
    scatter = Scatter(title="550 nm   RMSE 0.00847", counts=np.eye(8), limits=(0.0, 1.0), marks=())
    plot = CompareFigure(Figure(figsize=(width, height)))
    FigureCanvasAgg(plot.figure)
    plot.update(CompareState(message=None, subject="whole scene", unit="", errors=errors, scatter=scatter))
    plot.figure.canvas.draw()
    return plot.figure


@pytest.mark.parametrize("peak", [400.0, 550.0, 700.0])
def test_the_subject_is_written_where_no_curve_runs(peak):
    errors, _ = drawn(peak).axes
    (subject,) = (text for text in errors.texts if text.get_text() == "whole scene")
    box = subject.get_window_extent()
    for line in errors.lines[1:4]:
        x, y = errors.transData.transform(np.column_stack([line.get_xdata(), line.get_ydata()])).T
        assert not np.any((x > box.x0) & (x < box.x1) & (y > box.y0) & (y < box.y1))


def test_the_error_of_a_band_keeps_clear_of_the_diagonal():
    _, scatter = drawn(700.0).axes
    (error,) = (text for text in scatter.texts if text.get_text() == "RMSE\n0.00847")
    box = error.get_window_extent()
    corner = scatter.transData.inverted().transform((box.x0, box.y1))
    assert corner[0] > corner[1]
