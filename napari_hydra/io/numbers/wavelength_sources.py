"""Where wavelengths stand: every format lists what it has found, and here one list is chosen for all of them.

Sources in the order in which they are believed; a format leaves out those that it cannot have:

1. a list on the cube itself: ENVI's ``wavelength``, a coordinate, an attribute of the array;
2. a list elsewhere in the file, the nearest first: a variable, an attribute of a group;
3. labels: band names, channels (OME, ImageJ), descriptions and names of pages;
4. files beside it: ``.hdr``, ``.aux.xml``, METADATA.XML.

Of two that agree the one with more decimals is taken, whatever its place: an exact description before a rounded tag.
A list that merely counts the bands, or flags them (0 and 1), is none.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from napari_hydra.errors import HydraError
from napari_hydra.io.files.wavelengths import are_band_numbers, from_bare_labels, from_labels, to_nanometres

_MOST_DECIMALS = 4


@dataclass(frozen=True, eq=False)
class WavelengthList:
    """A list of wavelengths as it stands somewhere.

    Attributes
    ----------
    values : (n,) array
    unit : str or None
    where : str
        For people: "'wavelength' of scene.hdr".
    fwhm : (n,) array or None
        Widths beside it, in its unit.
    """

    values: NDArray[np.float64]
    unit: str | None
    where: str
    fwhm: NDArray[np.float64] | None = None


@dataclass(frozen=True, eq=False)
class ChosenList:
    """What was chosen.

    Attributes
    ----------
    nm : (B,) array
        Band centres; 0 for bands to which the list gives none.
    source : WavelengthList
    note : str or None
        What was converted.
    notices : tuple of str
        What the user must know: guessed units, other lists that say otherwise.
    """

    nm: NDArray[np.float64]
    source: WavelengthList
    note: str | None
    notices: tuple[str, ...] = ()


def listed(values: ArrayLike | None, unit: str | None, where: str) -> WavelengthList | None:
    """Return a list if it can be one of wavelengths: numbers, not all 0 and 1, not 1, 2, 3, ..."""
    try:
        numbers = np.asarray(values, dtype=np.float64).reshape(-1)
    except (TypeError, ValueError):
        return None
    if numbers.size == 0 or not np.isfinite(numbers).all() or np.isin(numbers, (0, 1)).all():
        return None
    return None if are_band_numbers(numbers) else WavelengthList(numbers, unit, where)


def labelled(labels: Sequence[str], where: str) -> WavelengthList | None:
    """Return the list that labels hold, None if they hold none."""
    exact = from_labels(labels)
    if exact is not None:
        return listed(exact, "nm", where)
    return listed(from_bare_labels(labels), None, where)


def text_list(text: Any) -> list[str] | None:
    """Return the parts of a list in words: ``"{400, 410}"``, ``"400 410"``; None of anything shorter than two."""
    if not isinstance(text, str):
        return None
    parts = text.strip(" {}[]()\n\t\0").replace(",", " ").replace(";", " ").split()
    return parts if len(parts) > 1 else None


def choose_list(found: Sequence[WavelengthList | None], count: int | None, name: str) -> ChosenList | None:
    """Return the list of `count` wavelengths to believe.

    Parameters
    ----------
    found : sequence
        In the order in which they are believed.
    count : int or None
        How many bands there are; None takes any.
    name : str
        The file, for error messages.

    Raises
    ------
    HydraError
        If there are lists of that length, and none makes sense.
    """
    usable: list[ChosenList] = []
    problem: HydraError | None = None
    for one in found:
        if one is None or (count is not None and one.values.size != count):
            continue
        there = one.values > 0
        try:
            if there.any() and (one.values >= 0).all():  # zeros: bands that a sensor has and does not use
                part, note = to_nanometres(one.values[there], one.unit, name)
                nm = np.zeros(one.values.size)
                nm[there] = part
            else:
                nm, note = to_nanometres(one.values, one.unit, name)
        except HydraError as error:
            problem = problem or error
            continue
        guessed = note if note and "no unit stated" in note else None
        usable.append(ChosenList(nm, one, note, (guessed,) if guessed else ()))
    if not usable:
        if problem is not None:
            raise problem
        return None
    best = usable[0]
    for other in usable[1:]:
        if _agree(best.nm, other.nm):
            best = other if _decimals(other.nm) > _decimals(best.nm) else best
    odd = next((o for o in usable if not _agree(best.nm, o.nm)), None)
    if odd is None:
        return best
    said = f"wavelengths from {best.source.where} ({_span(best.nm)}); {odd.source.where} says others ({_span(odd.nm)})"
    return ChosenList(best.nm, best.source, best.note, (*best.notices, said))


def _agree(one: NDArray[np.float64], other: NDArray[np.float64]) -> bool:
    coarse = 10.0 ** -min(_decimals(one), _decimals(other))
    return bool((np.abs(one - other) <= 0.51 * coarse).all())


def _decimals(nm: NDArray[np.float64]) -> int:
    """Return how many decimals of a nanometre a list has."""
    for count in range(_MOST_DECIMALS):
        if (np.abs(nm - np.round(nm, count)) < 1e-3 * 10.0**-count).all():
            return count
    return _MOST_DECIMALS


def _span(nm: NDArray[np.float64]) -> str:
    there = nm[nm > 0]
    return f"{there[0]:g} to {there[-1]:g} nm"
