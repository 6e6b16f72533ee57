"""Spectra of the USGS libraries, one a text file.

Formats: R. F. Kokaly et al., "USGS Spectral Library Version 7", USGS Data Series 1035 (2017); R. N. Clark et al., "USGS
digital spectral library splib06a", USGS Data Series 231 (2007).
"""

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from napari_hydra.errors import HydraError
from napari_hydra.io.files.text import numbers_in, read_text
from napari_hydra.io.libraries.spectral_library import SpectralLibrary, gathered

Floats = NDArray[np.float64]

_USGS7 = re.compile(r"^\s*(splib\w+|s07\w*)\s+Record=\s*(\d+)\s*:\s*(.*)$", re.IGNORECASE)
_WAVELENGTHS = re.compile(r"wavelengths?|waves|wavenumbers?", re.IGNORECASE)
_AXIS_WORDS = re.compile(r"wavelength|waves|wavenumber|bandpass|fwhm|bandwidth|resolution|\bsrf\b", re.IGNORECASE)
_RULE = re.compile(r"^-{10,}\s*$")


def matches(path: Path) -> bool:
    """Whether the head of a file looks like one of these."""
    head = read_text(path, 4000).splitlines()
    return bool(head) and (_USGS7.match(head[0]) is not None or _is_splib06(head))


def is_axis_file(path: Path) -> bool:
    """Whether a file holds the wavelengths (or the band widths) of USGS spectra and not a spectrum."""
    head = read_text(path, 1000).splitlines()
    found = _USGS7.match(head[0]) if head else None
    return found is not None and _AXIS_WORDS.search(found[3]) is not None


def read(path: Path, together: Sequence[Path] = ()) -> SpectralLibrary:
    """Read one spectrum.

    Parameters
    ----------
    path : Path
    together : sequence of Path
        Files opened with it, its wavelengths perhaps among them: spectra of splib07 do not bring their own.

    Raises
    ------
    HydraError
        If the file is damaged, or the wavelengths of a splib07 spectrum cannot be found.
    """
    lines = read_text(path).splitlines()
    head = _USGS7.match(lines[0]) if lines else None
    if head is not None:
        return _read_usgs7(path, head[3].strip(), lines, together)
    return _read_splib06(path, lines)


def _is_splib06(lines: Sequence[str]) -> bool:
    return any("USGS" in line and "Spectral Library" in line for line in lines[:3]) and any(
        _RULE.match(line) for line in lines[:40]
    )


def _read_splib06(path: Path, lines: list[str]) -> SpectralLibrary:
    start = next(i for i, line in enumerate(lines) if _RULE.match(line)) + 1
    words = [line.strip() for line in lines[start : start + 3] if line.strip() and numbers_in(line) is None]
    table = [row for row in map(numbers_in, lines[start:]) if row is not None and len(row) >= 2]
    if len(table) < 2:
        raise HydraError(f"{path} has no columns of wavelength and reflectance below its header; the file is cut off.")
    pairs = np.array([row[:2] for row in table])
    centres = np.round(pairs[:, 0] * 1000, 6)
    return gathered([" ".join(words[0].split()) if words else path.stem], centres, pairs[:, 1], source=str(path))


def _read_usgs7(path: Path, title: str, lines: list[str], axes: Sequence[Path]) -> SpectralLibrary:
    if _AXIS_WORDS.search(title):
        raise HydraError(f"{path} holds wavelengths or band widths, not a spectrum; open it together with spectra.")
    values = _column(path, lines)
    axis, centres = _find_axis(path, title, values.size, axes)
    return gathered(
        [" ".join(title.split())], centres, values, source=str(path), history=(f"wavelengths from {axis.name}",)
    )


def _find_axis(path: Path, title: str, count: int, axes: Sequence[Path]) -> tuple[Path, Floats]:
    """Return the file of wavelengths that goes with a spectrum: of its spectrometer, with as many values."""
    candidates = [*axes, *_axis_files(path.parent), *_axis_files(path.parent.parent)]
    fitting = {}
    for one in candidates:
        lines = read_text(one).splitlines()
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
    rows = [numbers_in(line) for line in filled]
    if not rows or any(row is None or len(row) != 1 for row in rows):
        raise HydraError(f"{path} should hold one number a line below its title; the file is damaged.")
    return np.array([row[0] for row in rows if row is not None])
