"""Mean spectra before and after counts became reflectance."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from napari_hydra._napari.analyse.results.reflectance_state import BeforeAfter
from napari_hydra._napari.widgets.figure_plot import FigurePlot, style_axes
from napari_hydra.workbench.plot.palette import CYCLE, LIGHT, PlotTheme
from napari_hydra.workbench.plot.plot_layout import FONT, SMALL_FONT

_LEFT, _RIGHT, _TOP, _BOTTOM, _BETWEEN = 52.0, 8.0, 8.0, 32.0, 52.0  # points
_LEGEND = 60.0  # points of height below which there is no room for a legend


@dataclass(frozen=True, eq=False)
class ReflectancePlotState:
    """What is drawn; `message` where there is nothing yet."""

    found: BeforeAfter | None = None
    message: str = ""


class ReflectanceFigure:
    """Draws counts on the left and reflectance on the right of a matplotlib figure."""

    def __init__(self, figure: Figure, theme: PlotTheme = LIGHT) -> None:
        self.figure = figure
        self.theme = theme
        self.state = ReflectancePlotState()

    def update(self, state: ReflectancePlotState) -> None:
        """Draw another state."""
        self.state = state
        self.draw()

    def draw(self) -> None:
        """Draw everything anew."""
        figure, found, theme = self.figure, self.state.found, self.theme
        figure.clear()
        figure.set_facecolor(theme.background)
        if found is None:
            words: dict[str, Any] = {"ha": "center", "va": "center", "fontsize": FONT, "color": theme.foreground}
            figure.text(0.5, 0.5, self.state.message, wrap=True, **words)
            return
        curves = {name: (theme.line(CYCLE[i]), y) for i, (name, y) in enumerate(found.before.items())}
        self._draw_half(0, "Counts", curves)
        self._draw_half(1, "Reflectance", {"scene": (theme.line(CYCLE[0]), found.after)})

    def _draw_half(self, half: int, label: str, curves: dict[str, tuple[str, Any]]) -> None:
        found = self.state.found
        assert found is not None
        width, height = (72.0 * inches for inches in self.figure.get_size_inches())
        across = max((width - _LEFT - _RIGHT - _BETWEEN) / 2, 20.0)
        up = max(height - _TOP - _BOTTOM, 10.0)
        left = _LEFT + half * (across + _BETWEEN)
        axes = self.figure.add_axes((left / width, _BOTTOM / height, across / width, up / height))
        style_axes(axes, self.theme, ("Wavelength (nm)", label), (across, up))
        for name, (colour, values) in curves.items():
            axes.plot(found.wavelengths, values, color=colour, linewidth=1.5, label=f"{name} (mean)")
        if np.isfinite(np.concatenate([values for _, values in curves.values()])).any():
            axes.set_ylim(bottom=min(0.0, axes.get_ylim()[0]))
        if up >= _LEGEND:
            axes.legend(fontsize=SMALL_FONT, labelcolor=self.theme.foreground, frameon=False, borderpad=0.2)


class ReflectancePlot(FigurePlot):
    """Shows spectra before and after."""

    def __init__(self, theme: PlotTheme) -> None:
        super().__init__(ReflectanceFigure(Figure(figsize=(5.0, 2.2)), theme), (260, 90))
