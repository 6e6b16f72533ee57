"""Files that hold several named arrays: which is the cube, which its wavelengths, which axis is spectral.

MATLAB, NumPy, HDF5, NetCDF and Zarr all come down to this question; each module lists its arrays, this one decides.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_hydra.errors import HydraError, with_remedy
from napari_hydra.io.files.wavelengths import widths_to_nanometres
from napari_hydra.io.formats.array_entries import METADATA_NAME, Entry
from napari_hydra.io.formats.array_lists import choose_for, companion, flags_for
from napari_hydra.io.formats.envi_header import lists_in_header_of
from napari_hydra.io.numbers.raw_cube import RawCube, from_metadata
from napari_hydra.io.numbers.side_files import lists_beside, numbers_beside
from napari_hydra.io.numbers.stored_numbers import said_by
from napari_hydra.io.numbers.wavelength_sources import ChosenList, WavelengthList
from napari_hydra.io.writing.cube_source import from_json

_CUBE_NAMES = ("cube", "hsi", "hyper", "reflectance", "radiance", "data", "img", "image", "rad", "ref")
_BESIDES = re.compile(r"uncert|err|std|mask|qual|flag|noise|_lut|loc\b|obs\b", re.IGNORECASE)
_AXIS_WORDS = ("first", "second", "third")
_SCALARS = re.compile(
    r"^(reflectance_?)?scale_?factor$|^scale$|^gain$|^add_?offset$|^(data_?)?ignore_?value$|^_?fill_?value$|^no_?data(_?value)?$"
    r"|^missing_?value$",
    re.IGNORECASE,
)


def choose(
    path: Path,
    kind: str,
    entries: Sequence[Entry],
    wavelengths: NDArray[np.float64] | None,
    variable: str | None,
    *,
    further: Sequence[WavelengthList | None] = (),
    multiplies: bool | None = None,
) -> RawCube:
    """Find the cube and what belongs to it.

    Parameters
    ----------
    path : Path
        For error messages.
    kind : str
        Name of the format.
    entries : sequence of Entry
    wavelengths : (B,) array or None
        Given by the user, in nm.
    variable : str or None
        Name of the cube, given by the user.
    further : sequence of WavelengthList
        What the format says elsewhere: labels of pages, channels.
    multiplies : bool, optional
        What the format's convention says of scales.

    Raises
    ------
    HydraError
        If there is no three-dimensional array, several are equally likely, or no axis fits the wavelengths.
    """
    metadata = _own_metadata(entries)
    beside = () if metadata else (*lists_in_header_of(path), *lists_beside(path))
    cube, chosen = _find_cube(
        path, entries, variable, (*further, *beside), wavelengths is not None, "nm" if metadata else None
    )
    history: list[str] = []
    if not metadata and sum(len(e.shape) >= 2 and e.name != cube.name for e in entries):
        history.append(f"variable '{cube.name}' taken as the cube")
    nm = wavelengths
    notices: tuple[str, ...] = ()
    if chosen is not None:
        nm, notices = chosen.nm, chosen.notices
        if not metadata:
            history.append(f"wavelengths from {chosen.source.where}")
        history += [chosen.note] if chosen.note else []
    axis = _spectral_axis(path, cube, entries, chosen, None if nm is None else nm.size)
    if nm is not None and not metadata:
        history.append(f"shape {cube.shape}: the {_AXIS_WORDS[axis]} axis is spectral, it has {nm.size} bands")
    values = cube.load()
    values = values.transpose(*[i for i in range(3) if i != axis], axis)
    unsigned = str(cube.attrs.get("_Unsigned", "")).lower() == "true" and cube.dtype.kind == "i"
    if unsigned:  # NetCDF 3 has no such types
        values = values.astype(np.dtype(f"u{cube.dtype.itemsize}"))
    if metadata:
        own = from_metadata(metadata)
        own["history"] = (*own["history"], *history)
    else:
        own = _foreign(path, cube, entries, values.shape[2], nm, chosen, multiplies)
        own["history"] = tuple(history)
        if unsigned:
            missing = tuple(v % 2.0 ** (8 * cube.dtype.itemsize) for v in own["said"].missing)
            own["said"] = replace(own["said"], missing=missing)
        if cube.dtype != np.float32:
            own["history"] += (f"{cube.dtype.name} numbers converted to float32",)
    lengths = () if cube.dims else tuple(cube.shape)
    return RawCube(
        path=path, format=kind, values=values, wavelengths=nm, dtype=cube.dtype, notices=notices, lengths=lengths, **own
    )


def says_wavelengths(path: Path, entries: Sequence[Entry], further: Sequence[WavelengthList | None] = ()) -> bool:
    """Whether there is a cube with its wavelengths."""
    try:
        return (
            _find_cube(path, entries, None, (*further, *lists_in_header_of(path), *lists_beside(path)))[1] is not None
        )
    except HydraError:
        return False


def _find_cube(
    path: Path,
    entries: Sequence[Entry],
    variable: str | None,
    further: Sequence[WavelengthList | None] = (),
    given: bool = False,
    unit: str | None = None,
) -> tuple[Entry, ChosenList | None]:
    """Return the cube and its wavelengths: one that says them before others, the visible before the infrared."""
    solid = [e for e in entries if len(e.shape) == 3 and e.dtype.kind in "biufc" and min(e.shape) > 0]
    if variable is not None:
        solid = [e for e in solid if variable in (e.name, e.last)] or _refuse_variable(path, variable, solid)
        solid = solid[:1]
    if not solid:
        there = ", ".join(f"{e.name} {e.shape}" for e in entries[:8] if not e.attribute) or "nothing"
        raise HydraError(f"{path} holds no three-dimensional array of numbers, only {there}; check the file.")
    found = [(e, None if given else choose_for(path, e, entries, further, unit)) for e in solid]

    def rank(pair: tuple[Entry, ChosenList | None]) -> tuple[bool, bool, bool, int, bool]:
        entry, chosen = pair
        centres = np.zeros(0) if chosen is None else chosen.nm
        visible = bool(((centres >= 400) & (centres <= 700)).any())
        hint = any(hint in entry.last.lower() for hint in _CUBE_NAMES)
        size = int(np.prod(entry.shape, dtype=np.int64))
        return chosen is not None, visible, not _BESIDES.search(entry.last), size, hint

    ours = next((pair for pair in found if pair[0].name == _own_metadata(entries).get("variable")), None)
    best = ours or max(found, key=rank)
    rivals = [] if ours else [e.name for e, c in found if rank((e, c)) == rank(best)]
    if len(rivals) > 1:
        raise with_remedy(
            f"{path} holds several cubes ({', '.join(rivals)})",
            python="choose one with variable=",
            command_line="choose one with --variable",
            window="save the one that is meant into a file of its own",
        )
    return best


def _refuse_variable(path: Path, variable: str, solid: list[Entry]) -> list[Entry]:
    there = ", ".join(e.name for e in solid) or "none"
    raise HydraError(f"{path} has no three-dimensional variable '{variable}'; it has: {there}.")


def _spectral_axis(
    path: Path, cube: Entry, entries: Sequence[Entry], chosen: ChosenList | None, count: int | None
) -> int:
    if chosen is not None and cube.dims:
        vector = next((e for e in entries if f"'{e.name}'" == chosen.source.where and e.dims), None)
        if vector is not None and vector.dims[0] in cube.dims:
            return cube.dims.index(vector.dims[0])
    if count is None:
        return cube.spectral
    fitting = [i for i, n in enumerate(cube.shape) if n == count]
    if not fitting:
        raise HydraError(
            f"{path} has shape {cube.shape} but {count} wavelengths; none of its axes is that long, give one "
            "wavelength a band."
        )
    return cube.spectral if cube.spectral in fitting else fitting[-1]


def _foreign(
    path: Path,
    cube: Entry,
    entries: Sequence[Entry],
    bands: int,
    nm: NDArray[np.float64] | None,
    chosen: ChosenList | None,
    multiplies: bool | None,
) -> dict[str, Any]:
    """Return what a file not written by us says of its cube."""
    scalars = {
        e.last: np.asarray(e.load()).reshape(-1)[0]
        for e in entries
        if not e.attribute and int(np.prod(e.shape)) == 1 and e.folder == cube.folder and _SCALARS.match(e.last)
    }
    beside = numbers_beside(path, bands)
    attrs = {**beside, **scalars, **cube.attrs}
    said = said_by(attrs, bands, str(path), multiplies=True if "scale_factor" in beside else multiplies)
    fwhm = None if chosen is None else chosen.source.fwhm
    if nm is not None and fwhm is None:
        fwhm = companion(cube, entries, nm.size, "fwhm")
    if nm is not None and fwhm is not None:
        fwhm = widths_to_nanometres(fwhm, None if chosen is None else chosen.source.values, nm)
    return {
        "quantity": "",
        "fwhm": fwhm,
        "bad_bands": flags_for(cube, entries, bands),
        "said": replace(said, words=f"{cube.name} {said.words}"),
    }


def _own_metadata(entries: Sequence[Entry]) -> dict[str, Any]:
    for entry in entries:
        if entry.name == METADATA_NAME:
            return from_json(np.asarray(entry.load()).reshape(-1)[0])
    return {}
