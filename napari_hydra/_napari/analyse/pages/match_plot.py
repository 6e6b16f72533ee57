"""A small plot: the spectrum of a pin or region, and the spectra of a library scaled to it."""

from typing import Any

import numpy as np
from matplotlib.figure import Figure

from napari_hydra._napari.analyse.results.library_state import MatchPlotState
from napari_hydra._napari.widgets.figure_plot import FigurePlot, style_axes
from napari_hydra.spectra.segments import contiguous_segments
from napari_hydra.workbench.plot.palette import LIGHT, PlotTheme
from napari_hydra.workbench.plot.plot_layout import FONT, SMALL_FONT
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

    def update(self, state: MatchPlotState) -> None:
        """Draw another state."""
        self.state = state
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
        style_axes(axes, theme, (X_LABEL, state.unit), (box[2] * width, box[3] * height))
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
        if box[3] * height >= _LEGEND:
            axes.legend(fontsize=SMALL_FONT, labelcolor=theme.foreground, frameon=False, loc="best", borderpad=0.2)


class MatchPlot(FigurePlot):
    """Shows match states."""

    def __init__(self, theme: PlotTheme) -> None:
        super().__init__(MatchFigure(Figure(figsize=(4.0, 2.4)), theme), (200, 90))
