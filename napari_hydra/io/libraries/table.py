"""Spectra in tables: text separated by commas, tabs, semicolons or spaces, with decimal points or commas.

* a column of wavelengths, then a column for each spectrum (the CSV files of the dock Spectra are such), or a column of
  wavelengths before each;
* a row for each spectrum under a header of wavelengths, its name first, or its pixel in columns y and x;
* long: a column each of names, wavelengths and values.

What instruments write above and below their table is passed over, and so are lines that start with "#".
"""

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from napari_hydra.errors import HydraError
from napari_hydra.io.files.declared_size import believe
from napari_hydra.io.files.text import is_text, read_text
from napari_hydra.io.files.wavelengths import name_rank, to_nanometres
from napari_hydra.io.formats.envi_header import find_header
from napari_hydra.io.libraries.body import Body, read_body
from napari_hydra.io.libraries.cells import AFTER, UNITS, Rows, cell_of, is_number, numbers_of
from napari_hydra.io.libraries.columns import chosen, counters, wavelength_columns
from napari_hydra.io.libraries.quantity import as_ratio
from napari_hydra.io.libraries.spectral_library import SpectralLibrary, gathered

Floats = NDArray[np.float64]

_NAME_COLUMNS = {"name", "spectrum", "sample", "id", "label", "material", "class", "spectrum_name", "sample_id"}
_PIXEL_NAMES = {"name", "number", "pin", "id"}  # beside y and x
_PIXEL_COLUMNS = (("y", "x"), ("row", "column"), ("row", "col"), ("line", "sample"), ("pixel_y", "pixel_x"))
_VALUE_COLUMNS = {"value", "reflectance", "radiance", "intensity", "transmittance", "values"}
_UNIT = re.compile(rf"(?:^|[^a-z]|wavelength|lambda|wave|wvl|wl){UNITS}(?:$|[^a-z])", re.IGNORECASE)
_WAVENUMBER = re.compile(r"wave[\s_-]?numbers?|cm\s?\^?-1|1/cm|cm⁻¹", re.IGNORECASE)
_WAVELENGTH = re.compile(rf"[XxWw]?\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?){AFTER}", re.IGNORECASE)
_SHORTEST_NM = 100.0
_CLEAR_RANK = 6  # "wavelength" to "wavelen"; "center" or "bands" may be the name of something else
_BESIDE = ("low", "high", "std", "q25", "q75")  # what our own CSV files say of each spectrum


def matches(path: Path) -> bool:
    """Whether a file is text that no ENVI header describes."""
    text = path.suffix.lower() in (".txt", ".asc") or find_header(path) is None
    return text and is_text(read_text(path, 4096))


def read(path: Path, together: Sequence[Path] = ()) -> SpectralLibrary:
    """Read a table of spectra.

    Raises
    ------
    HydraError
        If it has none of the three shapes, or a cell is not a number.
    """
    body = read_body(path)
    header, rows = body.header, body.rows
    if len(header) < 2:
        raise HydraError(f"{path} has a single column and none of values; give wavelengths and values beside them.")
    if not rows:
        raise HydraError(f"{path} holds no spectra: there are no rows of numbers below its header; add them.")
    lower = [cell.lower() for cell in header]
    wavelength = _wavelength_column(lower)
    name = next((i for i, cell in enumerate(lower) if cell in _NAME_COLUMNS), None)
    value = next((i for i, cell in enumerate(lower) if cell.split(" (")[0] in _VALUE_COLUMNS), None)
    if name is not None and wavelength is not None and value is not None:
        return _read_long(path, body, name, wavelength, value)
    across = [i for i, cell in enumerate(header) if _WAVELENGTH.fullmatch(cell)]
    pixel = next((pair for pair in _PIXEL_COLUMNS if set(pair) <= set(lower)), None)
    labels = len(header) - len(across)
    many = len(across) >= 2 and (labels <= 5 or 2 * len(across) >= len(header) or _increase(header, across))
    # the corner above the names, or the numbers, of spectra may say "wavelength" too
    down = wavelength is not None and _are_wavelengths([cell_of(row, wavelength) for _, row in rows])
    if (many and not down) or (pixel is not None and wavelength is None):
        return _read_across(path, body, across, pixel)
    return _read_down(path, body, lower, wavelength)


def _wavelength_column(lower: Sequence[str]) -> int | None:
    """Return the column named most clearly after wavelengths, by its first word or else by any."""
    for words in ([re.split(r"[\s_(\[/]", cell)[0] for cell in lower], lower):
        ranked = [(rank > _CLEAR_RANK, i) for i, cell in enumerate(words) if (rank := name_rank(cell)) is not None]
        if ranked:
            return min(ranked)[1]
    return None


def _are_wavelengths(cells: list[str]) -> bool:
    numbers = numbers_of(cells)
    return numbers is not None and len(numbers) > 1 and (min(numbers) >= _SHORTEST_NM or any(n % 1 for n in numbers))


def _increase(header: Sequence[str], across: Sequence[int]) -> bool:
    """Whether headings that are numbers can be nothing but wavelengths, whatever stands beside them."""
    found = [float(match[1]) for i in across if (match := _WAVELENGTH.fullmatch(header[i])) is not None]
    return len(found) > 2 and bool((np.diff(found) > 0).all()) and found[0] >= _SHORTEST_NM


def _read_long(path: Path, body: Body, name: int, wavelength: int, value: int) -> SpectralLibrary:
    header, rows = body.header, body.rows
    names = [cell_of(row, name) for _, row in rows]
    unique = list(dict.fromkeys(names))
    where = {one: i for i, one in enumerate(unique)}
    bands, position = np.unique(_column(path, rows, wavelength, header), return_inverse=True)
    believe(path, (len(unique), bands.size), np.float64, path.stat().st_size, unbounded=True)
    spectra = np.full((len(unique), bands.size), np.nan)
    for one, band, number in zip(names, position, _column(path, rows, value, header), strict=True):
        spectra[where[one], band] = number
    return _library(path, body, unique, bands, [header[wavelength]], spectra, [header[value]] * len(unique))


def _read_across(path: Path, body: Body, bands: list[int], pixel: tuple[str, str] | None) -> SpectralLibrary:
    header, rows = body.header, body.rows
    lower = [cell.lower() for cell in header]
    position_columns = [lower.index(one) for one in pixel] if pixel is not None else []
    labels = [i for i in range(len(header)) if i not in bands and i not in position_columns]
    called = next((i for i in labels if lower[i] in (_PIXEL_NAMES if pixel is not None else _NAME_COLUMNS)), None)
    label = called if called is not None or pixel is not None or not labels else labels[0]
    strange = [i for i in labels if i != label and (len(bands) < 2 or bands[0] < i < bands[-1])]
    if strange or not bands:
        odd = f"{path} has {header[strange[0] if strange else -1]!r} among its wavelengths"
        raise HydraError(f"{odd}, something other than numbers in line {body.line}; correct it.")
    pixels = None
    if position_columns:
        found = np.stack([_column(path, rows, i, header) for i in position_columns], axis=1)
        for (number, row), place in zip(rows, found, strict=True):
            if len(row) < len(header):
                raise HydraError(f"{path} has {len(row)} cells in line {number} instead of {len(header)}; correct it.")
            if not np.isfinite(place).all():
                raise HydraError(f"{path} has no pixel (y, x) in line {number}; correct it.")
        pixels = tuple((round(y), round(x)) for y, x in found)
    spectra = np.stack([_column(path, rows, i, header) for i in bands], axis=1)
    names = ["" if label is None else cell_of(row, label) for _, row in rows]
    matched = [match for i in bands if (match := _WAVELENGTH.fullmatch(header[i])) is not None]
    file_wavelengths = np.array([float(match[1]) for match in matched])
    corner = [header[i] for i in labels if i < bands[0] and _WAVENUMBER.search(header[i])]
    units = [match[2] or "" for match in matched]
    return _library(path, body, names, file_wavelengths, [*corner, *units], spectra, [], pixels)


def _read_down(path: Path, body: Body, lower: list[str], wavelength: int | None) -> SpectralLibrary:
    header, rows = body.header, body.rows
    if wavelength is None and len(numbers_of([cell_of(row, 0) for _, row in rows]) or ()) < 2:
        raise HydraError(
            f"{path} has neither a header 'y,x,400,410,...' nor 'wavelength,P1,P2,...' above its spectra; add one."
        )
    if not body.named:
        wavelength = None
    counted = counters(lower, rows, wavelength)
    grids = wavelength_columns(lower, rows, wavelength if wavelength is not None else len(counted), body.named)
    wanted = [i for i in range(len(header)) if i not in grids and i not in counted and not _is_beside(lower[i], lower)]
    wanted = [i for i in wanted if any(is_number(cell_of(row, i)) for _, row in rows) or not _says(rows, i)] or wanted
    left_out: list[str] = []
    if body.preamble or not body.named:
        wanted, left_out = chosen(header, wanted)
    if not wanted:
        raise HydraError(f"{path} has a column of wavelengths and none of values; add one for each spectrum.")
    spectra = np.stack([_column(path, rows, i, header) for i in wanted])
    names = [header[i] for i in wanted]
    if len(wanted) == 1 and (body.preamble or not body.named):
        names = [path.stem]  # its heading, if it has one, names the quantity
    columns = [_column(path, rows, i, header) for i in grids]
    file_wavelengths = columns[0]
    if any(not np.array_equal(columns[0], one, equal_nan=True) for one in columns[1:]):
        file_wavelengths, spectra = _on_all(path, columns, [sum(g < i for g in grids) - 1 for i in wanted], spectra)
    notes = [f"columns left out: {', '.join(left_out)}"] if left_out else []
    notes += ["a column that counts the rows is left out"] if counted else []
    headings = [header[i] for i in wanted]
    return _library(path, body, names, file_wavelengths, [header[grids[0]]], spectra, headings, notes=notes)


def _says(rows: Rows, column: int) -> bool:
    """Whether a column holds words."""
    return any(numbers_of([cell_of(row, column)]) is None for _, row in rows) and len(rows) > 1


def _on_all(path: Path, columns: list[Floats], own: list[int], spectra: Floats) -> tuple[Floats, Floats]:
    """Return the wavelengths of all columns of wavelengths, and each spectrum at its own; NaN at the others."""
    every = np.unique(np.concatenate(columns))
    every = every[np.isfinite(every)]
    believe(path, (len(spectra), every.size), np.float64, path.stat().st_size, unbounded=True)
    found = np.full((len(spectra), every.size), np.nan)
    for row, one, values in zip(found, own, spectra, strict=True):
        known = np.isfinite(columns[one])
        row[np.searchsorted(every, columns[one][known])] = values[known]
    return every, found


def _is_beside(cell: str, lower: Sequence[str]) -> bool:
    """Whether a column is an interval or a dispersion in a CSV file of ours: beside "P1_estimate", "P1_low"."""
    base, _, end = cell.rpartition("_")
    return end in _BESIDE and (base in lower or f"{base}_estimate" in lower)


def _library(
    path: Path,
    body: Body,
    names: list[str],
    file_wavelengths: Floats,
    units: list[str],
    spectra: Floats,
    headings: list[str],
    pixels: tuple[tuple[int, int], ...] | None = None,
    notes: Sequence[str] = (),
) -> SpectralLibrary:
    if not np.isfinite(file_wavelengths).all():
        raise HydraError(f"{path} has rows without a wavelength; fill them or leave them out.")
    try:
        centres, note = to_nanometres(file_wavelengths, _unit(units), str(path))
    except HydraError as error:
        raise HydraError(f"{path} lists wavelengths that make no sense; give them in nm.") from error
    values, unit, done = as_ratio(spectra, headings, body.preamble)
    history = (*([note] if note else []), *notes, *done, *body.notes)
    return gathered(names, centres, values, unit=unit, source=str(path), history=history, pixels=pixels)


def _unit(units: Sequence[str]) -> str | None:
    """Return the unit that headings state, None where they state none or several."""
    if any(_WAVENUMBER.search(cell) for cell in units):
        return "cm-1"
    found = [_UNIT.search(cell.replace("_", " ")) for cell in units]
    stated = {"nanometers" if one[1].lower().startswith("n") else "micrometers" for one in found if one is not None}
    return stated.pop() if len(stated) == 1 else None


def _column(path: Path, rows: Rows, column: int, header: Sequence[str]) -> Floats:
    """Return a column of numbers; empty cells are NaN."""
    numbers = np.full(len(rows), np.nan)
    for i, (line, row) in enumerate(rows):
        found = numbers_of([cell_of(row, column)])
        if found is None:
            raise HydraError(
                f"{path} has {cell_of(row, column)!r} in column {header[column]!r}, something other than numbers in "
                f"line {line}; correct it."
            )
        numbers[i] = found[0] if found else np.nan
    return numbers
