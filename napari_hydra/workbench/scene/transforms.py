"""What ROI spectra look like when they are normalised, freed of its continuum, differentiated or smoothed.

The table of transforms: list, menu, sessions and files follow from it. A further one is one entry here, and one
command in the manifest.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from napari_hydra.spectra.continuum import continuum
from napari_hydra.spectra.normalise import area, length, maximum, snv_moments
from napari_hydra.spectra.savitzky_golay import savitzky_golay, window_for
from napari_hydra.spectra.segments import contiguous_segments
from napari_hydra.workbench.scene.roi_spectra import RoiSpectra, Spectrum

Floats = NDArray[np.floating]
Change = Callable[[Floats], Floats]  # of the values of a spectrum, and of the ends of its interval and dispersion

_ORDER = 2


@dataclass(frozen=True)
class SpectralTransform:
    """A way to show spectra.

    Attributes
    ----------
    name : str
        In the list, in sessions and in files.
    about : str
        What it does, a sentence.
    label : str
        Of the y axis: "{name}" is that of the quantity, "{quantity}" with its unit, "{per}" the unit of a slope.
    change : callable
        From a spectrum to what is done to its values.
    has_interval : bool
        The errors of a reconstruction go together from band to band in a way that its interval does not tell, so
        nothing is known of the interval of a slope.
    from_zero : bool
        Whether it is read against zero, as reflectance is; the others are read by their shape.
    is_fitted : bool
        Whether by Savitzky-Golay, whose bands are named.
    """

    name: str
    about: str
    label: str
    change: Callable[[Spectrum], Change]
    has_interval: bool = True
    from_zero: bool = False
    is_fitted: bool = False


def _divided(scale: Callable[[Spectrum], Floats]) -> Callable[[Spectrum], Change]:
    def change_of(spectrum: Spectrum) -> Change:
        divisor = scale(spectrum)  # one value, or one a band
        return lambda column: column / divisor

    return change_of


def _standard_normal(spectrum: Spectrum) -> Change:
    mean, deviation = snv_moments(spectrum.values)
    return lambda column: (column - mean) / deviation


def _hull(spectrum: Spectrum) -> Floats:
    """Return the continuum, of each detector by itself."""
    hull = np.full(spectrum.values.shape, np.nan)
    owner = np.zeros(spectrum.values.size) if spectrum.detector is None else spectrum.detector
    for index in np.unique(owner):
        mine = owner == index
        hull[mine] = continuum(spectrum.values[mine], spectrum.wavelengths[mine])
    return np.where(hull > 0, hull, np.nan)


def _polynomial(derivative: int) -> Callable[[Spectrum], Change]:
    """Return smoothing or differentiation; segments that are too short for it become NaN."""

    def change_of(spectrum: Spectrum) -> Change:
        parts = contiguous_segments(spectrum.wavelengths, spectrum.detector)
        window = window_for(spectrum.wavelengths)

        def change(column: Floats) -> Floats:
            out = np.full(column.shape, np.nan)
            for part in parts:
                if part.size > _ORDER:
                    out[part] = savitzky_golay(
                        column[part], spectrum.wavelengths[part], window=window, order=_ORDER, derivative=derivative
                    )
            return out

        return change

    return change_of


_FITTED = "Savitzky-Golay, second order, fitted in nm."
_TABLE = (
    SpectralTransform(
        "as measured", "Values in the unit of the scene.", "{quantity}", lambda _: lambda column: column, from_zero=True
    ),
    SpectralTransform(
        "max = 1",
        "Each spectrum divided by its largest value.",
        "{name} / maximum",
        _divided(lambda spectrum: maximum(spectrum.values)),
        from_zero=True,
    ),
    SpectralTransform(
        "area = 1",
        "Each spectrum divided by the area under it over wavelength.",
        "{name} / area (1/nm)",
        _divided(lambda spectrum: area(spectrum.values, spectrum.wavelengths)),
        from_zero=True,
    ),
    SpectralTransform(
        "L2",
        "Each spectrum divided by its Euclidean length; compare with the spectral angle.",
        "{name} / L2 norm",
        _divided(lambda spectrum: length(spectrum.values)),
        from_zero=True,
    ),
    SpectralTransform(
        "SNV",
        "Standard normal variate: less its mean, over its standard deviation (Barnes 1989).",
        "SNV of {name} (std. deviations)",
        _standard_normal,
    ),
    SpectralTransform(
        "continuum removed",
        "Each spectrum divided by its upper convex hull (Clark and Roush 1984).",
        "{name} / continuum",
        _divided(_hull),
    ),
    SpectralTransform(
        "1st derivative", _FITTED, "d {name} / dλ ({per}/nm)", _polynomial(1), has_interval=False, is_fitted=True
    ),
    SpectralTransform(
        "2nd derivative", _FITTED, "d² {name} / dλ² ({per}/nm²)", _polynomial(2), has_interval=False, is_fitted=True
    ),
    SpectralTransform("smoothed", _FITTED, "smoothed {quantity}", _polynomial(0), from_zero=True, is_fitted=True),
)
TRANSFORMS = {transform.name: transform for transform in _TABLE}


def roi_as(roi: RoiSpectra, transform: str) -> RoiSpectra:
    """Return ROI spectra transformed; RMSE and angle stay those of the values as measured.

    Estimate and truth are each transformed by themselves, on their own bands; the difference is that of the two on
    the bands of the truth. Intervals and dispersions are scaled as their spectrum is, and left out of derivatives.
    """
    if transform == "as measured":
        return roi
    known = _SHOWN.setdefault(roi, {})
    if transform not in known:
        known[transform] = _transformed(roi, transform)
    return known[transform]


def axis_label(quantity: str, transform: str) -> str:
    """Return the label of the y axis, with its unit.

    >>> axis_label("reflectance", "1st derivative")
    'd reflectance / dλ (1/nm)'
    """
    name, _, rest = quantity.partition(" (")
    unit = rest.rstrip(")")
    per = unit if unit and not unit.startswith("1 =") else "1"
    return TRANSFORMS[transform].label.format(name=name, quantity=quantity, per=per)


def words_about(transform: str, wavelengths: Floats) -> str:
    """Return a line of the legend and of a file that says what was done to the values."""
    if TRANSFORMS[transform].is_fitted:
        return f"{transform}, Savitzky-Golay order {_ORDER} over {window_for(wavelengths)} bands"
    return transform


# ROI spectra that are gone take along what was made of it.
_SHOWN: "WeakKeyDictionary[RoiSpectra, dict[str, RoiSpectra]]" = WeakKeyDictionary()


def _transformed(roi: RoiSpectra, transform: str) -> RoiSpectra:
    estimate = spectrum_as(roi.estimate, transform)
    if roi.truth is None or roi.difference is None:
        return replace(roi, estimate=estimate)
    measured = roi.truth.values
    on_truth_bands = roi.difference.changed(lambda column: column + measured)
    truth, same = spectrum_as(roi.truth, transform), spectrum_as(on_truth_bands, transform)
    difference = same.changed(lambda column: column - truth.values)
    return replace(roi, estimate=estimate, truth=truth, difference=difference)


def spectrum_as(spectrum: Spectrum, transform: str) -> Spectrum:
    """Return a spectrum transformed, on its own bands."""
    if transform == "as measured":
        return spectrum
    entry = TRANSFORMS[transform]
    return spectrum.changed(entry.change(spectrum), with_edges=entry.has_interval)
