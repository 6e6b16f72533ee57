"""Spectra in tables: CSV, tab or semicolon, in any of three shapes.

* a column of wavelengths, then a column for each spectrum (the CSV files of the dock Spectra are such);
* a row for each spectrum under a header of wavelengths, the name first;
* long: a column each of names, wavelengths and values.

Lines that start with "#" are passed over.
"""

import csv
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from napari_hydra.errors import HydraError
from napari_hydra.io.spectral_library import SpectralLibrary, make_library
from napari_hydra.io.wavelengths import name_rank, to_nanometres

Floats = NDArray[np.float64]
Table = list[list[str]]

_NAME_COLUMNS = {"name", "spectrum", "sample", "id", "label", "material", "class", "spectrum_name", "sample_id"}
_VALUE_COLUMNS = {"value", "reflectance", "radiance", "intensity", "transmittance", "values"}
_UNIT = re.compile(r"(?:^|[^a-z])(nm|nanomet\w*|um|µm|μm|micro\w*)(?:$|[^a-z])", re.IGNORECASE)
_WAVELENGTH = re.compile(r"^\s*[XxWw]?\s*(\d+(?:\.\d+)?)\s*_?\s*(nm|um|µm|μm)?\s*$")
_SHORTEST_NM = 100.0
_BESIDE = ("low", "high", "std", "q25", "q75")  # what our own CSV files say of each spectrum


def read(path: Path) -> SpectralLibrary:
    """Read a table of spectra.

    Raises
    ------
    HydraError
        If it has none of the three shapes, or a cell is not a number.
    """
    table = _table(path)
    header, rows = table[0], table[1:]
    numbers = _numbers(header)
    if numbers is not None and not (numbers[0] >= _SHORTEST_NM and (np.diff(numbers) > 0).all()):
        # Without a header: wavelength, then spectra.
        header, rows = ["wavelength", *(f"spectrum {i}" for i in range(1, len(header)))], table
    lower = [cell.strip().lower() for cell in header]
    if not rows or len(header) < 2:
        raise HydraError(f"{path} has no rows of numbers in two columns; give a table of wavelengths and values.")
    long = _long_columns(lower)
    if long is not None:
        return _read_long(path, header, rows, *long)
    across = [match for match in map(_WAVELENGTH.match, header) if match is not None]
    if len(across) >= 2 and len(across) >= len(header) - 5:
        return _read_across(path, header, rows)
    return _read_down(path, header, lower, rows)


def _table(path: Path) -> Table:
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise HydraError(f"{path} cannot be read ({error.strerror}); check the file and its folder.") from error
    if b"\0" in raw[:4096]:
        raise HydraError(f"{path} is not a text file; give a CSV table, an ENVI library or a spectrum of a library.")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("latin-1")
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    if not lines:
        raise HydraError(f"{path} is empty; give a table of wavelengths and values.")
    delimiter = max("\t;,", key=lines[0].count)
    if not lines[0].count(delimiter):
        raise HydraError(f"{path} has a single column; give wavelengths and values separated by commas.")
    rows = [[cell.strip() for cell in row] for row in csv.reader(lines, delimiter=delimiter)]
    if delimiter == ";":  # where the comma is the decimal sign
        rows = [[re.sub(r"^(-?\d+),(\d+)$", r"\1.\2", cell) for cell in row] for row in rows]
    return rows


def _long_columns(lower: Sequence[str]) -> tuple[int, int, int] | None:
    """Return the columns of name, wavelength and value of a long table."""
    name = next((i for i, cell in enumerate(lower) if cell in _NAME_COLUMNS), None)
    wavelength = _wavelength_column(lower)
    value = next((i for i, cell in enumerate(lower) if cell.split(" (")[0] in _VALUE_COLUMNS), None)
    return None if name is None or wavelength is None or value is None else (name, wavelength, value)


def _wavelength_column(lower: Sequence[str]) -> int | None:
    ranked = [(rank, i) for i, cell in enumerate(lower) if (rank := name_rank(cell)) is not None]
    return min(ranked)[1] if ranked else None


def _read_long(path: Path, header: list[str], rows: Table, name: int, wavelength: int, value: int) -> SpectralLibrary:
    names = list(dict.fromkeys(row[name] for row in rows if len(row) > max(name, wavelength, value)))
    where = {one: i for i, one in enumerate(names)}
    stored = _column(path, rows, wavelength, header)
    values = _column(path, rows, value, header)
    bands, position = np.unique(stored, return_inverse=True)
    spectra = np.full((len(names), bands.size), np.nan)
    for row, band, number in zip(rows, position, values, strict=True):
        spectra[where[row[name]], band] = number
    return _library(path, names, bands, header[wavelength], spectra)


def _read_across(path: Path, header: list[str], rows: Table) -> SpectralLibrary:
    matched = [(i, match) for i, cell in enumerate(header) if (match := _WAVELENGTH.match(cell)) is not None]
    columns = [i for i, _ in matched]
    label = next((i for i in range(len(header)) if i not in columns), None)
    spectra = np.stack([_column(path, rows, i, header) for i in columns], axis=1)
    names = [row[label] if label is not None else f"spectrum {n + 1}" for n, row in enumerate(rows)]
    unit = next((match[2] for _, match in matched if match[2]), "")
    return _library(path, names, np.array([float(match[1]) for _, match in matched]), unit, spectra)


def _read_down(path: Path, header: list[str], lower: list[str], rows: Table) -> SpectralLibrary:
    first = _wavelength_column(lower)
    wavelength = 0 if first is None else first
    stored = _column(path, rows, wavelength, header)
    wanted = [i for i in range(len(header)) if i != wavelength and not _is_beside(lower[i], lower)]
    if not wanted:
        raise HydraError(f"{path} has wavelengths but no column of values; add one.")
    spectra = np.stack([_column(path, rows, i, header) for i in wanted])
    return _library(path, [header[i] for i in wanted], stored, header[wavelength], spectra)


def _is_beside(cell: str, lower: Sequence[str]) -> bool:
    """Whether a column is an interval or a spread in a CSV file of ours: beside "P1_estimate", "P1_low"."""
    base, _, end = cell.rpartition("_")
    return end in _BESIDE and (base in lower or f"{base}_estimate" in lower)


def _library(path: Path, names: list[str], stored: Floats, words: str, spectra: Floats) -> SpectralLibrary:
    if not np.isfinite(stored).all():
        raise HydraError(f"{path} has rows without a wavelength; fill them or leave them out.")
    unit = _UNIT.search(words.replace("_", " "))
    centres, note = to_nanometres(stored, None if unit is None else _spelled(unit[1]), str(path))
    return make_library(names, centres, spectra, source=str(path), history=[note] if note else [])


def _spelled(unit: str) -> str:
    return "nanometers" if unit.lower().startswith("n") else "micrometers"


def _column(path: Path, rows: Table, column: int, header: list[str]) -> Floats:
    """Return a column of numbers; empty cells are NaN."""
    numbers = np.full(len(rows), np.nan)
    for line, row in enumerate(rows):
        cell = row[column] if column < len(row) else ""
        if cell and cell.lower() not in ("nan", "na", "n/a", "-"):
            try:
                numbers[line] = float(cell)
            except ValueError:
                raise HydraError(
                    f"{path} has {cell!r} in column {header[column]!r} where a number should stand; correct it."
                ) from None
    return numbers


def _numbers(cells: list[str]) -> list[float] | None:
    try:
        return [float(cell) for cell in cells]
    except ValueError:
        return None
