"""Spectra of a point spectrometer: CSV files as people keep them, and ENVI spectral libraries.

A CSV file has either a row for each spectrum, with its pixel (``y,x,400,410,...``; a column ``name`` or ``number`` may
stand beside them, so that the table of suggested places can be filled in), or a column for each spectrum beside one of
wavelengths (``wavelength,P1,P2,...``). Comma, semicolon (then with decimal commas) and tab separate; lines that start
with ``#`` are remarks.
"""

import csv
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from napari_hydra.errors import HydraError
from napari_hydra.io.wavelengths import name_rank, to_nanometres

LIBRARY_SUFFIXES = (".sli", ".hdr")
_LABELS = ("name", "number", "pin", "id")
_UNIT = re.compile(r"(nm|nanomet\w*|um|µm|μm|micron\w*|micromet\w*)\W*$", re.IGNORECASE)


@dataclass(frozen=True, eq=False)
class PointSpectrum:
    """A measured spectrum as a file holds it.

    Attributes
    ----------
    name : str
        As the file says; otherwise its number in the file.
    wavelengths, values : (B,) array
        In nm, increasing, without gaps; in the unit of the file.
    y, x : int or None
        The pixel, where the file says it.
    """

    name: str
    wavelengths: NDArray[np.float64]
    values: NDArray[np.float64]
    y: int | None = None
    x: int | None = None


def read_point_spectra(path: str | Path) -> list[PointSpectrum]:
    """Read measured spectra from a CSV file or an ENVI spectral library (.sli, or its .hdr).

    Raises
    ------
    HydraError
        Naming the file and what cannot be read in it.
    """
    source = Path(path)
    if source.suffix.lower() in LIBRARY_SUFFIXES:
        return _read_library(source)
    rows = _rows(source)
    header = [cell.strip().lower() for cell in rows[0][1]]
    if "y" in header and "x" in header:
        return _read_rows(source, rows, header)
    if name_rank(re.split(r"[\s_(\[/]", header[0])[0]) is not None:
        return _read_columns(source, rows)
    raise HydraError(
        f"{source} has neither a header 'y,x,400,410,...' nor 'wavelength,P1,P2,...' above its spectra; add one."
    )


def _rows(path: Path) -> list[tuple[int, list[str]]]:
    """Return the lines that hold something, as cells, each with its number in the file."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise HydraError(f"{path} cannot be read as text ({error}); give a CSV file or a spectral library.") from error
    lines = [(n, line) for n, line in enumerate(text.splitlines(), 1) if line.strip() and line.lstrip()[0] != "#"]
    if len(lines) < 2:
        raise HydraError(f"{path} holds no spectra; give a header and a line of numbers at least.")
    delimiter = max(",;\t", key=lines[0][1].count)
    cells = zip((n for n, _ in lines), csv.reader((line for _, line in lines), delimiter=delimiter), strict=True)
    return [(n, [c.replace(",", ".") for c in row] if delimiter == ";" else row) for n, row in cells]


def _read_rows(path: Path, rows: list[tuple[int, list[str]]], header: list[str]) -> list[PointSpectrum]:
    label = next((i for i, name in enumerate(header) if name in _LABELS), None)
    y, x = header.index("y"), header.index("x")
    bands = [i for i in range(len(header)) if i not in (label, y, x)]
    names = [_UNIT.sub("", header[i]) for i in bands]
    units = {found[1] for i in bands if (found := _UNIT.search(header[i]))}
    grid = _wavelengths(path, _numbers(path, rows[0][0], names), units.pop() if len(units) == 1 else None)
    spectra = []
    for number, (line, row) in enumerate(rows[1:], 1):
        if len(row) != len(header):
            raise HydraError(f"{path} has {len(row)} cells in line {line} instead of {len(header)}; correct it.")
        place = _numbers(path, line, [row[y], row[x]])
        if not np.isfinite(place).all():
            raise HydraError(f"{path} has no pixel (y, x) in line {line}; correct it.")
        name = str(number) if label is None else row[label].strip()
        values = _numbers(path, line, [row[i] for i in bands])
        spectra.append(_spectrum(path, name, grid, values, round(place[0]), round(place[1])))
    return spectra


def _read_columns(path: Path, rows: list[tuple[int, list[str]]]) -> list[PointSpectrum]:
    header = [cell.strip() for cell in rows[0][1]]
    table = np.empty((len(rows) - 1, len(header)))
    for i, (line, row) in enumerate(rows[1:]):
        if len(row) != len(header):
            raise HydraError(f"{path} has {len(row)} cells in line {line} instead of {len(header)}; correct it.")
        table[i] = _numbers(path, line, row)
    unit = _UNIT.search(header[0])
    grid = _wavelengths(path, table[:, 0], None if unit is None else unit[1])
    if len(header) < 2:
        raise HydraError(f"{path} has a column of wavelengths and none of values; add one for each spectrum.")
    return [_spectrum(path, name, grid, table[:, i]) for i, name in enumerate(header[1:], 1)]


def _read_library(path: Path) -> list[PointSpectrum]:
    from spectral.io import envi

    header = path
    if path.suffix.lower() == ".sli":
        candidates = (path.with_suffix(".hdr"), path.with_name(f"{path.name}.hdr"), path.with_suffix(".HDR"))
        found = next((one for one in candidates if one.is_file()), None)
        if found is None:
            raise HydraError(f"{path} has no header {path.with_suffix('.hdr').name} beside it; add it.")
        header = found
    try:
        library = envi.open(str(header.resolve()), str(path.resolve()) if header != path else None)
    except Exception as error:  # spectral raises whatever its parts raise
        raise HydraError(f"{path} cannot be read as a spectral library ({error}); check it.") from error
    if not isinstance(library, envi.SpectralLibrary):
        raise HydraError(f"{path} is a picture and no spectral library; open it as a cube.")
    if library.bands.centers is None:
        raise HydraError(f"{path} does not say its wavelengths; add them to its header.")
    grid = _wavelengths(path, library.bands.centers, str(library.bands.band_unit))
    return [
        _spectrum(path, str(name).strip(), grid, np.asarray(values, dtype=np.float64))
        for name, values in zip(library.names, library.spectra, strict=True)
    ]


def _wavelengths(path: Path, values: object, unit: str | None) -> NDArray[np.float64]:
    try:
        return to_nanometres(np.asarray(values, dtype=np.float64), unit, str(path))[0]
    except HydraError as error:
        raise HydraError(f"{path} lists wavelengths that make no sense; give them in nm.") from error


def _spectrum(
    path: Path,
    name: str,
    grid: NDArray[np.float64],
    values: NDArray[np.float64],
    y: int | None = None,
    x: int | None = None,
) -> PointSpectrum:
    """Return a spectrum in increasing wavelengths, empty cells left out."""
    known = np.isfinite(values)
    if not known.any():
        raise HydraError(f"{path} has no values for the spectrum {name!r}; leave it out.")
    order = np.argsort(grid[known], kind="stable")
    return PointSpectrum(name, grid[known][order], values[known][order], y, x)


def _numbers(path: Path, line: int, cells: list[str]) -> NDArray[np.float64]:
    """Return cells as numbers, an empty one as NaN."""
    try:
        return np.array([float(cell) if cell.strip() else np.nan for cell in cells])
    except ValueError as error:
        raise HydraError(f"{path} has something other than numbers in line {line}; correct it.") from error
