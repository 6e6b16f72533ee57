"""Wavelengths that a user types or pastes for a cube that does not say them."""

import re
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from napari_hydra.errors import HydraError
from napari_hydra.io.files.wavelengths import are_band_numbers, to_nanometres, unit_in

_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
_DECIMAL_COMMA = re.compile(r"(?<=\d),(?=\d)")
_SEPARATORS = re.compile(r"[\s,;|\t]+")


def grid(start: float, stop: float, step: float, lengths: Sequence[int]) -> NDArray[np.float64]:
    """Return the wavelengths in nm from `start` to `stop`, both included.

    Parameters
    ----------
    start, stop, step : float
        In nm. A falling grid is one whose `stop` is below its `start`.
    lengths : sequence of int
        How many bands the cube may have.

    Raises
    ------
    HydraError
        If it is no grid, or has another number of bands.

    Examples
    --------
    >>> grid(400, 700, 100, [4])
    array([400., 500., 600., 700.])
    """
    if not (np.isfinite([start, stop, step]).all() and start > 0 and stop > 0 and step > 0 and start != stop):
        raise HydraError("Start, stop and step make no grid; give positive numbers, and a stop other than the start.")
    count = int(np.floor(abs(stop - start) / step + 1e-6)) + 1
    if count not in lengths:
        fitting = abs(stop - start) / max(1, lengths[0] - 1)
        raise HydraError(
            f"{start:g} to {stop:g} nm in steps of {step:g} nm are {count} bands, "
            f"the cube has {_words(lengths)} bands; a step of {fitting:.6g} nm fits."
        )
    return np.asarray(start + np.sign(stop - start) * step * np.arange(count), dtype=np.float64)


def wavelengths_in_text(text: str, lengths: Sequence[int]) -> NDArray[np.float64]:
    """Return the wavelengths in nm of a list or a table as text: across, down, or a column of several.

    Parameters
    ----------
    text : str
    lengths : sequence of int
        How many bands the cube may have.

    Raises
    ------
    HydraError
        If there are not so many.

    Examples
    --------
    >>> wavelengths_in_text("0.4, 0.5, 0.6 um", [3])
    array([400., 500., 600.])
    """
    lines = [line for line in text.splitlines() if line.strip()]
    unit = next((found for line in lines if (found := unit_in(line))), None)
    body = [line for line in lines if not line.lstrip().startswith("#")]
    if not any(_numbers(line) for line in body):
        raise HydraError(f"There are no numbers; paste {_words(lengths)} wavelengths.")
    # where another sign parts the numbers a comma is likelier a decimal one
    first = bool(re.search(r"\d[;\t]", text))
    problem: HydraError | None = None
    for decimal_comma in (first, not first):
        for candidate in _candidates([row for line in body if (row := _numbers(line, decimal_comma))]):
            if candidate.size in lengths:
                try:
                    return to_nanometres(candidate, unit, "The list")[0]
                except HydraError as error:
                    problem = problem or error
    count = sum(len(_numbers(line)) for line in body)
    raise problem or HydraError(
        f"There are {count} numbers, the cube has {_words(lengths)} bands; give one wavelength a band."
    )


def _candidates(rows: list[list[float]]) -> Iterator[NDArray[np.float64]]:
    """Yield the columns of the table at the end, without row counters, and all numbers one after the other."""
    body = [row for row in rows if len(row) == len(rows[-1])]  # a line above may hold numbers of its own
    if rows and len(rows[-1]) > 1 and len(body) > 1:
        yield from (column for column in np.array(body).T if not are_band_numbers(column))
    yield np.array([number for row in rows for number in row])


def _numbers(line: str, decimal_comma: bool = False) -> list[float]:
    """Return the numbers of a line: what stands alone or with a unit behind it."""
    line = _DECIMAL_COMMA.sub(".", line) if decimal_comma else line
    parts = _SEPARATORS.split(line.strip().strip("{}[]()\"'"))
    return [float(part) for part in parts if _NUMBER.fullmatch(part)]


def _words(lengths: Sequence[int]) -> str:
    *first, last = map(str, lengths)
    return f"{', '.join(first)} or {last}" if first else last
