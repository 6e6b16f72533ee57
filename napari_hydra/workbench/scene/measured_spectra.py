"""Spectra that were measured at pixels of a scene, and where measuring would help."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from napari_hydra.io import MeasuredSpectrum
from napari_hydra.workbench.scene.roi_spectra import Spectrum

TRUTH = "truth"


@dataclass(frozen=True)
class SampleSite:
    """A pixel where measuring helps; `number` 1 helps most."""

    number: int
    y: int
    x: int


def of_files(measured: Sequence[MeasuredSpectrum]) -> tuple[MeasuredSpectrum, ...]:
    """Return the spectra of a point spectrometer: those that do not come from the truth, which is drawn itself."""
    return tuple(one for one in measured if one.source != TRUTH)


def spectra_at(
    measured: Sequence[MeasuredSpectrum], place: tuple[int, int], limits: tuple[float, float]
) -> Iterator[Spectrum]:
    """Yield the spectra of files at a pixel (y, x), cut to wavelengths in nm: spectrometers see further than scenes."""
    for one in of_files(measured):
        inside = (one.wavelengths >= limits[0]) & (one.wavelengths <= limits[1])
        if (one.y, one.x) == place and inside.any():
            yield Spectrum(wavelengths=one.wavelengths[inside], values=one.values[inside])
