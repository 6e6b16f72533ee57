"""An index of a pin or region, and what it depends on."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from napari_hydra._napari.analyse.results.index_state import IndexValue
from napari_hydra._napari.analyse.results.state import AnalyseStore, Item, Source, cube_of_source, items_of
from napari_hydra._napari.state.store import Pin, Scene, Store
from napari_hydra.hydra.latent.index_maps import index_map_steps
from napari_hydra.progress import Steps
from napari_hydra.spectra.indices import Method, find_index
from napari_hydra.spectra.regions import bounding_box, window_around


class IndexKey(NamedTuple):
    """What an index value depends on; the window of pixels is that of pins."""

    scene: Scene
    source: Source
    spectral_index: str
    method: Method
    level: float
    pixel_window: int
    item: Item


def index_keys(store: Store, analyse: AnalyseStore) -> list[IndexKey]:
    """Return what is to be computed now: the chosen index of each pin and region."""
    if store.scene is None or not analyse.index:
        return []
    settings = (store.scene, analyse.source, analyse.index, analyse.method, store.level)
    return [IndexKey(*settings, store.pixel_window if isinstance(item, Pin) else 1, item) for item in items_of(store)]


def prepared_index(key: IndexKey) -> tuple[str, Callable[[], Steps[IndexValue]]]:
    """Return words for the user, and the steps that compute an index on a thread."""
    scene, item = key.scene, key.item
    cube = cube_of_source(scene, key.source)
    ys, xs, mask = place_of_item(item, scene, key.pixel_window)
    part = cube[:, ys, xs]

    def steps() -> Steps[IndexValue]:
        found = yield from index_map_steps(part, find_index(key.spectral_index), method=key.method, level=key.level)
        low, high = (None if end is None else _mean(end[mask]) for end in (found.low, found.high))
        values = found.values[mask]
        std = None if isinstance(item, Pin) else float(np.std(values[np.isfinite(values)]))
        return IndexValue(_mean(values), low, high, std, int(np.isfinite(values).sum()))

    return f"{key.spectral_index} of {item.name}", steps


def place_of_item(item: Item, scene: Scene, pixel_window: int) -> tuple[slice, slice, Any]:
    """Return rows, columns and a mask (h, w) within them of a pin's window or of a region."""
    if isinstance(item, Pin):
        ys, xs = window_around(item.y, item.x, pixel_window, scene.size)
        return ys, xs, np.ones((ys.stop - ys.start, xs.stop - xs.start), dtype=bool)
    ys, xs = bounding_box(item.mask)
    return ys, xs, item.mask[ys, xs]


def _mean(values: Any) -> float:
    known = values[np.isfinite(values)]
    return float(known.mean()) if known.size else float("nan")
