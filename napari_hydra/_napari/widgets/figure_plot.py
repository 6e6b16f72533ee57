"""A matplotlib figure as a widget, and what its axes look like."""

from typing import Any

from matplotlib.axes import Axes
from matplotlib.backends.backend_qtagg import FigureCanvasQTAgg
from qtpy.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from napari_hydra._napari.widgets.dock_parts import filled
from napari_hydra.workbench.plot.palette import PlotTheme
from napari_hydra.workbench.plot.plot_layout import SMALL_FONT, axis_words


class FigurePlot(QWidget):
    """Shows states of a drawing.

    Parameters
    ----------
    drawing : object
        With a `figure`, a `theme`, ``update(state)``, and ``draw()`` for another size or theme.
    least : (int, int)
        Width and height in pixels that it always has.
    """

    def __init__(self, drawing: Any, least: tuple[int, int]) -> None:
        super().__init__()
        self.drawing = drawing
        self._canvas = FigureCanvasQTAgg(drawing.figure)
        self._canvas.setMinimumSize(*least)
        self._canvas.mpl_connect("resize_event", lambda _: drawing.draw())
        filled(QVBoxLayout(self), self._canvas)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def show_state(self, state: Any) -> None:
        """Draw a state."""
        self.drawing.update(state)
        self._canvas.draw_idle()

    def set_theme(self, theme: PlotTheme) -> None:
        """Redraw in other colours."""
        self.drawing.theme = theme
        self.drawing.draw()
        self._canvas.draw_idle()


def style_axes(axes: Axes, theme: PlotTheme, labels: tuple[str, str], size: tuple[float, float]) -> None:
    """Give axes the colours of a theme, and as much of their labels as there is room for.

    Parameters
    ----------
    axes : Axes
    theme : PlotTheme
    labels : (str, str)
        Of x and y.
    size : (float, float)
        Width and height of the axes in points.
    """
    axes.set_facecolor(theme.background)
    axes.tick_params(labelsize=SMALL_FONT, colors=theme.foreground, length=3.0)
    axes.grid(True, color=theme.faint, linewidth=0.5, alpha=0.6)
    for spine in axes.spines.values():
        spine.set_color(theme.faint)
    words, font_size = axis_words(labels[0], size[0])
    axes.set_xlabel(words, fontsize=font_size, color=theme.foreground, labelpad=2.0)
    words, font_size = axis_words(labels[1], size[1])
    axes.set_ylabel(words, fontsize=font_size, color=theme.foreground)
