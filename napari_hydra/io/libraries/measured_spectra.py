"""Spectra of a point spectrometer: each by itself, with its pixel, without what was not measured."""

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from napari_hydra.errors import HydraError
from napari_hydra.io.files.boundary import file_boundary
from napari_hydra.io.libraries.cells import cell_of, numbers_of, read_cells
from napari_hydra.io.libraries.spectra_files import read_spectra
from napari_hydra.io.libraries.spectral_library import SpectraNotice, notices


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
        Values as `read_library` gives them, bands without one left out. What was done to the stored numbers is said
        by a `SpectraNotice` warning.

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
    found, said = measured_spectra_of(Path(path))
    for sentence in said:
        warnings.warn(sentence, SpectraNotice, stacklevel=2)
    return found


def measured_spectra_of(path: Path) -> tuple[list[MeasuredSpectrum], tuple[str, ...]]:
    """Do what `read_measured_spectra` does, and return the sentences of its warnings instead of warning."""
    spectra = read_spectra(path)
    pixels = spectra.pixels or [(None, None)] * len(spectra)
    found = []
    for number, (name, values, (y, x)) in enumerate(zip(spectra.names, spectra.values, pixels, strict=True), 1):
        known = np.isfinite(values)
        if not known.any():
            raise HydraError(f"{path} has no values for the spectrum {name or str(number)!r}; leave it out.")
        found.append(MeasuredSpectrum(y, x, spectra.wavelengths[known], values[known], name or str(number), path.name))
    return found, notices(spectra)


def locate_spectra(
    spectra: Sequence[MeasuredSpectrum], pins: Mapping[str, tuple[int, int]]
) -> tuple[list[MeasuredSpectrum], list[MeasuredSpectrum]]:
    """Give spectra the pixels of the pins of their names.

    Parameters
    ----------
    spectra : sequence of MeasuredSpectrum
        Those that say their own pixel keep it.
    pins : mapping of str to (int, int)
        Name to pixel (y, x); upper and lower case are the same.

    Returns
    -------
    located : list of MeasuredSpectrum
    unlocated : list of MeasuredSpectrum
        Those that have no pixel and no name among the pins.

    Examples
    --------
    >>> spectrum = MeasuredSpectrum(None, None, np.array([500.0, 600.0]), np.array([0.2, 0.3]), name="Soil")
    >>> locate_spectra([spectrum], {"soil": (12, 40)})[0][0].pixel
    (12, 40)
    """
    known = {name.casefold(): pixel for name, pixel in pins.items()}
    located: list[MeasuredSpectrum] = []
    unlocated: list[MeasuredSpectrum] = []
    for one in spectra:
        pixel = known.get(one.name.casefold()) if one.y is None or one.x is None else (one.y, one.x)
        if pixel is None:
            unlocated.append(one)
        else:
            located.append(replace(one, y=pixel[0], x=pixel[1]))
    return located, unlocated


def read_pins(path: str | Path) -> dict[str, tuple[int, int]]:
    """Read names and pixels of pins from a table with columns y, x and a name or number.

    Parameters
    ----------
    path : str or Path
        Such as `napari-hydra suggest` prints, or any with a header "name,y,x".

    Returns
    -------
    dict of str to (int, int)
        Name to pixel (y, x), for `locate_spectra`.

    Raises
    ------
    HydraError
        If a column is missing or a pixel is no number.

    Examples
    --------
    >>> with open("pins.csv", "w") as file:
    ...     print("name,y,x", "soil,12,40", sep=chr(10), file=file)
    >>> read_pins("pins.csv")
    {'soil': (12, 40)}
    """
    path = Path(path)
    if not path.is_file():
        raise HydraError(f"{path} does not exist; check its name.")
    with file_boundary(path, "a table of pins"):
        (_, header), *rows = read_cells(path)[0]
    lower = [cell.lower() for cell in header]
    names = [i for i, cell in enumerate(lower) if cell not in ("y", "x")]
    if not {"y", "x"} <= set(lower) or not names:
        raise HydraError(f"{path} has no header of 'name,y,x' above its pins; add it.")
    found = {}
    for line, row in rows:
        pixel = numbers_of([cell_of(row, lower.index("y")), cell_of(row, lower.index("x"))])
        if pixel is None or len(pixel) < 2 or not np.isfinite(pixel).all():
            raise HydraError(f"{path} has no pixel (y, x) in line {line}; correct it.")
        found[cell_of(row, names[0])] = (round(pixel[0]), round(pixel[1]))
    return found
