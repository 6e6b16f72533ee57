"""Bringing a truth and an estimate onto the same wavelengths and into the same unit."""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from napari_hydra.cube import SAME_BAND_NM, good_bands, is_lazy, make_cube, select_bands, wavelengths_of
from napari_hydra.errors import HydraError
from napari_hydra.spectra.resample import interpolation_matrix

if TYPE_CHECKING:
    from napari_hydra.evaluation.overlay import Overlay
    from napari_hydra.hydra import LatentCube

_SAME = 1e-3  # nm
_MOST_VALUES = 50_000_000
_MOST_COPIED = 256 * 2**20  # bytes of a truth whose larger pixels are repeated in memory


def name_of(truth: xr.DataArray) -> str:
    """Return what to call a truth in a message: its file, without the folders that would hide the sentence."""
    return Path(str(truth.attrs.get("source") or "cube")).name


def common_bands(truth: xr.DataArray, span: tuple[float, float]) -> xr.DataArray:
    """Return the truth's good bands within the model's range `span` in nm.

    Raises
    ------
    HydraError
        If there is none.
    """
    keep = good_bands(truth, span[0] - SAME_BAND_NM, span[1] + SAME_BAND_NM)
    if not keep.any():
        wavelengths = wavelengths_of(truth)
        raise HydraError(
            f"The truth {name_of(truth)} ({wavelengths[0]:g} to {wavelengths[-1]:g} nm) has no usable band within "
            f"the model's {span[0]:g} to {span[1]:g} nm; choose another model."
        )
    return select_bands(truth, keep)


def bad_spans(cube: xr.DataArray) -> tuple[tuple[float, float], ...]:
    """Return the wavelengths in nm, from edge to edge, of the bands of a cube that are not to be used.

    Neighbouring bad bands make one span; a band reaches half the way to its neighbours. What a band of another
    detector covers is not left out.
    """
    centres, good = wavelengths_of(cube), good_bands(cube)
    owner = cube["detector"].values if "detector" in cube.coords else np.zeros(centres.size)
    spans: list[tuple[float, float]] = []
    for index in np.unique(owner):
        bands = np.flatnonzero(owner == index)
        middles = (centres[bands][1:] + centres[bands][:-1]) / 2
        edges = np.concatenate([centres[bands][:1], middles, centres[bands][-1:]])
        covered = centres[good & (owner != index)]
        bad = ~good[bands]
        for first, last in _runs(bad):
            low, high = float(edges[first]), float(edges[last + 1])
            if high > low and not ((covered >= low) & (covered <= high)).any():
                spans.append((low, high))
    return tuple(sorted(spans))


def _runs(mask: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Return the first and last index of every run of True."""
    steps = np.diff(np.concatenate([[0], mask.astype(np.int8), [0]]))
    return list(zip(np.flatnonzero(steps == 1).tolist(), (np.flatnonzero(steps == -1) - 1).tolist(), strict=True))


def at_wavelengths(truth: xr.DataArray, wanted: NDArray[np.float64]) -> xr.DataArray | None:
    """Return the truth as it is looked at: at those of the `wanted` wavelengths (nm) that it covers; None if none.

    The same wavelengths come back as they are, others by linear interpolation between the measured bands; in a gap
    between these there is no data. Errors are taken at the measured bands instead.
    """
    measured = wavelengths_of(truth)
    if measured.size == wanted.size and np.allclose(measured, wanted, atol=1e-6):
        return truth
    covered = wanted[(wanted >= measured[0]) & (wanted <= measured[-1])]
    if covered.size == 0:
        return None
    weights = interpolation_matrix(measured, covered).T.astype(np.float32)
    if measured.size > 1:
        high = np.clip(np.searchsorted(measured, covered), 1, measured.size - 1)
        gap = measured[high] - measured[high - 1]
        spacing = float(np.median(np.diff(measured)))
        weights[:, (gap > max(3 * spacing, 20.0)) & ~np.isin(covered, measured)] = np.nan
    interpolated = make_cube(
        truth.data @ weights,
        covered,
        quantity=truth.attrs.get("quantity", "reflectance"),
        source=truth.attrs.get("source", ""),
        ignore_value=truth.attrs.get("ignore_value"),
        history=(*truth.attrs.get("history", ()), "interpolated linearly to the wavelengths of the estimate"),
    )
    interpolated.attrs["map_info"] = truth.attrs.get("map_info")
    return interpolated


def on_truth_bands(estimate: "LatentCube", truth: xr.DataArray) -> "tuple[LatentCube, xr.DataArray]":
    """Return the truth's good bands within the range of an estimate, and the estimate at their wavelengths."""
    centres = estimate.wavelengths
    keep = good_bands(truth, centres.min() - SAME_BAND_NM, centres.max() + SAME_BAND_NM)
    truth = truth if keep.all() else select_bands(truth, keep)
    wanted = wavelengths_of(truth)
    same = wanted.shape == centres.shape and np.allclose(wanted, centres, rtol=0, atol=_SAME)
    return estimate if same else estimate.at_wavelengths(wanted), truth


def cut_to(truth: xr.DataArray, wavelengths: NDArray[np.float64]) -> xr.DataArray | None:
    """Return the truth's own bands within the range of an estimate's wavelengths in nm; None if there are none."""
    keep = good_bands(truth, wavelengths.min() - SAME_BAND_NM, wavelengths.max() + SAME_BAND_NM)
    return select_bands(truth, keep) if keep.any() else None


def repeated(measured: xr.DataArray, overlay: "Overlay") -> xr.DataArray:
    """Return a truth of larger pixels on the pixels of the picture: each holds the one that its centre lies in."""
    import dask.array as da

    ys, xs = (axis.coarse_index(np.arange(axis.length)) for axis in (overlay.ys, overlay.xs))
    if is_lazy(measured.data) or ys.size * xs.size * measured.shape[2] * 4 > _MOST_COPIED:
        source = _Repeated(measured.data, ys, xs)
        values = da.from_array(source, chunks=(256, 256, -1), name=False, asarray=False)
    else:
        values = measured.data[ys][:, xs]
    out = xr.DataArray(values, dims=measured.dims, coords=dict(measured.coords.items()), attrs=dict(measured.attrs))
    out.attrs.pop("map_info", None)
    return out


@dataclass(frozen=True, eq=False)
class _Repeated:
    """Pixels of a larger grid, repeated where they are read; what dask needs of an array."""

    values: Any
    ys: NDArray[np.intp]
    xs: NDArray[np.intp]
    dtype = np.dtype(np.float32)
    ndim = 3

    @property
    def shape(self) -> tuple[int, ...]:
        return self.ys.size, self.xs.size, self.values.shape[2]

    def __getitem__(self, key: tuple[slice, ...]) -> NDArray[np.float32]:
        down, across, bands = key
        ys, xs = self.ys[down], self.xs[across]
        part = self.values[ys.min() : ys.max() + 1, xs.min() : xs.max() + 1, bands]
        return np.asarray(part, dtype=np.float32)[ys - ys.min()][:, xs - xs.min()]


def matching_factor(latent: Any, truth: xr.DataArray) -> float:
    """Return the one factor that brings the estimate nearest to the truth over the scene; 1 where nothing does.

    Scenes of more than `_MOST_VALUES` are sampled on an even grid of pixels, so that this takes no longer than a
    second or two.

    Parameters
    ----------
    latent : LatentCube or AveragedCube
    truth : xarray.DataArray
        At wavelengths within the model's range, of the same height and width.
    """
    from napari_hydra.evaluation import fitted_factor

    step = math.ceil(math.sqrt(truth.size / _MOST_VALUES))
    every = slice(None, None, step)
    try:
        return fitted_factor(latent.at_wavelengths(wavelengths_of(truth))[:, every, every], truth[every, every])
    except HydraError:
        return 1.0
