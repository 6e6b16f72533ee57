"""Cubes in and out: the table of formats says which module reads and writes which file."""

import threading
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from types import ModuleType

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike

from napari_hydra.errors import HydraError
from napari_hydra.file_formats import by_suffix, either, format_of, formats, readable, writable
from napari_hydra.io.files.boundary import file_boundary
from napari_hydra.io.files.cube_source import cube_source
from napari_hydra.io.files.interval import interval_of
from napari_hydra.io.files.outside import refuse_special
from napari_hydra.io.files.raw_cube import RawCube, to_cube
from napari_hydra.io.files.storage import Compression, Sample, Storage
from napari_hydra.io.files.wavelengths import to_nanometres
from napari_hydra.io.formats.beside import write_with_interval
from napari_hydra.io.formats.envi_header import DATA_SUFFIXES
from napari_hydra.progress import ProgressCallback
from napari_hydra.spectral_cube import SpectralCube

READABLE = readable("cube")
WRITABLE = writable("cube")


def read_cube(path: str | Path, *, wavelengths: ArrayLike | None = None, variable: str | None = None) -> xr.DataArray:
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

    Returns
    -------
    xarray.DataArray
        As `napari_hydra.cube` describes. ENVI and Zarr above 256 MB stay on disk (dask) until used.

    Raises
    ------
    HydraError
        If the file is missing, damaged, of no format known, or does not say its wavelengths.

    Examples
    --------
    >>> from napari_hydra import make_cube
    >>> path = write_cube(make_cube(np.ones((2, 3, 4)), [500, 600, 700, 800]), "field.hdr", overwrite=True)
    >>> dict(read_cube(path).sizes)
    {'y': 2, 'x': 3, 'wavelength': 4}
    """
    raw = open_raw(Path(path), wavelengths, variable)
    with file_boundary(path, "a cube"):
        return to_cube(raw)


def open_raw(path: Path, wavelengths: ArrayLike | None = None, variable: str | None = None) -> RawCube:
    """Open a cube without converting its numbers."""
    if not path.exists():
        raise HydraError(f"{path} does not exist; check its name.")
    given = None if wavelengths is None else to_nanometres(wavelengths, None, "wavelengths=")[0]
    reader = reader_of(path)
    with file_boundary(path, "a cube"):
        raw: RawCube = reader.read(path, given, variable)
    if given is not None and given.size != raw.values.shape[2]:
        raise HydraError(
            f"{path} has {raw.values.shape[2]} bands but {given.size} wavelengths were given; give one a band."
        )
    return raw


def reader_of(path: Path) -> ModuleType:
    """Return the module that reads a path.

    Raises
    ------
    HydraError
        If none does.
    """
    refuse_special(path)
    if path.is_dir():
        is_zarr = any((path / name).exists() for name in (".zgroup", ".zarray", ".zmetadata", "zarr.json"))
        return import_module(f"napari_hydra.io.formats.{'gridded' if is_zarr else 'band_folder'}")
    found = format_of("cube", path)
    if found is None:
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
            return bool(reader_of(Path(path)).matches(Path(path)))
    except HydraError:
        return False


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
    out = replace(cube_source(cube, progress, cancel), storage=storage)
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
