"""A folder with one grey image a band, as the CAVE database is laid out: ``balloons_ms_01.png`` ... ``_31.png``."""

import re
from collections import defaultdict
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from napari_hydra.errors import HydraError
from napari_hydra.file_formats import by_suffix
from napari_hydra.io.files.wavelengths import from_labels
from napari_hydra.io.numbers.raw_cube import RawCube
from napari_hydra.io.pictures.reader import read_plane

_NUMBERED = re.compile(r"^(.*?)(\d+(?:\.\d+)?)\s*_?(nm|um|µm)?$", re.IGNORECASE)
_FEWEST = 4
_CAVE = np.arange(400.0, 701.0, 10.0)


def matches(path: Path) -> bool:
    """Whether the folder holds a numbered series of pictures whose wavelengths are known."""
    if not path.is_dir():
        return False
    files = _series(path)
    return len(files) >= _FEWEST and _wavelengths(files)[0] is not None


def read(path: Path, wavelengths: NDArray[np.float64] | None, variable: str | None) -> RawCube:
    """Read the longest numbered series of pictures; whole numbers are divided by their full scale."""
    files = _series(path)
    if len(files) < 2:
        raise HydraError(f"{path} is a folder without a numbered series of images (name_01.png ...); check its name.")
    found, note = _wavelengths(files)
    if wavelengths is not None:
        found, note = wavelengths, f"{len(files)} images in the order of their numbers"
        if wavelengths.size != len(files):
            raise HydraError(
                f"{path} holds {len(files)} images of bands but {wavelengths.size} wavelengths were given; "
                "give one an image."
            )
    first = read_plane(files[0])
    values = np.empty((*first.shape, len(files)), dtype=first.dtype)
    for i, file in enumerate(files):
        plane = read_plane(file)
        if plane.shape != first.shape or plane.dtype != first.dtype:
            raise HydraError(
                f"{file} is {plane.shape} {plane.dtype} but {files[0].name} is {first.shape} {first.dtype}; "
                "all bands must be alike."
            )
        values[:, :, i] = plane
    history = [note] if note else []
    scale = 1.0
    if first.dtype.kind == "u":
        scale = float(np.iinfo(first.dtype).max)
        history.append(f"{first.dtype.name} numbers divided by their full scale {scale:g}")
    return RawCube(
        path=path,
        format="folder of bands",
        values=values,
        wavelengths=found,
        dtype=first.dtype,
        quantity="counts",
        scale=scale,
        history=tuple(history),
    )


def _series(folder: Path) -> list[Path]:
    """Return the pictures whose names differ only in a number at the end, in its order."""
    inside = [entry for entry in folder.iterdir() if not entry.name.startswith(".")]
    if len(inside) == 1 and inside[0].is_dir():
        folder = inside[0]  # CAVE's archive unpacks to balloons_ms/balloons_ms
    groups: dict[tuple[str, str, str], list[tuple[float, Path]]] = defaultdict(list)
    for file in folder.iterdir():
        match = _NUMBERED.match(file.stem)
        if match and by_suffix("picture", file) and not file.name.startswith("."):
            key = (match[1], (match[3] or "").lower(), file.suffix.lower())
            groups[key].append((float(match[2]), file))
    longest = max(groups.values(), key=len, default=[])
    return [file for _, file in sorted(longest)]


def _wavelengths(files: list[Path]) -> tuple[NDArray[np.float64] | None, str | None]:
    labelled = from_labels([file.stem for file in files])
    if labelled is not None:
        return labelled, "wavelengths from the names of the files"
    matches_ = [_NUMBERED.match(file.stem) for file in files]
    numbers = [float(match[2]) for match in matches_ if match]
    if numbers == [float(i) for i in range(1, 32)]:
        return _CAVE, "31 images numbered 1 to 31 taken as CAVE's 400:700:10 nm"
    if min(numbers, default=0) >= 300 and max(numbers) <= 2600 and len(numbers) > 2:
        return np.array(numbers), "wavelengths (nm) from the numbers in the names of the files"
    return None, None
