"""Where in a text file the table stands: told by its rows of numbers, and not by its first line."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from napari_hydra.errors import HydraError
from napari_hydra.io.files.declared_size import believe
from napari_hydra.io.libraries.cells import NOTHING, Rows, is_number, numbers_of, read_cells

_SHORTEST_NM = 100.0
_UNIT_CELL = re.compile(r"[\[(].*[\])]|nm|um|µm|%|cm-1|counts|dn|-", re.IGNORECASE)
_FEWEST = 3  # rows by which a first column is told from a first row


@dataclass(frozen=True)
class Body:
    """A table and what stands around it.

    Attributes
    ----------
    header : list of str
        Names of the columns; where the file has none, "wavelength" and "" for each other.
    line : int
        Of the header in the file.
    rows : list of (int, list of str)
        Below it, with their lines.
    preamble : tuple of str
        The lines above, as text.
    named : bool
        Whether the file has a header.
    notes : tuple of str
        What was left out.
    """

    header: list[str]
    line: int
    rows: Rows
    preamble: tuple[str, ...] = ()
    named: bool = True
    notes: tuple[str, ...] = ()


def read_body(path: Path) -> Body:
    """Find the table in a text file.

    Raises
    ------
    HydraError
        If there is none, there are several, or a row is wider than the header.
    """
    rows, separator = read_cells(path)
    start, end = _longest(rows, separator)
    above, body = rows[:start], rows[start:end]
    notes = _below(path, rows[end:], body)
    header, used = _header(above, body, separator)
    preamble = tuple(" ".join(filter(None, row)) for _, row in above[: len(above) - used])
    if header is not None:
        line, names = above[-used][0], header
    elif _is_header(body, preamble):
        (line, names), body = body[0], body[1:]
    else:
        line, names = body[0][0], ["wavelength", *[""] * (max(len(row) for _, row in body) - 1)]
    _same_width(path, names, body)
    width = max(_width(names), *(_width(row) for _, row in body)) if body else len(names)
    # short rows are filled up, but no file says more cells than it has bytes
    believe(path, (len(body), width), np.int8, path.stat().st_size)
    named = header is not None or line != (body[0][0] if body else -1)
    return Body(names[:width], line, [(i, row[:width]) for i, row in body], preamble, named, notes)


def _is_data(row: Sequence[str]) -> int:
    """Return how many numbers a row of a table holds (with blanks two at least, half of what is said), or else 0."""
    numbers = sum(map(is_number, row))
    said = numbers if numbers == len(row) else sum(cell.lower() not in NOTHING for cell in row)
    return numbers if numbers + len(row) - said >= 2 and 2 * numbers >= said else 0


def _longest(rows: Rows, separator: str) -> tuple[int, int]:
    """Return where the run of rows with most numbers begins and ends; all but the first where there is none."""
    best, most = (min(1, len(rows) - 1), len(rows)), 0
    i = 0
    while i < len(rows):
        start = i
        count = 0
        while i < len(rows) and (found := _is_data(rows[i][1])):
            count += found
            i += 1
        if count > most:
            best, most = (start, i), count
        i = max(i, start + 1)
    if not most:
        return best
    start, end = best
    # a row with a word for a number, or without any, is a row of the table, so that it is not taken for its header
    while start > 0 and _opens(rows[start - 1][1], rows[start][1]):
        start -= 1
    while end < len(rows) and not _is_caption(rows[end][1], separator):
        end += 1
    return start, end


def _opens(row: Sequence[str], below: Sequence[str]) -> bool:
    if len(row) != len(below):
        return False
    empty = len(row) > 1 and all(cell.lower() in NOTHING for cell in row[1:])
    return bool(_is_data(row)) or empty or (is_number(row[0]) and is_number(below[0]))


def _is_caption(row: Sequence[str], separator: str) -> bool:
    """Whether a row ends a table: words in one cell, or between spaces."""
    if row[0].startswith(">>>"):
        return True
    return not any(map(is_number, row)) and (len(row) == 1 or separator == " ")


def _below(path: Path, rows: Rows, body: Rows) -> tuple[str, ...]:
    """Return what is to be said of lines below the table.

    Raises
    ------
    HydraError
        If another table stands there.
    """
    if not rows:
        return ()
    width = _width(body[-1][1]) if body else 0
    others = [line for line, row in rows if _is_data(row) and _width(row) == width]
    ended = rows[0][1][0].startswith((">", "#", "["))
    if len(others) > 1 and not ended:
        raise HydraError(f"{path} holds another table from line {others[0]} on; give each in a file of its own.")
    if len(rows) == 1:
        return ()
    return (f"lines {rows[0][0]} to {rows[-1][0]} below the spectra are left out",)


def _header(above: Rows, body: Rows, separator: str) -> tuple[list[str] | None, int]:
    """Return the names of the columns, and how many of the lines above they take; None and 0 where there are none."""
    if not above or not body:
        return (above[-1][1], 1) if above else (None, 0)
    width = Counter(_width(row) for _, row in body).most_common(1)[0][0]
    last, used = above[-1][1], 1
    if separator == " ":
        last = _joined(last, width)
    elif len(above) > 1 and _width(last) == _width(above[-2][1]) and all(map(_UNIT_CELL.fullmatch, filter(None, last))):
        last, used = [" ".join(filter(None, pair)) for pair in zip(above[-2][1], last, strict=False)], 2
    if len(above) == 1 and separator != " ":
        return (last, 1) if any(last[1:]) or width < 2 else (None, 0)  # words in the first cell alone are a title
    if _width(last) != width or (width > 1 and not any(last[1:])):
        return None, 0
    return (last, used) if used == 2 or not _is_header(body, ("",)) else (None, 0)


def _joined(cells: list[str], width: int) -> list[str]:
    """Return words between spaces as names: "Wavelength", "(nm)" is one."""
    if len(cells) == width:
        return cells
    found: list[str] = []
    for cell in cells:
        if found and cell.startswith(("(", "[")):
            found[-1] += f" {cell}"
        else:
            found.append(cell)
    return found


def _is_header(body: Rows, preamble: Sequence[str]) -> bool:
    """Whether the first row of a table is a header of wavelengths, or of names."""
    first = body[0][1]
    numbers = numbers_of(first) if first[0] else None
    if numbers is None:
        # words among the numbers: names of columns, or below a preamble those of wavelengths
        values = [float(cell) for cell in first if is_number(cell)]
        return not preamble or (len(values) > 1 and bool((np.diff(values) > 0).all()) and values[0] >= _SHORTEST_NM)
    if not numbers:
        return not preamble
    if numbers[0] < _SHORTEST_NM or not (np.diff(numbers) > 0).all():
        return False
    # both the first row and the first column may be wavelengths: the longer one is
    column = numbers_of([row[0] for _, row in body if row])
    if column is None or len(column) < _FEWEST or len(column) <= len(numbers) or min(column) < _SHORTEST_NM:
        return True
    steps = np.diff(column)
    return not ((steps > 0).all() or (steps < 0).all())


def _same_width(path: Path, header: Sequence[str], body: Rows) -> None:
    widest = max(((_width(row), -line) for line, row in body), default=(0, 0))
    if widest[0] > len(header):
        raise HydraError(f"{path} has {widest[0]} cells in line {-widest[1]} instead of {len(header)}; correct it.")


def _width(row: Sequence[str]) -> int:
    return len(row) if row and row[-1] else max((i for i, cell in enumerate(row, 1) if cell), default=0)
