"""Spectra measured at pixels of a picture: what a model adapts to."""

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike

from napari_hydra.cube import good_bands, select_bands, wavelengths_of
from napari_hydra.errors import HydraError
from napari_hydra.io.libraries.measured_spectra import MeasuredSpectrum

MIN_SPECTRA, MAX_SPECTRA = 3, 300  # measurements; of more, an even sample is taken


def as_measured(point: MeasuredSpectrum | tuple[int, int, xr.DataArray]) -> MeasuredSpectrum:
    """Return a measurement given as such or as ``(y, x, spectrum)``, a DataArray with a ``wavelength`` coordinate.

    Raises
    ------
    HydraError
        If the spectrum does not say its wavelengths.
    """
    if isinstance(point, MeasuredSpectrum):
        return point
    y, x, spectrum = point
    if not isinstance(spectrum, xr.DataArray) or "wavelength" not in spectrum.coords:
        raise HydraError(f"the spectrum at ({y}, {x}) has no wavelengths; give a MeasuredSpectrum or a DataArray.")
    wavelengths = np.asarray(spectrum["wavelength"].values, dtype=np.float64)
    return MeasuredSpectrum(int(y), int(x), wavelengths, np.asarray(spectrum.values, dtype=np.float64))


def spectra_of(truth: xr.DataArray, mask: ArrayLike) -> list[MeasuredSpectrum]:
    """Return the good bands of the pixels of a measured cube where `mask` (H, W) is true, `MOST` at the most.

    Raises
    ------
    HydraError
        If the mask has another size than the cube or marks too few pixels.
    """
    inside = np.asarray(mask, dtype=bool)
    if inside.shape != truth.shape[:2]:
        raise HydraError(f"the mask has {inside.shape} pixels and the truth {truth.shape[:2]}; they must agree.")
    usable = select_bands(truth, good_bands(truth))
    ys, xs = np.nonzero(inside)
    if len(ys) > MAX_SPECTRA:
        every = np.linspace(0, len(ys) - 1, MAX_SPECTRA).round().astype(int)
        ys, xs = ys[every], xs[every]
    wavelengths = wavelengths_of(usable)
    values = np.asarray(usable.values)[ys, xs].astype(np.float64)
    found = [MeasuredSpectrum(int(y), int(x), wavelengths, v) for y, x, v in zip(ys, xs, values, strict=True)]
    return [spectrum for spectrum in found if np.isfinite(spectrum.values).all()]
