"""A small plot: the spectrum of a pin or region, and the spectra of a library scaled to it."""

from typing import Any

import numpy as np
from matplotlib.backends.backend_qtagg import FigureCanvasQTAgg
from matplotlib.figure import Figure
from qtpy.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from napari_hydra._napari.analyse.results.library_state import MatchPlotState
from napari_hydra.spectra.segments import contiguous_segments
from napari_hydra.workbench.plot.palette import LIGHT, PlotTheme
from napari_hydra.workbench.plot.plot_layout import FONT, SMALL_FONT, axis_words
from napari_hydra.workbench.plot.plot_state import X_LABEL

_LEFT, _RIGHT, _TOP, _BOTTOM = 50.0, 8.0, 8.0, 32.0  # points
_LEGEND = 100.0  # points of height below which the colours in the table must do
_LONGEST = 38  # letters of a name in the legend


class MatchFigure:
    """Draws match states onto a matplotlib figure.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
    theme : PlotTheme
    """

    def __init__(self, figure: Figure, theme: PlotTheme = LIGHT) -> None:
        self.figure = figure
        self.theme = theme
        self.state = MatchPlotState()
        self.draw()

    def draw(self) -> None:
        """Draw everything anew."""
        figure, state, theme = self.figure, self.state, self.theme
        figure.clear()
        figure.set_facecolor(theme.background)
        width, height = (72.0 * inches for inches in figure.get_size_inches())
        if state.message or not state.values.size:
            words: dict[str, Any] = {"ha": "center", "va": "center", "fontsize": FONT, "color": theme.foreground}
            figure.text(0.5, 0.5, state.message, **words)
            return
        box = (_LEFT / width, _BOTTOM / height, 1 - (_LEFT + _RIGHT) / width, 1 - (_TOP + _BOTTOM) / height)
        axes = figure.add_axes((box[0], box[1], max(box[2], 0.1), max(box[3], 0.1)))
        axes.set_facecolor(theme.background)
        axes.tick_params(labelsize=SMALL_FONT, colors=theme.foreground, length=3.0)
        axes.grid(True, color=theme.faint, linewidth=0.5, alpha=0.6)
        for spine in axes.spines.values():
            spine.set_color(theme.faint)
        for i, part in enumerate(contiguous_segments(state.wavelengths)):
            x = state.wavelengths[part]
            if state.low is not None and state.high is not None:
                axes.fill_between(x, state.low[part], state.high[part], color=state.colour, alpha=0.2, linewidth=0)
            axes.plot(x, state.values[part], color=state.colour, linewidth=1.8, label="_" * bool(i) + state.name)
            for name, colour, values in state.matches:
                label = name if len(name) <= _LONGEST else f"{name[: _LONGEST - 1]}…"
                axes.plot(
                    x,
                    values[part],
                    color=theme.line(colour),
                    linewidth=1.2,
                    dashes=(4, 1.5),
                    label="_" * bool(i) + label,
                )
        curves = [state.values, *(values for _, _, values in state.matches)]
        top = max(float(np.nanmax(curve)) for curve in curves if np.isfinite(curve).any())
        axes.set_ylim(min(0.0, float(np.nanmin(state.values))), 1.12 * top if top > 0 else 1.0)
        words_x, size = axis_words(X_LABEL, box[2] * width)
        axes.set_xlabel(words_x, fontsize=size, color=theme.foreground, labelpad=2.0)
        words_y, size = axis_words(state.unit, box[3] * height)
        axes.set_ylabel(words_y, fontsize=size, color=theme.foreground)
        if box[3] * height >= _LEGEND:
            self._legend(axes)

    def _legend(self, axes: Any) -> None:
        theme = self.theme
        axes.legend(fontsize=SMALL_FONT, labelcolor=theme.foreground, frameon=False, loc="best", borderpad=0.2)


class MatchPlot(QWidget):
    """Shows match states."""

    def __init__(self, theme: PlotTheme) -> None:
        super().__init__()
        self._canvas = FigureCanvasQTAgg(Figure(figsize=(4.0, 2.4)))
        self._canvas.setMinimumSize(200, 90)
        self.drawing = MatchFigure(self._canvas.figure, theme)
        self._canvas.mpl_connect("resize_event", lambda _: self.drawing.draw())
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._canvas)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def show_state(self, state: MatchPlotState) -> None:
        """Draw a state."""
        self.drawing.state = state
        self.drawing.draw()
        self._canvas.draw_idle()

    def set_theme(self, theme: PlotTheme) -> None:
        """Redraw in other colours."""
        self.drawing.theme = theme
        self.drawing.draw()
        self._canvas.draw_idle()
