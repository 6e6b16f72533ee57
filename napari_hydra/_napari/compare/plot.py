"""The plots of the dock Compare as a Qt widget."""

from typing import Any

from matplotlib.backend_bases import MouseButton
from matplotlib.figure import Figure
from qtpy.QtCore import Signal

from napari_hydra._napari.compare.figure import CompareFigure
from napari_hydra._napari.widgets.figure_plot import FigurePlot
from napari_hydra.workbench.plot.palette import PlotTheme


class ComparePlot(FigurePlot):
    """Shows compare states; emits `pointed` with a wavelength in nm while the left button is down."""

    pointed = Signal(float)

    def __init__(self, theme: PlotTheme) -> None:
        super().__init__(CompareFigure(Figure(figsize=(5.0, 2.4)), theme), (220, 90))
        self._canvas.mpl_connect("button_press_event", self._on_pointed)
        self._canvas.mpl_connect("motion_notify_event", self._on_pointed)

    def _on_pointed(self, event: Any) -> None:
        if event.xdata is not None and event.button == MouseButton.LEFT and self.drawing.is_spectral(event.inaxes):
            self.pointed.emit(float(event.xdata))
