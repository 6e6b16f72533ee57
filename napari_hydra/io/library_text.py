"""Spectra of the ECOSTRESS (formerly ASTER) and USGS libraries, one a text file.

Formats: S. K. Meerdink et al., "The ECOSTRESS spectral library version 1.0", Remote Sensing of Environment 230 (2019)
111196; R. F. Kokaly et al., "USGS Spectral Library Version 7", USGS Data Series 1035 (2017); R. N. Clark et al., "USGS
digital spectral library splib06a", USGS Data Series 231 (2007).
"""

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from napari_hydra.errors import HydraError
from napari_hydra.io.spectral_library import SpectralLibrary, make_library

Floats = NDArray[np.float64]

_USGS7 = re.compile(r"^\s*(splib\w+|s07\w*)\s+Record=\s*(\d+)\s*:\s*(.*)$", re.IGNORECASE)
_WAVELENGTHS = re.compile(r"wavelengths?|waves|wavenumbers?", re.IGNORECASE)
_AXIS_WORDS = re.compile(r"wavelength|waves|wavenumber|bandpass|fwhm|bandwidth|resolution|\bsrf\b", re.IGNORECASE)
_RULE = re.compile(r"^-{10,}\s*$")
_UNITS_NM = {"nanomet": 1.0, "(nm)": 1.0, "micro": 1000.0, "(um)": 1000.0, "µm": 1000.0, "angstr": 0.1}


def matches(path: Path) -> bool:
    """Whether the head of a file looks like one of these."""
    head = _lines(path, 4000)
    return bool(head) and (_USGS7.match(head[0]) is not None or _is_labelled(head) or _is_splib06(head))


def is_axis_file(path: Path) -> bool:
    """Whether a file holds the wavelengths (or the band widths) of USGS spectra and not a spectrum."""
    head = _lines(path, 1000)
    found = _USGS7.match(head[0]) if head else None
    return found is not None and _AXIS_WORDS.search(found[3]) is not None


def read(path: Path, axes: Sequence[Path] = ()) -> SpectralLibrary:
    """Read one spectrum.

    Parameters
    ----------
    path : Path
    axes : sequence of Path
        Files of wavelengths to look into first; for spectra of splib07, which do not bring their own.

    Raises
    ------
    HydraError
        If the file is damaged, or the wavelengths of a splib07 spectrum cannot be found.
    """
    lines = _lines(path)
    head = _USGS7.match(lines[0]) if lines else None
    if head is not None:
        return _read_usgs7(path, head[3].strip(), lines, axes)
    if _is_splib06(lines):
        return _read_splib06(path, lines)
    if _is_labelled(lines):
        return _read_labelled(path, lines)
    raise HydraError(f"{path} is no spectrum of the ECOSTRESS or USGS libraries; give a CSV file or an ENVI library.")


# -- ECOSTRESS, ASTER ------------------------------------------------------------------------------------------


def _is_labelled(lines: Sequence[str]) -> bool:
    keys = {line.split(":", 1)[0].strip().lower() for line in lines[:60] if ":" in line}
    return "x units" in keys and "y units" in keys


def _read_labelled(path: Path, lines: list[str]) -> SpectralLibrary:
    fields: dict[str, str] = {}
    last = ""
    table: list[tuple[float, ...]] = []
    for line in lines:
        numbers = _numbers(line)
        if "y units" in fields and numbers is not None:
            table.append(numbers)
            continue
        key, colon, value = line.partition(":")
        if colon and not table:
            last = key.strip().lower()
            fields.setdefault(last, value.strip())
        elif last and line.strip() and not table:
            fields[last] += " " + line.strip()
    factor = _factor(fields["x units"])
    if factor is None:
        raise HydraError(f"{path} has wavelengths in {fields['x units']!r}; they must be micrometers or nanometers.")
    pairs = np.array([row[:2] for row in table if len(row) >= 2 and row[0] > 0])
    if len(pairs) < 2:
        raise HydraError(f"{path} has no two columns of wavelength and value below its header; the file is cut off.")
    declared = re.fullmatch(r"\d+", fields.get("number of x values", ""))
    if declared and len(pairs) < 0.9 * int(declared[0]):
        raise HydraError(f"{path} holds {len(pairs)} of {declared[0]} values; the file is cut off.")
    unit, values, history = fields["y units"], pairs[:, 1], []
    if "percent" in unit.lower() or "%" in unit:
        values = values / 100.0
        history.append("per cent divided by 100")
    name = fields.get("name", "") or path.stem
    details = [fields.get(key, "") for key in ("sample no.", "sample no")]
    sample = next((one for one in details if one), "")
    return make_library(
        [f"{name} {sample}".strip()],
        np.round(pairs[:, 0] * factor, 6),
        values,
        unit=_quantity(unit),
        source=str(path),
        history=history,
    )


# -- USGS ------------------------------------------------------------------------------------------------------


def _is_splib06(lines: Sequence[str]) -> bool:
    return any("USGS" in line and "Spectral Library" in line for line in lines[:3]) and any(
        _RULE.match(line) for line in lines[:40]
    )


def _read_splib06(path: Path, lines: list[str]) -> SpectralLibrary:
    start = next(i for i, line in enumerate(lines) if _RULE.match(line)) + 1
    words = [line.strip() for line in lines[start : start + 3] if line.strip() and _numbers(line) is None]
    table = [row for row in map(_numbers, lines[start:]) if row is not None and len(row) >= 2]
    if len(table) < 2:
        raise HydraError(f"{path} has no columns of wavelength and reflectance below its header; the file is cut off.")
    pairs = np.array([row[:2] for row in table])
    centres = np.round(pairs[:, 0] * 1000, 6)
    return make_library([" ".join(words[0].split()) if words else path.stem], centres, pairs[:, 1], source=str(path))


def _read_usgs7(path: Path, title: str, lines: list[str], axes: Sequence[Path]) -> SpectralLibrary:
    if _AXIS_WORDS.search(title):
        raise HydraError(f"{path} holds wavelengths or band widths, not a spectrum; open it together with spectra.")
    values = _column(path, lines)
    axis, centres = _find_axis(path, title, values.size, axes)
    return make_library(
        [" ".join(title.split())], centres, values, source=str(path), history=[f"wavelengths from {axis.name}"]
    )


def _find_axis(path: Path, title: str, count: int, axes: Sequence[Path]) -> tuple[Path, Floats]:
    """Return the file of wavelengths that goes with a spectrum: of its spectrometer, with as many values."""
    candidates = [*axes, *_axis_files(path.parent), *_axis_files(path.parent.parent)]
    fitting = {}
    for one in candidates:
        lines = _lines(one)
        head = _USGS7.match(lines[0]) if lines else None
        if head is not None and _WAVELENGTHS.search(head[3]) and len(lines) - 1 >= count and one.name not in fitting:
            numbers = _column(one, lines)
            if numbers.size == count:
                fitting[one.name] = (one, head[3], numbers)
    if not fitting:
        raise HydraError(
            f"{path} brings no wavelengths, and no splib07 file of {count} wavelengths lies beside it or above; "
            "open it together with the one of its spectrometer (splib07a_Wavelengths_...txt)."
        )
    own = [one for one in fitting.values() if _spectrometer(f"{one[0].name} {one[1]}") == _spectrometer(title)]
    one, words, numbers = (own or list(fitting.values()))[0]
    if re.search(r"wavenumber|cm\W?-1", words, re.IGNORECASE):
        return one, 1e7 / numbers
    return one, np.round(numbers * (1.0 if re.search(r"\bnm\b|nanomet", words) else 1000.0), 6)


def _axis_files(folder: Path) -> list[Path]:
    try:
        return sorted(p for p in folder.iterdir() if p.suffix.lower() == ".txt" and _WAVELENGTHS.search(p.name))
    except OSError:
        return []


def _spectrometer(words: str) -> str:
    found = re.search(r"ASD|BECK|NIC4|AVIRIS|HYPERION|HYMAP|CRISM|VIMS|ASTER|SENTINEL|LANDSAT|M3", words.upper())
    return found[0] if found else ""


def _column(path: Path, lines: Sequence[str]) -> Floats:
    filled = [line for line in lines[1:] if line.strip()]
    rows = [_numbers(line) for line in filled]
    if not rows or any(row is None or len(row) != 1 for row in rows):
        raise HydraError(f"{path} should hold one number a line below its title; the file is damaged.")
    return np.array([row[0] for row in rows if row is not None])


# -- text ------------------------------------------------------------------------------------------------------


def _lines(path: Path, size: int = -1) -> list[str]:
    try:
        with path.open("rb") as file:
            return file.read(size).decode("latin-1").splitlines()
    except OSError as error:
        raise HydraError(f"{path} cannot be read ({error.strerror}); check the file and its folder.") from error


def _numbers(line: str) -> tuple[float, ...] | None:
    """Return the numbers of a line, None if it holds anything else or nothing."""
    parts = line.replace("\t", " ").split()
    try:
        return tuple(float(part) for part in parts) or None
    except ValueError:
        return None


def _factor(unit: str) -> float | None:
    return next((factor for word, factor in _UNITS_NM.items() if word in unit.lower()), None)


def _quantity(unit: str) -> str:
    word = unit.split("(")[0].strip().lower()
    return "reflectance" if not word or "reflect" in word else word
