"""What all docks have in common: they follow the viewer's store while open, and work while seen."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, ClassVar
from weakref import ref

from qtpy.QtCore import QCoreApplication, QTimer
from qtpy.QtGui import QHideEvent, QShowEvent
from qtpy.QtWidgets import QDockWidget, QSizePolicy, QWidget

from napari_hydra._napari.state.store import store_of
from napari_hydra._napari.state.viewer_part import Links
from napari_hydra._napari.widgets._compat import plain
from napari_hydra._napari.widgets.arrangement import Place, is_set_aside, place
from napari_hydra._napari.widgets.background import Background
from napari_hydra._napari.widgets.dock_parts import single_shot
from napari_hydra._napari.widgets.plot_theme import plot_theme_of
from napari_hydra.workbench.plot.palette import PlotTheme

if TYPE_CHECKING:
    import napari


def is_seen(widget: QWidget) -> bool:
    """Whether a part of the widget is on the screen: not closed, not behind another tab."""
    return widget.isVisible() and not widget.visibleRegion().isEmpty()


class FollowingDock(QWidget):
    """A dock that draws the viewer's store anew when that changes.

    It follows from when it is opened until it or the window is closed; behind another tab it waits, and makes up for it
    when it is raised. A dock says what it follows with `_follow`, and calls `_connect` once it is built.

    Parameters
    ----------
    viewer : napari.Viewer
    frame_ms : int
        Changes within this many milliseconds are drawn together.
    """

    where: ClassVar[Place] = "below"

    def __init__(self, viewer: "napari.viewer.Viewer", frame_ms: int = 0) -> None:
        super().__init__()
        viewer = plain(viewer)
        self._viewer = ref(viewer)
        self._store = store_of(viewer)
        self._scene = self._store.scene
        self._links = Links()
        self._frame: QDockWidget | None = None
        self.background = Background(self, self._on_progress)
        # Never at once: a table must not be filled anew while it tells of a click.
        self._timer = single_shot(self, self.refresh, frame_ms)
        self._placing = single_shot(self, self.place)
        viewer.events.theme.connect(self._on_theme)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def refresh(self) -> None:
        """Show the store as it is now."""
        self._timer.stop()
        if self._scene is not self._store.scene:
            self._scene = self._store.scene
            self._take_scene()
        self._draw()

    def flush(self) -> None:
        """Do at once what is scheduled, and wait until everything is computed and drawn; for tests and scripts."""
        if self._placing.isActive():
            self._placing.stop()
            self.place()
            QCoreApplication.processEvents()
        while self._timer.isActive() or self.background.busy:
            if self._timer.isActive():
                self.refresh()
            else:
                self.background.flush()

    # -- what a dock says of itself --------------------------------------------------------------------------

    def _draw(self) -> None:
        """Show the store as it is now."""

    def _take_scene(self) -> None:
        """Drop what belongs to an earlier scene, also behind another tab."""

    def _take_theme(self, theme: PlotTheme) -> None:
        """Draw in the colours of the viewer's theme."""

    def _on_progress(self, words: str, fraction: float) -> None:
        """Show what the background does; "" and 1 when all is done."""

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
        self._links.add(events, names, react or self._schedule)

    def _connect(self) -> None:
        if not self._links.are_connected:
            self._links.connect()
            self._opened()

    def _disconnect(self) -> None:
        if self._links.are_connected:
            self._links.disconnect()
            self._closed()

    def _schedule(self, *_: Any) -> None:
        is_wanted = is_seen(self) or self._scene is not self._store.scene
        if is_wanted and not self._timer.isActive():
            self._timer.start()

    def _on_theme(self) -> None:
        # napari tells of the theme before its own windows have taken it over.
        QTimer.singleShot(0, self._on_theme_taken)

    def _on_theme_taken(self) -> None:
        viewer = self._viewer()
        if viewer is not None:
            self._take_theme(plot_theme_of(viewer))

    # -- coming and going ------------------------------------------------------------------------------------

    def showEvent(self, event: QShowEvent | None) -> None:
        """Follow the viewer again."""
        super().showEvent(event)
        self._connect()
        frame = self.frame
        if frame is not None and frame is not self._frame:
            # Qt moves a dock behind another tab aside, and tells what is in it neither of hiding nor of showing.
            self._frame = frame
            frame.visibilityChanged.connect(self._on_raised)
            self._placing.start()  # napari puts it somewhere first
        self._timer.start()

    @property
    def frame(self) -> QDockWidget | None:
        """The dock of napari's that it stands in."""
        return next((one for one in _with_parents(self) if isinstance(one, QDockWidget)), None)

    def place(self) -> None:
        """Stand where docks of its kind do; called by itself when it is first shown."""
        if self.frame is not None:
            place(self.frame, self.where)

    def _on_raised(self, visible: bool) -> None:
        if visible:
            self._timer.start()

    def hideEvent(self, event: QHideEvent | None) -> None:
        """Stop when the dock or the window is closed, not when it is minimised or another tab is raised."""
        super().hideEvent(event)
        is_closed = any(one.isHidden() for one in _with_parents(self)) and not is_set_aside(self.frame)
        if is_closed and (event is None or not event.spontaneous()):
            self._timer.stop()
            self._stop()
            self._disconnect()


def _with_parents(widget: QWidget | None) -> Iterable[QWidget]:
    while widget is not None:
        yield widget
        widget = widget.parentWidget()
