"""Spectra in tables: text separated by commas, tabs or semicolons (then with decimal commas), in any of three shapes.

* a column of wavelengths, then a column for each spectrum (the CSV files of the dock Spectra are such);
* a row for each spectrum under a header of wavelengths, its name first, or its pixel in columns y and x;
* long: a column each of names, wavelengths and values.

Lines that start with "#" are passed over.
"""

import csv
import io
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from napari_hydra.errors import HydraError
from napari_hydra.io.files.csv_cells import unescaped
from napari_hydra.io.files.text import read_text
from napari_hydra.io.files.wavelengths import name_rank, to_nanometres
from napari_hydra.io.formats.envi_header import find_header
from napari_hydra.io.libraries.spectral_library import SpectralLibrary, gathered

Floats = NDArray[np.float64]
Rows = list[tuple[int, list[str]]]  # the line in the file, the cells

_NAME_COLUMNS = {"name", "spectrum", "sample", "id", "label", "material", "class", "spectrum_name", "sample_id"}
_PIXEL_NAMES = {"name", "number", "pin", "id"}  # beside y and x
_VALUE_COLUMNS = {"value", "reflectance", "radiance", "intensity", "transmittance", "values"}
_UNITS = r"(nm|nanomet\w*|um|µm|μm|micro\w*)"
_UNIT = re.compile(rf"(?:^|[^a-z]|wavelength|lambda|wave|wvl|wl){_UNITS}(?:$|[^a-z])", re.IGNORECASE)
_AFTER = rf"\s*_?\s*[(\[]?{_UNITS}?[)\]]?"
_WAVELENGTH = re.compile(rf"[XxWw]?\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?){_AFTER}", re.IGNORECASE)
_DECIMAL_COMMA = re.compile(rf"^([XxWw]?\s*[-+]?\d*),(\d+(?:e[-+]?\d+)?{_AFTER})$", re.IGNORECASE)
_DECIMAL_POINT = re.compile(r"[-+]?\d*\.\d+")
_PER_CENT = re.compile(r"(?:[(\[]|(?:value|ance)s?[ _])\s*(?:%|per ?cent)\s*[)\]]?", re.IGNORECASE)
_NOTHING = {"", "nan", "na", "n/a", "#n/a", "-"}
_SHORTEST_NM = 100.0
_CLEAR_RANK = 6  # "wavelength" to "wavelen"; "center" or "bands" may be the name of something else
_BESIDE = ("low", "high", "std", "q25", "q75")  # what our own CSV files say of each spectrum
_SAMPLE_LINES = 40


def matches(path: Path) -> bool:
    """Whether a file is text that no ENVI header describes."""
    text = path.suffix.lower() in (".txt", ".asc") or find_header(path) is None
    return text and "\0" not in read_text(path, 4096)


def read(path: Path, together: Sequence[Path] = ()) -> SpectralLibrary:
    """Read a table of spectra.

    Raises
    ------
    HydraError
        If it has none of the three shapes, or a cell is not a number.
    """
    rows = _rows(path)
    line, header = rows.pop(0)
    numbers = _numbers(header) if header[0] else None
    if numbers and not (numbers[0] >= _SHORTEST_NM and (np.diff(numbers) > 0).all()):
        # Without a header: wavelength, then spectra.
        rows, header = [(line, header), *rows], ["wavelength", *[""] * (len(header) - 1)]
    if len(header) < 2:
        raise HydraError(f"{path} has a single column and none of values; give wavelengths and values beside them.")
    if not rows:
        raise HydraError(f"{path} holds no spectra: there are no rows of numbers below its header; add them.")
    lower = [cell.lower() for cell in header]
    wavelength = _wavelength_column(lower)
    name = next((i for i, cell in enumerate(lower) if cell in _NAME_COLUMNS), None)
    value = next((i for i, cell in enumerate(lower) if cell.split(" (")[0] in _VALUE_COLUMNS), None)
    if name is not None and wavelength is not None and value is not None:
        return _read_long(path, header, rows, name, wavelength, value)
    across = [i for i, cell in enumerate(header) if _WAVELENGTH.fullmatch(cell)]
    positioned = {"y", "x"} <= set(lower)
    many = len(across) >= 2 and len(across) >= min(len(header) - 5, len(header) / 2)
    # the corner above the names, or the numbers, of spectra may say "wavelength" too
    down = wavelength is not None and _are_wavelengths([_cell(row, wavelength) for _, row in rows])
    if (many and not down) or (positioned and wavelength is None):
        return _read_across(path, line, header, rows, across, positioned)
    return _read_down(path, header, lower, rows, wavelength)


def _rows(path: Path) -> Rows:
    """Return the lines that hold something, those without their empty columns at the end; the first is the header."""
    text = read_text(path)
    if "\0" in text[:4096]:
        raise HydraError(f"{path} is not a text file (it holds bytes that cannot be read as text); give a CSV table.")
    lines = ["\n" if line.lstrip().startswith("#") else line for line in io.StringIO(text, newline=None)]
    # an odd number of quotation marks: one of them stands for inches
    quoted = "".join(lines).count('"') % 2 == 0
    try:
        delimiter = max("\t;,", key=lambda one: _how_well(_split(lines[:_SAMPLE_LINES], one, quoted)))
        rows = _split(lines, delimiter, quoted)
    except csv.Error as error:
        raise HydraError(f"{path} cannot be read as a table ({error}); correct it.") from error
    if not rows:
        raise HydraError(f"{path} is empty: it holds no spectra; give a table of wavelengths and values.")
    wanted = len(rows[0][1])
    width, line = max((max(i for i, cell in enumerate(row, 1) if cell), -line) for line, row in rows)
    if width > wanted:
        raise HydraError(f"{path} has {width} cells in line {-line} instead of {wanted}; correct it.")
    return [(line, row[:width]) for line, row in rows]


def _split(lines: Sequence[str], delimiter: str, quoted: bool) -> Rows:
    rows = []
    reader = csv.reader(lines, delimiter=delimiter, quoting=csv.QUOTE_MINIMAL if quoted else csv.QUOTE_NONE)
    start = 1
    for cells in reader:
        row = [unescaped(cell.replace("\n", " ").strip()) for cell in cells]
        if any(row):
            rows.append((start, row))
        start = reader.line_num + 1
    # "1,000" beside "999.5" is a thousand, and no number for us
    with_points = any(_DECIMAL_POINT.fullmatch(cell) for _, row in rows for cell in row)
    if delimiter == "," or (delimiter == "\t" and with_points):
        return rows
    return [(line, [_DECIMAL_COMMA.sub(r"\1.\2", cell) for cell in row]) for line, row in rows]


def _how_well(rows: Rows) -> tuple[int, int]:
    """Return how many numbers a delimiter finds, and how many columns."""
    return sum(bool(_numbers([cell])) for _, row in rows for cell in row), len(rows[0][1]) if rows else 0


def _wavelength_column(lower: Sequence[str]) -> int | None:
    """Return the column named most clearly after wavelengths, by its first word or else by any."""
    for words in ([re.split(r"[\s_(\[/]", cell)[0] for cell in lower], lower):
        ranked = [(rank > _CLEAR_RANK, i) for i, cell in enumerate(words) if (rank := name_rank(cell)) is not None]
        if ranked:
            return min(ranked)[1]
    return None


def _are_wavelengths(cells: list[str]) -> bool:
    numbers = _numbers(cells)
    return numbers is not None and len(numbers) > 1 and (min(numbers) >= _SHORTEST_NM or any(n % 1 for n in numbers))


def _read_long(path: Path, header: list[str], rows: Rows, name: int, wavelength: int, value: int) -> SpectralLibrary:
    names = [_cell(row, name) for _, row in rows]
    unique = list(dict.fromkeys(names))
    where = {one: i for i, one in enumerate(unique)}
    bands, position = np.unique(_column(path, rows, wavelength, header), return_inverse=True)
    spectra = np.full((len(unique), bands.size), np.nan)
    for one, band, number in zip(names, position, _column(path, rows, value, header), strict=True):
        spectra[where[one], band] = number
    return _library(path, unique, bands, [header[wavelength]], spectra, [header[value]] * len(unique))


def _read_across(
    path: Path, line: int, header: list[str], rows: Rows, bands: list[int], positioned: bool
) -> SpectralLibrary:
    lower = [cell.lower() for cell in header]
    position_columns = [lower.index("y"), lower.index("x")] if positioned else []
    labels = [i for i in range(len(header)) if i not in bands and i not in position_columns]
    label = next((i for i in labels if not positioned or lower[i] in _PIXEL_NAMES), None)
    strange = [i for i in labels if i != label and (len(bands) < 2 or bands[0] < i < bands[-1])]
    if strange or not bands:
        odd = f"{path} has {header[strange[0] if strange else -1]!r} among its wavelengths"
        raise HydraError(f"{odd}, something other than numbers in line {line}; correct it.")
    pixels = None
    if positioned:
        found = np.stack([_column(path, rows, i, header) for i in position_columns], axis=1)
        for (number, row), place in zip(rows, found, strict=True):
            if len(row) < len(header):
                raise HydraError(f"{path} has {len(row)} cells in line {number} instead of {len(header)}; correct it.")
            if not np.isfinite(place).all():
                raise HydraError(f"{path} has no pixel (y, x) in line {number}; correct it.")
        pixels = tuple((round(y), round(x)) for y, x in found)
    spectra = np.stack([_column(path, rows, i, header) for i in bands], axis=1)
    names = ["" if label is None else _cell(row, label) for _, row in rows]
    matched = [match for i in bands if (match := _WAVELENGTH.fullmatch(header[i])) is not None]
    file_wavelengths = np.array([float(match[1]) for match in matched])
    return _library(path, names, file_wavelengths, [match[2] or "" for match in matched], spectra, [], pixels)


def _read_down(path: Path, header: list[str], lower: list[str], rows: Rows, wavelength: int | None) -> SpectralLibrary:
    if wavelength is None and len(_numbers([_cell(row, 0) for _, row in rows]) or ()) < 2:
        raise HydraError(
            f"{path} has neither a header 'y,x,400,410,...' nor 'wavelength,P1,P2,...' above its spectra; add one."
        )
    wavelength = wavelength or 0
    wanted = [i for i in range(len(header)) if i != wavelength and not _is_beside(lower[i], lower)]
    if not wanted:
        raise HydraError(f"{path} has a column of wavelengths and none of values; add one for each spectrum.")
    file_wavelengths = _column(path, rows, wavelength, header)
    spectra = np.stack([_column(path, rows, i, header) for i in wanted])
    names = [header[i] for i in wanted]
    return _library(path, names, file_wavelengths, [header[wavelength]], spectra, names)


def _is_beside(cell: str, lower: Sequence[str]) -> bool:
    """Whether a column is an interval or a dispersion in a CSV file of ours: beside "P1_estimate", "P1_low"."""
    base, _, end = cell.rpartition("_")
    return end in _BESIDE and (base in lower or f"{base}_estimate" in lower)


def _library(
    path: Path,
    names: list[str],
    file_wavelengths: Floats,
    units: list[str],
    spectra: Floats,
    headings: list[str],
    pixels: tuple[tuple[int, int], ...] | None = None,
) -> SpectralLibrary:
    if not np.isfinite(file_wavelengths).all():
        raise HydraError(f"{path} has rows without a wavelength; fill them or leave them out.")
    found = [_UNIT.search(cell.replace("_", " ")) for cell in units]
    stated = {"nanometers" if one[1].lower().startswith("n") else "micrometers" for one in found if one is not None}
    try:
        centres, note = to_nanometres(file_wavelengths, stated.pop() if len(stated) == 1 else None, str(path))
    except HydraError as error:
        raise HydraError(f"{path} lists wavelengths that make no sense; give them in nm.") from error
    history = [note] if note else []
    per_cent = [_PER_CENT.search(cell) is not None for cell in headings]
    if any(per_cent):
        spectra = np.where(np.array(per_cent)[:, None], spectra / 100.0, spectra)
        history.append("per cent divided by 100")
    return gathered(names, centres, spectra, source=str(path), history=tuple(history), pixels=pixels)


def _cell(row: Sequence[str], column: int) -> str:
    return row[column] if column < len(row) else ""


def _column(path: Path, rows: Rows, column: int, header: Sequence[str]) -> Floats:
    """Return a column of numbers; empty cells are NaN."""
    numbers = np.full(len(rows), np.nan)
    for i, (line, row) in enumerate(rows):
        found = _numbers([_cell(row, column)])
        if found is None:
            raise HydraError(
                f"{path} has {_cell(row, column)!r} in column {header[column]!r}, something other than numbers in "
                f"line {line}; correct it."
            )
        numbers[i] = found[0] if found else np.nan
    return numbers


def _numbers(cells: Sequence[str]) -> list[float] | None:
    """Return the numbers of cells, those that say "nothing" left out; None if one is something else."""
    try:
        return [float(cell) for cell in cells if cell.lower() not in _NOTHING]
    except ValueError:
        return None
