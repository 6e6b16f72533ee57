"""Cubes in and out: the table of formats says which module reads and writes which file."""

import threading
import warnings
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from types import ModuleType

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike, NDArray

from napari_hydra.errors import HydraError
from napari_hydra.file_formats import by_suffix, either, format_of, formats, readable, writable
from napari_hydra.io.files.boundary import file_boundary
from napari_hydra.io.files.outside import refuse_special
from napari_hydra.io.files.wavelengths import missing, to_nanometres
from napari_hydra.io.formats import envi
from napari_hydra.io.formats.envi_header import DATA_SUFFIXES, described_file, is_header, parse_header
from napari_hydra.io.numbers.raw_cube import RawCube, to_cube, with_named_bands
from napari_hydra.io.numbers.settling import settled
from napari_hydra.io.writing.cube_source import cube_source
from napari_hydra.io.writing.interval import interval_of, write_with_interval
from napari_hydra.io.writing.storage import Compression, Sample, Storage
from napari_hydra.progress import ProgressCallback
from napari_hydra.spectral_cube import SpectralCube

READABLE = readable("cube")
WRITABLE = writable("cube")


class CubeNotice(UserWarning):
    """What was done to the numbers of a cube as they lie in its file, or could not be done."""


def read_cube(
    path: str | Path,
    *,
    wavelengths: ArrayLike | None = None,
    variable: str | None = None,
    divide_by: float | None = None,
    incomplete: bool = False,
) -> xr.DataArray:
    """Read a spectral cube from any format known.

    Parameters
    ----------
    path : str or Path
        A file or folder; for ENVI the header or the data file.
    wavelengths : (B,) array, optional
        Band centres in nm, for files that do not say them (they win over what the file says). Their number
        also decides which axis of an array is the spectral one.
    variable : str, optional
        Which array of a file that holds several.
    divide_by : float, optional
        What the stored numbers are divided by, instead of what the file says of their scale.
    incomplete : bool
        Whether to open the whole lines of an ENVI file that is cut off.

    Returns
    -------
    xarray.DataArray
        As `napari_hydra.cube` describes. ENVI and Zarr above 256 MB stay on disk (dask) until used.

    Raises
    ------
    HydraError
        If the file is missing, damaged or of no format known.
    HydraQuestion
        If the file does not say its wavelengths, or leaves open what its scale means.

    Warns
    -----
    CubeNotice
        For each thing that was done to the numbers: a scale applied, missing values recognised, bands marked bad.
        ``attrs["history"]`` keeps them.

    Examples
    --------
    >>> from napari_hydra import make_cube
    >>> path = write_cube(make_cube(np.ones((2, 3, 4)), [500, 600, 700, 800]), "field.hdr", overwrite=True)
    >>> dict(read_cube(path).sizes)
    {'y': 2, 'x': 3, 'wavelength': 4}
    """
    raw = open_raw(Path(path), wavelengths, variable, divide_by, incomplete)
    if raw.wavelengths is None:
        raise missing(str(path), int(raw.values.shape[2]), raw.lengths)
    for notice in raw.notices:
        warnings.warn(f"{raw.path.name}: {notice}", CubeNotice, stacklevel=2)
    with file_boundary(path, "a cube"):
        return to_cube(replace(raw, history=(*raw.history, *(n for n in raw.notices if n not in raw.history))))


def open_raw(
    path: Path,
    wavelengths: ArrayLike | None = None,
    variable: str | None = None,
    divide_by: float | None = None,
    incomplete: bool = False,
) -> RawCube:
    """Open a cube without converting its numbers; for the arguments see `read_cube`."""
    if not path.exists():
        raise HydraError(f"{path} does not exist; check its name.")
    given = None if wavelengths is None else to_nanometres(wavelengths, None, "The list given")[0]
    path = _described_by(path)
    reader = reader_of(path)
    options = {"incomplete": True} if incomplete and reader is envi else {}
    with file_boundary(path, "a cube"):
        raw: RawCube = reader.read(path, given, variable, **options)
        if given is None or given.size == raw.values.shape[2]:
            raw = settled(with_named_bands(raw), divide_by)
    if given is not None and given.size != raw.values.shape[2]:
        raise HydraError(
            f"{path} has {raw.values.shape[2]} bands but {given.size} wavelengths were given; give one a band."
        )
    return raw


def wavelengths_in(path: Path) -> NDArray[np.float64]:
    """Return the wavelengths in nm that a cube's file says; its numbers are not looked at.

    Raises
    ------
    HydraError
        If it says none, or cannot be read.
    """
    if not path.exists():
        raise HydraError(f"{path} does not exist; check its name.")
    found = _described_by(path)
    with file_boundary(path, "a cube"):
        raw: RawCube = reader_of(found).read(found, None, None)
    if raw.wavelengths is None:
        raise HydraError(f"{path} does not say its wavelengths either; choose another cube.")
    return raw.wavelengths


def reader_of(path: Path) -> ModuleType:
    """Return the module that reads a path.

    Raises
    ------
    HydraError
        If none does.
    """
    refuse_special(path)
    path = _described_by(path)
    if path.is_dir():
        is_zarr = any((path / name).exists() for name in (".zgroup", ".zarray", ".zmetadata", "zarr.json"))
        return import_module(f"napari_hydra.io.formats.{'gridded' if is_zarr else 'band_folder'}")
    found = format_of("cube", path)
    if found is None:
        if path.name.lower().endswith((".aux.xml", "metadata.xml", ".enp", ".ovr")):
            raise HydraError(f"{path} describes another file and holds no numbers itself; open that file.")
        if by_suffix("picture", path):
            raise HydraError(f"{path} is a picture, not a cube; give one of {', '.join(READABLE)}.")
        if path.suffix.lower() in DATA_SUFFIXES:
            raise HydraError(f"{path} has no ENVI header beside it; put {path.stem}.hdr there.")
        raise HydraError(f"{path} is no cube of a known format; known are {', '.join(READABLE)}.")
    return found.load()


def is_cube_file(path: str | Path) -> bool:
    """Whether a file or folder is a spectral cube, told from its suffix and a look at its head.

    Parameters
    ----------
    path : str or Path
        Suffixes that other data share (.tif, .npy, .h5, ...) count only if the file says its wavelengths.

    Returns
    -------
    bool
        False where there is no such file.

    Examples
    --------
    >>> is_cube_file("notes.txt")
    False
    """
    try:
        with file_boundary(path, "a cube"):
            found = _described_by(Path(path))
            return bool(reader_of(found).matches(found))
    except HydraError:
        return False


def _described_by(path: Path) -> Path:
    """Return the file that an ENVI header describes where that is one of another format, else the path itself."""
    if path.suffix.lower() != ".hdr" or not path.is_file() or not is_header(path):
        return path
    try:
        return described_file(path, parse_header(path)) or path
    except HydraError:
        return path


def write_cube(
    cube: SpectralCube | xr.DataArray,
    path: str | Path,
    *,
    interval: float | None = None,
    sample: Sample = "float32",
    compression: Compression | None = None,
    overwrite: bool = False,
    progress: ProgressCallback | None = None,
    cancel: threading.Event | None = None,
) -> Path:
    """Write a cube; the suffix chooses the format.

    Parameters
    ----------
    cube : xarray.DataArray or SpectralCube
        Such as a `LatentCube`. Written piece by piece, never decoded or loaded whole.
    path : str or Path
        Ending in one of `WRITABLE`.
    interval : float, optional
        Nominal coverage, as 0.9: the ends of a reconstruction's interval and its flags are written too. In Zarr and
        NetCDF they are the variables ``lower``, ``upper`` and ``flags``; beside ENVI and TIFF they are files of their
        own, as ``name_lower.hdr``.
    sample : str
        "float32", or "int16": whole numbers of 1/10000, so that a value is read back within 0.00005. Zarr, NetCDF,
        ENVI and TIFF.
    compression : str, optional
        "none", "deflate" (Zarr, NetCDF, TIFF) or "zstd" (Zarr, TIFF); what the format does by itself where not given.
    overwrite : bool
        Whether an existing file may be replaced.
    progress : callable, optional
        ``progress(fraction, stage)``.
    cancel : threading.Event, optional
        Set it to stop; nothing is left behind.

    Returns
    -------
    Path
        What was written.

    Raises
    ------
    HydraError
        If the format is unknown, the target exists, or it cannot be written; if the format cannot hold what is asked
        for, or the cube has no interval.
    Cancelled
        If `cancel` was set.

    Examples
    --------
    >>> from napari_hydra import make_cube
    >>> path = write_cube(make_cube(np.ones((2, 3, 4)), [500, 600, 700, 800]), "field.hdr", overwrite=True)
    >>> path.name
    'field.hdr'
    """
    target = Path(path)
    written = next((one for one in formats("cube") if target.suffix.lower() in one.writes), None)
    if written is None:
        raise HydraError(f"{target} cannot be written as a cube; end its name in one of {', '.join(WRITABLE)}.")
    writer = written.load()
    storage = _storage(written.name, writer, sample, compression)
    out = cube_source(cube, progress, cancel)
    out = replace(out, storage=storage, metadata=out.metadata | storage.words)
    if 0 in out.shape or not np.isfinite(out.wavelengths).all():
        raise HydraError(f"A cube of shape {out.shape} cannot be written to {target}; it needs pixels and bands.")
    if interval is not None:
        write_with_interval(writer, replace(out, interval=interval_of(out.cube, interval)), target, overwrite=overwrite)
    else:
        writer.write(out, target, overwrite=overwrite)
    return target


def _storage(name: str, writer: ModuleType, sample: Sample, compression: Compression | None) -> Storage:
    """Return how a format is to store its numbers.

    Raises
    ------
    HydraError
        If it cannot.
    """
    for what, wanted, known in (
        ("samples", sample, getattr(writer, "SAMPLES", ("float32",))),
        ("compression", compression or "none", getattr(writer, "COMPRESSIONS", ("none",))),
    ):
        if wanted not in known:
            raise HydraError(
                f"{name} is not written with {what} {wanted!r}; choose {either(known)}, or another format."
            )
    return Storage(sample=sample, compression=compression)
