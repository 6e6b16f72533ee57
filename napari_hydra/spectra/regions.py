"""Statistics of the spectra inside a region of a cube.

Pixels without data (NaN) are left out band by band, so a region may overlap the edge of a swath.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike, NDArray

from napari_hydra.cube import wavelengths_of
from napari_hydra.errors import HydraError
from napari_hydra.spectral_cube import blocks

_BLOCK_VALUES = 1_000_000  # values read at a time: 8 MB, a few milliseconds in which a window waits


@dataclass(frozen=True, eq=False, kw_only=True)
class RegionMoments:
    """Mean and dispersion of a region.

    Attributes
    ----------
    wavelengths : (B,) array
        In nm.
    mean, std : (B,) array
        In the unit of the cube; `std` is that of the pixels (divided by n), not of the mean. NaN in bands
        where no pixel has data.
    count : int
        Pixels with data in at least one band.

    Examples
    --------
    >>> from napari_hydra import make_cube
    >>> cube = make_cube([[[0.1, 0.2], [0.3, 0.4]]], [500, 600])
    >>> region_moments(cube, [[True, True]]).count
    2
    """

    wavelengths: NDArray[np.float64]
    mean: NDArray[np.float64]
    std: NDArray[np.float64]
    count: int


@dataclass(frozen=True, eq=False, kw_only=True)
class RegionStatistics(RegionMoments):
    """Mean, dispersion and order statistics of a region.

    Attributes
    ----------
    median, lower_quartile, upper_quartile : (B,) array
        In the unit of the cube, interpolated linearly between pixels.

    Examples
    --------
    >>> from napari_hydra import make_cube
    >>> cube = make_cube([[[0.1, 0.2], [0.3, 0.4]]], [500, 600])
    >>> region_statistics(cube, [[True, True]]).median.round(2)
    array([0.2, 0.3])
    """

    median: NDArray[np.float64]
    lower_quartile: NDArray[np.float64]
    upper_quartile: NDArray[np.float64]


def region_moments(cube: xr.DataArray, mask: ArrayLike) -> RegionMoments:
    """Return the mean and standard deviation of the pixels of a region.

    Reads block by block, so a lazy cube is never held whole.

    Parameters
    ----------
    cube : xarray.DataArray
        Dims ``("y", "x", "wavelength")``.
    mask : (H, W) array of bool
        True inside the region.

    Returns
    -------
    RegionMoments

    Raises
    ------
    HydraError
        If the mask has another size than the cube or holds no pixel.

    Examples
    --------
    >>> from napari_hydra import make_cube
    >>> cube = make_cube([[[0.1, 0.2], [0.3, 0.4]]], [500, 600])
    >>> region_moments(cube, [[True, True]]).mean.round(2)
    array([0.2, 0.3])
    """
    bands = cube.sizes["wavelength"]
    total, squares, counts = np.zeros(bands), np.zeros(bands), np.zeros(bands)
    centre: NDArray[np.float64] | None = None
    pixels = 0
    for spectra in _blocks(cube, mask):
        finite = np.isfinite(spectra)
        if centre is None:
            # Sums are taken about a value of the region: squares of large counts would cancel otherwise.
            sums = np.where(finite, spectra, 0.0).sum(axis=0)
            centre = sums / np.maximum(finite.sum(axis=0), 1)
        offsets = np.where(finite, spectra - centre, 0.0)
        total += offsets.sum(axis=0)
        squares += np.einsum("nb,nb->b", offsets, offsets)
        counts += finite.sum(axis=0)
        pixels += int(finite.any(axis=1).sum())
    with np.errstate(invalid="ignore", divide="ignore"):
        shift = total / counts
        variance = squares / counts - shift**2
    mean = shift + (0.0 if centre is None else centre)
    return RegionMoments(
        wavelengths=wavelengths_of(cube), mean=mean, std=np.sqrt(np.maximum(variance, 0.0)), count=pixels
    )


def region_statistics(cube: xr.DataArray, mask: ArrayLike) -> RegionStatistics:
    """Return mean, standard deviation, median and quartiles of the pixels of a region.

    Parameters
    ----------
    cube : xarray.DataArray
        Dims ``("y", "x", "wavelength")``.
    mask : (H, W) array of bool
        True inside the region.

    Returns
    -------
    RegionStatistics

    Raises
    ------
    HydraError
        If the mask has another size than the cube or holds no pixel.

    Examples
    --------
    >>> from napari_hydra import make_cube
    >>> cube = make_cube([[[0.1, 0.2], [0.3, 0.4]]], [500, 600])
    >>> region_statistics(cube, [[True, True]]).lower_quartile.round(2)
    array([0.15, 0.25])
    """
    moments = region_moments(cube, mask)
    spectra = np.concatenate([block.astype(np.float32) for block in _blocks(cube, mask)])
    spectra = np.where(np.isfinite(spectra), spectra, np.nan)
    quartiles = np.full((3, spectra.shape[1]), np.nan)
    filled = np.isfinite(spectra).any(axis=0)
    quartiles[:, filled] = np.nanpercentile(spectra[:, filled], [25, 50, 75], axis=0)
    lower, median, upper = quartiles
    return RegionStatistics(**vars(moments), lower_quartile=lower, median=median, upper_quartile=upper)


def bounding_box(mask: ArrayLike) -> tuple[slice, slice]:
    """Return the smallest ``(ys, xs)`` that hold every pixel of a mask.

    Raises
    ------
    HydraError
        If the mask holds no pixel.
    """
    inside = np.asarray(mask, dtype=bool)
    ys, xs = np.flatnonzero(inside.any(axis=1)), np.flatnonzero(inside.any(axis=0))
    if not ys.size:
        raise HydraError("The region holds no pixel; draw it larger than one pixel and inside the picture.")
    return slice(int(ys[0]), int(ys[-1]) + 1), slice(int(xs[0]), int(xs[-1]) + 1)


def window_around(y: int, x: int, window: int, shape: tuple[int, ...]) -> tuple[slice, slice]:
    """Return the ``(ys, xs)`` of `window` by `window` pixels around one, cut at the edges of `shape` (H, W)."""
    reach = window // 2
    ys, xs = (slice(max(at - reach, 0), min(at + reach + 1, n)) for at, n in zip((y, x), shape, strict=True))
    return ys, xs


def _blocks(cube: xr.DataArray, mask: ArrayLike) -> Iterator[NDArray[np.float64]]:
    """Yield the spectra (n, B) of the region, some rows at a time."""
    inside = np.asarray(mask, dtype=bool)
    if inside.shape != (cube.sizes["y"], cube.sizes["x"]):
        raise HydraError(
            f"The region is {inside.shape[0]} x {inside.shape[1]} pixels but the cube is "
            f"{cube.sizes['y']} x {cube.sizes['x']}; draw the region on this cube."
        )
    ys, xs = bounding_box(inside)
    inside, values = inside[ys, xs], cube.data[ys, xs]
    for rows in blocks(len(inside), inside.shape[1] * cube.sizes["wavelength"], _BLOCK_VALUES):
        if inside[rows].any():
            yield np.asarray(values[rows])[inside[rows]].astype(np.float64)
