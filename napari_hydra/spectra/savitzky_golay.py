"""Smoothing and derivatives by local polynomials, on wavelengths that may be uneven.

A. Savitzky and M. J. E. Golay, "Smoothing and differentiation of data by simplified least squares procedures",
Analytical Chemistry 36 (1964) 1627-1639. Their tables hold for even steps; here the polynomial of every window is
fitted in nanometres, so uneven bands are right as well (P. A. Gorry, "General least-squares smoothing and
differentiation of nonuniformly spaced data by the convolution method", Analytical Chemistry 63 (1991) 534-536).
On even steps the two are the same, at the ends too (`scipy.signal.savgol_filter` with ``mode="interp"``).
"""

from functools import lru_cache
from math import factorial

import numpy as np
from numpy.typing import ArrayLike, NDArray

from napari_hydra.errors import HydraError

Floats = NDArray[np.float64]


def smooth(spectra: ArrayLike, wavelengths: ArrayLike, *, window: int = 5, order: int = 2) -> Floats:
    """Return smoothed spectra.

    Parameters
    ----------
    spectra : (..., B) array
        NaN marks bands without data; every window that holds one is NaN.
    wavelengths : (B,) array
        In nm, strictly increasing, without a gap.
    window : int
        Bands in a window, odd.
    order : int
        Of the polynomial, less than the bands of the window.

    Returns
    -------
    (..., B) array
        In the unit of the spectra.

    Raises
    ------
    HydraError
        If the window is even, or too short for the order.

    References
    ----------
    See `savitzky_golay`.

    Examples
    --------
    >>> smooth([1.0, 2.0, 6.0, 4.0, 5.0], [400, 410, 420, 430, 440], window=3, order=1).round(2)
    array([0.5, 3. , 4. , 5. , 4.5])
    """
    return savitzky_golay(spectra, wavelengths, window=window, order=order, derivative=0)


def first_derivative(spectra: ArrayLike, wavelengths: ArrayLike, *, window: int = 5, order: int = 2) -> Floats:
    """Return the first derivative with wavelength.

    Parameters
    ----------
    spectra : (..., B) array
        NaN marks bands without data; every window that holds one is NaN.
    wavelengths : (B,) array
        In nm, strictly increasing, without a gap.
    window : int
        Bands in a window, odd.
    order : int
        Of the polynomial, less than the bands of the window.

    Returns
    -------
    (..., B) array
        In the unit of the spectra per nm.

    Raises
    ------
    HydraError
        If the window is even, or too short for the order or the derivative.

    References
    ----------
    See `savitzky_golay`.

    Examples
    --------
    >>> first_derivative([0.1, 0.2, 0.3, 0.4, 0.5], [400, 410, 420, 430, 440]).round(6)
    array([0.01, 0.01, 0.01, 0.01, 0.01])
    """
    return savitzky_golay(spectra, wavelengths, window=window, order=order, derivative=1)


def second_derivative(spectra: ArrayLike, wavelengths: ArrayLike, *, window: int = 5, order: int = 2) -> Floats:
    """Return the second derivative with wavelength.

    Parameters
    ----------
    spectra : (..., B) array
        NaN marks bands without data; every window that holds one is NaN.
    wavelengths : (B,) array
        In nm, strictly increasing, without a gap.
    window : int
        Bands in a window, odd.
    order : int
        Of the polynomial, less than the bands of the window.

    Returns
    -------
    (..., B) array
        In the unit of the spectra per nm squared.

    Raises
    ------
    HydraError
        If the window is even, or too short for the order or the derivative.

    References
    ----------
    See `savitzky_golay`.

    Examples
    --------
    >>> second_derivative([0.0, 1.0, 4.0, 9.0, 16.0], [0, 1, 2, 3, 4]).round(6)
    array([2., 2., 2., 2., 2.])
    """
    return savitzky_golay(spectra, wavelengths, window=window, order=order, derivative=2)


def savitzky_golay(
    spectra: ArrayLike, wavelengths: ArrayLike, *, window: int = 5, order: int = 2, derivative: int = 0
) -> Floats:
    """Return the value or a derivative of the polynomial fitted to the bands around each band.

    Parameters
    ----------
    spectra : (..., B) array
        NaN marks bands without data; every window that holds one is NaN.
    wavelengths : (B,) array
        In nm, strictly increasing. The spectrum is taken as one stretch: split it where detectors change or bands
        were left out.
    window : int
        Bands in a window, odd. Near the ends the window stays whole and the band stands off its middle. A
        spectrum with fewer bands is one window.
    order : int
        Of the polynomial, less than the bands of the window.
    derivative : int
        0 (smoothing), 1 or 2, not above `order`.

    Returns
    -------
    (..., B) array
        In the unit of the spectra over nm to the power of `derivative`.

    Raises
    ------
    HydraError
        If the window is even, or too short for the order or the derivative.

    References
    ----------
    A. Savitzky and M. J. E. Golay, Analytical Chemistry 36 (1964) 1627-1639; for uneven steps P. A. Gorry, Analytical
    Chemistry 63 (1991) 534-536.

    Examples
    --------
    >>> savitzky_golay([0.0, 1.0, 4.0, 16.0, 25.0], [0, 1, 2, 4, 5], derivative=1).round(6)
    array([ 0.,  2.,  4.,  8., 10.])
    """
    centres = np.asarray(wavelengths, dtype=np.float64)
    if window % 2 == 0 or window < 1:
        raise HydraError(f"A window of {window} bands has no middle; choose an odd number.")
    bands = min(window, centres.size)
    if not 0 <= derivative <= order < bands:
        raise HydraError(
            f"{bands} bands are too few for derivative {derivative} of a polynomial of order {order}; "
            "choose a wider window or a lower order."
        )
    weights = _weights(tuple(centres.tolist()), bands, order, derivative)
    values = np.asarray(spectra, dtype=np.float64)
    starts = _starts(centres.size, bands)
    windows = np.lib.stride_tricks.sliding_window_view(values, bands, axis=-1)[..., starts, :]
    return np.einsum("...bw,bw->...b", windows, weights)


def window_for(wavelengths: ArrayLike, width: float = 40.0) -> int:
    """Return the odd number of bands, 5 or more, whose window is about `width` nm wide at the median step."""
    steps = np.diff(np.asarray(wavelengths, dtype=np.float64))
    steps = steps[steps > 0]
    if not steps.size:
        return 5
    return max(5, 2 * round(width / float(np.median(steps)) / 2) + 1)


def _starts(count: int, bands: int) -> NDArray[np.intp]:
    return np.clip(np.arange(count) - bands // 2, 0, count - bands)


@lru_cache(maxsize=64)
def _weights(centres: tuple[float, ...], bands: int, order: int, derivative: int) -> Floats:
    """Return the weights (B, bands) of each window's bands in the answer of its band."""
    x = np.array(centres)
    inside = x[_starts(x.size, bands)[:, None] + np.arange(bands)]
    offsets = inside - x[:, None]
    reach = np.abs(offsets).max(axis=1, keepdims=True)  # nm to their powers would spoil the fit's digits
    powers = (offsets / reach)[..., None] ** np.arange(order + 1)
    return np.linalg.pinv(powers)[:, derivative] * factorial(derivative) / reach**derivative
