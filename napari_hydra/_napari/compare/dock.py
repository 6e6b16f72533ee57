"""The dock "Compare": how far the reconstruction is from the truth, as figures, curves and maps."""

from functools import partial
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import Qt, QTimer
from qtpy.QtGui import QResizeEvent
from qtpy.QtWidgets import QHBoxLayout, QLabel, QSlider, QVBoxLayout

from napari_hydra._napari.compare.error_maps import ErrorMaps
from napari_hydra._napari.compare.plot import ComparePlot
from napari_hydra._napari.compare.results import CompareResults
from napari_hydra._napari.compare.state import CompareState, resolve_comparison
from napari_hydra._napari.compare.swipe import Swipe
from napari_hydra._napari.compare.table import CompareTable
from napari_hydra._napari.layers.run_layers import nearest_band
from napari_hydra._napari.layers.scene_view import scene_view_of
from napari_hydra._napari.widgets._compat import plain
from napari_hydra._napari.widgets.dock_parts import (
    BAR_STEPS,
    filled,
    joined,
    narrow_bar,
    one_line,
    push_button,
    splitter,
)
from napari_hydra._napari.widgets.following_dock import FollowingDock, is_seen
from napari_hydra._napari.widgets.plot_theme import plot_theme_of
from napari_hydra.evaluation.maps import ERROR_MAPS
from napari_hydra.workbench.plot.palette import PlotTheme

if TYPE_CHECKING:
    import napari

BLINK_KEY = "B"
_WIDE, _NARROW = 720, 520  # pixels: the buttons in one row; the table beside the plots
_FRAME_MS = 25  # changes within a frame are drawn together
_STEPS = 1000  # of the swipe slider
_FOLLOWED = ("scene", "pins", "regions", "band")


class CompareDock(FollowingDock):
    """Errors of the viewer's scene; napari makes one from the manifest.

    Computes and draws only while it is seen: behind another tab it waits.

    Parameters
    ----------
    viewer : napari.Viewer
    """

    def __init__(self, viewer: "napari.viewer.Viewer") -> None:
        super().__init__(viewer, _FRAME_MS)
        viewer = plain(viewer)
        self._view = scene_view_of(viewer)
        self._selected = ""
        self.state = CompareState()
        self.results = CompareResults(self._store, self.background)
        self.maps = ErrorMaps(viewer, self._store, self.background)
        self.swipe = Swipe(viewer, self._store)
        self._build(viewer)
        self.results.computed.changed.connect(self._schedule)
        self.maps.changed.connect(self._on_maps)
        viewer.bind_key(BLINK_KEY, _blink, overwrite=True)
        self._follow(self._store.events, _FOLLOWED)
        self._follow(self._view, ("arranged",), self._on_arranged)
        self._connect()
        self.refresh()

    # -- layout ----------------------------------------------------------------------------------------------

    def _build(self, viewer: "napari.Viewer") -> None:
        self.blink_button = push_button(
            f"Blink ({BLINK_KEY})",
            f"Show the truth in the place of the reconstruction, and back; key {BLINK_KEY} on the canvas.",
            self._view.blink,
        )
        tip = "Show the truth to the right of a line."
        self.swipe_button = push_button("Swipe", tip, self._on_swipe, is_checkable=True)
        self.swipe_slider = QSlider(Qt.Orientation.Horizontal)
        self.swipe_slider.setRange(0, _STEPS)
        self.swipe_slider.setValue(_STEPS // 2)
        self.swipe_slider.setMinimumWidth(70)
        self.swipe_slider.setToolTip("Where the line stands: reconstruction left, truth right.")
        self.swipe_slider.valueChanged.connect(self._on_line)
        self.map_buttons = {
            key: push_button(kind.title, kind.about, partial(self._on_map, key), is_checkable=True)
            for key, kind in ERROR_MAPS.items()
        }
        self.table = CompareTable()
        self.table.chosen.connect(self._on_chosen)
        self.copy_button = push_button("Copy table", "Copy the table, tab-separated (Ctrl+C).", self.table.copy)
        self.plot = ComparePlot(plot_theme_of(viewer))
        self.plot.pointed.connect(self._on_pointed)
        self.note = one_line()
        self.bar = narrow_bar(140)
        self.work_button = push_button("Cancel", "", self._on_work)

        maps = joined(QLabel("Error map"), *self.map_buttons.values(), spacing=3)
        views = joined(self.blink_button, self.swipe_button, self.swipe_slider, spacing=3)
        self._top = filled(QHBoxLayout(), maps, views, grows=views, spacing=12)
        self._splitter = splitter(self.table, self.plot, stretch=(0, 1))
        foot = joined(self.note, self.bar, self.work_button, self.copy_button, grows=self.note, spacing=3)
        self._only_with_truth = (self.table, foot, maps, views)
        filled(QVBoxLayout(self), self._top, self._splitter, foot, grows=self._splitter, margin=4)

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        """Stand the parts beside each other in a wide dock, and above each other in a narrow one."""
        super().resizeEvent(event)
        beside = QHBoxLayout.Direction.LeftToRight
        self._top.setDirection(beside if self.width() >= _WIDE else QHBoxLayout.Direction.TopToBottom)
        is_flat = self.width() >= max(_NARROW, self.height())
        orientation = Qt.Orientation.Horizontal if is_flat else Qt.Orientation.Vertical
        if orientation != self._splitter.orientation():
            self._splitter.setOrientation(orientation)
            self._divide()

    def _divide(self) -> None:
        """Give the table what its columns need, and the plots the rest."""
        if self._splitter.orientation() == Qt.Orientation.Horizontal:
            table = self.table.sizeHint().width()
            self._splitter.setSizes([table, max(self._splitter.width() - table, 1)])
        else:
            height = self._splitter.height()
            self._splitter.setSizes([round(0.35 * height), round(0.65 * height)])

    # -- following -------------------------------------------------------------------------------------------

    def _opened(self) -> None:
        self.maps.connect()

    def _closed(self) -> None:
        self.maps.disconnect()

    def _stop(self) -> None:
        super()._stop()
        self.maps.stop()

    def _take_scene(self) -> None:
        self.background.cancel()
        self.maps.take_scene()
        self.swipe.hide()

    def _draw(self) -> None:
        if is_seen(self):
            self.results.follow()
        self.state = resolve_comparison(self._store, self.results, self._selected)
        has_truth = self.state.message is None
        for widget in self._only_with_truth:
            widget.setVisible(has_truth)
        is_first = has_truth and not self.table.rows
        self.table.show_state(self.state)
        if is_first:
            QTimer.singleShot(0, self._divide)  # once the columns have their widths
        self.plot.show_state(self.state)
        self.note.setText(self.state.note)
        scene = self._store.scene
        words = "" if scene is None or scene.overlay is None else f"\n{scene.overlay.words}"
        self.note.setToolTip(self.state.note + words)
        self._show_work()
        self._on_maps()

    def _show_work(self) -> None:
        busy, waiting = self.background.busy, self.results.computed.is_waiting
        self.bar.setVisible(busy)
        self.work_button.setVisible(busy or waiting)
        self.work_button.setText("Cancel" if busy else "Compute")
        tip = "Stop; what is computed already stays." if busy else "Compute the figures that are missing."
        self.work_button.setToolTip(tip)

    def _on_progress(self, words: str, fraction: float) -> None:
        self.bar.setValue(round(BAR_STEPS * fraction))
        self.note.setText(words or self.state.note)
        self._show_work()

    def _on_maps(self) -> None:
        seen = self.maps.seen
        for key, button in self.map_buttons.items():
            button.setChecked(key == seen)
        self.swipe_button.setChecked(self.swipe.is_on)

    def _on_arranged(self, _arrangement: str) -> None:
        self.swipe.hide()
        self._on_maps()

    # -- actions ---------------------------------------------------------------------------------------------

    def _on_map(self, key: str) -> None:
        if self.maps.seen == key:
            self.maps.hide()
        else:
            self.swipe.hide()
            self.maps.show(key)
        self._on_maps()

    def _on_swipe(self) -> None:
        if self.swipe.is_on:
            self.swipe.hide()
            self._on_maps()
        else:
            self._on_line()

    def _on_line(self, *_: Any) -> None:
        if not self.swipe.is_on:
            self.maps.hide()
        self.swipe.show(self.swipe_slider.value() / _STEPS)
        self._on_maps()

    def _on_chosen(self, name: str) -> None:
        self._selected = name
        self._schedule()

    def _on_pointed(self, wavelength: float) -> None:
        scene = self._store.scene
        if scene is not None:
            self._store.band = nearest_band(scene.estimate.wavelengths, wavelength)

    def _on_work(self) -> None:
        if self.background.busy:
            self.background.cancel()
            self.maps.stop()
        else:
            self.results.follow(asked=True)
        self.refresh()

    def _take_theme(self, theme: PlotTheme) -> None:
        self.plot.set_theme(theme)


def _blink(viewer: "napari.Viewer") -> None:
    scene_view_of(viewer).blink()
