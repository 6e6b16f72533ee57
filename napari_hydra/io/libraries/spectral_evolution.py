"""Spectra of Spectral Evolution's field spectrometers, ``.sed``: lines "Name: value", then "Data:", headings, a table.

The layout was read off files that the instruments wrote; columns are separated by tabs or spaces and named, the result
as "Reflect. %" or "Reflect. [1.0]".
"""

from collections.abc import Sequence
from pathlib import Path

from napari_hydra.io.files.text import read_text
from napari_hydra.io.libraries import table
from napari_hydra.io.libraries.spectral_library import SpectralLibrary


def matches(path: Path) -> bool:
    """Whether the head of a file has the fields of these."""
    names = {line.partition(":")[0].strip().lower() for line in read_text(path, 4096).splitlines()}
    return {"instrument", "channels", "data"} <= names


def read(path: Path, together: Sequence[Path] = ()) -> SpectralLibrary:
    """Read the reflectance of a file, or its target where it has none.

    Raises
    ------
    HydraError
        If it holds no table.
    """
    return table.read(path, together)
