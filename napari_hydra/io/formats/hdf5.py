"""The arrays of an HDF5 file, which is what MATLAB 7.3 and NetCDF 4 are underneath."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import h5py
import numpy as np

from napari_hydra.io.formats.array_entries import METADATA_NAME, Entry, attribute_entries, spectral_axis_of

_NO_VARIABLE = "This is a netCDF dimension but not a netCDF variable"
_INTERNAL = {"DIMENSION_LIST", "REFERENCE_LIST", "CLASS", "NAME", "_Netcdf4Dimid", "_Netcdf4Coordinates"}
_PRISMA_FULL = 65535


def hdf5_entries(file: h5py.File) -> list[Entry]:
    """List the arrays of an HDF5 file; MATLAB stores its axes in reverse, which is undone."""
    root = _attributes(file)
    found: list[Entry] = [*attribute_entries("", root)]
    if isinstance(root.get(METADATA_NAME), str):
        found.insert(0, Entry.held(METADATA_NAME, np.array(root[METADATA_NAME])))

    def visit(name: str, item: Any) -> None:
        if name.startswith("#"):
            return
        attrs = _attributes(item)
        found.extend(attribute_entries(name, attrs))
        if not isinstance(item, h5py.Dataset) or item.dtype.kind not in "biufcSO":
            return
        if str(attrs.get("NAME", "")).startswith(_NO_VARIABLE):
            return
        if item.dtype.kind in "SO":
            words = _words(name, item)
            found.extend([words] if words is not None else [])
            return
        fill = _fill_value(item)
        if fill is not None:
            attrs.setdefault("_FillValue", fill)
        attrs = {**_prisma(name, root), **attrs}
        if "MATLAB_class" in attrs:
            found.append(
                Entry(name=name, shape=item.shape[::-1], dtype=item.dtype, load=lambda: item[()].T, attrs=attrs)
            )
            return
        keep = [i for i, n in enumerate(item.shape) if n > 1 or item.ndim <= 3]
        shape = tuple(item.shape[i] for i in keep)
        dims = _dims(name, item)
        dims = tuple(dims[i] for i in keep) if dims else ()
        load = partial(_read, item, shape)
        found.append(
            Entry(
                name=name,
                shape=shape,
                dtype=item.dtype,
                load=load,
                attrs=attrs,
                dims=dims,
                spectral=spectral_axis_of(dims),
            )
        )

    file.visititems(visit)
    return found


def _read(item: h5py.Dataset, shape: tuple[int, ...]) -> Any:
    return item[()].reshape(shape)


def _words(name: str, item: h5py.Dataset) -> Entry | None:
    """Return text as an entry: our metadata, a unit, or labels of bands."""
    if item.ndim > 1 or item.size > 10_000:
        return None
    try:
        text = item.asstr()[()]
    except (TypeError, ValueError, UnicodeDecodeError):  # references, or bytes that are no text
        return None
    return Entry.held(name, np.array(text, dtype=str))


def _dims(name: str, item: h5py.Dataset) -> tuple[str, ...]:
    """Return the names of the axes where the file has them all (NetCDF)."""
    if item.is_scale:
        return (name.split("/")[-1],) if item.ndim == 1 else ()
    names = [dim.label or (str(dim[0].name).split("/")[-1] if len(dim) else "") for dim in item.dims]
    return tuple(names) if all(names) else ()


def _fill_value(item: h5py.Dataset) -> float | None:
    """Return the fill value that a program set on purpose; zero is a value."""
    plist = item.id.get_create_plist()
    if item.dtype.kind not in "iuf" or plist.fill_value_defined() != h5py.h5d.FILL_VALUE_USER_DEFINED:
        return None
    value = float(item.fillvalue)
    return value if value != 0 and np.isfinite(value) else None


def _prisma(name: str, root: Mapping[str, Any]) -> dict[str, Any]:
    """Return PRISMA's scale, which it says among the attributes of the file.

    ASI, "PRISMA Products Specification Document" (2020), level 2D: value = min + number (max - min) / 65535.
    """
    for part in ("Vnir", "Swir"):
        low, high = (root.get(f"L2Scale{part}{end}") for end in ("Min", "Max"))
        if low is not None and high is not None and name.endswith(f"{part.upper()}_Cube"):
            return {"scale_factor": (float(high) - float(low)) / _PRISMA_FULL, "add_offset": float(low)}
    return {}


def _attributes(item: Any) -> dict[str, Any]:
    found = {}
    for key in item.attrs:
        if key in _INTERNAL and key != "NAME":
            continue
        try:
            found[key] = _plain(item.attrs[key])
        except (OSError, TypeError, ValueError):  # types that h5py does not know
            continue
    return found


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, np.ndarray) and value.dtype.kind in "SO":
        texts = [v.decode("utf-8", "replace") if isinstance(v, bytes) else str(v) for v in value.reshape(-1)]
        return texts[0] if len(texts) == 1 else texts
    return value
