"""How far two spectra are apart.

Bands where either spectrum is not finite are left out; where no band is left the answer is NaN.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray


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
        In degrees, 0 to 180. NaN where one of the two is zero in every band.

    Notes
    -----
    The spectral angle of F. A. Kruse et al., "The spectral image processing system (SIPS)", Remote Sensing of
    Environment 44 (1993) 145-163. Computed as 2 atan2(|u - v|, |u + v|) of the unit vectors (W. Kahan, "How
    futile are mindless assessments of roundoff", 2006), because the arc cosine loses half of the digits for
    similar spectra.
    """
    first, second = _common_bands(estimate, truth)
    lengths = np.linalg.norm(first), np.linalg.norm(second)
    if not first.size or not all(lengths):
        return float("nan")
    u, v = first / lengths[0], second / lengths[1]
    return float(np.degrees(2.0 * np.arctan2(np.linalg.norm(u - v), np.linalg.norm(u + v))))


def _common_bands(estimate: ArrayLike, truth: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    first = np.asarray(estimate, dtype=np.float64)
    second = np.asarray(truth, dtype=np.float64)
    if first.shape != second.shape or first.ndim != 1:
        raise ValueError(f"two spectra on the same bands are needed, not shapes {first.shape}, {second.shape}")
    keep = np.isfinite(first) & np.isfinite(second)
    return first[keep], second[keep]
