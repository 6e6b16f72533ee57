"""Errors of an estimated cube, as functions on arrays.

Both arrays are (..., B) in one unit, the protocol's where 1 is the saturation of the picture. Pixels whose truth
holds NaN have no data: maps are NaN there, means leave them out. A spectrum that is zero in every band has no
direction: its angle is NaN and has no part in the mean.

References
----------
MRAE: B. Arad et al., "NTIRE 2022 spectral recovery challenge and data set", CVPRW 2022, here with the denominator
kept above 0.01, because dark values make the ratio meaningless. Spectral angle: F. A. Kruse et al., "The spectral
image processing system (SIPS)", Remote Sensing of Environment 44 (1993) 145-163.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from napari_hydra.spectra.distance import spectral_angle_map as spectral_angle_map

FLOOR = 0.01  # the least denominator of a relative error
LIT = 0.05  # share of the largest norm below which a spectrum is too dark to have a direction

Floats = NDArray[np.float64]


def signed_difference(estimate: ArrayLike, truth: ArrayLike) -> Floats:
    """Return estimate minus truth, (..., B)."""
    p, t = _pair(estimate, truth)
    return p - t


def relative_error(estimate: ArrayLike, truth: ArrayLike) -> Floats:
    """Return ``|estimate - truth| / max(truth, 0.01)``, (..., B)."""
    p, t = _pair(estimate, truth)
    return np.abs(p - t) / np.maximum(t, FLOOR)


def rmse_map(estimate: ArrayLike, truth: ArrayLike) -> Floats:
    """Return each pixel's root mean square error over its bands, (...)."""
    return np.sqrt(np.square(signed_difference(estimate, truth)).mean(axis=-1))


def mrae_map(estimate: ArrayLike, truth: ArrayLike) -> Floats:
    """Return each pixel's mean relative error over its bands, (...)."""
    return relative_error(estimate, truth).mean(axis=-1)


def mrae(estimate: ArrayLike, truth: ArrayLike) -> float:
    """Return the mean relative absolute error: the mean of `relative_error`."""
    return _mean(relative_error(estimate, truth)[has_data(truth)])


def rmse(estimate: ArrayLike, truth: ArrayLike) -> float:
    """Return the root of the mean square difference over all pixels and bands."""
    return float(np.sqrt(_mean(np.square(signed_difference(estimate, truth)[has_data(truth)]))))


def psnr(estimate: ArrayLike, truth: ArrayLike) -> float:
    """Return the peak signal-to-noise ratio ``20 log10(1 / rmse)`` in dB, the peak being 1."""
    return decibels(rmse(estimate, truth))


def nrmse(estimate: ArrayLike, truth: ArrayLike) -> float:
    """Return `rmse` divided by the mean of the truth: for values that 1 does not bound, as in the infrared."""
    return rmse(estimate, truth) / _mean(np.asarray(truth, dtype=np.float64)[has_data(truth)])


def sam(estimate: ArrayLike, truth: ArrayLike) -> float:
    """Return the mean spectral angle in degrees over pixels whose norm exceeds 5 % of the largest."""
    norms = np.linalg.norm(np.asarray(truth, dtype=np.float64), axis=-1)
    seen = norms[has_data(truth)]
    with np.errstate(invalid="ignore"):
        lit = norms > LIT * (seen.max() if seen.size else np.nan)
    angles = spectral_angle_map(estimate, truth)[lit]
    return _mean(angles[~np.isnan(angles)])


def mrae_per_band(estimate: ArrayLike, truth: ArrayLike) -> Floats:
    """Return the mean relative absolute error of each band, (B,)."""
    return relative_error(estimate, truth)[has_data(truth)].mean(axis=0)


def rmse_per_band(estimate: ArrayLike, truth: ArrayLike) -> Floats:
    """Return the root mean square error of each band, (B,)."""
    return np.sqrt(np.square(signed_difference(estimate, truth)[has_data(truth)]).mean(axis=0))


def coverage_per_band(low: ArrayLike, high: ArrayLike, truth: ArrayLike) -> Floats:
    """Return in each band the share of pixels whose truth lies within ``low..high``, both ends included, (B,)."""
    bottom, t = _pair(low, truth)
    top, _ = _pair(high, truth)
    inside = (bottom <= t) & (t <= top)
    return inside[has_data(truth)].mean(axis=0)


def coverage(low: ArrayLike, high: ArrayLike, truth: ArrayLike) -> float:
    """Return the share of all values that lie within ``low..high``."""
    return _mean(coverage_per_band(low, high, truth))


def is_inside(estimate: ArrayLike, half_width: ArrayLike, truth: ArrayLike) -> NDArray[np.bool_]:
    """Return where the truth lies within ``estimate ± half_width``, whose lower end is never below 0, (..., B)."""
    p, t = _pair(estimate, truth)
    half = np.asarray(half_width, dtype=np.float64)
    return np.asarray((np.maximum(p - half, 0) <= t) & (t <= p + half))


def interval_side(estimate: ArrayLike, half_width: ArrayLike, truth: ArrayLike) -> NDArray[np.floating]:
    """Return 1 where the truth lies above ``estimate ± half_width``, -1 below, 0 inside, NaN without data, (..., B).

    Computed in the precision of the arrays: a window asks for it at every step of a slider.
    """
    p, t, half = (np.asarray(values) for values in (estimate, truth, half_width))
    side: NDArray[np.floating] = np.subtract(t > p + half, t < np.maximum(p - half, 0), dtype=np.float32)
    side[np.isnan(t)] = np.nan
    return side


def decibels(rms_error: float) -> float:
    """Return ``20 log10(1 / rms_error)``, at most 240 dB."""
    return float(-20 * np.log10(max(rms_error, 1e-12)))


def has_data(truth: ArrayLike) -> NDArray[np.bool_]:
    """Return which pixels (...) have no NaN in any band."""
    return np.asarray(~np.isnan(np.asarray(truth, dtype=np.float64)).any(axis=-1))


def _pair(estimate: ArrayLike, truth: ArrayLike) -> tuple[Floats, Floats]:
    p, t = np.asarray(estimate, dtype=np.float64), np.asarray(truth, dtype=np.float64)
    if p.shape != t.shape:
        raise ValueError(f"the estimate has shape {p.shape} and the truth {t.shape}; they must be the same")
    return p, t


def _mean(values: Floats) -> float:
    return float(values.mean()) if values.size else float("nan")
