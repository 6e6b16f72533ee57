"""Spectra in: the table of formats says which module reads which file; and the libraries made of them."""

import warnings
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from napari_hydra.errors import HydraError
from napari_hydra.file_formats import format_of, readable
from napari_hydra.io.files.boundary import file_boundary
from napari_hydra.io.libraries import envi_library, usgs
from napari_hydra.io.libraries.spectral_library import (
    SpectralLibrary,
    SpectraNotice,
    make_library,
    named,
    notices,
)

LIBRARY_SUFFIXES = readable("spectra")


def read_spectra(path: Path, together: Sequence[Path] = ()) -> SpectralLibrary:
    """Read what one file holds: every spectrum under the name that the file gives it, "" where it gives none.

    Parameters
    ----------
    path : Path
    together : sequence of Path
        Files opened with it, in which a reader may find what this one lacks.

    Raises
    ------
    HydraError
        Naming the file and what is wrong with it.
    """
    if not path.is_file():
        raise HydraError(f"{path} does not exist; check its name.")
    with file_boundary(path, "spectra"):
        found = format_of("spectra", path)
        if found is None:
            raise HydraError(f"{path} is no spectral library; give one of {', '.join(LIBRARY_SUFFIXES)}.")
        library: SpectralLibrary = found.load().read(path, together)
    return library


def read_library(path: str | Path) -> SpectralLibrary:
    """Read the spectra of one file.

    Parameters
    ----------
    path : str or Path
        An ENVI library (.sli or its .hdr), a spectrum of ECOSTRESS/ASTER (.spectrum.txt) or USGS (splib06 .asc, splib07
        .txt with its file of wavelengths beside it or one folder up), of a spectrometer (.asd, .sig, .sed, .jdx, text
        of Ocean Optics and Avantes), or a table (.csv, .tsv, .txt).

    Returns
    -------
    SpectralLibrary
        Those that hold something, each under a name of its own. Its `history` says what was done to the stored
        numbers, and so does a `SpectraNotice` warning.

    Raises
    ------
    HydraError
        Naming the file and what is wrong with it.

    Examples
    --------
    >>> with open("field.csv", "w") as file:
    ...     print("nm,soil,leaf", "500,0.2,0.1", "600,0.3,0.05", "700,0.35,0.3", sep=chr(10), file=file)
    >>> read_library("field.csv").names
    ('soil', 'leaf')
    """
    library = named(read_spectra(Path(path)))
    for sentence in notices(library):
        warnings.warn(sentence, SpectraNotice, stacklevel=2)
    return library


def read_libraries(paths: Sequence[str | Path]) -> list[SpectralLibrary]:
    """Read several files, those with the same wavelengths and unit into one library.

    Parameters
    ----------
    paths : sequence of str or Path
        Files of USGS wavelengths among them serve the spectra among them.

    Returns
    -------
    list of SpectralLibrary
        In the order of the files.

    Raises
    ------
    HydraError
        Naming the first file that cannot be read.

    Examples
    --------
    >>> with open("field.csv", "w") as file:
    ...     print("nm,soil,leaf", "500,0.2,0.1", "600,0.3,0.05", "700,0.35,0.3", sep=chr(10), file=file)
    >>> [len(library) for library in read_libraries(["field.csv"])]
    [2]
    """
    found = libraries_of(paths)
    for sentence in dict.fromkeys(line for library in found for line in notices(library)):
        warnings.warn(sentence, SpectraNotice, stacklevel=2)
    return found


def libraries_of(paths: Sequence[str | Path]) -> list[SpectralLibrary]:
    """Do what `read_libraries` does, without warnings."""
    files = [Path(path) for path in paths]
    axes = [one for one in files if one.suffix.lower() == ".txt" and one.is_file() and usgs.is_axis_file(one)]
    spectra = [one for one in files if one not in axes]
    if not spectra:
        raise HydraError(f"{files[0] if files else 'Nothing'} holds no spectrum; open it together with spectra.")
    groups: list[list[SpectralLibrary]] = []
    for library in (named(read_spectra(path, axes)) for path in spectra):
        same = next((group for group in groups if _go_together(group[0], library)), None)
        if same is None:
            groups.append([library])
        else:
            same.append(library)
    return [_joined(group) for group in groups]


def is_spectra_file(path: Path) -> bool:
    """Whether a file may hold spectra, told from its suffix and, where pictures share it, its header."""
    suffix = path.suffix.lower()
    return envi_library.is_library(path) if suffix == ".hdr" else suffix in LIBRARY_SUFFIXES


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
