"""Lists that belong to a cube among the arrays and attributes of its file: wavelengths, widths, flags."""

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from napari_hydra.io.files.wavelengths import BARE_RANGES, name_rank, unit_in
from napari_hydra.io.formats.array_entries import Entry
from napari_hydra.io.numbers.wavelength_sources import (
    ChosenList,
    WavelengthList,
    choose_list,
    labelled,
    listed,
)

_GOOD = re.compile(r"^good_?(wavelengths?|bands?)(_?list)?$|^bbl$|^band_?valid(ity)?$", re.IGNORECASE)
_BAD = re.compile(r"^bad_?(wavelengths?|bands?)(_?(list|mask|flags?))?$", re.IGNORECASE)
_PARTS = re.compile(r"vnir|swir|vis|nir|tir", re.IGNORECASE)  # of a sensor, where a file holds cubes of each


def choose_for(
    path: Path,
    cube: Entry,
    entries: Sequence[Entry],
    further: Sequence[WavelengthList | None],
    unit: str | None = None,
) -> ChosenList | None:
    """Return the wavelengths of a cube, or None: those named so, the nearest first, or the only ones possible.

    `unit` is what they are in where the file says none.
    """
    named: list[tuple[tuple[bool, int, int], WavelengthList | None]] = []
    unnamed: list[WavelengthList | None] = []
    for entry in _vectors(cube, entries):
        rank = name_rank(entry.name)
        where = f"'{entry.name}'"
        if rank is not None:
            labels = entry.dtype.kind == "U"
            values = np.asarray(entry.load()).reshape(-1)
            one = _of_words(values, where) if labels else listed(values, _unit_of(entry, entries) or unit, where)
            named.append(((entry.attribute and not _is_own(entry, cube), rank, -_nearness(entry, cube)), one))
        elif not entry.attribute and entry.dtype.kind in "iuf":
            values = np.asarray(entry.load(), dtype=np.float64).reshape(-1)
            if values.size > 2 and (np.diff(values) > 0).all() and _is_plausible(values):
                unnamed.append(listed(values, _unit_of(entry, entries) or unit, where))
    ordered = [one for _, one in sorted(named, key=lambda pair: pair[0])]
    alone = [one for one in unnamed if one is not None]
    ordered += alone if len(alone) == 1 and not any(one is not None for one in ordered) else []
    lists = [one for one in (*ordered, *further) if one is not None and one.values.size in cube.shape]
    if not lists:
        return None
    return choose_list([one for one in lists if one.values.size == lists[0].values.size], None, str(path))


def companion(cube: Entry, entries: Sequence[Entry], bands: int, word: str) -> NDArray[np.float64] | None:
    """Return the nearest list of one number a band whose name holds a word."""
    found = [e for e in _vectors(cube, entries) if word in e.last.lower() and e.dtype.kind in "iuf"]
    found = [e for e in found if int(np.prod(e.shape)) == bands]
    if not found:
        return None
    return np.asarray(max(found, key=lambda e: _nearness(e, cube)).load(), dtype=np.float64).reshape(-1)


def flags_for(cube: Entry, entries: Sequence[Entry], bands: int) -> tuple[int, ...]:
    """Return the bands that a list of flags says are bad."""
    for entry in _vectors(cube, entries):
        good, bad = _GOOD.match(entry.last), _BAD.match(entry.last)
        if not (good or bad) or entry.dtype.kind not in "biuf" or int(np.prod(entry.shape)) != bands:
            continue
        flags = np.asarray(entry.load()).reshape(-1)
        if np.isin(flags, (0, 1)).all():
            return tuple(int(i) for i in np.flatnonzero(flags == (0 if good else 1)))
    return ()


def _vectors(cube: Entry, entries: Sequence[Entry]) -> list[Entry]:
    """Return the lists as long as an axis of the cube that can belong to it."""
    part = _part(cube.name)
    found = []
    for entry in entries:
        length = max(entry.shape, default=0)
        if entry.dtype.kind not in "biufU" or int(np.prod(entry.shape)) != length or length not in cube.shape:
            continue
        if cube.dims and entry.dims and not set(entry.dims) & set(cube.dims):
            continue
        if part and _part(entry.name) not in ("", part):
            continue
        found.append(entry)
    return found


def _part(name: str) -> str:
    found = _PARTS.findall(name)
    return found[-1].lower() if found else ""


def _is_own(entry: Entry, cube: Entry) -> bool:
    return entry.folder == tuple(cube.name.split("/"))


def _nearness(entry: Entry, cube: Entry) -> int:
    """Return how many folders an entry shares with a cube, from the top."""
    shared = 0
    for one, other in zip(entry.folder, cube.name.split("/"), strict=False):
        if one != other:
            break
        shared += 1
    return shared


def _of_words(words: NDArray[np.str_], where: str) -> WavelengthList | None:
    parts = [str(word) for word in words]
    try:
        return listed([float(part) for part in parts], None, where)
    except ValueError:
        return labelled(parts, where)


def _unit_of(entry: Entry, entries: Sequence[Entry]) -> str | None:
    """Return the unit of a list: its attribute, what its name says, or what stands beside it."""
    said = next((str(v) for k, v in entry.attrs.items() if k.lower() in ("units", "unit")), None)
    if said is not None and said.lower() not in ("", "1", "unknown"):
        return said
    if (named := unit_in(entry.last)) is not None:
        return named
    beside = (e for e in entries if e.last.lower() in {f"{n}_unit{s}" for n in _UNIT_OF for s in ("", "s")})
    return next((str(np.asarray(e.load()).reshape(-1)[0]) for e in beside if e.shape in ((), (1,))), None)


_UNIT_OF = ("wavelength", "wavelengths", "wl")


def _is_plausible(values: NDArray[np.float64]) -> bool:
    return any(low <= values[0] and values[-1] <= high for low, high in BARE_RANGES)
