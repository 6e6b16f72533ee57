"""What a readout looks like when it is normalised, freed of its continuum, differentiated or smoothed."""

from collections.abc import Callable
from dataclasses import replace
from typing import get_args
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from napari_hydra.spectra.continuum import continuum
from napari_hydra.spectra.normalise import area, length, maximum, snv_moments
from napari_hydra.spectra.savitzky_golay import savitzky_golay, window_for
from napari_hydra.spectra.stretches import stretches
from napari_hydra.workbench.readouts import Readout, Spectrum
from napari_hydra.workbench.scene import Transform

Floats = NDArray[np.floating]

TRANSFORMS: tuple[Transform, ...] = get_args(Transform)
ABOUT: dict[Transform, str] = {
    "as measured": "Values in the unit of the scene.",
    "max = 1": "Each spectrum divided by its largest value.",
    "area = 1": "Each spectrum divided by the area under it over wavelength.",
    "L2": "Each spectrum divided by its Euclidean length; compare with the spectral angle.",
    "SNV": "Standard normal variate: less its mean, over its standard deviation (Barnes 1989).",
    "continuum removed": "Each spectrum divided by its upper convex hull (Clark and Roush 1984).",
    "1st derivative": "Savitzky-Golay, second order, fitted in nm.",
    "2nd derivative": "Savitzky-Golay, second order, fitted in nm.",
    "smoothed": "Savitzky-Golay, second order, fitted in nm.",
}
_ORDER = 2
_DERIVATIVES: dict[Transform, int] = {"smoothed": 0, "1st derivative": 1, "2nd derivative": 2}
# The errors of a reconstruction go together from band to band in a way that its interval does not tell, so
# nothing is known of the interval of a slope.
WITHOUT_INTERVAL = frozenset({"1st derivative", "2nd derivative"})
# Read against zero, as reflectance is; the others are read by their shape.
FROM_ZERO = frozenset({"as measured", "max = 1", "area = 1", "L2", "smoothed"})


def shown_as(readout: Readout, transform: Transform) -> Readout:
    """Return a readout with its spectra transformed; RMSE and angle stay those of the values as measured.

    Estimate and truth are each transformed by themselves, on their own bands; the difference is that of the two on
    the bands of the truth. Intervals and spreads are scaled as their spectrum is, and left out of derivatives.
    """
    if transform == "as measured":
        return readout
    known = _SHOWN.setdefault(readout, {})
    if transform not in known:
        known[transform] = _transformed(readout, transform)
    return known[transform]


def axis_label(quantity: str, transform: Transform) -> str:
    """Return the label of the y axis, with its unit.

    >>> axis_label("reflectance", "1st derivative")
    'd reflectance / dλ (1/nm)'
    """
    name, _, rest = quantity.partition(" (")
    unit = rest.rstrip(")")
    per = unit if unit and not unit.startswith("1 =") else "1"
    return {
        "as measured": quantity,
        "max = 1": f"{name} / maximum",
        "area = 1": f"{name} / area (1/nm)",
        "L2": f"{name} / L2 norm",
        "SNV": f"SNV of {name} (std. deviations)",
        "continuum removed": f"{name} / continuum",
        "1st derivative": f"d {name} / dλ ({per}/nm)",
        "2nd derivative": f"d² {name} / dλ² ({per}/nm²)",
        "smoothed": f"smoothed {quantity}",
    }[transform]


def words_about(transform: Transform, wavelengths: Floats) -> str:
    """Return a line of the legend and of a file that says what was done to the values."""
    if transform in _DERIVATIVES:
        return f"{transform}, Savitzky-Golay order {_ORDER} over {window_for(wavelengths)} bands"
    return transform


# A readout that is gone takes along what was made of it.
_SHOWN: "WeakKeyDictionary[Readout, dict[Transform, Readout]]" = WeakKeyDictionary()


def _transformed(readout: Readout, transform: Transform) -> Readout:
    estimate = spectrum_as(readout.estimate, transform)
    if readout.truth is None or readout.difference is None:
        return replace(readout, estimate=estimate)
    before, measured = readout.difference, readout.truth
    on_truth_bands = replace(
        before,
        values=before.values + measured.values,
        low=None if before.low is None else before.low + measured.values,
        high=None if before.high is None else before.high + measured.values,
    )
    truth, same = spectrum_as(measured, transform), spectrum_as(on_truth_bands, transform)
    difference = replace(
        same,
        values=same.values - truth.values,
        low=None if same.low is None else same.low - truth.values,
        high=None if same.high is None else same.high - truth.values,
    )
    return replace(readout, estimate=estimate, truth=truth, difference=difference)


def spectrum_as(spectrum: Spectrum, transform: Transform) -> Spectrum:
    """Return a spectrum transformed, on its own bands."""
    if transform == "as measured":
        return spectrum
    if transform in _DERIVATIVES:
        change = _polynomial(spectrum, _DERIVATIVES[transform])
    else:
        offset, scale = _offset_and_scale(spectrum, transform)

        def change(column: Floats) -> Floats:
            return (column - offset) / scale

    def edge(column: Floats | None) -> Floats | None:
        return None if column is None or transform in WITHOUT_INTERVAL else change(column)

    return replace(
        spectrum,
        values=change(spectrum.values),
        low=edge(spectrum.low),
        high=edge(spectrum.high),
        lower=edge(spectrum.lower),
        upper=edge(spectrum.upper),
    )


def _offset_and_scale(spectrum: Spectrum, transform: Transform) -> tuple[Floats, Floats]:
    """Return what is taken off a spectrum and what it is then divided by, each of one value or one a band."""
    values, wavelengths = spectrum.values, spectrum.wavelengths
    nothing = np.zeros(1)
    if transform == "max = 1":
        return nothing, maximum(values)
    if transform == "area = 1":
        return nothing, area(values, wavelengths)
    if transform == "L2":
        return nothing, length(values)
    if transform == "SNV":
        return snv_moments(values)
    hull = np.full(values.shape, np.nan)
    owner = np.zeros(values.size) if spectrum.detector is None else spectrum.detector
    for index in np.unique(owner):
        mine = owner == index
        hull[mine] = continuum(values[mine], wavelengths[mine])
    return nothing, np.where(hull > 0, hull, np.nan)


def _polynomial(spectrum: Spectrum, derivative: int) -> Callable[[Floats], Floats]:
    """Return the smoothing or differentiation of a column; stretches that are too short for it become NaN."""
    parts = stretches(spectrum.wavelengths, spectrum.detector)
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
