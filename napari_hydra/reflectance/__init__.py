"""From counts to reflectance: by a white panel and a dark frame, or by an empirical line."""

from napari_hydra.reflectance.calibrated import Calibrated
from napari_hydra.reflectance.empirical_line import EmpiricalLine, apply_empirical_line, fit_empirical_line
from napari_hydra.reflectance.references import Reference, read_reference, spectrum_on_bands
from napari_hydra.reflectance.white_dark import Drift, to_reflectance, white_drift

__all__ = [
    "Calibrated",
    "Drift",
    "EmpiricalLine",
    "Reference",
    "apply_empirical_line",
    "fit_empirical_line",
    "read_reference",
    "spectrum_on_bands",
    "to_reflectance",
    "white_drift",
]
