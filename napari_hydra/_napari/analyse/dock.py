"""The dock "Analyse": spectral indices, band maths, matching with libraries, components and unmixing."""

from dataclasses import fields
from typing import TYPE_CHECKING

from qtpy.QtWidgets import QComboBox, QHBoxLayout, QLabel, QSizePolicy, QTabWidget, QVBoxLayout, QWidget

from napari_hydra._napari.analyse.pages import PAGES
from napari_hydra._napari.analyse.pages.page import Shared
from napari_hydra._napari.analyse.results.layers import AnalyseLayers
from napari_hydra._napari.analyse.results.state import analyse_store_of
from napari_hydra._napari.layers.scene_view import scene_view_of
from napari_hydra._napari.widgets._compat import plain
from napari_hydra._napari.widgets.dock_parts import BAR_STEPS, filled, narrow_bar, push_button
from napari_hydra._napari.widgets.following_dock import FollowingDock, is_seen
from napari_hydra._napari.widgets.plot_theme import plot_theme_of
from napari_hydra.workbench.plot.palette import PlotTheme

if TYPE_CHECKING:
    import napari

_FRAME_MS = 25  # changes within a frame are shown together
_FOLLOWED = ("scene", "pins", "regions", "level", "pixel_window", "band")


class AnalyseDock(FollowingDock):
    """Analyses of the viewer's scene; napari makes one from the manifest.

    Computes and draws only while it is seen: behind another tab it waits.

    Parameters
    ----------
    viewer : napari.Viewer
    """

    def __init__(self, viewer: "napari.viewer.Viewer") -> None:
        super().__init__(viewer, _FRAME_MS)
        viewer = plain(viewer)
        self._analyse = analyse_store_of(viewer)
        self.layers = AnalyseLayers(viewer, self._store)
        theme = plot_theme_of(viewer)
        shared = Shared(viewer, self._store, self._analyse, self.background, self.layers, self._schedule, theme)
        self.pages = {page.name: page(shared) for page in PAGES}
        self._build()
        self._follow(self._store.events, _FOLLOWED)
        self._follow(self._analyse.events, (field.name for field in fields(self._analyse)))
        self._follow(scene_view_of(viewer), ("arranged",), self._on_arranged)
        self._connect()
        self.refresh()

    def _build(self) -> None:
        self.source = QComboBox()
        self.source.addItem("Reconstruction", "estimate")
        self.source.addItem("Truth", "truth")
        self.source.setToolTip("What is analysed: the reconstruction, with its interval, or the measured cube.")
        self.source.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.source.currentIndexChanged.connect(self._on_source)
        self.tabs = QTabWidget()
        for page in self.pages.values():
            self.tabs.addTab(page, page.title)
        self.tabs.currentChanged.connect(self._schedule)
        self.status = QLabel()
        self.bar = narrow_bar(100)
        self.cancel_button = push_button("Cancel", "Stop; what is computed already stays.", self.background.cancel)
        # Beside the tabs, so that the dock does not grow while something is computed.
        corner = QWidget()
        parts = (self.status, self.bar, self.cancel_button, QLabel("of the"), self.source)
        filled(QHBoxLayout(corner), None, *parts, spacing=6).setContentsMargins(0, 0, 0, 2)
        self.tabs.setCornerWidget(corner)
        filled(QVBoxLayout(self), self.tabs, grows=self.tabs, margin=4)
        self._on_progress("", 1.0)

    # -- following -------------------------------------------------------------------------------------------

    def _take_scene(self) -> None:
        self.background.cancel()
        self.layers.remove()

    def _draw(self) -> None:
        scene = self._store.scene
        has_truth = scene is not None and scene.truth is not None
        if not has_truth and self._analyse.source == "truth":
            self._analyse.source = "estimate"
        self.source.setEnabled(has_truth)
        self.source.setCurrentIndex(self.source.findData(self._analyse.source))
        for page in self.pages.values():
            page.refresh(seen=is_seen(self) and self.tabs.currentWidget() is page)

    def _on_source(self, _index: int) -> None:
        self._analyse.source = self.source.currentData()

    def _on_progress(self, words: str, fraction: float) -> None:
        for widget in (self.status, self.bar, self.cancel_button):
            widget.setVisible(bool(words))
        self.status.setText(words)
        self.bar.setValue(round(BAR_STEPS * fraction))

    def _on_arranged(self, arrangement: str) -> None:
        """A result lies over the reconstruction: who asks for the truth in its place wants to see that."""
        if arrangement != "side by side":
            self.layers.hide()

    def _take_theme(self, theme: PlotTheme) -> None:
        for page in self.pages.values():
            page.take_theme(theme)

    def _closed(self) -> None:
        for page in self.pages.values():
            page.closed()
