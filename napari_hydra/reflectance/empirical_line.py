"""Reflectance by an empirical line: regions whose spectra are known."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike

from napari_hydra.errors import HydraError
from napari_hydra.reflectance.calibrated import Calibrated, calibrate_scene
from napari_hydra.reflectance.references import Floats

_LEAST_CONTRAST = 1e-3


@dataclass(frozen=True, eq=False, kw_only=True)
class EmpiricalLine:
    """A line for each band that takes counts to reflectance.

    Attributes
    ----------
    gain, offset : (B,) array
        Reflectance is ``gain * counts + offset``; NaN in bands where the regions do not differ, or are not known.
    rmse : (B,) array
        Root mean square of what the line leaves at the regions; 0 for two.
    names : tuple of str
        Of the regions.

    Examples
    --------
    >>> line = fit_empirical_line([[100.0], [900.0]], [[0.05], [0.45]], ["tarp", "sand"])
    >>> line.gain.round(5), line.offset.round(3) + 0.0
    (array([0.0005]), array([0.]))
    """

    gain: Floats
    offset: Floats
    rmse: Floats
    names: tuple[str, ...]


def fit_empirical_line(counts: ArrayLike, reflectance: ArrayLike, names: Sequence[str]) -> EmpiricalLine:
    """Fit a line for each band to regions whose spectra are known.

    Parameters
    ----------
    counts : (n, B) array
        Mean counts of the regions.
    reflectance : (n, B) array
        Their known spectra on the same bands; NaN where one is not known.
    names : sequence of str
        Of the regions.

    Returns
    -------
    EmpiricalLine

    Raises
    ------
    HydraError
        If there are fewer than two regions, or they differ in no band.

    Notes
    -----
    For each band b the line through the n regions is that of least squares [1]_ [2]_

    .. math::

        a_b = \\frac{\\sum_i (S_{ib} - \\bar S_b)(R_{ib} - \\bar R_b)}{\\sum_i (S_{ib} - \\bar S_b)^2}, \\qquad
        c_b = \\bar R_b - a_b \\bar S_b, \\qquad R(y, x, b) = a_b S(y, x, b) + c_b

    The light must be the same over the scene. Where the counts of the regions differ by 0.001 of the largest or less,
    there is no line. Of two regions the line is exact and says nothing of its error.

    References
    ----------
    .. [1] Conel, J. E. et al. (1987). AIS-2 radiometry and a comparison of methods for the recovery of ground
       reflectance. Proc. 3rd Airborne Imaging Spectrometer Data Analysis Workshop, JPL 87-30, 18-47.
    .. [2] Smith, G. M. and Milton, E. J. (1999). The use of the empirical line method to calibrate remotely sensed data
       to reflectance. International Journal of Remote Sensing 20, 2653-2662.

    Examples
    --------
    >>> line = fit_empirical_line([[100.0], [500.0], [900.0]], [[0.1], [0.3], [0.5]], ["a", "b", "c"])
    >>> line.offset.round(3), line.rmse.round(3)
    (array([0.05]), array([0.]))
    """
    seen, known = np.asarray(counts, dtype=np.float64), np.asarray(reflectance, dtype=np.float64)
    if len(seen) < 2 or seen.shape != known.shape or len(names) != len(seen):
        raise HydraError(f"An empirical line needs two regions with known spectra or more; {len(seen)} are given.")
    contrast = seen.max(axis=0) - seen.min(axis=0)
    usable = (contrast > _LEAST_CONTRAST * np.abs(seen).max(axis=0)) & np.isfinite(known).all(axis=0)
    if not usable.any():
        raise HydraError(
            f"The regions {', '.join(names)} differ in no band where their spectra are known; choose darker and "
            "brighter ones."
        )
    s, r = seen - seen.mean(axis=0), known - known.mean(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        gain = np.where(usable, (s * r).sum(axis=0) / (s * s).sum(axis=0), np.nan)
    offset = known.mean(axis=0) - gain * seen.mean(axis=0)
    rmse = np.sqrt(np.mean((gain * seen + offset - known) ** 2, axis=0))
    return EmpiricalLine(gain=gain, offset=offset, rmse=rmse, names=tuple(names))


def apply_empirical_line(scene: xr.DataArray, line: EmpiricalLine, *, saturation: float | None = None) -> Calibrated:
    """Turn counts into reflectance by an empirical line.

    Parameters
    ----------
    scene : xarray.DataArray
        Counts, dims ``("y", "x", "wavelength")``.
    line : EmpiricalLine
        Of its bands.
    saturation : float, optional
        See `read_reference`; saturated values become NaN.

    Returns
    -------
    Calibrated
        ``gain * counts + offset``; bands without a line become bad bands.

    Raises
    ------
    HydraError
        If the line has other bands than the scene.

    Examples
    --------
    >>> from napari_hydra import make_cube
    >>> counts = make_cube([[[300.0]]], [500], quantity="counts")
    >>> line = fit_empirical_line([[100.0], [500.0]], [[0.1], [0.5]], ["a", "b"])
    >>> apply_empirical_line(counts, line).cube.values.round(3)
    array([[[0.3]]], dtype=float32)
    """
    if line.gain.size != scene.shape[2]:
        raise HydraError(f"The line has {line.gain.size} bands, the scene {scene.shape[2]}; fit it to this scene.")
    unknown = np.isnan(line.gain)
    with np.errstate(invalid="ignore", divide="ignore"):
        flat = unknown | (line.gain == 0)
        start = np.where(flat, 0.0, -line.offset / line.gain)
    factor = np.where(flat, np.nan, line.gain)
    rmse = float(np.nanmax(line.rmse))
    record = {"method": "empirical line", "regions": ", ".join(line.names), "largest_rmse": rmse}
    words = (f"counts to reflectance by the empirical line of {record['regions']}; it leaves {rmse:.3g} RMSE at most",)
    return calibrate_scene(scene, start, factor, unknown, saturation, record, words)
