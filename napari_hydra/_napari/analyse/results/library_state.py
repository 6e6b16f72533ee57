"""What the page of libraries shows, as pure functions of the stores and of what has been computed."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from napari_hydra._napari.analyse.results.state import AnalyseStore, Item, items_of
from napari_hydra._napari.state.rows import Row
from napari_hydra._napari.state.store import Store
from napari_hydra.spectra.matching import Match, MatchMap
from napari_hydra.workbench.plot.palette import CYCLE

MOST_ROWS = 200
DRAWN = 3  # matches in the plot where none is selected
_MORE = ("#8dd3c7", "#fb8072", "#bebada", "#b3de69", "#fccde5", "#ffed6f", "#80b1d3", "#bc80bd")  # ColorBrewer Set3
PALETTE = (*CYCLE, *_MORE)
OTHERS = "#808080"


@dataclass(frozen=True, eq=False, kw_only=True)
class MatchPlotState:
    """What the plot of the page shows.

    Attributes
    ----------
    message : str
        Words in place of curves.
    name : str
        Of the pin or region.
    wavelengths, values : (B,) array
        Of the pin or region, in nm and in the unit of the scene.
    low, high : (B,) array or None
        Ends of its interval.
    colour : str
    unit : str
        Label of the y axis.
    matches : tuple of (str, str, array)
        Label, colour and values (B,) of spectra of the library, scaled to the spectrum.
    """

    message: str = ""
    name: str = ""
    wavelengths: NDArray[np.floating] = field(default_factory=lambda: np.zeros(0))
    values: NDArray[np.floating] = field(default_factory=lambda: np.zeros(0))
    low: NDArray[np.floating] | None = None
    high: NDArray[np.floating] | None = None
    colour: str = CYCLE[0]
    unit: str = ""
    matches: tuple[tuple[str, str, NDArray[np.floating]], ...] = ()


def subject_of(store: Store, analyse: AnalyseStore) -> Item | None:
    """Return the pin or region that is matched: the one chosen, or the last there is."""
    items = items_of(store)
    return next((item for item in items if item.name == analyse.subject), items[-1] if items else None)


def library_words(store: Store, analyse: AnalyseStore, left_out: int = 0) -> str:
    """Say what the libraries are and what is missing."""
    count = sum(len(library) for library in analyse.libraries)
    if not count:
        return "Open a library of spectra (ENVI .sli, ECOSTRESS, USGS, CSV), or take the regions as one."
    names = ", ".join(dict.fromkeys(source_name(library.source) for library in analyse.libraries))
    words = f"{count} {'spectrum' if count == 1 else 'spectra'} of {names}"
    if left_out:
        words += f"; {left_out} have less than half of the cube's bands and are left out"
    if store.scene is not None and not items_of(store):
        words += ".  Pin a pixel or draw a region to rank them"
    return words + "."


def source_name(source: str) -> str:
    """Return a library's file name for a table."""
    return Path(source).name or source


def match_rows(
    matches: Sequence[Match], names: Sequence[str], found: MatchMap | None, drawn: dict[str, str]
) -> tuple[Row, ...]:
    """Return rows for the table: matches in their order, or all names of the libraries where nothing is ranked yet.

    The colours are those of the map, or of the curves that are `drawn`; the shares are those of the map.
    """
    colours = drawn if found is None else colours_by_name(found)
    shares = {}
    if found is not None:
        counts = np.bincount(found.best.ravel(), minlength=len(found.names) + 1)
        known = max(int(np.isfinite(found.angle).sum()), 1)
        shares = {name: f"{100 * n / known:.1f} %" for name, n in zip(found.names, counts[1:], strict=True)}
    if not matches:
        return tuple(Row(name, colours.get(name), ("–", "–", "–", shares.get(name, "–"), "")) for name in names)
    return tuple(
        Row(
            match.name,
            colours.get(match.name),
            (
                _number(match.angle, ".2f"),
                _number(match.divergence, ".3g"),
                str(match.bands),
                shares.get(match.name, "–"),
                source_name(match.source),
            ),
            f"{match.name}\n{match.source}",
        )
        for match in matches[:MOST_ROWS]
    )


def by_frequency(found: MatchMap) -> tuple[NDArray[np.int32], tuple[str, ...]]:
    """Return the map (H, W) with 1 for the spectrum that is nearest most often, 2 for the next, and the names so."""
    counts = np.bincount(found.best.ravel(), minlength=len(found.names) + 1)
    order = [int(i) for i in np.argsort(-counts[1:], kind="stable") + 1 if counts[i]]
    ranks = np.zeros(len(counts), np.int32)
    ranks[order] = np.arange(1, len(order) + 1)
    return ranks[found.best], tuple(found.names[i - 1] for i in order)


def colours_by_name(found: MatchMap) -> dict[str, str]:
    """Return the colours of the spectra that the map shows; the most frequent are told apart best."""
    _, names = by_frequency(found)
    return {name: PALETTE[i] if i < len(PALETTE) else OTHERS for i, name in enumerate(names)}


def scaled_to(values: NDArray[np.floating], spectrum: NDArray[np.floating]) -> NDArray[np.floating]:
    """Return values multiplied by the factor that brings them nearest to a spectrum, as the angle sees them."""
    seen = np.isfinite(values) & np.isfinite(spectrum)
    square = float(np.sum(values[seen] ** 2))
    return values * (float(np.sum(values[seen] * spectrum[seen])) / square if square > 0 else 1.0)


def _number(value: float, form: str) -> str:
    return f"{value:{form}}" if np.isfinite(value) else "–"
