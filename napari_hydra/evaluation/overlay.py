"""Two cubes of one field with pixels of different size: which pixels of the finer one make one of the coarser."""

from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any, Literal

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from scipy import sparse

from napari_hydra.errors import HydraError
from napari_hydra.io.files.map_info import MapInfo, map_info_of
from napari_hydra.spectral_cube import SpectralCube, spectral_cube

LEAST_STEP = 1.2  # sizes that differ by less are those of a crop, not of larger pixels
SLACK = 1e-6  # of a pixel, for edges that meet
_ROUNDING = 1.0  # coarser pixels by which the two fields may differ, because sizes are whole numbers


@dataclass(frozen=True)
class Axis:
    """The coarser pixels along one axis, measured in pixels of the finer cube.

    Attributes
    ----------
    first : float
        Where the first of them begins; 0 is the edge of the finer cube's first pixel.
    step : float
        How long each is.
    count : int
        How many there are, all of them wholly on the finer cube.
    length : int
        How many pixels the finer cube has.
    """

    first: float
    step: float
    count: int
    length: int

    def weights(self) -> Any:
        """Return the share of each finer pixel in each coarser one, a sparse (count, length) matrix; rows sum to 1."""
        return _weights(self)

    def coarse_index(self, fine: Any) -> NDArray[np.intp]:
        """Return which coarser pixel holds the centre of each finer pixel; -1 for none."""
        at = np.floor((np.asarray(fine) + 0.5 - self.first) / self.step + SLACK).astype(np.intp)
        return np.where((at >= 0) & (at < self.count), at, -1)

    def fine_position(self, coarse: Any) -> NDArray[np.float64]:
        """Return the place of points of the coarser pixels' axis (0: centre of the first) on the finer one's."""
        return self.first + self.step * (np.asarray(coarse, dtype=np.float64) + 0.5) - 0.5


@dataclass(frozen=True)
class Overlay:
    """How the coarser of two cubes lies over the finer.

    Attributes
    ----------
    ys, xs : Axis
    fine_grid : str
        Which of the two has the smaller pixels: "estimate" or "truth".
    kept : (slice, slice)
        The rows and columns of the coarser cube that lie wholly on the finer: those that are compared.
    """

    ys: Axis
    xs: Axis
    fine_grid: Literal["estimate", "truth"]
    kept: tuple[slice, slice]

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width of what is compared."""
        return self.ys.count, self.xs.count

    @property
    def pixels(self) -> float:
        """How many pixels of the finer cube go into one that is compared."""
        return self.ys.step * self.xs.step

    @property
    def size(self) -> str:
        """How many pixels, high and wide, go into one: "10 x 10"."""
        return f"{self.ys.step:.4g} x {self.xs.step:.4g}"

    @property
    def words(self) -> str:
        """What is averaged, as a sentence."""
        if self.fine_grid == "estimate":
            return f"The estimate is averaged over the truth's larger pixels ({self.size} of its own each)."
        return f"The truth is averaged over the estimate's larger pixels ({self.size} of its own each)."

    def coarse_pixel(self, y: int, x: int) -> tuple[int, int] | None:
        """Return the coarser pixel under a finer one, None beside those that are compared."""
        at = int(self.ys.coarse_index(y)), int(self.xs.coarse_index(x))
        return None if min(at) < 0 else at


def overlay_of(
    estimate: tuple[int, ...],
    truth: tuple[int, ...],
    *,
    estimate_on: MapInfo | None = None,
    truth_on: MapInfo | None = None,
    what: str = "The estimate",
    which: str = "the truth",
    remedy: str = "crop one to the other's field of view",
) -> Overlay | None:
    """Lay two sizes over each other: by their places on the map where both have one, else as the same field.

    Parameters
    ----------
    estimate, truth : (H, W, ...)
        Shapes.
    estimate_on, truth_on : MapInfo, optional
        Where one of them is known its pixels need not be square.
    what, which, remedy : str
        For the sentence that refuses.

    Returns
    -------
    Overlay or None
        None where the pixels are the same ones.

    Raises
    ------
    HydraError
        If the two cannot show the same field.
    """
    estimate_size, truth_size = estimate[:2], truth[:2]
    sizes = f"{what} has {estimate_size[0]} x {estimate_size[1]} pixels and {which} {truth_size[0]} x {truth_size[1]}"
    place = _on_map(estimate_on, truth_on, estimate_size, truth_size)
    if place is not None:
        steps, starts = place
        if max(abs(s) for s in starts) < 0.5 and estimate_size == truth_size and np.allclose(steps, 1, rtol=1e-3):
            return None
    elif estimate_size == truth_size:
        return None
    else:
        steps, starts = (estimate_size[0] / truth_size[0], estimate_size[1] / truth_size[1]), (0.0, 0.0)
        # A pixel of the truth is as much taller than wide, in pixels of the estimate, as the two pixels' shapes say.
        taller = steps[0] / steps[1] * _aspect(estimate_on) / _aspect(truth_on)
        coarse_side = max(min(a, b) for a, b in zip(estimate_size, truth_size, strict=True))
        if abs(taller - 1) * coarse_side > _ROUNDING * max(1.0, taller):
            raise HydraError(f"{sizes}, which is another aspect ratio, so they cannot line up; {remedy}.")
        if any(step != 1 and 1 / LEAST_STEP < step < LEAST_STEP for step in steps):
            raise HydraError(f"{sizes}, which differ too little to be pixels of another size; {remedy}.")
    if min(steps) >= 1 - 1e-3:
        axes = [_axis(f, s, n, m) for f, s, n, m in zip(starts, steps, truth_size, estimate_size, strict=True)]
        fine_grid: Literal["estimate", "truth"] = "estimate"
    elif max(steps) <= 1 + 1e-3:
        axes = [_axis(-f / s, 1 / s, n, m) for f, s, n, m in zip(starts, steps, estimate_size, truth_size, strict=True)]
        fine_grid = "truth"
    else:
        raise HydraError(f"{sizes}, and neither has the smaller pixels both ways; resample one like the other.")
    if any(axis.count < 1 for axis, _ in axes):
        raise HydraError(f"{sizes}, and their map info does not overlap; choose cubes of the same place.")
    (ys, rows), (xs, columns) = axes
    return Overlay(ys, xs, fine_grid, (rows, columns))


def overlay_of_cubes(estimate: SpectralCube | xr.DataArray, truth: xr.DataArray, **words: str) -> Overlay | None:
    """Lay a truth over an estimate; see `overlay_of`."""
    estimate_on, truth_on = map_info_of(dict(estimate.attrs)), map_info_of(truth.attrs)
    return overlay_of(
        spectral_cube(estimate).shape[1:], truth.shape, estimate_on=estimate_on, truth_on=truth_on, **words
    )


@lru_cache(maxsize=16)  # a slider asks for the same ones at every step
def _weights(axis: Axis) -> Any:
    edges = np.clip(axis.first + axis.step * np.arange(axis.count + 1), 0, axis.length)
    rows, columns, shares = [], [], []
    for i, (start, stop) in enumerate(pairwise(edges)):
        inside = np.arange(int(np.floor(start + SLACK)), int(np.ceil(stop - SLACK)))
        shared = np.minimum(inside + 1, stop) - np.maximum(inside, start)
        rows.append(np.full(inside.size, i))
        columns.append(inside)
        shares.append(shared / shared.sum())
    place = (np.concatenate(rows), np.concatenate(columns))
    return sparse.csr_array((np.concatenate(shares), place), shape=(axis.count, axis.length))


def _on_map(
    estimate_on: MapInfo | None, truth_on: MapInfo | None, our_size: tuple[int, ...], their_size: tuple[int, ...]
) -> tuple[tuple[float, float], tuple[float, float]] | None:
    """Return how many of our pixels one of theirs is long, and where theirs begin, (y, x) each; None if not known."""
    if (
        estimate_on is None
        or truth_on is None
        or estimate_on.system != truth_on.system
        or estimate_on.rotation != truth_on.rotation
    ):
        return None
    if estimate_on.size != our_size or truth_on.size != their_size:  # pixels were cut off since
        return None
    y, x = estimate_on.to_pixels(truth_on.to_map([[-0.5, -0.5]]))[0] + 0.5
    return (truth_on.height / estimate_on.height, truth_on.width / estimate_on.width), (float(y), float(x))


def _aspect(place: MapInfo | None) -> float:
    return 1.0 if place is None else place.height / place.width


def _axis(first: float, step: float, count: int, length: int) -> tuple[Axis, slice]:
    """Return the pixels of a coarser axis that lie wholly on the finer, and which they are."""
    edges = first + step * np.arange(count + 1)
    slack = 1e-3 * step  # map coordinates are rounded
    inside = (edges[:-1] >= -slack) & (edges[1:] <= length + slack)
    kept = np.flatnonzero(inside)
    if kept.size == 0:
        return Axis(0.0, step, 0, length), slice(0, 0)
    return Axis(float(edges[kept[0]]), step, kept.size, length), slice(int(kept[0]), int(kept[-1]) + 1)
