"""Missing values that nobody declared, and bands that hold nothing.

A number stands for "missing" where programs use it so and it lies far from all others; the largest number of a type
of 16 bits and more where it fills all bands of a pixel, and the pixels around are not saturated too. Zero is a value.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_hydra.cube import is_lazy

# ENVI, GDAL and sensors; int16; USGS deleted points; float32's lowest; netCDF's default; CMIP; ArcGIS.
MARKERS = (-999.0, -9999.0, -99999.0, -32767.0, -32768.0, -1.23e34, -1e30, -3.4028235e38, 9.96921e36, 1e20, 1e30, 1e35)
_FEWEST_PIXELS = 16  # fewer may well agree in a band by chance
_WINDOW = 16
_LINES = 32
_SAMPLE = 2_000_000


def look(values: Any, lazy: bool) -> NDArray[Any]:
    """Return stored numbers (h, w, B) to judge by: all of them, or of a lazy cube nine small windows."""
    if not lazy:
        return np.asarray(values)
    height, width, _ = values.shape
    tops, lefts = ({0, max(0, (n - _WINDOW) // 2), max(0, n - _WINDOW)} for n in (height, width))
    windows = [values[y : y + _WINDOW, x : x + _WINDOW] for y in sorted(tops) for x in sorted(lefts)]
    if is_lazy(values):
        from dask.base import compute

        windows = list(compute(*windows))
    return np.concatenate([np.asarray(w).reshape(-1, 1, values.shape[2]) for w in windows])


def look_along(values: Any) -> NDArray[Any]:
    """Return some whole lines of three bands (h, W, 3) of numbers on disk: a marker may lie outside the windows."""
    height, _, bands = values.shape
    step = max(1, height // _LINES)
    return np.stack([values[step // 2 :: step, :, band] for band in (0, bands // 2, bands - 1)], axis=2)


def thinned(numbers: NDArray[Any], missing: Sequence[float]) -> NDArray[np.float64]:
    """Return some of the numbers (n, B) as float64, missing ones as NaN."""
    height, width, bands = numbers.shape
    step = max(1, int(np.sqrt(height * width * bands / _SAMPLE)))
    out = np.array(numbers[::step, ::step], dtype=np.float64).reshape(-1, bands)
    for value in missing:
        out[out == _as_stored(value, numbers.dtype)] = np.nan
    return out


def contains(numbers: NDArray[Any], value: float) -> bool:
    """Whether a declared value is among stored numbers."""
    stored = _as_stored(value, numbers.dtype)
    return stored is not None and bool((numbers == stored).any())


def recognised(
    numbers: NDArray[Any], known: Sequence[float] = ()
) -> tuple[tuple[float, ...], NDArray[np.float64], NDArray[np.float64]]:
    """Return the markers among stored numbers (h, w, B) that nobody declared.

    Parameters
    ----------
    numbers : (h, w, B) array
    known : sequence of float
        Those that were declared.

    Returns
    -------
    markers : tuple of float
    low, high : (B,) arrays
        The least and the largest of the other numbers of each band; inf and -inf where there is none.
    """
    found: list[float] = []
    low, high = band_extremes(numbers, known)
    while True:
        ends = float(np.min(low, initial=np.inf)), float(np.max(high, initial=-np.inf))
        for marker in MARKERS:
            if (stored := _as_stored(marker, numbers.dtype)) is None or stored not in ends:
                continue
            rest = band_extremes(numbers, [*known, *found, marker])
            least, most = np.min(rest[0], initial=np.inf), np.max(rest[1], initial=-np.inf)
            # where nothing else is there, there is nothing to judge by
            if least <= most and (least > marker / 2 if marker < 0 else most < marker / 2):
                found.append(marker)
                low, high = rest
                break
        else:
            return tuple(found), low, high


def band_extremes(
    numbers: NDArray[Any], without: Sequence[float] = ()
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the least and the largest finite number of each band; (inf, -inf) where there is none."""
    low, high = np.full(numbers.shape[2], np.inf), np.full(numbers.shape[2], -np.inf)
    rows = max(1, 2**22 // max(1, numbers.shape[1] * numbers.shape[2]))
    for y in range(0, numbers.shape[0], rows):
        block = numbers[y : y + rows]
        if block.dtype.kind != "f" and not without:
            least, most = (end(block, axis=(0, 1)).astype(np.float64) for end in (np.min, np.max))
            low, high = np.minimum(low, least), np.maximum(high, most)
            continue
        keep = np.isfinite(block) if block.dtype.kind == "f" else np.ones((1, 1, 1), dtype=bool)
        for value in without:
            keep = keep & (block != _as_stored(value, block.dtype))
        top, bottom = _ends(block.dtype)
        least = np.min(block, axis=(0, 1), where=keep, initial=top).astype(np.float64)
        most = np.max(block, axis=(0, 1), where=keep, initial=bottom).astype(np.float64)
        there = np.broadcast_to(keep, block.shape).any(axis=(0, 1))
        low, high = np.where(there, np.minimum(low, least), low), np.where(there, np.maximum(high, most), high)
    return low, high


def dead_bands(values: Any, low: NDArray[np.float64], high: NDArray[np.float64], lazy: bool) -> tuple[int, ...]:
    """Return the bands that hold one number only, or none, where most others vary.

    Parameters
    ----------
    values : (H, W, B) array
    low, high : (B,) arrays
        Least and largest number of what was looked at.
    lazy : bool
        Whether that was a part, so that the bands in question are looked at once more.
    """
    still = np.flatnonzero(low >= high)
    if values.shape[0] * values.shape[1] < _FEWEST_PIXELS or 2 * still.size > low.size or still.size == 0:
        return ()
    if lazy:
        step = max(1, max(values.shape[:2]) // 128)
        again = np.asarray(values[::step, ::step, :][:, :, still])
        with np.errstate(invalid="ignore"):
            same = (again == again[:1, :1]) | ((again != again) & (again[:1, :1] != again[:1, :1]))
        still = still[same.all(axis=(0, 1))]
    return tuple(int(i) for i in still)


def saturated_plateau(values: Any, high: NDArray[np.float64], lazy: bool) -> NDArray[np.bool_] | None:
    """Return the pixels (H, W) that hold their type's largest number in all bands and stand by themselves.

    The core of a saturated lamp, around which some bands saturate, does not.
    """
    dtype = np.dtype(values.dtype)
    if dtype.kind not in "iu" or dtype.itemsize < 2 or not (high == np.iinfo(dtype).max).all():
        return None
    from scipy import ndimage

    values = np.asarray(values[:, :, :: max(1, (values.shape[2] - 1) // 2)] if lazy else values)
    top = values == np.iinfo(dtype).max
    full, partly = top.all(axis=2), top.any(axis=2)
    partly &= ~full
    areas, count = ndimage.label(full, np.ones((3, 3)))
    lamps = np.unique(areas[ndimage.binary_dilation(partly, np.ones((3, 3)))])
    alone = full & ~np.isin(areas, lamps[lamps > 0])
    return alone if count and alone.any() and not alone.all() else None


def _ends(dtype: np.dtype[Any]) -> tuple[Any, Any]:
    if dtype.kind == "b":
        return True, False
    return (np.inf, -np.inf) if dtype.kind == "f" else (np.iinfo(dtype).max, np.iinfo(dtype).min)


def _as_stored(value: float, dtype: np.dtype[Any]) -> Any:
    """Return a marker as a type holds it, None where it cannot."""
    if dtype.kind == "f":
        with np.errstate(over="ignore"):
            return float(dtype.type(value))
    if dtype.kind in "iu" and np.iinfo(dtype).min <= value <= np.iinfo(dtype).max:
        return int(value) if value == int(value) else None
    return None
