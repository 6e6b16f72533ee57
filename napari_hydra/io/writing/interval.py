"""The interval of a reconstruction, as two cubes beside the estimate, and its flags.

They are variables of one file where the format has them, and files beside it otherwise.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_hydra.errors import HydraError
from napari_hydra.io.files.atomic import refuse_existing
from napari_hydra.io.writing.cube_source import CubeSource
from napari_hydra.io.writing.storage import Interval
from napari_hydra.progress import sub_progress
from napari_hydra.spectral_cube import WHOLE, HasFlags, HasInterval, SpectralCube

BOUNDS = ("lower", "upper")
_CALIBRATION = "factors on standard deviations, by wavelength and level, measured on scenes left out of training"
_SITUATION = "scenes like those of the training"


@dataclass(frozen=True, eq=False)
class Bound:
    """The lower or upper end of a reconstruction's interval, as a `SpectralCube`."""

    cube: Any  # a SpectralCube that HasInterval
    level: float
    sign: int

    @property
    def shape(self) -> tuple[int, int, int]:
        """(B, H, W)."""
        found: tuple[int, int, int] = self.cube.shape
        return found

    @property
    def wavelengths(self) -> NDArray[np.float64]:
        """In nm."""
        return np.asarray(self.cube.wavelengths, dtype=np.float64)

    @property
    def attrs(self) -> Mapping[str, Any]:
        """Those of the reconstruction."""
        found: Mapping[str, Any] = self.cube.attrs
        return found

    def tile(self, ys: slice, xs: slice) -> NDArray[np.floating]:
        """Return a block of pixels (h, w, B); the lower end is 0 or more."""
        end = self.cube.tile(ys, xs) + self.sign * self.cube.half_width_tile(ys, xs, self.level)
        return np.asarray(np.maximum(end, 0) if self.sign < 0 else end)

    def __getitem__(self, key: tuple[slice, slice, slice]) -> "Bound":
        return replace(self, cube=self.cube[key])


def interval_of(cube: SpectralCube, level: float) -> Interval:
    """Return what is to be written beside an estimate.

    Raises
    ------
    HydraError
        If the cube has no interval, or none of that level.
    """
    if not isinstance(cube, HasInterval) or not isinstance(cube, HasFlags):
        raise HydraError("This cube is no reconstruction and has no interval; leave the interval out.")
    try:
        cube[:, 0:1, 0:1].half_width_tile(WHOLE, WHOLE, level)  # type: ignore[attr-defined]
    except ValueError as error:
        raise HydraError(f"An interval of {level:g} cannot be written ({error}); take 0.9.") from error
    said = {"calibration": _CALIBRATION, "situation": _SITUATION}
    words = {f"interval_{key}": str(cube.attrs.get(key) or value) for key, value in said.items()}
    flags = np.ascontiguousarray(cube.flags, dtype=np.uint8)
    return Interval(level=float(level), flags=flags, meanings=cube.flag_meanings, words=words)


def cubes_with_bounds(source: CubeSource) -> Iterator[tuple[str, CubeSource]]:
    """Yield the two ends of the interval and the estimate (""), with their share of the progress.

    The estimate comes last: where its file is, all of it is.
    """
    interval = source.interval
    if interval is None:
        yield "", source
        return
    for number, (name, sign) in enumerate(zip((*BOUNDS, ""), (-1, 1, 0), strict=True)):
        cube = Bound(source.cube, interval.level, sign) if name else source.cube
        part = sub_progress(source.progress, number / 3, (number + 1) / 3)
        yield name, replace(source, cube=cube, progress=part)


def write_with_interval(writer: ModuleType, cube: CubeSource, path: Path, *, overwrite: bool) -> None:
    """Write a cube that has an interval.

    Raises
    ------
    HydraError
        If the format cannot hold it, or a file is there already.
    """
    assert cube.interval is not None
    said = {**cube.metadata, **cube.interval.attributes}
    if getattr(writer, "HOLDS_INTERVAL", False):
        writer.write(replace(cube, metadata=said), path, overwrite=overwrite)
        return
    if not hasattr(writer, "write_flags"):
        raise HydraError(f"{path} cannot hold an interval; end its name in .zarr, .nc, .hdr or .tif.")
    paths = {name: path.with_name(f"{path.stem}_{name}{path.suffix}") for name in (*BOUNDS, "flags")} | {"": path}
    for one in paths.values():
        refuse_existing(one, overwrite)
    made: list[Path] = []
    try:
        writer.write_flags(cube.interval, paths["flags"], overwrite=overwrite)
        made.append(paths["flags"])
        for name, part in cubes_with_bounds(cube):
            words = {"bound": cube.interval.long_name(name)} if name else {}
            writer.write(replace(part, metadata={**said, **words}), paths[name], overwrite=overwrite)
            made.append(paths[name])
    except BaseException:
        for one in made:
            one.unlink(missing_ok=True)
            if one.suffix.lower() == ".hdr":
                one.with_suffix(".img").unlink(missing_ok=True)
        raise
