"""Continuum removal: absorption bands freed of the slope that they sit on.

R. N. Clark and T. L. Roush, "Reflectance spectroscopy: quantitative analysis techniques for remote sensing
applications", Journal of Geophysical Research 89 (1984) 6329-6340, doi 10.1029/JB089iB07p06329. The continuum is the
upper convex hull of the spectrum, found by A. M. Andrew's monotone chain ("Another efficient algorithm for convex
hulls in two dimensions", Information Processing Letters 9 (1979) 216-219). The `spectral` package has the same hull
by recursion, which is slower for one spectrum and knows no missing bands; a test holds the two together.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


def continuum(spectrum: ArrayLike, wavelengths: ArrayLike) -> Floats:
    """Return the upper convex hull of a spectrum.

    Parameters
    ----------
    spectrum : (B,) array
        NaN in bands without data.
    wavelengths : (B,) array
        In nm, increasing.

    Returns
    -------
    (B,) array
        In the unit of the spectrum, nowhere below it, straight between the bands that touch it. NaN in the bands
        without data.

    References
    ----------
    See `remove_continuum`.

    Examples
    --------
    >>> continuum([0.2, 0.1, 0.4], [500, 600, 700])
    array([0.2, 0.3, 0.4])
    """
    values = np.asarray(spectrum, dtype=np.float64)
    centres = np.asarray(wavelengths, dtype=np.float64)
    finite = np.isfinite(values)
    out = np.full(values.shape, np.nan)
    if finite.any():
        hull = _upper_hull(centres[finite].tolist(), values[finite].tolist())
        xs, ys = centres[finite][hull], values[finite][hull]
        out[finite] = np.interp(centres[finite], xs, ys)
    return out


def remove_continuum(spectrum: ArrayLike, wavelengths: ArrayLike) -> Floats:
    """Return a spectrum over its `continuum`: 1 on the hull, below 1 in absorption bands.

    Parameters
    ----------
    spectrum : (B,) array
        Zero or more; NaN in bands without data.
    wavelengths : (B,) array
        In nm, increasing.

    Returns
    -------
    (B,) array
        0 to 1 for spectra without negative values; NaN where the continuum is not positive.

    References
    ----------
    R. N. Clark and T. L. Roush, Journal of Geophysical Research 89 (1984) 6329-6340, doi 10.1029/JB089iB07p06329.

    Examples
    --------
    >>> remove_continuum([0.2, 0.15, 0.4], [500, 600, 700])
    array([1. , 0.5, 1. ])
    """
    hull = continuum(spectrum, wavelengths)
    return np.asarray(spectrum, dtype=np.float64) / np.where(hull > 0, hull, np.nan)


def _upper_hull(xs: list[float], ys: list[float]) -> list[int]:
    """Return the indices of the bands that touch the hull."""
    hull: list[int] = []
    for i, (x, y) in enumerate(zip(xs, ys, strict=True)):
        # A band that does not rise above the chord between its neighbours on the hull leaves it.
        while len(hull) >= 2:
            a, b = hull[-2], hull[-1]
            if (ys[b] - ys[a]) * (x - xs[a]) > (y - ys[a]) * (xs[b] - xs[a]):
                break
            hull.pop()
        hull.append(i)
    return hull
