"""The dock "Analyse": spectral indices, matching with libraries, components and unmixing."""

from typing import TYPE_CHECKING, Any
from weakref import ref

from qtpy.QtCore import QTimer
from qtpy.QtGui import QHideEvent, QShowEvent
from qtpy.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QSizePolicy,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from napari_hydra._napari._compat import plain
from napari_hydra._napari.analyse_layers import AnalyseLayers
from napari_hydra._napari.analyse_store import analyse_store_of
from napari_hydra._napari.background import Background
from napari_hydra._napari.component_page import ComponentPage
from napari_hydra._napari.dock_parts import is_closed
from napari_hydra._napari.index_page import IndexPage
from napari_hydra._napari.library_page import LibraryPage
from napari_hydra._napari.plot_theme import plot_theme_of
from napari_hydra._napari.scene_view import scene_view_of
from napari_hydra._napari.store import store_of
from napari_hydra._napari.tabs import Tab, is_seen

if TYPE_CHECKING:
    import napari

_FRAME_MS = 25  # changes within a frame are shown together
_STEPS = 1000
_FOLLOWED = ("scene", "pins", "regions", "level", "window")
_OWN = ("source", "index", "method", "libraries", "subject", "endmembers")


class AnalyseDock(QWidget):
    """Analyses of the viewer's scene; napari makes one from the manifest.

    Computes and draws only while it is seen: behind another tab it waits.

    Parameters
    ----------
    viewer : napari.Viewer
    """

    def __init__(self, viewer: "napari.viewer.Viewer") -> None:
        super().__init__()
        viewer = plain(viewer)
        self._viewer = ref(viewer)
        self._store, self._analyse = store_of(viewer), analyse_store_of(viewer)
        self._scene = self._store.scene
        self._view = scene_view_of(viewer)
        self._connected = False
        self.background = Background(self._on_progress)
        self.layers = AnalyseLayers(viewer, self._store)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_FRAME_MS)
        self._timer.timeout.connect(self.refresh)
        self.tab = Tab(self)
        self.tab.raised.connect(self._timer.start)
        theme = plot_theme_of(viewer)
        shared = (self._store, self._analyse, self.background, self.layers)
        self.indices = IndexPage(*shared, self._schedule)
        self.library = LibraryPage(*shared, theme, self._schedule)
        self.components = ComponentPage(*shared)
        self._build()
        viewer.events.theme.connect(self._on_theme)
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
        self.tabs.addTab(self.indices, "Indices")
        self.tabs.addTab(self.library, "Library")
        self.tabs.addTab(self.components, "Components")
        self.tabs.currentChanged.connect(self._schedule)
        self.status = QLabel()
        self.bar = QProgressBar()
        self.bar.setRange(0, _STEPS)
        self.bar.setTextVisible(False)
        self.bar.setMaximumWidth(100)
        self.bar.setMaximumHeight(12)
        self.cancel_button = QPushButton("Cancel")
        self.cancel_button.setToolTip("Stop; what is computed already stays.")
        self.cancel_button.clicked.connect(lambda: self.background.cancel())
        # Beside the tabs, so that the dock does not grow while something is computed.
        corner = QWidget()
        row = QHBoxLayout(corner)
        row.setContentsMargins(0, 0, 0, 2)
        row.setSpacing(6)
        row.addStretch()
        for widget in (self.status, self.bar, self.cancel_button, QLabel("of the"), self.source):
            row.addWidget(widget)
        self.tabs.setCornerWidget(corner)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(4, 4, 4, 4)
        layout.setSpacing(4)
        layout.addWidget(self.tabs, 1)
        self._on_progress("", 1.0)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    # -- following -------------------------------------------------------------------------------------------

    def _connect(self) -> None:
        if not self._connected:
            self._connected = True
            for name in _FOLLOWED:
                getattr(self._store.events, name).connect(self._schedule)
            for name in _OWN:
                getattr(self._analyse.events, name).connect(self._schedule)
            self._view.arranged.connect(self._on_arranged)

    def _disconnect(self) -> None:
        if self._connected:
            self._connected = False
            for name in _FOLLOWED:
                getattr(self._store.events, name).disconnect(self._schedule, missing_ok=True)
            for name in _OWN:
                getattr(self._analyse.events, name).disconnect(self._schedule, missing_ok=True)
            self._view.arranged.disconnect(self._on_arranged, missing_ok=True)

    def _schedule(self, *_: Any) -> None:
        # Behind another tab only a new scene matters, whose maps must go; `Tab` makes up for the rest.
        if (is_seen(self) or self._scene is not self._store.scene) and not self._timer.isActive():
            self._timer.start()

    def refresh(self) -> None:
        """Show the stores as they are now, and compute what the page that is seen lacks."""
        self._timer.stop()
        scene = self._store.scene
        if scene is not self._scene:
            self._scene = scene
            self.background.cancel()
        self.layers.take_scene()
        has_truth = scene is not None and scene.truth is not None
        if not has_truth and self._analyse.source == "truth":
            self._analyse.source = "estimate"
        self.source.setEnabled(has_truth)
        self.source.setCurrentIndex(self.source.findData(self._analyse.source))
        for page in (self.indices, self.library, self.components):
            page.refresh(seen=is_seen(self) and self.tabs.currentWidget() is page)

    def _on_source(self, _index: int) -> None:
        self._analyse.source = self.source.currentData()

    def _on_progress(self, words: str, fraction: float) -> None:
        for widget in (self.status, self.bar, self.cancel_button):
            widget.setVisible(bool(words))
        self.status.setText(words)
        self.bar.setValue(round(_STEPS * fraction))

    def _on_arranged(self, arrangement: str) -> None:
        """A result lies over the reconstruction: who asks for the truth in its place wants to see that."""
        if arrangement != "side by side":
            self.layers.hide()

    # -- theme, coming and going -----------------------------------------------------------------------------

    def _on_theme(self) -> None:
        # napari tells of the theme before its own windows have taken it over.
        QTimer.singleShot(0, self._take_theme)

    def _take_theme(self) -> None:
        viewer = self._viewer()
        if viewer is not None:
            self.library.plot.set_theme(plot_theme_of(viewer))

    def showEvent(self, event: QShowEvent | None) -> None:
        """Follow the viewer again."""
        super().showEvent(event)
        self._connect()
        self.tab.follow()
        self._timer.start()

    def hideEvent(self, event: QHideEvent | None) -> None:
        """Stop when the dock or the window is closed, not when it is minimised or another tab is raised."""
        super().hideEvent(event)
        if (event is None or not event.spontaneous()) and is_closed(self):
            self.background.cancel()
            self._timer.stop()
            self._disconnect()
