"""What the page of indices shows, as pure functions of the stores and of what has been computed."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from napari_hydra._napari.analyse.results.state import AnalyseStore, Item, cube_of_source, items_of
from napari_hydra._napari.state.rows import Row
from napari_hydra._napari.state.store import Store
from napari_hydra.errors import HydraError
from napari_hydra.spectra.indices import SpectralIndex, find_index, mix_bands, spectral_indices, why_not

PENDING, MISSING = "…", "–"


@dataclass(frozen=True)
class IndexChoice:
    """A line of the list: `reason` says why the cube cannot give the index, "" if it can."""

    name: str
    words: str
    tooltip: str
    reason: str = ""


@dataclass(frozen=True)
class IndexValue:
    """An index of a pin or region.

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


def index_choices(store: Store, analyse: AnalyseStore, search: str = "") -> tuple[IndexChoice, ...]:
    """Return the indices whose name, words or domain hold every word of `search`; those that can be given first."""
    scene = store.scene
    wavelengths = None if scene is None else cube_of_source(scene, analyse.source).wavelengths
    asked = search.lower().split()
    choices = []
    for index in spectral_indices().values():
        text = f"{index.name} {index.long_name} {index.domain}".lower()
        if all(word in text for word in asked):
            reason = "" if wavelengths is None else why_not(index, wavelengths)
            choices.append(
                IndexChoice(index.name, f"{index.name}   {index.long_name}", tooltip_of(index, reason), reason)
            )
    names = search.strip().lower()
    # Who types a name wants that index, not the ten whose names hold it.
    return tuple(sorted(choices, key=lambda choice: (bool(choice.reason), choice.name.lower() != names)))


def tooltip_of(index: SpectralIndex, reason: str = "") -> str:
    """Return the formula, its bands and constants, where it is from, and why it is not possible."""
    bands = ", ".join(f"{band.name}: {band.low:g}–{band.high:g} nm" for band in index.bands)
    constants = ", ".join(f"{name} = {value:g}" for name, value in index.constants)
    lines = [f"{index.long_name} ({index.domain})", index.formula, bands, constants, index.reference]
    return "\n".join(line for line in [*lines, f"Not possible: {reason}." if reason else ""] if line)


def index_note(store: Store, analyse: AnalyseStore) -> str:
    """Say where the bands of the chosen index are taken, and why it is less certain."""
    scene = store.scene
    if scene is None:
        return "Click a cube, or run a reconstruction; its indices are computed here."
    if not analyse.index:
        return "Choose an index from the list."
    index = find_index(analyse.index)
    try:
        mix = mix_bands(index, cube_of_source(scene, analyse.source).wavelengths, analyse.method)
    except HydraError as error:
        return str(error)
    parts = [f"{name} {centre:.5g} nm" for name, centre in zip(mix.names, mix.centres, strict=True)]
    note = f"{index.name} = {index.formula};  {', '.join(parts)}."
    if not index.is_scale_free and not scene.quantity.startswith("reflectance"):
        note += f"  Its formula is meant for reflectance from 0 to 1; this scene is in {scene.quantity}."
    return note


def index_rows(store: Store, value_of: Callable[[Item], IndexValue | HydraError | None]) -> tuple[Row, ...]:
    """Return a row for each pin and region: the value, its interval, the dispersion of the pixels, their number."""
    rows = []
    for item in items_of(store):
        found = value_of(item)
        if isinstance(found, IndexValue):
            rows.append(Row(item.name, item.colour, _cells(found)))
        else:
            remark = str(found) if isinstance(found, HydraError) else ""
            rows.append(Row(item.name, item.colour, (MISSING if found else PENDING,) * 4, remark))
    return tuple(rows)


def _cells(found: IndexValue) -> tuple[str, ...]:
    interval = MISSING
    if found.low is not None and found.high is not None and np.isfinite(found.low) and np.isfinite(found.high):
        interval = f"{_number(found.low)} to {_number(found.high)}"
    std = MISSING if found.std is None else _number(found.std)
    return _number(found.value), interval, std, str(found.pixels)


def _number(value: float) -> str:
    if not np.isfinite(value):
        return MISSING
    return f"{value:.3f}" if abs(value) < 100 else f"{value:.4g}"
