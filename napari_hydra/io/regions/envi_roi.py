"""Regions as ENVI writes them as text: "Output ROIs to ASCII", every pixel of every region on a line.

Format: NV5 Geospatial, "Output ROIs to an ASCII File": a head of lines that begin with ``;``, then for each region in
turn its pixels as ID, X, Y (1, 1 is the first pixel) and what else was chosen.
"""

import re
from pathlib import Path

import numpy as np

from napari_hydra.errors import HydraError
from napari_hydra.io.files.text import numbers_in, read_text
from napari_hydra.io.regions.file_region import FileRegions, Outlined, SceneGrid, hex_of, put_on

_MARK = "ENVI Output of ROIs"


def matches(path: Path) -> bool:
    """Whether the file begins as ENVI's do."""
    return path.suffix.lower() in (".txt", ".roi", ".asc") and _MARK in read_text(path, 200)


def read(path: Path, grid: SceneGrid, coordinates: str) -> FileRegions:
    """Read the pixels of each region."""
    lines = read_text(path).splitlines()
    head = [line[1:].strip() for line in lines if line.lstrip().startswith(";")]
    size = next((re.findall(r"\d+", line) for line in head if line.startswith("File Dimension")), [])
    if len(size) == 2 and (int(size[1]), int(size[0])) != grid.shape:
        raise HydraError(
            f"{path} holds regions of a file of {size[0]} x {size[1]} pixels, but the scene is {grid.shape[1]} x "
            f"{grid.shape[0]}; open the scene that they were drawn on."
        )
    names = [line.partition(":")[2].strip() for line in head if line.startswith("ROI name")]
    colours = [re.findall(r"\d+", line) for line in head if line.startswith("ROI rgb")]
    counts = [int(re.findall(r"\d+", line)[0]) for line in head if line.startswith("ROI npts")]
    rows = [numbers for line in lines if (numbers := numbers_in(line)) is not None]
    if len(names) != len(counts) or sum(counts) != len(rows) or any(len(row) < 3 for row in rows):
        raise HydraError(
            f"{path} says that its {len(names)} regions hold {sum(counts)} pixels, but lists {len(rows)} with an ID, "
            "X and Y; write it anew with pixel locations."
        )
    found, start = [], 0
    for index, (name, count) in enumerate(zip(names, counts, strict=True)):
        pixels = np.array([row[1:3] for row in rows[start : start + count]]).reshape(-1, 2)[:, ::-1] - 1.0
        start += count
        colour = hex_of([float(c) for c in colours[index]]) if index < len(colours) else None
        found.append(_of_pixels(name or f"Region {index + 1}", pixels, grid, colour))
    return put_on(grid, found, ("pixels as ENVI counts them: x to the right, y downwards, the first is 1, 1",))


def _of_pixels(name: str, pixels: np.ndarray, grid: SceneGrid, colour: str | None) -> Outlined:
    mask = np.zeros(grid.shape, dtype=bool)
    whole = np.floor(pixels + 0.5).astype(int)
    inside = ((whole >= 0) & (whole < grid.shape)).all(axis=1)
    mask[tuple(whole[inside].T)] = True
    return Outlined(name=name, what="without pixels in the scene", colour=colour, mask=mask if inside.any() else None)
