"""Bringing a truth and an estimate onto the same wavelengths and into the same unit."""

import math
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from napari_hydra.cube import good_bands, make_cube, select_bands, wavelengths_of
from napari_hydra.errors import HydraError

if TYPE_CHECKING:
    from napari_hydra.hydra import LatentCube

_MOST_VALUES = 50_000_000


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
    keep = good_bands(truth, *span)
    if not keep.any():
        wavelengths = wavelengths_of(truth)
        raise HydraError(
            f"The truth {name_of(truth)} ({wavelengths[0]:g} to {wavelengths[-1]:g} nm) has no usable band within "
            f"the model's {span[0]:g} to {span[1]:g} nm; choose another model."
        )
    return select_bands(truth, keep)


def at_wavelengths(truth: xr.DataArray, wanted: NDArray[np.float64]) -> xr.DataArray | None:
    """Return the truth at those of the `wanted` wavelengths (nm) that it covers; None if it covers none.

    The same wavelengths come back as they are, others by linear interpolation between the measured bands.
    """
    measured = wavelengths_of(truth)
    if measured.size == wanted.size and np.allclose(measured, wanted, atol=1e-6):
        return truth
    covered = wanted[(wanted >= measured[0]) & (wanted <= measured[-1])]
    if covered.size == 0:
        return None
    high = np.clip(np.searchsorted(measured, covered), 1, max(1, measured.size - 1))
    low = high - 1
    weights = np.zeros((measured.size, covered.size), np.float32)
    columns = np.arange(covered.size)
    if measured.size == 1:
        weights[0] = 1
    else:
        gap = measured[high] - measured[low]
        share = np.divide(covered - measured[low], gap, out=np.zeros_like(covered), where=gap > 0)
        weights[low, columns] = 1 - share
        weights[high, columns] += share
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


def matching_factor(latent: "LatentCube", truth: xr.DataArray) -> float:
    """Return the one factor that brings the estimate nearest to the truth over the scene; 1 where nothing does.

    Scenes of more than `_MOST_VALUES` are sampled on an even grid of pixels, so that this takes no longer than a
    second or two.

    Parameters
    ----------
    latent : LatentCube
    truth : xarray.DataArray
        At wavelengths of the estimate (all or some of them), of the same height and width.
    """
    from napari_hydra.evaluation import fitted_factor

    step = math.ceil(math.sqrt(truth.size / _MOST_VALUES))
    every = slice(None, None, step)
    try:
        return fitted_factor(latent.at_wavelengths(wavelengths_of(truth))[:, every, every], truth[every, every])
    except HydraError:
        return 1.0
