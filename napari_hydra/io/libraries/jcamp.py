"""Spectra in JCAMP-DX, ``.jdx`` and ``.dx``: labels "##NAME= value", numbers below XYPOINTS or XYDATA.

Format: R. S. McDonald and P. A. Wilks, "JCAMP-DX: A standard form for exchange of infrared spectra in computer readable
form", Applied Spectroscopy 42 (1988) 151-162. Packed forms (SQZ, DIF, DUP) are refused. Of several blocks the first
with numbers is read: Ocean Optics writes the processed spectrum first.
"""

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from napari_hydra.errors import HydraError
from napari_hydra.io.files.text import read_text
from napari_hydra.io.files.wavelengths import to_nanometres
from napari_hydra.io.libraries.quantity import as_ratio
from napari_hydra.io.libraries.spectral_library import SpectralLibrary, gathered

_LABEL = re.compile(r"##\s*([^=]+?)\s*=\s*(.*)")
_POINTS = re.compile(r"[-+]?\d+[.,]?\d*(?:[eE][-+]?\d+)?")
_UNITS = {"NANOMETERS": "nm", "NM": "nm", "MICROMETERS": "um", "1/CM": "cm-1", "CM-1": "cm-1"}


def matches(path: Path) -> bool:
    """Whether a file begins with a label."""
    return re.match(r"\s*##\s*TITLE\s*=", read_text(path, 200), re.IGNORECASE) is not None


def read(path: Path, together: Sequence[Path] = ()) -> SpectralLibrary:
    """Read the first block that has numbers.

    Raises
    ------
    HydraError
        If none has, or they are packed or cut off.
    """
    fields, form, lines, blocks = _first_block(path)
    if not form:
        raise HydraError(f"{path} has no numbers below XYPOINTS or XYDATA; it is cut off.")
    text = [line for line in lines if line.strip()]
    commas = not any("." in line for line in text)
    found = [[float(one.replace(",", ".")) for one in _numbers(path, line, commas)] for line in text]
    if "XY..XY" in form.replace(" ", ""):
        flat = np.array([one for row in found for one in row])
        if flat.size % 2:
            raise HydraError(f"{path} holds an odd count of numbers in its pairs; it is cut off.")
        x, y = flat[::2], flat[1::2]
    else:
        y = np.array([one for row in found for one in row[1:]])
        x = np.linspace(_value(path, fields, "FIRSTX"), _value(path, fields, "LASTX"), y.size)
    declared = re.fullmatch(r"\d+", fields.get("NPOINTS", ""))
    if x.size < 2 or (declared and int(declared[0]) != x.size):
        said = declared[0] if declared else "some"
        raise HydraError(f"{path} holds {x.size} of {said} points; it is cut off.")
    unit = fields.get("XUNITS", "").upper()
    factor = _value(path, fields, "YFACTOR", 1.0)
    pairs = "XY..XY" in form.replace(" ", "")
    centres, note = to_nanometres(
        x * (_value(path, fields, "XFACTOR", 1.0) if pairs else 1.0), _UNITS.get(unit), str(path)
    )
    values, quantity, done = as_ratio((y * factor)[None], [fields.get("YUNITS", "")])
    history = [*([note] if note else []), *done]
    if blocks:
        history.append("its further blocks are left out")
    return gathered([path.stem], centres, values, unit=quantity, source=str(path), history=tuple(history))


def _first_block(path: Path) -> tuple[dict[str, str], str, list[str], bool]:
    """Return labels, form and lines of the first block with numbers, and whether others follow."""
    fields: dict[str, str] = {}
    form, lines = "", []
    for line in read_text(path).splitlines():
        line = line.split("$$")[0]
        match = _LABEL.match(line)
        if match is None:
            lines += [line] * bool(form)
            continue
        name = match[1].upper()
        if form:
            return fields, form, lines, name != "END" or "##TITLE" in line
        if name in ("XYPOINTS", "XYDATA", "XYPAIRS"):
            form = match[2].upper()
        fields[name] = match[2].strip()
    return fields, form, lines, False


def _numbers(path: Path, line: str, commas: bool) -> list[str]:
    """Return the numbers of a line; `commas` says whether they may be decimal.

    Raises
    ------
    HydraError
        If anything else stands there, as in packed forms.
    """
    parts = re.split(r"[;\s]+|,\s+" if commas else r"[,;\s]+", line.strip().rstrip(",;"))
    if not all(_POINTS.fullmatch(part) for part in parts):
        raise HydraError(f"{path} holds {line.strip()[:30]!r}, no plain numbers; export it as pairs (XYPOINTS).")
    return parts


def _value(path: Path, fields: dict[str, str], name: str, default: float | None = None) -> float:
    try:
        return float(fields[name].replace(",", ".")) if name in fields or default is None else default
    except (KeyError, ValueError) as error:
        raise HydraError(f"{path} has no number after ##{name}=; it is damaged.") from error
