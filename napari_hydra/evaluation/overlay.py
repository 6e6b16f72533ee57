"""Two cubes of one field with pixels of different size: which pixels of the finer one make one of the coarser.

The finer cube is averaged over the pixels of the coarser, each pixel weighted by the area that it shares with it. The
interval of an average is the mean of the intervals: errors of neighbouring pixels go together, so it is not divided
by the root of their number.
"""

from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any, Literal

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from scipy import sparse

from napari_hydra.errors import HydraError
from napari_hydra.evaluation.footprint import Footprint, footprint_of

LEAST_STEP = 1.2  # sizes that differ by less are those of a crop, not of larger pixels
_SLACK = 1e-6  # of a pixel, for edges that meet
_BLOCK = 1 << 22  # values of the finer cube that are averaged at once
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

    def coarser_of(self, finer: Any) -> NDArray[np.intp]:
        """Return which coarser pixel holds the centre of each finer pixel; -1 for none."""
        at = np.floor((np.asarray(finer) + 0.5 - self.first) / self.step + _SLACK).astype(np.intp)
        return np.where((at >= 0) & (at < self.count), at, -1)

    def finer_of(self, coarser: Any) -> NDArray[np.float64]:
        """Return the place of points of the coarser pixels' axis (0: centre of the first) on the finer one's."""
        return self.first + self.step * (np.asarray(coarser, dtype=np.float64) + 0.5) - 0.5


@dataclass(frozen=True)
class Overlay:
    """How the coarser of two cubes lies over the finer.

    Attributes
    ----------
    ys, xs : Axis
    finer : str
        Which of the two has the smaller pixels: "estimate" or "truth".
    kept : (slice, slice)
        The rows and columns of the coarser cube that lie wholly on the finer: those that are compared.
    """

    ys: Axis
    xs: Axis
    finer: Literal["estimate", "truth"]
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
        if self.finer == "estimate":
            return f"The estimate is averaged over the truth's larger pixels ({self.size} of its own each)."
        return f"The truth is averaged over the estimate's larger pixels ({self.size} of its own each)."

    def coarser_at(self, y: int, x: int) -> tuple[int, int] | None:
        """Return the coarser pixel under a finer one, None beside those that are compared."""
        at = int(self.ys.coarser_of(y)), int(self.xs.coarser_of(x))
        return None if min(at) < 0 else at


def overlay_of(
    estimate: tuple[int, ...],
    truth: tuple[int, ...],
    *,
    estimate_on: Footprint | None = None,
    truth_on: Footprint | None = None,
    what: str = "The estimate",
    which: str = "the truth",
    remedy: str = "crop one to the other's field of view",
) -> Overlay | None:
    """Lay two sizes over each other: by their places on the map where both have one, else as the same field.

    Parameters
    ----------
    estimate, truth : (H, W, ...)
        Shapes.
    estimate_on, truth_on : Footprint, optional
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
    ours, theirs = estimate[:2], truth[:2]
    sizes = f"{what} has {ours[0]} x {ours[1]} pixels and {which} {theirs[0]} x {theirs[1]}"
    place = _on_map(estimate_on, truth_on)
    if place is not None:
        steps, starts = place
        if max(abs(s) for s in starts) < 0.5 and ours == theirs and np.allclose(steps, 1, rtol=1e-3):
            return None
    elif ours == theirs:
        return None
    else:
        steps, starts = (ours[0] / theirs[0], ours[1] / theirs[1]), (0.0, 0.0)
        # A pixel of the truth is as much taller than wide, in pixels of the estimate, as the two pixels' shapes say.
        taller = steps[0] / steps[1] * _aspect(estimate_on) / _aspect(truth_on)
        coarser = max(min(a, b) for a, b in zip(ours, theirs, strict=True))
        if abs(taller - 1) * coarser > _ROUNDING * max(1.0, taller):
            raise HydraError(f"{sizes}, which is another aspect ratio, so they cannot line up; {remedy}.")
        if any(step != 1 and 1 / LEAST_STEP < step < LEAST_STEP for step in steps):
            raise HydraError(f"{sizes}, which differ too little to be pixels of another size; {remedy}.")
    if min(steps) >= 1 - 1e-3:
        axes = [_axis(f, s, n, m) for f, s, n, m in zip(starts, steps, theirs, ours, strict=True)]
        finer: Literal["estimate", "truth"] = "estimate"
    elif max(steps) <= 1 + 1e-3:
        axes = [_axis(-f / s, 1 / s, n, m) for f, s, n, m in zip(starts, steps, ours, theirs, strict=True)]
        finer = "truth"
    else:
        raise HydraError(f"{sizes}, and neither has the smaller pixels both ways; resample one like the other.")
    if any(axis.count < 1 for axis, _ in axes):
        raise HydraError(f"{sizes}, and their map info does not overlap; choose cubes of the same place.")
    (ys, rows), (xs, columns) = axes
    return Overlay(ys, xs, finer, (rows, columns))


def overlay_of_cubes(estimate: Any, truth: xr.DataArray, **words: str) -> Overlay | None:
    """Lay a truth over an estimate (LatentCube or DataArray); see `overlay_of`."""
    shape = estimate.shape[:2] if isinstance(estimate, xr.DataArray) else estimate.shape[1:]
    ours, theirs = footprint_of(estimate.attrs, shape), footprint_of(truth.attrs, truth.shape)
    return overlay_of(shape, truth.shape, estimate_on=ours, truth_on=theirs, **words)


def area_mean(values: NDArray[Any], overlay: Overlay) -> NDArray[np.float64]:
    """Return the mean of the finer pixels (H, W) or (H, W, B) over each coarser one, (h, w) or (h, w, B).

    A coarser pixel any part of which holds NaN is NaN.
    """
    wy, wx = overlay.ys.weights(), overlay.xs.weights()
    missing = np.isnan(values)
    if not missing.any():
        return _reduce(values, wy, wx)
    out = _reduce(np.where(missing, 0, values), wy, wx)
    out[_reduce(missing, wy, wx) > _SLACK] = np.nan
    return out


def averaged_cube(truth: xr.DataArray, overlay: Overlay) -> xr.DataArray:
    """Return a finer cube averaged over the coarser pixels, in memory, read some rows at a time."""
    out = np.empty((*overlay.shape, truth.shape[2]), np.float32)
    for rows, part in _row_parts(overlay, truth.shape[2]):
        block = slice(part.kept[0].start, part.kept[0].stop)
        out[rows] = area_mean(np.asarray(truth.data[block]), part)
    cube = xr.DataArray(out, dims=truth.dims, coords={k: v for k, v in truth.coords.items() if k not in ("y", "x")})
    cube.attrs = {key: value for key, value in truth.attrs.items() if key != "map_info"}
    cube.attrs["history"] = (*truth.attrs.get("history", ()), f"averaged over {overlay.pixels:.4g} pixels each")
    if np.isnan(out).any():
        cube.attrs["ignore_value"] = truth.attrs.get("ignore_value", float("nan"))
    return cube


@dataclass(frozen=True, eq=False)
class AveragedCube:
    """An estimate averaged over larger pixels, decoded only where one looks; axes (band, y, x) as a LatentCube.

    Attributes
    ----------
    finer : LatentCube
    overlay : Overlay
    ys, xs : (h,), (w,) array of int
        Which of the larger pixels it holds.
    """

    finer: Any
    overlay: Overlay
    ys: NDArray[np.intp]
    xs: NDArray[np.intp]

    @classmethod
    def of(cls, finer: Any, overlay: Overlay) -> "AveragedCube":
        """Return all of the larger pixels."""
        return cls(finer, overlay, *(np.arange(n) for n in overlay.shape))

    @property
    def wavelengths(self) -> NDArray[np.float64]:
        """In nm, (B,)."""
        return np.asarray(self.finer.wavelengths, dtype=np.float64)

    @property
    def attrs(self) -> dict[str, Any]:
        """Those of the finer cube."""
        return dict(self.finer.attrs)

    @property
    def shape(self) -> tuple[int, int, int]:
        """(B, h, w)."""
        return len(self.wavelengths), self.ys.size, self.xs.size

    @property
    def ndim(self) -> int:
        """Always 3."""
        return 3

    @property
    def dtype(self) -> np.dtype[np.float32]:
        """Always float32."""
        return np.dtype(np.float32)

    @property
    def size(self) -> int:
        """Number of values if it were decoded."""
        return int(np.prod(self.shape))

    @property
    def nbytes(self) -> int:
        """Bytes that a decoded copy would take."""
        return self.size * 4

    @property
    def pixels(self) -> float:
        """How many pixels are decoded for each of its own."""
        return self.overlay.pixels

    def tile(self, ys: slice, xs: slice) -> NDArray[np.float32]:
        """Return a block of pixels, shape (h, w, B)."""
        return self._mean(self.finer.tile, ys, xs)

    def half_width_tile(self, ys: slice, xs: slice, level: float = 0.9) -> NDArray[np.float32]:
        """Return the mean half-width of the intervals for a block of pixels, shape (h, w, B)."""
        return self._mean(lambda y, x: self.finer.half_width_tile(y, x, level), ys, xs)

    def at_wavelengths(self, wavelengths: Any) -> "AveragedCube":
        """Return the same pixels at other wavelengths in nm."""
        return AveragedCube(self.finer.at_wavelengths(wavelengths), self.overlay, self.ys, self.xs)

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, key: tuple[slice, ...]) -> "AveragedCube":
        bands, ys, xs = (*key, *(slice(None),) * (3 - len(key)))
        finer = self.finer if bands == slice(None) else self.finer[bands, :, :]
        return AveragedCube(finer, self.overlay, self.ys[ys], self.xs[xs])

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        out = np.moveaxis(self.tile(slice(None), slice(None)), -1, 0)
        return out if dtype is None else out.astype(dtype, copy=False)

    def _mean(self, decode: Any, ys: slice, xs: slice) -> NDArray[np.float32]:
        rows, columns = self.ys[ys], self.xs[xs]
        out = np.empty((rows.size, columns.size, len(self.wavelengths)), np.float32)
        wx, across = _narrowed(self.overlay.xs.weights()[columns])
        weights = self.overlay.ys.weights()
        values = max(1, out.shape[2] * (across.stop - across.start)) * self.overlay.ys.step
        for block in _blocks(rows, max(1, int(_BLOCK / values))):
            wy, down = _narrowed(weights[rows[block]])
            out[block] = _reduce(np.asarray(decode(down, across)), wy, wx)
        return out


def on_one_grid(estimate: Any, truth: xr.DataArray, overlay: Overlay | None) -> tuple[Any, xr.DataArray]:
    """Return estimate (LatentCube) and truth on the coarser pixels of the two."""
    if overlay is None:
        return estimate, truth
    if overlay.finer == "estimate":
        return AveragedCube.of(estimate, overlay), truth[overlay.kept]
    if overlay.shape != tuple(estimate.shape[1:]):
        estimate = estimate[:, overlay.kept[0], overlay.kept[1]]
    return estimate, averaged_cube(truth, overlay)


@lru_cache(maxsize=16)  # a slider asks for the same ones at every step
def _weights(axis: Axis) -> Any:
    edges = np.clip(axis.first + axis.step * np.arange(axis.count + 1), 0, axis.length)
    rows, columns, shares = [], [], []
    for i, (start, stop) in enumerate(pairwise(edges)):
        inside = np.arange(int(np.floor(start + _SLACK)), int(np.ceil(stop - _SLACK)))
        shared = np.minimum(inside + 1, stop) - np.maximum(inside, start)
        rows.append(np.full(inside.size, i))
        columns.append(inside)
        shares.append(shared / shared.sum())
    place = (np.concatenate(rows), np.concatenate(columns))
    return sparse.csr_array((np.concatenate(shares), place), shape=(axis.count, axis.length))


def _on_map(ours: Footprint | None, theirs: Footprint | None) -> tuple[tuple[float, float], tuple[float, float]] | None:
    """Return how many of our pixels one of theirs is long, and where theirs begin, (y, x) each; None if not known."""
    if ours is None or theirs is None or ours.projection != theirs.projection:
        return None
    if ours.corner is None or theirs.corner is None:
        return None
    south, east = ours.corner[0] - theirs.corner[0], theirs.corner[1] - ours.corner[1]
    steps = theirs.height / ours.height, theirs.width / ours.width
    return steps, (south / ours.height, east / ours.width)


def _aspect(place: Footprint | None) -> float:
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


def _row_parts(overlay: Overlay, bands: int) -> Any:
    """Yield rows of the coarser cube, and an overlay of them on those rows of the finer that `kept` names."""
    ys = overlay.ys
    rows = max(1, int(_BLOCK / (ys.step * overlay.xs.length * bands)))
    for start in range(0, ys.count, rows):
        stop = min(start + rows, ys.count)
        first, last = ys.first + ys.step * start, ys.first + ys.step * stop
        down = slice(max(0, int(np.floor(first + _SLACK))), min(ys.length, int(np.ceil(last - _SLACK))))
        part = Axis(first - down.start, ys.step, stop - start, down.stop - down.start)
        yield slice(start, stop), Overlay(part, overlay.xs, overlay.finer, (down, slice(None)))


def _blocks(rows: NDArray[np.intp], most: int) -> Any:
    """Yield slices of at most `most` neighbouring rows."""
    start = 0
    while start < rows.size:
        stop = start + 1
        while stop < rows.size and stop - start < most and rows[stop] == rows[stop - 1] + 1:
            stop += 1
        yield slice(start, stop)
        start = stop


def _narrowed(weights: Any) -> tuple[Any, slice]:
    """Return a matrix without the columns before its first and after its last entry, and which are left."""
    used = slice(int(weights.indices.min()), int(weights.indices.max()) + 1) if weights.nnz else slice(0, 1)
    return weights[:, used], used


def _reduce(values: NDArray[Any], wy: Any, wx: Any) -> NDArray[np.float64]:
    """Weight (H, W, ...) down to (h, w, ...)."""
    height, width = values.shape[:2]
    rest = values.shape[2:]
    down = (wy @ values.reshape(height, -1)).reshape(wy.shape[0], width, -1)
    across = wx @ np.swapaxes(down, 0, 1).reshape(width, -1)
    out: NDArray[np.float64] = np.swapaxes(across.reshape(wx.shape[0], wy.shape[0], -1), 0, 1)
    return out.reshape(wy.shape[0], wx.shape[0], *rest)
