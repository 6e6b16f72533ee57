"""A plot of a line profile: the reconstruction with its interval, and the truth, from pin to pin."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from napari_hydra._napari.analyse.results.line_profile import LineProfile
from napari_hydra._napari.widgets.figure_plot import FigurePlot, style_axes
from napari_hydra.workbench.plot.palette import LIGHT, PlotTheme
from napari_hydra.workbench.plot.plot_layout import FONT, SMALL_FONT

_LEFT, _RIGHT, _TOP, _BOTTOM = 50.0, 8.0, 8.0, 32.0  # points
_LEGEND = 100.0  # points of height below which there is no room for a legend
_DARK, _LIGHT = "#56b4e9", "#0072b2"  # the curve on a dark and on a light ground: the yellow of the line vanishes there


@dataclass(frozen=True, eq=False)
class ProfilePlotState:
    """What is drawn; `message` where there is nothing yet.

    Attributes
    ----------
    profile : LineProfile or None
    label : str
        Of the values.
    ends : (str, str)
        Names of the pins.
    message : str
    """

    profile: LineProfile | None = None
    label: str = ""
    ends: tuple[str, str] = ("", "")
    message: str = ""


class ProfileFigure:
    """Draws line profiles onto a matplotlib figure.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
    theme : PlotTheme
    """

    def __init__(self, figure: Figure, theme: PlotTheme = LIGHT) -> None:
        self.figure = figure
        self.theme = theme
        self.state = ProfilePlotState()

    def update(self, state: ProfilePlotState) -> None:
        """Draw another state."""
        self.state = state
        self.draw()

    def draw(self) -> None:
        """Draw everything anew."""
        figure, profile, theme = self.figure, self.state.profile, self.theme
        figure.clear()
        figure.set_facecolor(theme.background)
        width, height = (72.0 * inches for inches in figure.get_size_inches())
        if profile is None:
            words: dict[str, Any] = {"ha": "center", "va": "center", "fontsize": FONT, "color": theme.foreground}
            figure.text(0.5, 0.5, self.state.message, wrap=True, **words)
            return
        box = (_LEFT / width, _BOTTOM / height, 1 - (_LEFT + _RIGHT) / width, 1 - (_TOP + _BOTTOM) / height)
        axes = figure.add_axes((box[0], box[1], max(box[2], 0.1), max(box[3], 0.1)))
        labels = (f"Pixels from {self.state.ends[0]} to {self.state.ends[1]}", self.state.label)
        style_axes(axes, theme, labels, (box[2] * width, box[3] * height))
        x, colour = profile.distance, _DARK if theme.is_dark else _LIGHT
        if profile.low is not None and profile.high is not None:
            axes.fill_between(x, profile.low, profile.high, color=colour, alpha=0.2, linewidth=0)
        axes.plot(x, profile.values, color=colour, linewidth=1.6, label="reconstruction")
        if profile.truth is not None:
            axes.plot(x, profile.truth, color=theme.truth(colour), linewidth=1.2, dashes=(4, 1.5), label="truth")
            if box[3] * height >= _LEGEND:
                axes.legend(fontsize=SMALL_FONT, labelcolor=theme.foreground, frameon=False, borderpad=0.2)
        axes.set_xlim(0, max(1.0, float(np.max(x))))


class ProfilePlot(FigurePlot):
    """Shows states of a profile."""

    def __init__(self, theme: PlotTheme) -> None:
        super().__init__(ProfileFigure(Figure(figsize=(4.0, 2.4)), theme), (200, 90))
