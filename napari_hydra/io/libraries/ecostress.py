"""Spectra of the ECOSTRESS (formerly ASTER) library, one a text file: fields of a name and a colon, then two columns.

Format: S. K. Meerdink et al., "The ECOSTRESS spectral library version 1.0", Remote Sensing of Environment 230 (2019)
111196.
"""

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from napari_hydra.errors import HydraError
from napari_hydra.io.files.text import numbers_in, read_text
from napari_hydra.io.libraries.spectral_library import SpectralLibrary, gathered

_UNITS_NM = {"nanomet": 1.0, "(nm)": 1.0, "micro": 1000.0, "(um)": 1000.0, "µm": 1000.0, "angstr": 0.1}


def matches(path: Path) -> bool:
    """Whether the head of a file names the units of both columns."""
    lines = read_text(path, 4000).splitlines()
    keys = {line.split(":", 1)[0].strip().lower() for line in lines[:60] if ":" in line}
    return "x units" in keys and "y units" in keys


def read(path: Path, together: Sequence[Path] = ()) -> SpectralLibrary:
    """Read one spectrum.

    Raises
    ------
    HydraError
        If its wavelengths are in no unit known, or it is cut off.
    """
    fields: dict[str, str] = {}
    last = ""
    table: list[tuple[float, ...]] = []
    for line in read_text(path).splitlines():
        numbers = numbers_in(line)
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
    unit, values = fields["y units"], pairs[:, 1]
    per_cent = "percent" in unit.lower() or "%" in unit
    name = fields.get("name", "") or path.stem
    sample = fields.get("sample no.") or fields.get("sample no", "")
    return gathered(
        [f"{name} {sample}".strip()],
        np.round(pairs[:, 0] * factor, 6),
        values / 100.0 if per_cent else values,
        unit=_quantity(unit),
        source=str(path),
        history=("per cent divided by 100",) if per_cent else (),
    )


def _factor(unit: str) -> float | None:
    return next((factor for word, factor in _UNITS_NM.items() if word in unit.lower()), None)


def _quantity(unit: str) -> str:
    word = unit.split("(")[0].strip().lower()
    return "reflectance" if not word or "reflect" in word else word
