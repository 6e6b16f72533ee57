"""What the parts of a window have in common that are no widgets: they know a viewer and follow signals."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from weakref import ref

from napari_hydra._napari.state.store import Store

if TYPE_CHECKING:
    import napari


class Links:
    """Signals of napari's and of ours, and what reacts to them; connected and let go together."""

    def __init__(self) -> None:
        self.are_connected = False
        self._pairs: list[tuple[Any, Callable[..., Any]]] = []

    def add(self, events: Any, names: Iterable[str], react: Callable[..., Any]) -> None:
        """Name signals of `events` that `react` follows once they are connected."""
        self._pairs += [(getattr(events, name), react) for name in names]

    def connect(self) -> None:
        """Follow all of them."""
        if not self.are_connected:
            self.are_connected = True
            for signal, react in self._pairs:
                signal.connect(react)

    def disconnect(self) -> None:
        """Follow none of them."""
        if self.are_connected:
            self.are_connected = False
            for signal, react in self._pairs:
                signal.disconnect(react)


class ViewerPart:
    """Holds no viewer alive, which belongs to napari, and no layer, which belongs to the viewer.

    Parameters
    ----------
    viewer : napari.Viewer or ViewerModel
    store : Store
    """

    def __init__(self, viewer: "napari.Viewer", store: Store) -> None:
        self._viewer = ref(viewer)
        self._store = store
        self._links = Links()
        self._busy = False

    @contextmanager
    def _working(self) -> Iterator[None]:
        """Be `_busy` within the block, so that what is told of our own changes is not taken for the user's."""
        before, self._busy = self._busy, True
        try:
            yield
        finally:
            self._busy = before

    def disconnect(self) -> None:
        """Stop following; layers stay as they are."""
        self._links.disconnect()
