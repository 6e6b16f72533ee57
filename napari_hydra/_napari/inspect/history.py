"""Undo and redo of pins and regions: what was drawn, step after step."""

from collections import deque
from typing import TYPE_CHECKING

from psygnal import Signal
from qtpy.QtCore import QTimer

from napari_hydra._napari.inspect.drawings import Drawing, Drawings
from napari_hydra._napari.scenes.picking import regions_layers_of
from napari_hydra._napari.state.store import Store
from napari_hydra._napari.state.viewer_part import ViewerPart

if TYPE_CHECKING:
    import napari

_STEPS = 50
_PAUSE_MS = 250  # a drag or a stroke makes many changes; what follows a pause is another step


class History(ViewerPart):
    """Remembers the drawings of a viewer while it is open.

    napari's brush has an undo of its own. It is left alone, and stays in step: where labels change without a stroke,
    so that the drawing before is there again, that was an undo.

    Parameters
    ----------
    viewer : napari.Viewer
    store : Store
    """

    changed = Signal()  # whether there is anything to undo or redo

    def __init__(self, viewer: "napari.Viewer", store: Store) -> None:
        super().__init__(viewer, store)
        self._drawings = Drawings(viewer, store)
        self._now: Drawing | None = None
        self._size: tuple[int, ...] = ()
        self._strokes = 0
        self._done: deque[Drawing] = deque(maxlen=_STEPS)
        self._undone: deque[Drawing] = deque(maxlen=_STEPS)
        self._timer = QTimer()
        self._timer.setSingleShot(True)
        self._timer.setInterval(_PAUSE_MS)
        self._timer.timeout.connect(self.note)
        self._links.add(store.events, ("pins", "regions"), self._schedule)
        self._links.add(store.events, ("scene",), self._on_scene)

    def open(self) -> None:
        """Begin to follow; what is there is where undo ends."""
        self._now, self._size, self._strokes = self._taken(), self._picture_size(), self._count_strokes()
        self._links.connect()

    def close(self) -> None:
        """Stop following, and forget: unseen changes cannot be undone."""
        self._timer.stop()
        self._links.disconnect()
        self._done.clear()
        self._undone.clear()
        self._now = None
        self.changed.emit()

    @property
    def can_undo(self) -> bool:
        """Whether there is a step to take back."""
        return bool(self._done)

    @property
    def can_redo(self) -> bool:
        """Whether a step was taken back."""
        return bool(self._undone)

    def undo(self) -> None:
        """Take the last step back."""
        self._step(self._done, self._undone)

    def redo(self) -> None:
        """Do again what was taken back."""
        self._step(self._undone, self._done)

    def note(self) -> None:
        """Take down what is there now, if it is new."""
        self._timer.stop()
        new, old = self._taken(), self._now
        if new is None or old is None or new == old:
            return
        by_napari = self._strokes == self._count_strokes() and new.outside_labels == old.outside_labels
        self._strokes = self._count_strokes()
        if by_napari and self._done and new == self._done[-1]:
            self._done.pop()
            self._undone.append(old)
        elif by_napari and self._undone and new == self._undone[-1]:
            self._undone.pop()
            self._done.append(old)
        else:
            self._done.append(old)
            self._undone.clear()
        self._now = new
        self.changed.emit()

    def _step(self, source: "deque[Drawing]", target: "deque[Drawing]") -> None:
        self.note()
        regions = regions_layers_of(self._viewer())
        if not source or regions is None or self._now is None:
            return
        target.append(self._now)
        self._drawings.bring_back(source.pop(), regions)
        self._timer.stop()
        self._now, self._strokes = self._taken(), self._count_strokes()
        self.changed.emit()

    def _count_strokes(self) -> int:
        regions = regions_layers_of(self._viewer())
        return 0 if regions is None else regions.strokes

    def _taken(self) -> Drawing | None:
        regions = regions_layers_of(self._viewer())
        return None if regions is None else self._drawings.take_down(regions)

    def _picture_size(self) -> tuple[int, ...]:
        scene = self._store.scene
        return () if scene is None else tuple(scene.size)

    def _on_scene(self) -> None:
        """What was drawn on a picture of another size does not come back."""
        if self._picture_size() != self._size:
            self.close()
            self.open()

    def _schedule(self) -> None:
        self._timer.start()
