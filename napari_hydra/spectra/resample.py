"""Spectra on the bands of another sensor."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from napari_hydra.errors import HydraError

Floats = NDArray[np.float64]

_SIGMAS_PER_FWHM = 2.0 * np.sqrt(2.0 * np.log(2.0))


def resample(spectra: ArrayLike, wavelengths: ArrayLike, wanted: ArrayLike, *, fwhm: ArrayLike | None = None) -> Floats:
    """Return spectra on other bands.

    Parameters
    ----------
    spectra : (..., B) array
        In any unit.
    wavelengths : (B,) array
        In nm, increasing.
    wanted : (N,) array
        Centres of the other bands in nm, each between the first and the last of `wavelengths`.
    fwhm : (N,) array, optional
        Full width at half maximum of the other bands in nm. Where given, each is the mean of the spectrum under its
        Gaussian response; where not, the spectrum is interpolated linearly.

    Returns
    -------
    (..., N) array
        In the unit of the spectra.

    Raises
    ------
    HydraError
        If a wanted band lies outside of the wavelengths, or the widths are not as many as the bands.

    Notes
    -----
    The spectrum is taken as straight between its bands, and the mean is exact for that but for a sum over the
    response out to 3 standard deviations. A response that reaches beyond the spectrum is cut there.

    Examples
    --------
    >>> resample([0.1, 0.2, 0.4], [400, 500, 600], [450, 550]).round(3)
    array([0.15, 0.3 ])
    """
    centres = np.asarray(wavelengths, dtype=np.float64)
    targets = np.asarray(wanted, dtype=np.float64)
    if targets.size and (targets.min() < centres[0] - 1e-6 or targets.max() > centres[-1] + 1e-6):
        raise HydraError(
            f"Bands at {targets.min():g}-{targets.max():g} nm were asked of a spectrum of {centres[0]:g}-"
            f"{centres[-1]:g} nm; leave out those outside."
        )
    return np.asarray(spectra, dtype=np.float64) @ resampling_matrix(centres, targets, fwhm).T


def resampling_matrix(wavelengths: ArrayLike, wanted: ArrayLike, fwhm: ArrayLike | None = None) -> Floats:
    """Return the weights (N, B) that each wanted band takes of each band; every row sums to 1.

    Raises
    ------
    HydraError
        If the widths are not as many as the wanted bands, or one is not positive.
    """
    centres = np.asarray(wavelengths, dtype=np.float64)
    targets = np.asarray(wanted, dtype=np.float64)
    if fwhm is None:
        return interpolation_matrix(centres, targets)
    widths = np.asarray(fwhm, dtype=np.float64)
    if widths.shape != targets.shape or not (widths > 0).all():
        raise HydraError(f"{targets.size} bands need as many positive widths; {widths.size} were given.")
    steps = np.linspace(-3.0, 3.0, 241)
    response = np.exp(-(steps**2) / 2.0)
    rows = []
    for centre, width in zip(targets, widths, strict=True):
        points = centre + steps * width / _SIGMAS_PER_FWHM
        inside = (points >= centres[0]) & (points <= centres[-1])
        weights = response[inside] / response[inside].sum()
        rows.append(weights @ interpolation_matrix(centres, points[inside]))
    return np.array(rows).reshape(targets.size, centres.size)


def interpolation_matrix(wavelengths: ArrayLike, wanted: ArrayLike) -> Floats:
    """Return the weights (N, B) that take values at `wavelengths` (B,) linearly to those `wanted` (N,).

    Wavelengths increase. Beyond their ends the value of the nearest holds.

    >>> interpolation_matrix([400, 500, 600], [390, 425, 500]).tolist()
    [[1.0, 0.0, 0.0], [0.75, 0.25, 0.0], [0.0, 1.0, 0.0]]
    """
    centres, points = np.asarray(wavelengths, dtype=np.float64), np.asarray(wanted, dtype=np.float64)
    if centres.size == 1:
        return np.ones((points.size, 1))
    right = np.clip(np.searchsorted(centres, points), 1, centres.size - 1)
    gap = centres[right] - centres[right - 1]
    share = np.clip(np.divide(points - centres[right - 1], gap, out=np.zeros(points.size), where=gap > 0), 0.0, 1.0)
    matrix = np.zeros((points.size, centres.size))
    rows = np.arange(points.size)
    matrix[rows, right - 1] = 1.0 - share
    matrix[rows, right] += share
    return matrix
