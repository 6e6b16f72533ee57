"""Spectral indices of cubes, measured or reconstructed; those of a reconstruction with their interval."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from napari_hydra.hydra.latent.latent_cube import LatentCube
from napari_hydra.hydra.latent.posterior_samples import SAMPLES, sample_posterior
from napari_hydra.progress import Progress, ProgressCallback, Steps, drain
from napari_hydra.spectra.band_maths import find_formula
from napari_hydra.spectra.formulas import BandMix, Formula, Method
from napari_hydra.spectral_cube import WHOLE, ArrayCube, blocks, spectral_cube

_VALUES = 4_000_000  # drawn or read at a time
Floats = NDArray[np.float32]


@dataclass(frozen=True, eq=False, kw_only=True)
class IndexMap:
    """An index at each pixel.

    Attributes
    ----------
    index : Formula
    values : (H, W) array
        NaN where the cube has no data or the formula no value.
    low, high : (H, W) array or None
        Ends of the interval of nominal coverage `level`; None for a measured cube, whose errors are not known.
    level : float
    centres : dict of str to float
        Where each band was taken, in nm.
    """

    index: Formula
    values: Floats
    low: Floats | None
    high: Floats | None
    level: float
    centres: dict[str, float]

    @property
    def half_width(self) -> Floats | None:
        """Half the width of the interval, (H, W), or None."""
        return None if self.low is None or self.high is None else np.asarray((self.high - self.low) / 2, np.float32)


def index_map(
    cube: LatentCube | ArrayCube | xr.DataArray,
    name: str,
    *,
    method: Method = "interpolated",
    level: float = 0.9,
    interval: bool = True,
    progress: ProgressCallback | None = None,
    cancel: threading.Event | None = None,
) -> IndexMap:
    """Return a spectral index or band maths of every pixel, only the bands needed being decoded or read.

    Parameters
    ----------
    cube : xarray.DataArray or LatentCube
        Reflectance; for indices that are `SpectralIndex.is_scale_free` any unit will do.
    name : str
        "NDVI" (`napari_hydra.spectra.spectral_indices` lists them), or band maths such as "R800 / R670".
    method : str
        See `mix_bands`. A reconstruction is decoded at the wavelengths themselves.
    level : float
        Nominal coverage of the interval.
    interval : bool
        Whether to compute it: that takes most of the time.
    progress : callable, optional
        Called with a fraction and words.
    cancel : threading.Event, optional

    Returns
    -------
    IndexMap

    Raises
    ------
    HydraError
        If there is no such index or it is no formula, or the cube lacks the wavelengths.
    Cancelled
        When `cancel` is set on the way.
    """
    steps = index_map_steps(cube, find_formula(name), method=method, level=level, interval=interval)
    return drain(steps, progress, cancel)


def index_map_steps(
    cube: LatentCube | ArrayCube | xr.DataArray,
    index: Formula,
    *,
    method: Method = "interpolated",
    level: float = 0.9,
    interval: bool = True,
) -> Steps[IndexMap]:
    """Compute an index as `index_map` does, yielding `Progress` after each block of rows."""
    source = spectral_cube(cube, usable=True)
    mix = index.mix(source.wavelengths, method)
    if isinstance(source, ArrayCube):
        values, shape = source.values, source.shape[1:]
        return (yield from _values(lambda ys: mix(np.asarray(values[ys][:, :, mix.columns])), shape, index, mix, level))
    latent_cube = source.at_wavelengths(mix.centres)
    distinct = latent_cube.distinct()
    if distinct is None:
        return (yield from _of_latent(latent_cube, index, mix, level, interval))
    latent_cube, each = distinct
    found = yield from _of_latent(latent_cube, index, mix, level, interval)
    low, high = (None if end is None else end[0][each] for end in (found.low, found.high))
    return replace(found, values=found.values[0][each], low=low, high=high)


def _of_latent(latent_cube: Any, index: Formula, mix: BandMix, level: float, interval: bool) -> Steps[IndexMap]:
    if interval:
        return (yield from _reconstructed(latent_cube, index, mix, level))
    return (yield from _values(lambda ys: latent_cube.tile(ys, WHOLE), latent_cube.shape[1:], index, mix, level))


def _values(
    rows: Callable[[slice], Any], shape: tuple[int, int], index: Formula, mix: BandMix, level: float
) -> Steps[IndexMap]:
    height, width = shape
    values = np.empty((height, width), np.float32)
    for ys in blocks(height, width * len(mix.columns), _VALUES):
        values[ys] = _apply(index, mix, rows(ys))
        yield Progress(ys.stop / height, index.name)
    return IndexMap(index=index, values=values, low=None, high=None, level=level, centres=_centres(mix))


def _reconstructed(latent_cube: LatentCube, index: Formula, mix: BandMix, level: float) -> Steps[IndexMap]:
    bands, height, width = latent_cube.shape
    values, low, high = (np.empty((height, width), np.float32) for _ in range(3))
    ends = [100 * (1 - level) / 2, 100 * (1 + level) / 2]
    for ys in blocks(height, width * bands * SAMPLES, _VALUES):
        for xs in blocks(width, (ys.stop - ys.start) * bands * SAMPLES, _VALUES):
            values[ys, xs] = _apply(index, mix, latent_cube.tile(ys, xs))
            samples = _apply(index, mix, sample_posterior(latent_cube, ys, xs, level))
            low[ys, xs], high[ys, xs] = _percentiles(samples, ends)
            yield Progress((ys.start + (ys.stop - ys.start) * xs.stop / width) / height, index.name)
    # The median of a bent formula is not the formula of the median: the value itself lies inside its interval.
    low, high = np.minimum(low, values), np.maximum(high, values)
    return IndexMap(index=index, values=values, low=low, high=high, level=level, centres=_centres(mix))


def _apply(index: Formula, mix: BandMix, spectra: Any) -> NDArray[np.float64]:
    bands = {name: spectra[..., i] for i, name in enumerate(mix.names)}
    return index(bands, _centres(mix))


def _percentiles(samples: NDArray[np.float64], ends: list[float]) -> NDArray[np.float64]:
    """Return percentiles over the draws; draws at which the formula has no value are left out."""
    if np.isfinite(samples).all():
        return np.percentile(samples, ends, axis=0)
    filled = np.isfinite(samples).any(axis=0)
    found = np.full((len(ends), *samples.shape[1:]), np.nan)
    found[:, filled] = np.nanpercentile(samples[:, filled], ends, axis=0)
    return found


def _centres(mix: BandMix) -> dict[str, float]:
    return {name: float(centre) for name, centre in zip(mix.names, mix.centres, strict=True)}
