"""What the columns of a table of spectra hold, told from their headings and their numbers."""

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from napari_hydra.io.files.wavelengths import are_band_numbers
from napari_hydra.io.libraries.cells import Rows, cell_of, numbers_of

_COUNTERS = {"", "#", "no", "no.", "nr", "index", "idx", "row", "n", "pixel", "channel", "chan.#", "band", "unnamed: 0"}
_WAVES = re.compile(r"wave\w*|wvls?|wls?|lambda|nm|um|µm", re.IGNORECASE)
_RESULT = re.compile(r"reflect|transmi|absorb|tgt\./ref|^p$|irradiance|radiance \(cal", re.IGNORECASE)
_TARGET = re.compile(r"target|sample|scope|^s$|tgt", re.IGNORECASE)
_BESIDE = re.compile(r"dark|ref(?:erence|\b)|white|background|^[dr]$", re.IGNORECASE)
_PLAUSIBLE_NM = (150.0, 20_000.0)
_FEWEST = 8  # rows by which unnamed columns are told to be wavelengths


def counters(lower: Sequence[str], rows: Rows, wavelength: int | None) -> list[int]:
    """Return the column that merely counts the rows, before that of wavelengths.

    Parameters
    ----------
    lower : sequence of str
        The headings, in small letters.
    rows : list
    wavelength : int or None
        The column that is called one of wavelengths; None where columns have no names.
    """
    if len(lower) < 3 or len(rows) < 3:
        return []
    if wavelength is None:
        return [0] if not any(lower[1:]) and _counts(_numbers(rows, 0)) and _is_grid(_numbers(rows, 1)) else []
    return [i for i in range(wavelength) if lower[i] in _COUNTERS and _counts(_numbers(rows, i))]


def wavelength_columns(lower: Sequence[str], rows: Rows, first: int, named: bool) -> list[int]:
    """Return the columns of wavelengths, `first` and those before further spectra."""
    others = range(first + 2, len(lower))
    if named:
        return [first, *(i for i in others if _WAVES.match(lower[first]) and _same_words(lower[i], lower[first]))]
    pairs = list(range(first, len(lower), 2))
    if len(rows) < _FEWEST or (len(lower) - first) % 2 or len(pairs) < 2:
        return [first]
    return pairs if all(_is_grid(_numbers(rows, i)) for i in pairs) else [first]


def chosen(header: Sequence[str], wanted: list[int]) -> tuple[list[int], list[str]]:
    """Return which columns of an instrument's file are its spectrum, and the headings of those that are not.

    Reflectance, transmittance or whatever was computed comes before the target alone; dark and reference are none.
    """
    for kind in (_RESULT, _TARGET):
        found = [i for i in wanted if kind.search(header[i]) and (kind is _RESULT or not _BESIDE.match(header[i]))]
        rest = [i for i in wanted if i not in found]
        if found and rest and all(_BESIDE.search(header[i]) or _TARGET.search(header[i]) for i in rest):
            return found, [header[i] for i in rest]
    return wanted, []


def _same_words(cell: str, first: str) -> bool:
    """Whether two headings are one but for a number: "wavelength", "wavelength.1", "wavelength_2 (nm)"."""
    plain = re.compile(r"[\W_\d]+")
    return bool(cell) and plain.sub("", cell) == plain.sub("", first)


def _numbers(rows: Rows, column: int) -> NDArray[np.float64]:
    found = numbers_of([cell_of(row, column) for _, row in rows])
    return np.array([] if found is None else found)


def _counts(numbers: NDArray[np.float64]) -> bool:
    return numbers.size > 2 and are_band_numbers(numbers)


def _is_grid(numbers: NDArray[np.float64]) -> bool:
    if numbers.size < 2 or not np.isfinite(numbers).all():
        return False
    steps = np.diff(numbers)
    inside = _PLAUSIBLE_NM[0] <= numbers.min() and numbers.max() <= _PLAUSIBLE_NM[1]
    return inside and bool((steps > 0).all() or (steps < 0).all())
