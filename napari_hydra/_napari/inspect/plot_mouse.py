"""The mouse on the plot: the wheel zooms, a drag moves the band or the view, a double click shows everything."""

from collections.abc import Callable
from typing import Any

import numpy as np
from matplotlib.backend_bases import FigureCanvasBase, MouseButton
from qtpy.QtCore import Qt

from napari_hydra._napari.layers.run_layers import nearest_band
from napari_hydra._napari.state.store import Store
from napari_hydra.workbench.plot.spectra_figure import SpectraFigure

HINT = (
    "Click or drag: show that band.\nWheel: zoom in wavelength; with Ctrl: in value.\n"
    "Drag a zoomed plot: move it.\nDouble-click: show everything."
)
_STEP = 1.25  # of the wheel
_GRIP_PIXELS = 6.0  # this near the mark of the band a drag takes hold of it


class PlotMouse:
    """Turns events of a canvas into views of its drawing and bands of a store.

    Parameters
    ----------
    canvas : matplotlib canvas
    drawing : SpectraFigure
    store : Store
    redraw : callable
        Called when the view has changed.
    """

    def __init__(
        self, canvas: FigureCanvasBase, drawing: SpectraFigure, store: Store, redraw: Callable[[], None]
    ) -> None:
        self._drawing, self._store, self._redraw = drawing, store, redraw
        self._drag: str | None = None
        self._last = (0.0, 0.0)
        canvas.mpl_connect("scroll_event", self._on_wheel)
        canvas.mpl_connect("button_press_event", self._on_press)
        canvas.mpl_connect("motion_notify_event", self._on_move)
        canvas.mpl_connect("button_release_event", self._on_release)

    def _on_wheel(self, event: Any) -> None:
        if self._drawing.is_spectral(event.inaxes):
            in_value = bool(event.guiEvent.modifiers() & Qt.KeyboardModifier.ControlModifier)
            factor = _STEP**-event.step
            self._drawing.zoom(event.inaxes, (event.xdata, event.ydata), factor, in_value=in_value)
            self._redraw()

    def _on_press(self, event: Any) -> None:
        if event.button != MouseButton.LEFT or not self._drawing.is_spectral(event.inaxes):
            return
        if event.dblclick:
            self._drag = None
            self._drawing.reset_view()
            self._redraw()
            return
        self._last = (event.x, event.y)
        self._drag = "band" if not self._drawing.is_zoomed or self._is_at_mark(event) else "click"
        if self._drag == "band":
            self._show_band(event)

    def _on_move(self, event: Any) -> None:
        if self._drag == "band":
            self._show_band(event)
        elif self._drag is not None:
            step = (event.x - self._last[0], event.y - self._last[1])
            if self._drag == "pan" or np.hypot(*step) > _GRIP_PIXELS / 2:
                self._drag, self._last = "pan", (event.x, event.y)
                self._drawing.pan(*step)
                self._redraw()

    def _on_release(self, event: Any) -> None:
        if self._drag == "click":
            self._show_band(event)
        self._drag = None

    def _is_at_mark(self, event: Any) -> bool:
        band = self._drawing.state.band
        if band is None:
            return False
        return abs(event.inaxes.transData.transform((band, 0.0))[0] - event.x) <= _GRIP_PIXELS

    def _show_band(self, event: Any) -> None:
        scene = self._store.scene
        if scene is not None and event.xdata is not None and self._drawing.is_spectral(event.inaxes):
            self._store.band = nearest_band(scene.estimate.wavelengths, event.xdata)
