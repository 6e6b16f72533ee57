"""The spectra plot as a Qt widget: follows the store, redraws only what changed.

The legend, which figures in files have, would take a fifth of its width: key and table stand below and beside it.
"""

from dataclasses import replace
from typing import Any

from matplotlib.backends.backend_qtagg import FigureCanvasQTAgg
from matplotlib.figure import Figure
from qtpy.QtCore import Signal
from qtpy.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from napari_hydra._napari.inspect.plot_mouse import HINT, PlotMouse
from napari_hydra._napari.inspect.region_reader import RegionReader
from napari_hydra._napari.state.store import Store
from napari_hydra._napari.widgets.dock_parts import filled, single_shot
from napari_hydra.workbench.plot.palette import DARK, PlotTheme
from napari_hydra.workbench.plot.plot_state import resolve
from napari_hydra.workbench.plot.spectra_figure import SpectraFigure
from napari_hydra.workbench.scene.view_settings import settings_of

_FIELDS = ("scene", "pins", "regions", "hover", "cubes", "measurements", *settings_of(Store))
_FRAME_MS = 12  # changes within a frame are drawn together


class SpectraPlot(QWidget):
    """Shows the curves of a store.

    Parameters
    ----------
    store : Store
    theme : PlotTheme
    parent : QWidget, optional
    """

    resolved = Signal(object)  # the PlotState, legend and all, whenever it is drawn

    def __init__(self, store: Store, theme: PlotTheme = DARK, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._store = store
        self._background: Any = None
        self._canvas = FigureCanvasQTAgg(Figure(figsize=(4.4, 3.0)))
        self._canvas.setMinimumSize(240, 130)
        self._drawing = SpectraFigure(self._canvas.figure, theme)
        self._canvas.mpl_connect("draw_event", self._on_drawn)
        self._canvas.mpl_connect("resize_event", self._on_resized)
        self._canvas.setToolTip(HINT)
        self._mouse = PlotMouse(self._canvas, self._drawing, store, self._on_viewed)
        self._timer = single_shot(self, self.refresh, _FRAME_MS)
        self.reader = RegionReader(self)
        self.reader.read.connect(self.refresh)
        filled(QVBoxLayout(self), self._canvas)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        for name in _FIELDS:
            getattr(store.events, name).connect(self._on_store_changed)
        self.refresh()

    @property
    def drawing(self) -> SpectraFigure:
        """What is drawn, and its figure."""
        return self._drawing

    def show_everything(self) -> None:
        """Zoom out."""
        self._drawing.reset_view()
        self._on_viewed()

    def set_theme(self, theme: PlotTheme) -> None:
        """Redraw in other colours."""
        self._drawing.update(self._drawing.state, theme=theme)
        self._canvas.draw_idle()

    def refresh(self) -> None:
        """Draw the store as it is now."""
        self._timer.stop()
        state = resolve(self._store, wait=False)
        if state.pending and self._store.scene is not None:
            self.reader.ask(self._store, self._store.scene, state.pending[0])
        self.resolved.emit(state)
        if self._drawing.update(replace(state, rows=())) or self._background is None:
            self._background = None
            self._canvas.draw_idle()
        else:
            self._canvas.restore_region(self._background)
            self._drawing.draw_live()
            self._canvas.blit(self._canvas.figure.bbox)

    def flush(self) -> None:
        """Draw at once what is scheduled, and wait until every region is read and drawn."""
        while self._timer.isActive() or self.reader.busy:
            if self._timer.isActive():
                self.refresh()
            else:
                self.reader.flush()

    def _on_store_changed(self) -> None:
        if not self._timer.isActive():
            self._timer.start()

    def _on_resized(self, _event: object) -> None:
        self._background = None
        self._drawing.update(self._drawing.state)

    def _on_viewed(self) -> None:
        self._background = None
        self._drawing.update(self._drawing.state)
        self._canvas.draw_idle()

    def _on_drawn(self, _event: object) -> None:
        self._background = self._canvas.copy_from_bbox(self._canvas.figure.bbox)
        self._drawing.draw_live()
