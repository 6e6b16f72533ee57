"""What docks have in common that show the store and compute for it: they follow while open, and work while seen."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any
from weakref import ref

from qtpy.QtCore import QTimer
from qtpy.QtGui import QHideEvent, QShowEvent
from qtpy.QtWidgets import QSizePolicy, QWidget

from napari_hydra._napari.state.store import store_of
from napari_hydra._napari.widgets._compat import plain
from napari_hydra._napari.widgets.background import Background
from napari_hydra._napari.widgets.dock_parts import is_closed
from napari_hydra._napari.widgets.tabs import Tab, is_seen

if TYPE_CHECKING:
    import napari


class FollowingDock(QWidget):
    """A dock that draws the viewer's store anew when that changes.

    It follows from when it is opened until it or the window is closed; behind another tab it waits, and makes up for it
    when it is raised. A dock of this kind says what it follows with `_follow`, and calls `_connect` once it is built.

    Parameters
    ----------
    viewer : napari.Viewer
    frame_ms : int
        Changes within this many milliseconds are drawn together.
    """

    def __init__(self, viewer: "napari.viewer.Viewer", frame_ms: int = 0) -> None:
        super().__init__()
        viewer = plain(viewer)
        self._viewer = ref(viewer)
        self._store = store_of(viewer)
        self._connected = False
        self._followed: list[tuple[Any, Callable[..., None]]] = []
        self.background = Background(self._on_progress)
        self._timer = QTimer(self)  # never at once: a table must not be filled anew while it tells of a click
        self._timer.setSingleShot(True)
        self._timer.setInterval(frame_ms)
        self._timer.timeout.connect(self.refresh)
        self.tab = Tab(self)
        self.tab.raised.connect(self._timer.start)
        viewer.events.theme.connect(self._on_theme)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    # -- what a dock of this kind says of itself -------------------------------------------------------------

    def refresh(self) -> None:
        """Show the store as it is now."""

    def _on_progress(self, words: str, fraction: float) -> None:
        """Show what the background does; "" and 1 when all is done."""

    def _matters_unseen(self) -> bool:
        """Whether a change must be taken up even behind another tab."""
        return False

    def _take_theme(self, viewer: "napari.Viewer") -> None:
        """Draw in the colours of the viewer's theme."""

    def _opened(self) -> None:
        """Connect what else listens while the dock is open."""

    def _closed(self) -> None:
        """Let go of it."""

    def _stop(self) -> None:
        """Stop what is computed: the dock is closed."""
        self.background.cancel()

    # -- following -------------------------------------------------------------------------------------------

    def _follow(self, events: Any, names: Iterable[str], react: Callable[..., None] | None = None) -> None:
        """Name signals of `events` that `react` follows; without it they are drawn with the next frame."""
        self._followed += [(getattr(events, name), react or self._schedule) for name in names]

    def _connect(self) -> None:
        if self._connected:
            return
        self._connected = True
        for signal, react in self._followed:
            signal.connect(react)
        self._opened()

    def _disconnect(self) -> None:
        if not self._connected:
            return
        self._connected = False
        for signal, react in self._followed:
            signal.disconnect(react, missing_ok=True)
        self._closed()

    def _schedule(self, *_: Any) -> None:
        if (is_seen(self) or self._matters_unseen()) and not self._timer.isActive():
            self._timer.start()

    def _on_theme(self) -> None:
        # napari tells of the theme before its own windows have taken it over.
        QTimer.singleShot(0, self._on_theme_taken)

    def _on_theme_taken(self) -> None:
        viewer = self._viewer()
        if viewer is not None:
            self._take_theme(viewer)

    # -- coming and going ------------------------------------------------------------------------------------

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
            self._timer.stop()
            self._stop()
            self._disconnect()
