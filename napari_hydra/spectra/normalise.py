"""Normalisation: spectra of unlike brightness brought to one scale, so that their shapes can be compared.

Spectra run along the last axis. NaN marks bands without data: they stay NaN and count for nothing. Where a spectrum
has no scale (it is zero throughout, or flat for SNV) every value becomes NaN.
"""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from napari_hydra.cube import band_widths

Floats = NDArray[np.float64]


def maximum(spectra: ArrayLike) -> Floats:
    """Return the largest value of each spectrum.

    Parameters
    ----------
    spectra : (..., B) array

    Returns
    -------
    (..., 1) array
        In the unit of the spectra; NaN where it is not positive.
    """
    values = _floats(spectra)
    filled = np.where(np.isfinite(values), values, -np.inf)
    return _positive(filled.max(axis=-1, keepdims=True))


def area(spectra: ArrayLike, wavelengths: ArrayLike) -> Floats:
    """Return the area under each spectrum by the trapezium rule, over the bands that have data.

    Parameters
    ----------
    spectra : (..., B) array
    wavelengths : (B,) array
        In nm, increasing; may be uneven.

    Returns
    -------
    (..., 1) array
        In the unit of the spectra times nm; NaN where it is not positive.
    """
    values = _floats(spectra)
    finite = np.isfinite(values)
    centres = np.asarray(wavelengths, dtype=np.float64)
    if finite.all():
        total = values @ band_widths(centres)
    else:
        rows = zip(values.reshape(-1, centres.size), finite.reshape(-1, centres.size), strict=True)
        areas = [row[keep] @ band_widths(centres[keep]) if keep.any() else np.nan for row, keep in rows]
        total = np.array(areas).reshape(values.shape[:-1])
    return _positive(np.asarray(total)[..., None])


def length(spectra: ArrayLike) -> Floats:
    """Return the Euclidean (L2) norm of each spectrum taken as a vector of bands, shape (..., 1)."""
    values = _floats(spectra)
    return _positive(np.sqrt(np.nansum(np.where(np.isfinite(values), values, 0.0) ** 2, axis=-1, keepdims=True)))


def to_maximum(spectra: ArrayLike) -> Floats:
    """Divide spectra by their `maximum`.

    Parameters
    ----------
    spectra : (..., B) array
        In any unit; NaN marks bands without data.

    Returns
    -------
    (..., B) array
        The highest band of each is 1; NaN throughout where no value is positive.

    Examples
    --------
    >>> to_maximum([1.0, 4.0, 2.0])
    array([0.25, 1.  , 0.5 ])
    """
    return _floats(spectra) / maximum(spectra)


def to_area(spectra: ArrayLike, wavelengths: ArrayLike) -> Floats:
    """Divide spectra by their `area`.

    Parameters
    ----------
    spectra : (..., B) array
        In any unit; NaN marks bands without data.
    wavelengths : (B,) array
        In nm, increasing; may be uneven.

    Returns
    -------
    (..., B) array
        In 1/nm: the area of each over the wavelengths is 1. NaN throughout where the area is not positive.

    Examples
    --------
    >>> to_area([1.0, 1.0, 1.0], [400, 410, 440])
    array([0.025, 0.025, 0.025])
    """
    return _floats(spectra) / area(spectra, wavelengths)


def to_length(spectra: ArrayLike) -> Floats:
    """Divide spectra by their L2 `length`; two of them are then compared by angle alone.

    Parameters
    ----------
    spectra : (..., B) array
        In any unit; NaN marks bands without data.

    Returns
    -------
    (..., B) array
        The squares of each sum to 1; NaN throughout where a spectrum is zero.

    Examples
    --------
    >>> to_length([3.0, 4.0])
    array([0.6, 0.8])
    """
    return _floats(spectra) / length(spectra)


def snv_moments(spectra: ArrayLike) -> tuple[Floats, Floats]:
    """Return what the standard normal variate takes away and divides by.

    Parameters
    ----------
    spectra : (..., B) array

    Returns
    -------
    mean, deviation : (..., 1) array
        Over the bands of each spectrum; `deviation` is the sample standard deviation (divisor B - 1), NaN where
        the spectrum is flat.
    """
    values = _floats(spectra)
    finite = np.isfinite(values)
    count = finite.sum(axis=-1, keepdims=True)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.where(finite, values, 0.0).sum(axis=-1, keepdims=True) / count
        offsets = np.where(finite, values - mean, 0.0)
        deviation = np.sqrt((offsets**2).sum(axis=-1, keepdims=True) / (count - 1))
    # A flat spectrum leaves rounding noise, which is no shape.
    noise = 1e-12 * np.abs(mean)
    return mean, np.where(deviation > noise, deviation, np.nan)


def snv(spectra: ArrayLike) -> Floats:
    """Return the standard normal variate: each spectrum less its mean, over its standard deviation.

    Parameters
    ----------
    spectra : (..., B) array
        In any unit; NaN marks bands without data.

    Returns
    -------
    (..., B) array
        Without unit; NaN throughout where a spectrum is flat.

    References
    ----------
    R. J. Barnes, M. S. Dhanoa and S. J. Lister, "Standard normal variate transformation and de-trending of
    near-infrared diffuse reflectance spectra", Applied Spectroscopy 43 (1989) 772-777, equation 1 (divisor B - 1).

    Examples
    --------
    >>> snv([1.0, 2.0, 3.0])
    array([-1.,  0.,  1.])
    """
    mean, deviation = snv_moments(spectra)
    return (_floats(spectra) - mean) / deviation


def _positive(scale: NDArray[Any]) -> Floats:
    return np.where(np.isfinite(scale) & (scale > 0), scale, np.nan)


def _floats(spectra: ArrayLike) -> Floats:
    return np.asarray(spectra, dtype=np.float64)
