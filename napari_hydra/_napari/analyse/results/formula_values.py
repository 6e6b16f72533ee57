"""A formula (an index or band maths) of a pin or region: what it depends on, and what is shown of it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from napari_hydra._napari.analyse.results.state import AnalyseStore, Item, Source, cube_of_source, items_of
from napari_hydra._napari.state.rows import Row
from napari_hydra._napari.state.store import Pin, Scene, Store
from napari_hydra.errors import HydraError
from napari_hydra.hydra.latent.index_maps import index_map_steps
from napari_hydra.progress import Steps
from napari_hydra.spectra.formulas import BandMix, Formula, Method
from napari_hydra.spectra.regions import bounding_box, window_around

PENDING, MISSING = "…", "–"


@dataclass(frozen=True)
class FormulaValue:
    """A formula of a pin or region.

    Attributes
    ----------
    value : float
        Of a region: the mean over its pixels. NaN where there is none.
    low, high : float or None
        Ends of its interval; of a region the means of those of its pixels, whose errors go together.
    std : float or None
        Standard deviation between the pixels of a region.
    pixels : int
    """

    value: float
    low: float | None
    high: float | None
    std: float | None
    pixels: int


class FormulaKey(NamedTuple):
    """What a value depends on; the window of pixels is that of pins."""

    scene: Scene
    source: Source
    formula: Formula
    method: Method
    level: float
    pixel_window: int
    item: Item


def formula_keys(store: Store, analyse: AnalyseStore, formula: Formula | None) -> list[FormulaKey]:
    """Return what is to be computed now: the formula of each pin and region."""
    if store.scene is None or formula is None:
        return []
    settings = (store.scene, analyse.source, formula, analyse.method, store.level)
    return [FormulaKey(*settings, store.pixel_window if isinstance(item, Pin) else 1, item) for item in items_of(store)]


def prepared_formula(key: FormulaKey) -> tuple[str, Callable[[], Steps[FormulaValue]]]:
    """Return words for the user, and the steps that compute a value on a thread."""
    scene, item = key.scene, key.item
    cube = cube_of_source(scene, key.source)
    ys, xs, mask = place_of_item(item, scene, key.pixel_window)
    part = cube[:, ys, xs]

    def steps() -> Steps[FormulaValue]:
        found = yield from index_map_steps(part, key.formula, method=key.method, level=key.level)
        low, high = (None if end is None else _mean(end[mask]) for end in (found.low, found.high))
        values = found.values[mask]
        std = None if isinstance(item, Pin) else float(np.std(values[np.isfinite(values)]))
        return FormulaValue(_mean(values), low, high, std, int(np.isfinite(values).sum()))

    return f"{key.formula.name} of {item.name}", steps


def place_of_item(item: Item, scene: Scene, pixel_window: int) -> tuple[slice, slice, Any]:
    """Return rows, columns and a mask (h, w) within them of a pin's window or of a region."""
    if isinstance(item, Pin):
        ys, xs = window_around(item.y, item.x, pixel_window, scene.size)
        return ys, xs, np.ones((ys.stop - ys.start, xs.stop - xs.start), dtype=bool)
    ys, xs = bounding_box(item.mask)
    return ys, xs, item.mask[ys, xs]


def formula_rows(store: Store, value_of: Callable[[Item], FormulaValue | HydraError | None]) -> tuple[Row, ...]:
    """Return a row for each pin and region: the value, its interval, the dispersion of the pixels, their number."""
    rows = []
    for item in items_of(store):
        found = value_of(item)
        if isinstance(found, FormulaValue):
            rows.append(Row(item.name, item.colour, _cells(found)))
        else:
            remark = str(found) if isinstance(found, HydraError) else ""
            rows.append(Row(item.name, item.colour, (MISSING if found else PENDING,) * 4, remark))
    return tuple(rows)


def mix_of(store: Store, analyse: AnalyseStore, formula: Formula) -> BandMix | str:
    """Return the bands that a formula takes of the cube that is analysed, or a sentence where it lacks them."""
    if store.scene is None:
        return "Click a cube, or run a reconstruction; it is computed here."
    try:
        return formula.mix(cube_of_source(store.scene, analyse.source).wavelengths, analyse.method)
    except HydraError as error:
        return str(error)


def unit_warning(formula: Formula, scene: Scene) -> str:
    """Return a sentence where a formula is meant for reflectance and the scene is in another unit; else ""."""
    if formula.is_scale_free or scene.quantity.startswith("reflectance"):
        return ""
    return f"Its formula is meant for reflectance from 0 to 1; this scene is in {scene.quantity}."


def _cells(found: FormulaValue) -> tuple[str, ...]:
    interval = MISSING
    if found.low is not None and found.high is not None and np.isfinite(found.low) and np.isfinite(found.high):
        interval = f"{_number(found.low)} to {_number(found.high)}"
    std = MISSING if found.std is None else _number(found.std)
    return _number(found.value), interval, std, str(found.pixels)


def _number(value: float) -> str:
    if not np.isfinite(value):
        return MISSING
    return f"{value:.3f}" if abs(value) < 100 else f"{value:.4g}"


def _mean(values: Any) -> float:
    known = values[np.isfinite(values)]
    return float(known.mean()) if known.size else float("nan")
