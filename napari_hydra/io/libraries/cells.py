"""The cells of a text table: which characters stand between them, and how its numbers are written."""

import csv
import io
import re
from collections.abc import Sequence
from pathlib import Path

from napari_hydra.errors import HydraError
from napari_hydra.io.files.csv_cells import unescaped
from napari_hydra.io.files.text import is_text, read_text

Rows = list[tuple[int, list[str]]]  # the line in the file, the cells

NOTHING = {"", "nan", "na", "n/a", "#n/a", "#na", "#value!", "#div/0!", "null", "none", "-", "--"}
UNITS = r"(nm|nanomet\w*|um|µm|μm|micro\w*|cm-1|cm\^-1|1/cm)"
AFTER = rf"\s*_?\s*[(\[]?{UNITS}?[)\]]?"
_SEPARATORS = "\t;,"  # or else white space
_NUMBER_LIKE = re.compile(r"[-+]?\d*[.,]?\d+[.,]?\d*(?:e[-+]?\d+)?", re.IGNORECASE)
_BROKEN = re.compile(r"[-+\d.,;eE\s]*\d[-+\d.,;eE\s]*")
_DECIMAL_COMMA = re.compile(rf"^([XxWw]?\s*[-+]?\d*),(\d+(?:e[-+]?\d+)?{AFTER})$", re.IGNORECASE)
_DECIMAL_POINT = re.compile(r"[-+]?\d*\.\d+(?:e[-+]?\d+)?", re.IGNORECASE)
_STATED = re.compile(r'^\s*"?sep=(.)"?[\s,;]*$', re.IGNORECASE)
_SAMPLE_LINES = 40


def read_cells(path: Path) -> tuple[Rows, str]:
    """Return the lines of a file that hold something, and the separator: "," ";" tab, or a space for white space.

    Raises
    ------
    HydraError
        If the file is no text, or empty.
    """
    text = read_text(path)
    if not is_text(text[:4096]):
        raise HydraError(f"{path} is not a text file (it holds bytes that cannot be read as text); give a CSV table.")
    text = text.replace("\0", "")
    lines = ["\n" if line.lstrip().startswith("#") else line for line in io.StringIO(text, newline=None)]
    first = next((i for i, line in enumerate(lines) if line.strip()), 0)
    stated = _STATED.match(lines[first].rstrip("\n")) if lines else None
    if stated is not None:
        lines[first] = "\n"
    # an odd number of quotation marks: one of them stands for inches
    quoted = "".join(lines).count('"') % 2 == 0
    try:
        separator = stated[1] if stated is not None else _separator(lines, quoted)
        rows = _split(lines, separator, quoted)
    except csv.Error as error:
        raise HydraError(f"{path} cannot be read as a table ({error}); correct it.") from error
    if not rows:
        raise HydraError(f"{path} is empty: it holds no spectra; give a table of wavelengths and values.")
    return rows, separator


def numbers_of(cells: Sequence[str]) -> list[float] | None:
    """Return the numbers of cells, those that say "nothing" left out; None if one is something else."""
    try:
        return [float(cell) for cell in cells if cell.lower() not in NOTHING]
    except ValueError:
        return None


def is_number(cell: str) -> bool:
    """Whether a cell holds a number, and not "nan" or the like."""
    try:
        number = float(cell)
    except ValueError:
        return False
    return number == number


def cell_of(row: Sequence[str], column: int) -> str:
    """Return a cell, "" where the row is too short."""
    return row[column] if column < len(row) else ""


def _separator(lines: Sequence[str], quoted: bool) -> str:
    middle = len(lines) // 2
    sample = [*lines[:_SAMPLE_LINES], *lines[max(middle, _SAMPLE_LINES) : middle + _SAMPLE_LINES]]
    best = max(_SEPARATORS, key=lambda one: _how_well(_split(sample, one, quoted)))
    # headings such as "400 nm" have numbers between spaces too
    spaces, others = (_whole(_split(sample, one, quoted)) for one in (" ", best))
    return " " if spaces > 2 * others else best


def _how_well(rows: Rows) -> tuple[int, int]:
    """Return how many numbers a separator finds (less those that it breaks), and how many columns."""
    cells = [cell for _, row in rows for cell in row]
    found = sum(is_number(cell) or -_is_broken(cell) for cell in cells)
    return found, len(rows[0][1]) if rows else 0


def _whole(rows: Rows) -> int:
    """Return how many rows have two numbers or more, and none that is broken."""
    return sum(sum(map(is_number, row)) > 1 and not any(map(_is_broken, row)) for _, row in rows)


def _is_broken(cell: str) -> bool:
    return not is_number(cell) and _BROKEN.fullmatch(cell) is not None


def _split(lines: Sequence[str], separator: str, quoted: bool) -> Rows:
    rows = []
    if separator == " ":
        rows = [(i, line.split()) for i, line in enumerate(lines, 1) if line.strip()]
    else:
        reader = csv.reader(lines, delimiter=separator, quoting=csv.QUOTE_MINIMAL if quoted else csv.QUOTE_NONE)
        start = 1
        for cells in reader:
            row = [unescaped(cell.replace("\n", " ").strip()) for cell in cells]
            if any(row):
                rows.append((start, row))
            start = reader.line_num + 1
    if separator == "," or (separator != ";" and _has_points(rows)):
        return rows
    return [(line, [_DECIMAL_COMMA.sub(r"\1.\2", cell) for cell in row]) for line, row in rows]


def _has_points(rows: Rows) -> bool:
    """Whether a row of numbers has decimal points: "1,000" beside "999.5" is a thousand, and no number for us."""
    return any(
        any(_DECIMAL_POINT.fullmatch(cell) for cell in row) and sum(map(bool, map(_NUMBER_LIKE.fullmatch, row))) > 1
        for _, row in rows
    )
