"""Spectral libraries from any file known."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from napari_hydra.errors import HydraError
from napari_hydra.io import library_csv, library_envi, library_text
from napari_hydra.io.spectral_library import SpectralLibrary, make_library

LIBRARY_SUFFIXES = (".sli", ".hdr", ".txt", ".asc", ".csv", ".tsv")


def read_library(path: str | Path) -> SpectralLibrary:
    """Read the spectra of one file.

    Parameters
    ----------
    path : str or Path
        An ENVI library (.sli or its .hdr), a spectrum of ECOSTRESS/ASTER (.spectrum.txt) or USGS (splib06 .asc, splib07
        .txt with its file of wavelengths beside it or one folder up), or a table (.csv, .tsv): see `library_csv`.

    Returns
    -------
    SpectralLibrary

    Raises
    ------
    HydraError
        Naming the file and what is wrong with it.
    """
    return _read(Path(path), ())


def read_libraries(paths: Sequence[str | Path]) -> list[SpectralLibrary]:
    """Read several files, those with the same wavelengths and unit into one library.

    Files of USGS wavelengths among them serve the spectra among them.

    Raises
    ------
    HydraError
        Naming the first file that cannot be read.
    """
    files = [Path(path) for path in paths]
    axes = [one for one in files if one.suffix.lower() == ".txt" and one.is_file() and library_text.is_axis_file(one)]
    spectra = [one for one in files if one not in axes]
    if not spectra:
        raise HydraError(f"{files[0] if files else 'Nothing'} holds no spectrum; open it together with spectra.")
    groups: list[list[SpectralLibrary]] = []
    for library in (_read(path, axes) for path in spectra):
        same = next((group for group in groups if _go_together(group[0], library)), None)
        if same is None:
            groups.append([library])
        else:
            same.append(library)
    return [_joined(group) for group in groups]


def _read(path: Path, axes: Sequence[Path]) -> SpectralLibrary:
    if not path.is_file():
        raise HydraError(f"{path} does not exist; check its name.")
    suffix = path.suffix.lower()
    if suffix in (".sli", ".hdr"):
        return library_envi.read(path)
    if suffix not in (".csv", ".tsv") and library_text.matches(path):
        return library_text.read(path, axes)
    if suffix in (".csv", ".tsv", ".txt", ".asc"):
        return library_csv.read(path)
    if library_envi.matches(path):
        return library_envi.read(path)
    raise HydraError(f"{path} is no spectral library; give one of {', '.join(LIBRARY_SUFFIXES)}.")


def _go_together(one: SpectralLibrary, other: SpectralLibrary) -> bool:
    return one.unit == other.unit and np.array_equal(one.wavelengths, other.wavelengths)


def _joined(group: list[SpectralLibrary]) -> SpectralLibrary:
    if len(group) == 1:
        return group[0]
    return make_library(
        [name for library in group for name in library.names],
        group[0].wavelengths,
        np.concatenate([library.values for library in group]),
        unit=group[0].unit,
        source=f"{len(group)} files in {Path(group[0].source).parent}",
        history=tuple(dict.fromkeys(line for library in group for line in library.history)),
    )
