"""The chosen index of each pin and region: what is computed, and what is still to be computed."""

from typing import Any

import numpy as np
from psygnal import Signal

from napari_hydra._napari.analyse.results.index_state import IndexValue
from napari_hydra._napari.analyse.results.state import AnalyseStore, Item, cube_of_source, items_of
from napari_hydra._napari.state.store import Pin, Scene, Store
from napari_hydra._napari.widgets.background import Background, Steps, Task
from napari_hydra._napari.widgets.notices import notify_failure
from napari_hydra.errors import HydraError
from napari_hydra.hydra.latent.index_maps import index_map_steps
from napari_hydra.spectra.indices import find_index
from napari_hydra.spectra.regions import bounding_box

Found = IndexValue | HydraError


class IndexValues:
    """Indices of the store's pins and regions, computed in the background.

    Parameters
    ----------
    store : Store
    analyse : AnalyseStore
    background : Background
    """

    changed = Signal()

    def __init__(self, store: Store, analyse: AnalyseStore, background: Background) -> None:
        self._store, self._analyse, self._background = store, analyse, background
        self._scene: Scene | None = None
        self._asked: set[object] = set()
        self._found: dict[object, Found] = {}

    def of(self, item: Item) -> Found | None:
        """Return what is known of a pin or region, None while it is not computed."""
        return self._found.get(self._key(item))

    def follow(self, *, asked: bool = False) -> None:
        """Compute what is missing; what was cancelled only where `asked` and nothing is under way."""
        scene = self._store.scene
        if scene is not self._scene:
            self._scene = scene
            self._asked.clear()
            self._found.clear()
        if asked and not self._background.busy:
            self._asked.clear()
        if scene is None or not self._analyse.index:
            return
        for item in items_of(self._store):
            key = self._key(item)
            if key not in self._found and key not in self._asked:
                self._asked.add(key)
                self._background.submit(self._task(scene, item, key))

    def _key(self, item: Item) -> object:
        analyse, store = self._analyse, self._store
        place: object = (item.y, item.x, store.pixel_window) if isinstance(item, Pin) else item
        return analyse.index, analyse.method, analyse.source, store.level, place

    def _task(self, scene: Scene, item: Item, key: object) -> Task:
        # All of what the thread needs is taken now: the stores belong to the window.
        cube = cube_of_source(scene, self._analyse.source)
        index, method, level = self._analyse.index, self._analyse.method, self._store.level
        ys, xs, mask = place_of_item(item, scene, self._store.pixel_window)
        part = cube[:, ys, xs] if cube is scene.estimate else cube[ys, xs]

        def steps() -> Steps:
            if key != self._key(item):  # another index was chosen while this one waited
                return None
            found = yield from index_map_steps(part, find_index(index), method=method, level=level)
            low, high = (None if end is None else _mean(end[mask]) for end in (found.low, found.high))
            values = found.values[mask]
            std = None if isinstance(item, Pin) else float(np.std(values[np.isfinite(values)]))
            return IndexValue(_mean(values), low, high, std, int(np.isfinite(values).sum()))

        def keep(found: Any) -> None:
            if found is None:
                self._asked.discard(key)
            elif scene is self._scene:
                self._found[key] = found
                self.changed.emit()

        def fail(error: Exception) -> None:
            if isinstance(error, HydraError):
                keep(error)
            else:
                notify_failure(error)

        return Task(label=f"{index} of {item.name}", steps=steps, done=keep, failed=fail)


def place_of_item(item: Item, scene: Scene, pixel_window: int) -> tuple[slice, slice, Any]:
    """Return rows, columns and a mask (h, w) within them of a pin's window or of a region."""
    height, width = scene.picture.shape[:2]
    if isinstance(item, Pin):
        reach = pixel_window // 2
        ys, xs = (slice(max(at - reach, 0), min(at + reach + 1, n)) for at, n in ((item.y, height), (item.x, width)))
        return ys, xs, np.ones((ys.stop - ys.start, xs.stop - xs.start), dtype=bool)
    ys, xs = bounding_box(item.mask)
    return ys, xs, item.mask[ys, xs]


def _mean(values: Any) -> float:
    known = values[np.isfinite(values)]
    return float(known.mean()) if known.size else float("nan")
