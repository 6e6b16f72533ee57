"""Zarr and NetCDF through xarray, which knows their conventions (fill values, scale, coordinates)."""

from collections.abc import Iterator
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
from napari_hydra.io.files.cube_source import CubeSource, to_json
from napari_hydra.io.files.interval import BOUNDS, cubes_with_bounds
from napari_hydra.io.files.outside import check_hdf5
from napari_hydra.io.files.raw_cube import RawCube
from napari_hydra.io.files.storage import COMPRESSION_NAMES, MISSING, SAMPLE_TYPES, STEPS
from napari_hydra.io.formats.arrays import METADATA_NAME, Entry, choose, says_wavelengths
from napari_hydra.io.formats.hdf5 import hdf5_entries
from napari_hydra.io.formats.zarr_chunks import ABSENT, absent_chunks, check_zarr, notes_on_absent, values_later

_MOST_BANDS = 10_000
_SPECTRAL_DIMS = {"wavelength", "wavelengths", "wl", "lambda", "band", "bands", "channel", "channels", "c"}
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
    with _open(path) as dataset:
        return says_wavelengths(list(_entries(dataset, path)))


def read(path: Path, wavelengths: NDArray[np.float64] | None, variable: str | None) -> RawCube:
    """Read a cube from .zarr (stays lazy) or .nc."""
    if path.is_dir():
        raw = choose(path, "Zarr", list(_entries(_open(path), path)), wavelengths, variable)
        return replace(raw, history=(*raw.history, *notes_on_absent(path)))
    with _open(path) as dataset:
        return choose(path, "NetCDF", list(_entries(dataset, path)), wavelengths, variable)


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


def _open(path: Path) -> xr.Dataset:
    if path.is_dir():
        root = zarr.open(path, mode="r")
        check_zarr(path, root)
        if isinstance(root, zarr.Array) or _lacks_names(root):
            return _unnamed(path, root)
        return xr.open_dataset(path, engine="zarr", chunks=None, decode_times=False)
    with path.open("rb") as file:
        if file.read(3) == b"CDF":
            return xr.open_dataset(path, engine="scipy", decode_times=False, mmap=False)
    check_hdf5(path)
    return xr.open_dataset(path, engine="h5netcdf", decode_times=False)


def _lacks_names(root: zarr.Group) -> bool:
    return any(
        array.ndim
        and "_ARRAY_DIMENSIONS" not in array.attrs
        and getattr(array.metadata, "dimension_names", None) is None
        for _, array in root.arrays()
    )


def _unnamed(root_path: Path, root: zarr.Group | zarr.Array[Any]) -> xr.Dataset:
    """Return arrays that another program stored without naming their axes."""
    arrays = {"array": root} if isinstance(root, zarr.Array) else dict(root.arrays())
    variables = {
        name: xr.Variable([f"{name}_{i}" for i in range(array.ndim)], values_later(root_path, array), dict(array.attrs))
        for name, array in arrays.items()
    }
    for key, value in dict(root.attrs).items():  # wavelengths may also stand among the attributes
        if isinstance(value, list) and value and all(isinstance(v, (int, float)) for v in value):
            variables.setdefault(key, xr.Variable([f"{key}_0"], np.asarray(value, dtype=np.float64)))
    return xr.Dataset(variables)


def _entries(dataset: xr.Dataset, path: Path) -> Iterator[Entry]:
    metadata = dataset.attrs.get(METADATA_NAME)
    if metadata is not None:
        yield Entry.held(METADATA_NAME, np.array(metadata if isinstance(metadata, str) else to_json(metadata)))
    for name, variable in dataset.variables.items():
        keep = [i for i, n in enumerate(variable.shape) if n > 1 or variable.ndim <= 3]
        attrs = dict(variable.attrs)
        if "_FillValue" in variable.encoding:
            attrs["_FillValue"] = np.nan  # xarray has put NaN there already
        dims = tuple(str(variable.dims[i]) for i in keep)
        yield Entry(
            name=str(name),
            shape=tuple(variable.shape[i] for i in keep),
            dtype=variable.dtype,
            load=partial(_without_single_axes, path, variable, keep),
            attrs=attrs,
            dims=() if any(d.startswith(f"{name}_") for d in dims) else dims,
            spectral=_spectral_axis(dims),
        )
    if path.is_file() and h5py.is_hdf5(path):
        with h5py.File(path) as file:  # EMIT and others keep their wavelengths in a group of their own
            for entry in hdf5_entries(file):
                if "/" in entry.name and len(entry.shape) == 1 and entry.shape[0] <= _MOST_BANDS:
                    values = entry.load()
                    yield replace(entry, load=partial(np.asarray, values))


def _without_single_axes(path: Path, variable: xr.Variable, keep: list[int]) -> Any:
    values = values_later(path, variable) if path.is_dir() and variable.ndim > 1 else variable.data
    return values.reshape([variable.shape[i] for i in keep])


def _spectral_axis(dims: tuple[str, ...]) -> int:
    return next((i for i, dim in enumerate(dims) if dim.lower() in _SPECTRAL_DIMS), 2)
