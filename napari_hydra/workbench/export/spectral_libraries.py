"""Spectra of pins and regions as ENVI spectral libraries (.sli), which other software of the field reads."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from napari_hydra.workbench.export.file_names import distinct_stems
from napari_hydra.workbench.scene.roi_spectra import RoiSpectra, Spectrum


def write_libraries(folder: Path, found: Sequence[RoiSpectra], description: str) -> list[Path]:
    """Write ``estimate.sli``, with a truth ``truth.sli``, and one of each further curve, with their headers (.hdr).

    Of a cube alone the first is ``measured.sli``. Each has its own wavelengths, hence a library of its own:
    ``teacher-coding.sli``, ``cube-<name>.sli``. Beside each estimate stand the ends of its interval as spectra of their
    own.

    Parameters
    ----------
    folder : Path
        Exists, and holds none of them.
    found : sequence of RoiSpectra
    description : str
        Goes into the headers.
    """
    estimates = [entry for roi in found for entry in _estimate(roi)]
    truths = [(roi.name, roi.truth.values) for roi in found if roi.truth is not None]
    names = [found[0].source]
    _write(folder / names[0], found[0].estimate, estimates, description)
    if found[0].truth is not None:
        _write(folder / "truth", found[0].truth, truths, description)
        names.append("truth")
    extras = found[0].extras
    for index, stem in enumerate(distinct_stems(extra.name for extra in extras)):
        spectra = [(roi.name, roi.extras[index].spectrum.values) for roi in found]
        _write(folder / stem, extras[index].spectrum, spectra, f"{extras[index].words}; {description}")
        names.append(stem)
    return [folder / f"{name}{suffix}" for name in names for suffix in (".hdr", ".sli")]


def _estimate(roi: RoiSpectra) -> Iterator[tuple[str, NDArray[np.floating]]]:
    spectrum = roi.estimate
    yield roi.name, spectrum.values
    for end, values in (("interval low", spectrum.low), ("interval high", spectrum.high)):
        if values is not None:
            yield f"{roi.name} {end}", values


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
