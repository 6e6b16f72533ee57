"""Spectra of pins and regions as ENVI spectral libraries (.sli), which other software of the field reads."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from napari_hydra.workbench.readings import Reading
from napari_hydra.workbench.readouts import Spectrum


def write_libraries(folder: Path, found: Sequence[Reading], description: str) -> list[Path]:
    """Write ``estimate.sli`` and, with a truth, ``truth.sli``, each with its header (.hdr).

    Estimate and truth have their own wavelengths, hence two libraries. Beside each estimate stand the ends of its
    interval as spectra of their own.

    Parameters
    ----------
    folder : Path
        Exists, and holds neither file.
    found : sequence of Reading
    description : str
        Goes into the headers.
    """
    estimates = [entry for reading in found for entry in _estimate(reading)]
    truths = [(reading.name, reading.readout.truth.values) for reading in found if reading.readout.truth is not None]
    _write(folder / "estimate", found[0].readout.estimate, estimates, description)
    names = ["estimate"]
    if found[0].readout.truth is not None:
        _write(folder / "truth", found[0].readout.truth, truths, description)
        names.append("truth")
    return [folder / f"{name}{suffix}" for name in names for suffix in (".hdr", ".sli")]


def _estimate(reading: Reading) -> Iterator[tuple[str, NDArray[np.floating]]]:
    spectrum = reading.readout.estimate
    yield reading.name, spectrum.values
    for end, values in (("interval low", spectrum.low), ("interval high", spectrum.high)):
        if values is not None:
            yield f"{reading.name} {end}", values


def _write(stem: Path, grid: Spectrum, entries: Sequence[tuple[str, NDArray[np.floating]]], description: str) -> None:
    from spectral.io.envi import SpectralLibrary

    header = {
        "file type": "ENVI Spectral Library",
        "wavelength units": "Nanometers",
        "wavelength": [float(w) for w in grid.wavelengths],
        "spectra names": [_header_text(name) for name, _ in entries],
    }
    SpectralLibrary(np.stack([values for _, values in entries]), header).save(str(stem), _header_text(description))


def _header_text(text: str) -> str:
    """Return ASCII without what a header gives a meaning: braces and commas."""
    return text.translate(str.maketrans("{},", "();")).encode("ascii", "replace").decode()
