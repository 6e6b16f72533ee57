"""Spectra of a point spectrometer: each by itself, with its pixel, without what was not measured."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from napari_hydra.errors import HydraError
from napari_hydra.io.libraries.spectra_files import read_spectra


@dataclass(frozen=True, eq=False)
class PointSpectrum:
    """A measured spectrum.

    Attributes
    ----------
    name : str
        As the file says; otherwise its number in the file.
    wavelengths, values : (B,) array
        In nm, increasing, without gaps; values as `read_library` gives them.
    y, x : int or None
        The pixel, where the file says it.
    """

    name: str
    wavelengths: NDArray[np.float64]
    values: NDArray[np.float64]
    y: int | None = None
    x: int | None = None


def read_point_spectra(path: str | Path) -> list[PointSpectrum]:
    """Read measured spectra from any file that `read_library` reads.

    Raises
    ------
    HydraError
        Naming the file and what cannot be read in it, or a spectrum without values.
    """
    spectra = read_spectra(Path(path))
    pixels = spectra.pixels or [(None, None)] * len(spectra)
    found = []
    for number, (name, values, (y, x)) in enumerate(zip(spectra.names, spectra.values, pixels, strict=True), 1):
        known = np.isfinite(values)
        if not known.any():
            raise HydraError(f"{path} has no values for the spectrum {name or str(number)!r}; leave it out.")
        found.append(PointSpectrum(name or str(number), spectra.wavelengths[known], values[known], y, x))
    return found
