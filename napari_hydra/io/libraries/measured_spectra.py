"""Spectra of a point spectrometer: each by itself, with its pixel, without what was not measured."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from napari_hydra.errors import HydraError
from napari_hydra.io.libraries.spectra_files import read_spectra


@dataclass(frozen=True, eq=False)
class MeasuredSpectrum:
    """A spectrum measured in the field or laboratory.

    Attributes
    ----------
    y, x : int or None
        The pixel where it was measured; None where the source does not say.
    wavelengths, values : (B,) array
        Wavelengths in nm, increasing, any grid; values in the unit of all spectra of a scene (reflectance, say).
    name : str
        Of its pin, its sample site or in its file.
    source : str
        "truth", or the name of a file.
    used : bool
        Whether adapting uses it.

    Examples
    --------
    >>> spectrum = MeasuredSpectrum(12, 40, np.array([500.0, 600.0]), np.array([0.2, 0.3]), name="soil")
    >>> spectrum.pixel
    (12, 40)
    """

    y: int | None
    x: int | None
    wavelengths: NDArray[np.float64]
    values: NDArray[np.float64]
    name: str = ""
    source: str = ""
    used: bool = True

    @property
    def pixel(self) -> tuple[int, int]:
        """The pixel (y, x).

        Raises
        ------
        HydraError
            If it is not known.
        """
        if self.y is None or self.x is None:
            raise HydraError(f"the spectrum {self.name!r} does not say where it was measured; give its pixel (y, x).")
        return self.y, self.x


def read_measured_spectra(path: str | Path) -> list[MeasuredSpectrum]:
    """Read measured spectra, each named or numbered as its file does.

    Parameters
    ----------
    path : str or Path
        Any file that `read_library` reads.

    Returns
    -------
    list of MeasuredSpectrum
        Values as `read_library` gives them, bands without one left out.

    Raises
    ------
    HydraError
        Naming the file and what cannot be read in it, or a spectrum without values.

    Examples
    --------
    >>> with open("field.csv", "w") as file:
    ...     print("nm,soil", "500,0.2", "600,0.3", "700,0.35", sep=chr(10), file=file)
    >>> [(spectrum.name, spectrum.values.tolist()) for spectrum in read_measured_spectra("field.csv")]
    [('soil', [0.2, 0.3, 0.35])]
    """
    spectra = read_spectra(Path(path))
    pixels = spectra.pixels or [(None, None)] * len(spectra)
    found = []
    for number, (name, values, (y, x)) in enumerate(zip(spectra.names, spectra.values, pixels, strict=True), 1):
        known = np.isfinite(values)
        if not known.any():
            raise HydraError(f"{path} has no values for the spectrum {name or str(number)!r}; leave it out.")
        found.append(
            MeasuredSpectrum(y, x, spectra.wavelengths[known], values[known], name or str(number), Path(path).name)
        )
    return found
