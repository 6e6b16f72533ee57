"""Regions as a picture of the scene's size: every number but 0 is a region."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_hydra.errors import HydraError
from napari_hydra.io.files.tiff_chain import open_tiff
from napari_hydra.io.pictures.reader import read_plane
from napari_hydra.io.regions.file_region import FileRegions, Outlined, SceneGrid, put_on

MOST_LABELS = 256


def read(path: Path, grid: SceneGrid, coordinates: str) -> FileRegions:
    """Read a TIFF or PNG of whole numbers."""
    labels = _plane(path)
    if labels.shape != grid.shape:
        raise HydraError(
            f"{path} is {labels.shape[1]} x {labels.shape[0]} pixels, but the scene is {grid.shape[1]} x "
            f"{grid.shape[0]}; a mask has the size of its scene."
        )
    if labels.dtype.kind == "f" and (labels != np.round(labels)).any():
        raise HydraError(f"{path} holds fractions; a mask holds whole numbers, 0 outside of its regions.")
    numbers = [number for number in np.unique(labels) if number != 0]
    if len(numbers) > MOST_LABELS:
        raise HydraError(f"{path} holds {len(numbers)} labels and at most {MOST_LABELS} are read; is it a picture?")
    if not numbers:
        raise HydraError(f"{path} is 0 everywhere; a mask is not 0 in its regions.")
    alone = len(numbers) == 1
    found = [
        Outlined(name=path.stem if alone else f"{path.stem} {number:g}", mask=labels == number) for number in numbers
    ]
    return put_on(grid, found, ())


def _plane(path: Path) -> NDArray[Any]:
    if path.suffix.lower() not in (".tif", ".tiff"):
        return read_plane(path)
    with open_tiff(path) as file:
        values = np.squeeze(file.series[0].asarray())
    if values.ndim != 2 or values.dtype.kind not in "biuf":
        raise HydraError(f"{path} has shape {values.shape}; a mask is one plane of whole numbers.")
    return np.asarray(values)
