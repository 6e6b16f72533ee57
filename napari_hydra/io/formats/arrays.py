"""Files that hold several named arrays: which is the cube, which its wavelengths, which axis is spectral.

MATLAB, NumPy, HDF5, NetCDF and Zarr all come down to this question; each module lists its arrays, this one decides.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_hydra.errors import HydraError
from napari_hydra.io.files.cube_source import from_json
from napari_hydra.io.files.raw_cube import RawCube, from_metadata, guess_quantity
from napari_hydra.io.files.wavelengths import are_band_numbers, name_rank, to_nanometres, widths_to_nanometres

METADATA_NAME = "hydra_metadata"
_CUBE_NAMES = ("cube", "hsi", "hyper", "reflectance", "radiance", "data", "img", "image", "rad", "ref")
_AXIS_WORDS = ("first", "second", "third")
_AS_RANGES = ((200.0, 20_000.0), (0.2, 20.0))  # nm, µm: for vectors whose name tells nothing


@dataclass(frozen=True, eq=False, kw_only=True)
class Entry:
    """An array of a file, not loaded yet.

    Attributes
    ----------
    name : str
        With its path inside the file: ``Metadata/Wavelength``.
    load : callable
        Gives the numbers (NumPy, memory-mapped or dask) in the order of `shape`.
    attrs : mapping
        What the file says of it.
    dims : tuple of str
        Names of its axes where the file has them.
    spectral : int
        The axis to take as spectral where neither wavelengths nor names decide.
    """

    name: str
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    load: Callable[[], Any]
    attrs: Mapping[str, Any] = field(default_factory=dict)
    dims: tuple[str, ...] = ()
    spectral: int = 2

    @classmethod
    def held(
        cls, name: str, values: NDArray[Any], *, attrs: Mapping[str, Any] | None = None, dims: tuple[str, ...] = ()
    ) -> "Entry":
        """Return the entry of an array that is in memory already."""
        return cls(name=name, shape=values.shape, dtype=values.dtype, load=lambda: values, attrs=attrs or {}, dims=dims)


@dataclass(frozen=True, eq=False)
class _Vector:
    entry: Entry
    values: NDArray[np.float64]


def choose(
    path: Path,
    kind: str,
    entries: Sequence[Entry],
    wavelengths: NDArray[np.float64] | None,
    variable: str | None,
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

    Raises
    ------
    HydraError
        If there is no three-dimensional array, several are equally likely, or no axis fits the wavelengths.
    """
    cube = _find_cube(path, entries, variable)
    history: list[str] = []
    metadata = _own_metadata(entries)
    if not metadata and sum(len(e.shape) >= 2 and e.name != cube.name for e in entries):
        history.append(f"variable '{cube.name}' taken as the cube")
    vector = None if wavelengths is not None else _find_wavelengths(cube, entries)
    nm, note = wavelengths, None
    if vector is not None:
        unit = vector.entry.attrs.get(
            "units", vector.entry.attrs.get("Units", "nm" if metadata else _unit_beside(entries))
        )
        nm, note = to_nanometres(vector.values, None if unit is None else str(unit), str(path))
        if not metadata:
            history.append(f"wavelengths from '{vector.entry.name}'")
    history += [note] if note else []
    axis = _spectral_axis(path, cube, vector, None if nm is None else nm.size)
    if nm is not None and not metadata:
        history.append(f"shape {cube.shape}: the {_AXIS_WORDS[axis]} axis is spectral, it has {nm.size} bands")
    values = cube.load()
    values = values.transpose(*[i for i in range(3) if i != axis], axis)
    if metadata:
        own = from_metadata(metadata)
        own["history"] = (*own["history"], *history)
    else:
        own = _foreign(cube, entries, nm, vector, history)
    return RawCube(path=path, format=kind, values=values, wavelengths=nm, dtype=cube.dtype, **own)


def says_wavelengths(entries: Sequence[Entry]) -> bool:
    """Whether there is a cube with its wavelengths."""
    try:
        return _find_wavelengths(_find_cube(Path("file"), entries, None), entries) is not None
    except HydraError:
        return False


def _find_cube(path: Path, entries: Sequence[Entry], variable: str | None) -> Entry:
    solid = [e for e in entries if len(e.shape) == 3 and e.dtype.kind in "biufc" and min(e.shape) > 0]
    if variable is not None:
        named = [e for e in solid if variable in (e.name, e.name.split("/")[-1])]
        if not named:
            there = ", ".join(e.name for e in solid) or "none"
            raise HydraError(f"{path} has no three-dimensional variable '{variable}'; it has: {there}.")
        return named[0]
    if not solid:
        there = ", ".join(f"{e.name} {e.shape}" for e in entries[:8]) or "nothing"
        raise HydraError(f"{path} holds no three-dimensional array of numbers, only {there}; check the file.")

    def rank(entry: Entry) -> tuple[int, bool]:
        last = entry.name.split("/")[-1].lower()
        return int(np.prod(entry.shape, dtype=np.int64)), any(hint in last for hint in _CUBE_NAMES)

    named_by_us = _own_metadata(entries).get("variable")
    best = next((e for e in solid if e.name == named_by_us), None)
    if best is not None:
        return best
    best = max(solid, key=rank)
    rivals = [e.name for e in solid if rank(e) == rank(best)]
    if len(rivals) > 1:
        raise HydraError(f"{path} holds several cubes ({', '.join(rivals)}); choose one with variable=.")
    return best


def _find_wavelengths(cube: Entry, entries: Sequence[Entry]) -> _Vector | None:
    """Return the vector named like wavelengths, else the only one whose numbers can be nothing else."""
    named: list[tuple[int, _Vector]] = []
    unnamed: list[_Vector] = []
    for entry in entries:
        length = max(entry.shape, default=0)
        if entry.dtype.kind not in "iuf" or int(np.prod(entry.shape)) != length or length not in cube.shape:
            continue
        if cube.dims and entry.dims and not set(entry.dims) & set(cube.dims):
            continue
        values = np.asarray(entry.load(), dtype=np.float64).reshape(-1)
        rank = name_rank(entry.name)
        if length > 1 and are_band_numbers(values):
            continue
        if rank is not None and "fwhm" not in entry.name.lower():
            named.append((rank, _Vector(entry, values)))
        elif length > 2 and (np.diff(values) > 0).all() and _is_plausible(values):
            unnamed.append(_Vector(entry, values))
    if named:
        return min(named, key=lambda pair: pair[0])[1]
    return unnamed[0] if len(unnamed) == 1 else None


def _is_plausible(values: NDArray[np.float64]) -> bool:
    return any(low <= values[0] and values[-1] <= high for low, high in _AS_RANGES)


def _spectral_axis(path: Path, cube: Entry, vector: _Vector | None, count: int | None) -> int:
    if vector is not None and vector.entry.dims and vector.entry.dims[0] in cube.dims:
        return cube.dims.index(vector.entry.dims[0])
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
    cube: Entry,
    entries: Sequence[Entry],
    nm: NDArray[np.float64] | None,
    vector: _Vector | None,
    history: list[str],
) -> dict[str, Any]:
    """Return what a file not written by us says of its cube."""
    if cube.dtype != np.float32:
        history.append(f"{cube.dtype.name} numbers converted to float32")
    factor, ignore = _number(cube.attrs, "scale_factor"), _number(cube.attrs, "_fillvalue", "data_ignore_value")
    scale = 1.0
    if factor not in (None, 0, 1):
        # NEON states what to divide by (10000), CF what to multiply with (0.0001)
        scale = factor if factor > 1 else 1 / factor
        history.append(f"divided by the scale factor {scale:g}")
    if ignore is not None and not np.isnan(ignore):
        history.append(f"ignore value {ignore:g} replaced by NaN")
    fwhm = None
    if nm is not None:
        for entry in entries:
            if "fwhm" in entry.name.lower() and int(np.prod(entry.shape)) == nm.size:
                file_wavelengths = None if vector is None else vector.values
                fwhm = widths_to_nanometres(np.asarray(entry.load()).reshape(-1), file_wavelengths, nm)
    text = " ".join([cube.name, *(str(v) for v in cube.attrs.values() if isinstance(v, str))])
    return {
        "quantity": guess_quantity(text, cube.dtype, scale != 1),
        "fwhm": fwhm,
        "scale": scale,
        "ignore_value": ignore,
        "history": tuple(history),
    }


def _number(attrs: Mapping[str, Any], *names: str) -> float | None:
    for key, value in attrs.items():
        if key.lower() in names and np.size(value) == 1:
            try:
                return float(np.asarray(value).reshape(-1)[0])
            except (TypeError, ValueError):
                return None
    return None


def _own_metadata(entries: Sequence[Entry]) -> dict[str, Any]:
    for entry in entries:
        if entry.name == METADATA_NAME:
            return from_json(np.asarray(entry.load()).reshape(-1)[0])
    return {}


def _unit_beside(entries: Sequence[Entry]) -> str | None:
    for entry in entries:
        if entry.name.split("/")[-1].lower() in {"wavelength_unit", "wavelength_units", "wavelengths_unit"}:
            return str(np.asarray(entry.load()).reshape(-1)[0])
    return None
