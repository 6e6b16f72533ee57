"""Reflectance by a white panel and a dark frame."""

from dataclasses import dataclass

import numpy as np
import xarray as xr

from napari_hydra.cube import wavelengths_of
from napari_hydra.errors import HydraError
from napari_hydra.reflectance.calibrated import Calibrated, calibrate_scene
from napari_hydra.reflectance.references import Floats, Reference, check_reference

LEAST_SIGNAL = 1e-3


@dataclass(frozen=True, eq=False, kw_only=True)
class Drift:
    """How far a second reading of the white panel is from the first.

    Attributes
    ----------
    change : (B,) array
        Second over first, minus 1, of the mean spectra after the dark was taken off; NaN where the first is not
        above it.
    wavelengths : (B,) array
        In nm.

    Examples
    --------
    >>> first = Reference(values=np.array([100.0, 200.0]), wavelengths=np.array([500.0, 600.0]), name="before")
    >>> second = Reference(values=np.array([101.0, 196.0]), wavelengths=np.array([500.0, 600.0]), name="after")
    >>> white_drift(first, second).words
    'the white panel changed by 1.5 % (median of the bands) and 2 % at most, at 600 nm'
    """

    change: Floats
    wavelengths: Floats

    @property
    def median(self) -> float:
        """Median of the bands' absolute changes."""
        return float(np.nanmedian(np.abs(self.change)))

    @property
    def words(self) -> str:
        """A sentence for people, without its end."""
        worst = int(np.nanargmax(np.abs(self.change)))
        return (
            f"the white panel changed by {100 * self.median:.3g} % (median of the bands) and "
            f"{100 * abs(self.change[worst]):.3g} % at most, at {self.wavelengths[worst]:g} nm"
        )


def white_drift(first: Reference, second: Reference, dark: Reference | None = None) -> Drift:
    """Compare two readings of the white panel.

    Parameters
    ----------
    first, second : Reference
        Before and after the scene.
    dark : Reference, optional
        The dark frame, taken off both.

    Returns
    -------
    Drift
        Of their mean spectra.

    Raises
    ------
    HydraError
        If the first is nowhere brighter than the dark.

    Examples
    --------
    >>> nm = np.array([500.0, 600.0])
    >>> first = Reference(values=np.array([100.0, 200.0]), wavelengths=nm, name="before")
    >>> white_drift(first, first).median
    0.0
    """
    base = 0.0 if dark is None else _mean_spectrum(dark)
    before, after = _mean_spectrum(first) - base, _mean_spectrum(second) - base
    if not (before > 0).any():
        raise HydraError(f"{first.name} is nowhere brighter than the dark frame; check which is which.")
    with np.errstate(invalid="ignore", divide="ignore"):
        change = np.where(before > 0, after / before - 1.0, np.nan)
    return Drift(change=change, wavelengths=first.wavelengths)


def to_reflectance(
    scene: xr.DataArray,
    white: Reference,
    dark: Reference | None = None,
    *,
    panel: Floats | float = 1.0,
    white_after: Reference | None = None,
    saturation: float | None = None,
) -> Calibrated:
    """Turn counts into reflectance by a white panel.

    Parameters
    ----------
    scene : xarray.DataArray
        Counts, dims ``("y", "x", "wavelength")``.
    white : Reference
        Counts of the panel, from `read_reference`.
    dark : Reference, optional
        Counts with the shutter closed; 0 where not given.
    panel : (B,) array or float
        Reflectance of the panel itself on the scene's bands (see `spectrum_on_bands`), NaN where it is not known:
        those bands become bad bands.
    white_after : Reference, optional
        A second reading, after the scene. The mean of the two is divided by, and their drift is stated.
    saturation : float, optional
        See `read_reference`; saturated values of the scene become NaN.

    Returns
    -------
    Calibrated
        The cube, and what was divided by what.

    Raises
    ------
    HydraError
        If the references do not fit the scene, or the white is nowhere brighter than the dark.

    Notes
    -----
    With the counts S of the scene, W of the white panel, D of the dark frame, and the panel's own reflectance r [1]_

    .. math:: R(y, x, b) = r(b) \\frac{S(y, x, b) - D(b)}{W(b) - D(b)}

    where W and D may also depend on x, or on y and x. Exposure and light must be those of the scene. R is the
    reflectance factor relative to an ideal diffuser in the geometry of the measurement [2]_. Where W - D is 0.001 of
    its median over all bands or less, nothing is divided: R is NaN there.

    References
    ----------
    .. [1] Geladi, P., Burger, J. and Lestander, T. (2004). Hyperspectral imaging: calibration problems and solutions.
       Chemometrics and Intelligent Laboratory Systems 72, 209-217.
    .. [2] Schaepman-Strub, G. et al. (2006). Reflectance quantities in optical remote sensing: definitions and case
       studies. Remote Sensing of Environment 103, 27-42.

    Examples
    --------
    >>> from napari_hydra import make_cube
    >>> counts = make_cube([[[300, 350]]], [500, 600], quantity="counts")
    >>> nm = np.array([500.0, 600.0])
    >>> white = Reference(values=np.array([1100.0, 600.0]), wavelengths=nm, name="white")
    >>> dark = Reference(values=np.array([100.0, 100.0]), wavelengths=nm, name="dark")
    >>> to_reflectance(counts, white, dark).cube.values
    array([[[0.2, 0.5]]], dtype=float32)
    """
    for reference in (white, dark, white_after):
        if reference is not None:
            check_reference(scene, reference)
    drift = None if white_after is None else white_drift(white, white_after, dark)
    whites = white.values if white_after is None else (white.values + white_after.values) / 2.0
    offset = np.zeros(scene.shape[2]) if dark is None else dark.values
    signal = whites - offset
    if not (signal > 0).any():
        raise HydraError(f"{white.name} is nowhere brighter than the dark frame; check which is which.")
    least = LEAST_SIGNAL * float(np.median(signal[signal > 0]))
    own = np.broadcast_to(np.asarray(panel, dtype=np.float64), wavelengths_of(scene).shape)
    with np.errstate(invalid="ignore", divide="ignore"):
        factor = np.where(signal > least, own / signal, np.nan)
    record = {
        "method": "white panel",
        "white": white.name if white_after is None else f"the mean of {white.name} and {white_after.name}",
        "dark": None if dark is None else dark.name,
        "panel": "taken as 1" if np.ndim(panel) == 0 and panel == 1.0 else f"{np.nanmin(own):.3g}-{np.nanmax(own):.3g}",
        "drift": None if drift is None else drift.words,
    }
    less = "" if dark is None else f" less {dark.name}"
    words = (
        f"counts{less} divided by {record['white']}{less}, times the panel's reflectance ({record['panel']})",
        *(() if drift is None else (drift.words,)),
    )
    return calibrate_scene(scene, offset, factor, np.isnan(own), saturation, record, words)


def _mean_spectrum(reference: Reference) -> Floats:
    axes = tuple(range(reference.values.ndim - 1))
    return np.asarray(np.nanmean(reference.values, axis=axes) if axes else reference.values, dtype=np.float64)
