"""The plots of the dock Compare as a Qt widget."""

from typing import Any

from matplotlib.backend_bases import MouseButton
from matplotlib.backends.backend_qtagg import FigureCanvasQTAgg
from matplotlib.figure import Figure
from qtpy.QtCore import Signal
from qtpy.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from napari_hydra._napari.compare.figure import CompareFigure
from napari_hydra._napari.compare.state import CompareState
from napari_hydra.workbench.plot.palette import PlotTheme


class ComparePlot(QWidget):
    """Shows compare states; emits `pointed` with a wavelength in nm while the left button is down."""

    pointed = Signal(float)

    def __init__(self, theme: PlotTheme) -> None:
        super().__init__()
        self._canvas = FigureCanvasQTAgg(Figure(figsize=(5.0, 2.4)))
        self._canvas.setMinimumSize(220, 90)
        self.drawing = CompareFigure(self._canvas.figure, theme)
        self._canvas.mpl_connect("resize_event", self._on_resized)
        self._canvas.mpl_connect("button_press_event", self._on_pointed)
        self._canvas.mpl_connect("motion_notify_event", self._on_pointed)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._canvas)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def show_state(self, state: CompareState) -> None:
        """Draw a state."""
        self.drawing.update(state)
        self._canvas.draw_idle()

    def set_theme(self, theme: PlotTheme) -> None:
        """Redraw in other colours."""
        self.drawing.theme = theme
        self.drawing.draw()
        self._canvas.draw_idle()

    def _on_resized(self, _event: Any) -> None:
        self.drawing.draw()

    def _on_pointed(self, event: Any) -> None:
        if event.xdata is not None and event.button == MouseButton.LEFT and self.drawing.is_spectral(event.inaxes):
            self.pointed.emit(float(event.xdata))
