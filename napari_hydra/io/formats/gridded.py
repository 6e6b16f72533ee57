"""Zarr and NetCDF: arrays with named axes, in groups; OME-Zarr too."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import h5netcdf
import h5py
import numpy as np
import xarray as xr
import zarr
from numpy.typing import NDArray

from napari_hydra.cube import QUANTITIES
from napari_hydra.errors import HydraError
from napari_hydra.io.files.atomic import replacing
from napari_hydra.io.files.outside import check_hdf5
from napari_hydra.io.formats.array_entries import METADATA_NAME, Entry, attribute_entries, spectral_axis_of
from napari_hydra.io.formats.arrays import choose, says_wavelengths
from napari_hydra.io.formats.hdf5 import hdf5_entries
from napari_hydra.io.formats.zarr_chunks import ABSENT, absent_chunks, check_zarr, notes_on_absent, values_later
from napari_hydra.io.numbers.raw_cube import RawCube
from napari_hydra.io.numbers.wavelength_sources import WavelengthList, labelled
from napari_hydra.io.writing.cube_source import CubeSource, to_json
from napari_hydra.io.writing.interval import BOUNDS, cubes_with_bounds
from napari_hydra.io.writing.storage import COMPRESSION_NAMES, MISSING, SAMPLE_TYPES, STEPS

SAMPLES, COMPRESSIONS, HOLDS_INTERVAL = SAMPLE_TYPES, COMPRESSION_NAMES, True
_ZARR_CODECS: dict[str | None, Any] = {
    None: "auto",
    "none": None,
    "zstd": {"id": "zstd", "level": 5},
    "deflate": {"id": "zlib", "level": 5},
}
CHUNKS = (16, 128, 128)  # wavelength, y, x: a band and a spectrum both come quickly


def matches(path: Path) -> bool:
    """Whether the file holds a cube and its wavelengths."""
    with _opened(path) as (entries, labels):
        return says_wavelengths(path, entries, labels)


def read(path: Path, wavelengths: NDArray[np.float64] | None, variable: str | None) -> RawCube:
    """Read a cube from .zarr (stays lazy) or .nc."""
    kind = "Zarr" if path.is_dir() else "NetCDF"
    with _opened(path) as (entries, labels):
        raw = choose(path, kind, entries, wavelengths, variable, further=labels, multiplies=True)
    return replace(raw, history=(*raw.history, *notes_on_absent(path))) if path.is_dir() else raw


def write(cube: CubeSource, path: Path, *, overwrite: bool) -> None:
    """Write a variable (wavelength, y, x) named after its quantity, as Zarr (format 2) or NetCDF 4, piece by piece.

    With an interval also ``lower``, ``upper`` and ``flags``, as the CF conventions say.
    """
    is_zarr = path.suffix.lower() == ".zarr"
    if cube.storage.compression == "zstd" and not is_zarr:
        raise HydraError(f"{path} is not written with zstd, which other readers of NetCDF lack; choose deflate.")
    name = str(cube.metadata.get("quantity", ""))
    name = name if name in QUANTITIES else "cube"
    if cube.interval is not None:
        cube = replace(cube, metadata={**cube.metadata, "variable": name})
    store = _write_zarr if is_zarr else _write_netcdf
    with replacing(path, overwrite=overwrite, needed=cube.nbytes * (1 if cube.interval is None else 3)) as temporary:
        store(cube, temporary, name)


def _variables(cube: CubeSource, name: str) -> Iterator[tuple[str, CubeSource, dict[str, Any]]]:
    """Yield the cubes of a file with their names and attributes."""
    scale = {} if cube.storage.sample == "float32" else {"scale_factor": 1.0 / STEPS}
    for bound, part in cubes_with_bounds(cube):
        said: dict[str, Any] = {"long_name": str(cube.metadata.get("quantity", "cube"))}
        if cube.interval is not None:
            words = {"ancillary_variables": " ".join((*BOUNDS, "flags"))}
            said = {"long_name": cube.interval.long_name(bound)} if bound else said | words
            said |= cube.interval.attributes
        yield bound or name, part, said | scale


def _write_zarr(cube: CubeSource, path: Path, name: str) -> None:
    height, width, bands = cube.shape
    shape = (bands, height, width)
    chunks = tuple(min(chunk, n) for chunk, n in zip(CHUNKS, shape, strict=True))
    root = zarr.create_group(path, zarr_format=2, attributes={METADATA_NAME: cube.metadata})
    for key, values, attrs in _coordinates(cube):
        array = root.create_array(key, data=values, fill_value=None)
        array.attrs.update({"_ARRAY_DIMENSIONS": ["wavelength"], ABSENT: [], **attrs})
    if cube.interval is not None:
        flags = root.create_array("flags", data=cube.interval.flags, fill_value=None)
        said = {key: np.asarray(value).tolist() for key, value in cube.interval.flag_attributes.items()}
        flags.attrs.update({"_ARRAY_DIMENSIONS": ["y", "x"], ABSENT: absent_chunks(path, flags), **said})
    how = _ZARR_CODECS[cube.storage.compression]
    fill = np.nan if cube.storage.sample == "float32" else MISSING
    for key, part, attrs in _variables(cube, name):
        target = root.create_array(
            key, shape=shape, chunks=chunks, dtype=cube.storage.dtype.name, fill_value=fill, compressors=how
        )
        target.attrs.update({"_ARRAY_DIMENSIONS": ["wavelength", "y", "x"], **attrs})
        for ys, xs, values in part.tiles(chunks[1], chunks[2]):
            target[:, ys, xs] = cube.storage.encode(values).transpose(2, 0, 1)
        target.attrs[ABSENT] = absent_chunks(path, target)
    zarr.consolidate_metadata(root.store)


def _write_netcdf(cube: CubeSource, path: Path, name: str) -> None:
    """Let HDF5 lay out the file, then fill in the numbers ourselves: HDF5 crashes Python on a full disk."""
    layout = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    layout.set_alloc_time(h5py.h5d.ALLOC_TIME_EARLY)
    layout.set_fill_time(h5py.h5d.FILL_TIME_NEVER)
    height, width, bands = cube.shape
    shape, dtype = (bands, height, width), cube.storage.dtype
    fill = dtype.type(np.nan if dtype.kind == "f" else MISSING)
    packed = cube.storage.compression == "deflate"
    how: dict[str, Any] = {"compression": "gzip", "shuffle": True} if packed else {"dcpl": layout}
    if packed:
        how["chunks"] = tuple(min(chunk, n) for chunk, n in zip(CHUNKS, shape, strict=True))
    parts = list(_variables(cube, name))
    with path.open("wb") as raw:
        raw.truncate(cube.nbytes * len(parts) + 2**20)  # refuses here, not within HDF5, what the disk cannot hold
    with h5netcdf.File(path, "w") as file:
        file.dimensions = dict(zip(("wavelength", "y", "x"), shape, strict=True))
        file.attrs[METADATA_NAME] = to_json(cube.metadata)
        for key, values, attrs in _coordinates(cube):
            coordinate = file.create_variable(key, ("wavelength",), data=values)
            coordinate.attrs.update(attrs)
        if cube.interval is not None:
            flags = file.create_variable("flags", ("y", "x"), data=cube.interval.flags)
            flags.attrs.update(cube.interval.flag_attributes)
        for key, part, attrs in parts:
            target = file.create_variable(key, ("wavelength", "y", "x"), dtype, fillvalue=fill, **how)
            target.attrs.update(attrs)
            if packed:
                for ys, xs, values in part.tiles(how["chunks"][1], how["chunks"][2]):
                    target[:, ys, xs] = cube.storage.encode(values).transpose(2, 0, 1)
    if not packed:
        _fill_in(path, parts)


def _fill_in(path: Path, parts: list[tuple[str, CubeSource, dict[str, Any]]]) -> None:
    with h5py.File(path) as laid_out:
        offsets = {key: laid_out[key].id.get_offset() for key, _, _ in parts}
    with path.open("r+b") as raw:
        for key, part, _ in parts:
            raw.seek(offsets[key])
            for plane in part.planes():
                raw.write(part.storage.encode(plane).data)


def _coordinates(cube: CubeSource) -> Iterator[tuple[str, NDArray[Any], dict[str, str]]]:
    attrs = {"units": "nm", "long_name": "wavelength", "standard_name": "radiation_wavelength"}
    yield "wavelength", cube.wavelengths, attrs
    if cube.metadata.get("fwhm") is not None:
        widths = np.asarray(cube.metadata["fwhm"], dtype=np.float64)
        yield "fwhm", widths, {"units": "nm", "long_name": "full width at half maximum"}


@contextmanager
def _opened(path: Path) -> Iterator[tuple[list[Entry], list[WavelengthList | None]]]:
    """Give the arrays of a file or store, and what its channels are called."""
    if path.is_dir():
        root = zarr.open(path, mode="r")
        check_zarr(path, root)
        yield list(_zarr_entries(path, root)), [_ome_channels(root)]
    elif h5py.is_hdf5(path):
        check_hdf5(path)
        with h5py.File(path) as file:
            yield hdf5_entries(file), []
    else:
        with xr.open_dataset(path, engine="scipy", decode_cf=False, mmap=False) as dataset:
            yield list(_classic_entries(dataset)), []


def _zarr_entries(path: Path, root: zarr.Group | zarr.Array[Any]) -> Iterator[Entry]:
    axes = _ome_axes(root)
    metadata: Any = root.attrs.get(METADATA_NAME)
    if metadata is not None:
        yield Entry.held(METADATA_NAME, np.array(metadata if isinstance(metadata, str) else to_json(metadata)))
    yield from attribute_entries("", dict(root.attrs))
    members = [("array", root)] if isinstance(root, zarr.Array) else list(root.members(max_depth=None))
    for name, member in members:
        attrs: dict[str, Any] = dict(member.attrs)
        yield from attribute_entries(name, attrs)
        if not isinstance(member, zarr.Array):
            continue
        fill = member.fill_value
        if fill is not None and np.dtype(member.dtype).kind in "iuf" and np.isfinite(fill) and fill != 0:
            attrs.setdefault("_FillValue", float(fill))
        named = attrs.pop("_ARRAY_DIMENSIONS", None) or getattr(member.metadata, "dimension_names", None) or ()
        dims = tuple(map(str, named)) if len(named) == member.ndim and all(named) else ()
        dims = dims or (axes if len(axes) == member.ndim else ())
        if member.ndim == 1:  # small, and asked for at once
            yield Entry.held(name, np.asarray(member[:]), attrs=attrs, dims=dims)
        else:
            yield _squeezed(
                name, member.shape, np.dtype(member.dtype), partial(values_later, path, member), attrs, dims
            )


def _classic_entries(dataset: xr.Dataset) -> Iterator[Entry]:
    metadata = dataset.attrs.get(METADATA_NAME)
    if metadata is not None:
        yield Entry.held(METADATA_NAME, np.array(str(metadata)))
    yield from attribute_entries("", dataset.attrs)
    for name, variable in dataset.variables.items():
        yield from attribute_entries(str(name), variable.attrs)
        dims = tuple(map(str, variable.dims))
        load = partial(getattr, variable, "data")
        yield _squeezed(str(name), variable.shape, variable.dtype, load, dict(variable.attrs), dims)


def _squeezed(
    name: str,
    shape: tuple[int, ...],
    dtype: np.dtype[Any],
    load: Callable[[], Any],
    attrs: dict[str, Any],
    dims: tuple[str, ...],
) -> Entry:
    """Return an array without its axes of one, where it has more than three."""
    keep = [i for i, n in enumerate(shape) if n > 1 or len(shape) <= 3]
    dims = tuple(dims[i] for i in keep) if dims else ()
    reduced = tuple(shape[i] for i in keep)
    return Entry(
        name=name,
        shape=reduced,
        dtype=dtype,
        load=lambda: load().reshape(reduced),
        attrs=attrs,
        dims=dims,
        spectral=spectral_axis_of(dims),
    )


def _ome(root: zarr.Group | zarr.Array[Any]) -> dict[str, Any]:
    attrs = dict(root.attrs)
    inner = attrs.get("ome", attrs)
    return inner if isinstance(inner, dict) else {}


def _ome_axes(root: zarr.Group | zarr.Array[Any]) -> tuple[str, ...]:
    """Return the names of the axes of an OME-Zarr image."""
    try:
        axes = _ome(root)["multiscales"][0]["axes"]
        return tuple(str(axis["name"] if isinstance(axis, dict) else axis) for axis in axes)
    except (KeyError, IndexError, TypeError):
        return ()


def _ome_channels(root: zarr.Group | zarr.Array[Any]) -> WavelengthList | None:
    try:
        labels = [str(channel.get("label", "")) for channel in _ome(root)["omero"]["channels"]]
    except (KeyError, TypeError, AttributeError):
        return None
    return labelled(labels, "the names of the channels")
