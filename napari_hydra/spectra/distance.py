"""How far spectra are apart.

Between two spectra, bands where either is not finite are left out; where no band is left the answer is NaN.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

_BLOCK = 1 << 17  # values at a time: the copies made of them stay in the processor's cache


def rmse(estimate: ArrayLike, truth: ArrayLike) -> float:
    """Return the root of the mean squared difference of two spectra.

    Parameters
    ----------
    estimate, truth : (B,) array
        In one unit, on the same bands.

    Returns
    -------
    float
        In the unit of the spectra.

    Raises
    ------
    ValueError
        If the shapes differ.

    Examples
    --------
    >>> rmse([0.25, 0.5, float("nan")], [0.5, 0.75, 0.3])
    0.25
    """
    first, second = _common_bands(estimate, truth)
    if not first.size:
        return float("nan")
    return float(np.sqrt(np.mean((first - second) ** 2)))


def spectral_angle(estimate: ArrayLike, truth: ArrayLike) -> float:
    """Return the angle between two spectra taken as vectors; brightness has no influence on it.

    Parameters
    ----------
    estimate, truth : (B,) array
        On the same bands.

    Returns
    -------
    float
        In degrees, 0 to 180. NaN where one of the two is zero in every band. See `spectral_angle_map`.

    Raises
    ------
    ValueError
        If the shapes differ.

    References
    ----------
    F. A. Kruse et al., "The spectral image processing system (SIPS)", Remote Sensing of Environment 44 (1993) 145-163.

    Examples
    --------
    >>> round(spectral_angle([1.0, 0.0], [1.0, 1.0]), 6)
    45.0
    """
    first, second = _common_bands(estimate, truth)
    return float(spectral_angle_map(first, second)) if first.size else float("nan")


def spectral_angle_map(estimate: ArrayLike, truth: ArrayLike) -> NDArray[np.float64]:
    """Return the spectral angle of each pixel.

    Parameters
    ----------
    estimate, truth : (..., B) array
        On the same bands.

    Returns
    -------
    (...) array
        In degrees, 0 to 180. NaN where a spectrum is zero in every band or not finite in one.

    Raises
    ------
    ValueError
        If the shapes differ.

    Notes
    -----
    The spectral angle of F. A. Kruse et al., "The spectral image processing system (SIPS)", Remote Sensing of
    Environment 44 (1993) 145-163. Computed as 2 atan2(|u - v|, |u + v|) of the unit vectors in float64 (W. Kahan,
    "How futile are mindless assessments of roundoff", 2006), because the arc cosine loses half of the digits for
    similar spectra.
    """
    p, t = np.asarray(estimate), np.asarray(truth)
    if p.shape != t.shape:
        raise ValueError(f"the estimate has shape {p.shape} and the truth {t.shape}; they must be the same")
    first, second = p.reshape(-1, p.shape[-1]), t.reshape(-1, t.shape[-1])
    out = np.empty(len(first))
    rows = max(1, _BLOCK // p.shape[-1])
    for start in range(0, len(out), rows):
        u, v = _unit(first[start : start + rows]), _unit(second[start : start + rows])
        out[start : start + rows] = 2.0 * np.arctan2(_lengths(u - v), _lengths(u + v))
    return np.degrees(out).reshape(p.shape[:-1])


def _unit(spectra: NDArray[np.generic]) -> NDArray[np.float64]:
    values = spectra.astype(np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(values / _lengths(values)[:, None])


def _lengths(vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.sqrt(np.einsum("nb,nb->n", vectors, vectors))


def _common_bands(estimate: ArrayLike, truth: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    first = np.asarray(estimate, dtype=np.float64)
    second = np.asarray(truth, dtype=np.float64)
    if first.shape != second.shape or first.ndim != 1:
        raise ValueError(f"two spectra on the same bands are needed, not shapes {first.shape}, {second.shape}")
    keep = np.isfinite(first) & np.isfinite(second)
    return first[keep], second[keep]
