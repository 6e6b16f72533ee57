"""Spectra of Spectra Vista (SVC) field spectrometers, ``.sig``: lines "name= value", then "data=" and a table.

The columns have no names: wavelength in nm, reference, target, and reflectance in per cent. The layout was read off
files that the instrument wrote.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from napari_hydra.errors import HydraError
from napari_hydra.io.files.text import numbers_in, read_text
from napari_hydra.io.libraries.spectral_library import SpectralLibrary, gathered


def matches(path: Path) -> bool:
    """Whether a file begins as one of these."""
    return read_text(path, 200).lstrip().startswith("/*** Spectra Vista SIG Data")


def read(path: Path, together: Sequence[Path] = ()) -> SpectralLibrary:
    """Read the reflectance of a file, or its target where it has none.

    Raises
    ------
    HydraError
        If it holds no table, or one that is cut off.
    """
    lines = read_text(path).splitlines()
    start = next((i for i, line in enumerate(lines) if line.strip().lower().startswith("data=")), None)
    if start is None:
        raise HydraError(f"{path} has no line 'data=' above its numbers; it is cut off or no file of SVC.")
    filled = [line for line in lines[start + 1 :] if line.strip()]
    rows = [numbers_in(line) for line in filled]
    width = len(rows[0]) if rows and rows[0] is not None else 0
    if len(rows) < 2 or width < 2 or any(row is None or len(row) != width for row in rows):
        raise HydraError(f"{path} should hold wavelength, reference, target and per cent in each line; it is cut off.")
    table = np.array(rows, dtype=np.float64)
    fields = dict(line.lower().split("=", 1) for line in lines[:start] if "=" in line)
    history: list[str] = []
    if width >= 4:
        values, unit = table[:, 3] / 100.0, "reflectance"
        history.append("per cent divided by 100")
    else:
        values, unit = table[:, -1], fields.get("units", "").split(",")[0].strip() or "unknown"
        history.append(f"holds no reflectance: the target's {unit} is taken" if width == 3 else f"holds {unit}")
    overlaps = int((np.diff(table[:, 0]) <= 0).sum())
    if overlaps:
        history.append("its detectors overlap: values are sorted by wavelength and may jump there")
    return gathered([path.stem], table[:, 0], values, unit=unit, source=str(path), history=tuple(history))
