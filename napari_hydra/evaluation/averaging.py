"""A cube averaged over the larger pixels of another, each of its pixels weighted by the area that it shares with them.

The interval of an average is the mean of the intervals: errors of neighbouring pixels go together, so it is not divided
by the root of their number.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from napari_hydra.evaluation.overlay import SLACK, Axis, Overlay
from napari_hydra.lazy_array import LazyStack
from napari_hydra.spectral_cube import blocks

_BLOCK = 1 << 22  # values of the finer cube that are averaged at once


def area_mean(values: NDArray[Any], overlay: Overlay) -> NDArray[np.float64]:
    """Return the mean of the finer pixels (H, W) or (H, W, B) over each coarser one, (h, w) or (h, w, B).

    A coarser pixel any part of which holds NaN is NaN.
    """
    wy, wx = overlay.ys.weights(), overlay.xs.weights()
    missing = np.isnan(values)
    if not missing.any():
        return _reduce(values, wy, wx)
    out = _reduce(np.where(missing, 0, values), wy, wx)
    out[_reduce(missing, wy, wx) > SLACK] = np.nan
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
class AveragedCube(LazyStack):
    """An estimate averaged over larger pixels, decoded only where one looks; axes (band, y, x) as a LatentCube.

    Attributes
    ----------
    fine : LatentCube
    overlay : Overlay
    ys, xs : (h,), (w,) array of int
        Which of the larger pixels it holds.
    """

    fine: Any
    overlay: Overlay
    ys: NDArray[np.intp]
    xs: NDArray[np.intp]

    @classmethod
    def of(cls, fine: Any, overlay: Overlay) -> "AveragedCube":
        """Return all of the larger pixels."""
        return cls(fine, overlay, *(np.arange(n) for n in overlay.shape))

    @property
    def wavelengths(self) -> NDArray[np.float64]:
        """In nm, (B,)."""
        return np.asarray(self.fine.wavelengths, dtype=np.float64)

    @property
    def attrs(self) -> dict[str, Any]:
        """Those of the finer cube."""
        return dict(self.fine.attrs)

    @property
    def shape(self) -> tuple[int, int, int]:
        """(B, h, w)."""
        return len(self.wavelengths), self.ys.size, self.xs.size

    @property
    def pixels(self) -> float:
        """How many pixels are decoded for each of its own."""
        return self.overlay.pixels

    def tile(self, ys: slice, xs: slice) -> NDArray[np.float32]:
        """Return a block of pixels, shape (h, w, B)."""
        return self._mean(self.fine.tile, ys, xs)

    def half_width_tile(self, ys: slice, xs: slice, level: float = 0.9) -> NDArray[np.float32]:
        """Return the mean half-width of the intervals for a block of pixels, shape (h, w, B)."""
        return self._mean(lambda y, x: self.fine.half_width_tile(y, x, level), ys, xs)

    def at_wavelengths(self, wavelengths: Any) -> "AveragedCube":
        """Return the same pixels at other wavelengths in nm."""
        return AveragedCube(self.fine.at_wavelengths(wavelengths), self.overlay, self.ys, self.xs)

    def part(self, bands: slice, ys: slice, xs: slice) -> "AveragedCube":
        """Return some bands of a block of pixels, not decoded yet."""
        fine = self.fine if bands == slice(None) else self.fine[bands, :, :]
        return AveragedCube(fine, self.overlay, self.ys[ys], self.xs[xs])

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
    if overlay.fine_grid == "estimate":
        return AveragedCube.of(estimate, overlay), truth[overlay.kept]
    if overlay.shape != tuple(estimate.shape[1:]):
        estimate = estimate[:, overlay.kept[0], overlay.kept[1]]
    return estimate, averaged_cube(truth, overlay)


def _row_parts(overlay: Overlay, bands: int) -> Any:
    """Yield rows of the coarser cube, and an overlay of them on those rows of the finer that `kept` names."""
    ys = overlay.ys
    for rows in blocks(ys.count, ys.step * overlay.xs.length * bands, _BLOCK):
        first, last = ys.first + ys.step * rows.start, ys.first + ys.step * rows.stop
        down = slice(max(0, int(np.floor(first + SLACK))), min(ys.length, int(np.ceil(last - SLACK))))
        part = Axis(first - down.start, ys.step, rows.stop - rows.start, down.stop - down.start)
        yield rows, Overlay(part, overlay.xs, overlay.fine_grid, (down, slice(None)))


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
