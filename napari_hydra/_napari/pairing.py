"""Bringing a truth and an estimate onto the same wavelengths and into the same unit."""

from typing import TYPE_CHECKING

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from napari_hydra.cube import good_bands, make_cube, select_bands, wavelengths_of
from napari_hydra.errors import HydraError

if TYPE_CHECKING:
    from napari_hydra.hydra import LatentCube

_SAMPLE_SIDE = 128  # pixels a side of the sample from which the factor is fitted


def name_of(truth: xr.DataArray) -> str:
    """Return what to call a truth in a message."""
    return str(truth.attrs.get("source") or "cube")


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
    return make_cube(
        truth.data @ weights,
        covered,
        quantity=truth.attrs.get("quantity", "reflectance"),
        source=truth.attrs.get("source", ""),
        ignore_value=truth.attrs.get("ignore_value"),
        history=(*truth.attrs.get("history", ()), "interpolated linearly to the wavelengths of the estimate"),
    )


def fitted_factor(latent: "LatentCube", truth: xr.DataArray) -> float:
    """Return the one factor that brings the estimate nearest to the truth, by least squares.

    Parameters
    ----------
    latent : LatentCube
    truth : xarray.DataArray
        At wavelengths of the estimate (all or some of them); pixels with NaN are left out.

    Returns
    -------
    float
        Positive; 1 where the two have nothing in common.

    Raises
    ------
    HydraError
        If the two have different heights or widths.
    """
    if latent.shape[1:] != truth.shape[:2]:
        raise HydraError(f"The truth {name_of(truth)} and the estimate have different sizes; crop one to the other.")
    steps = [slice(None, None, max(1, length // _SAMPLE_SIDE)) for length in truth.shape[:2]]
    estimated = latent.at_wavelengths(wavelengths_of(truth)).tile(*steps).astype(np.float64)
    measured = np.asarray(truth.data[steps[0], steps[1]], dtype=np.float64)
    usable = np.isfinite(measured).all(axis=-1) & np.isfinite(estimated).all(axis=-1)
    estimated, measured = estimated[usable], measured[usable]
    power, shared = float(np.square(estimated).sum()), float((estimated * measured).sum())
    return shared / power if power > 0 and shared > 0 else 1.0
