"""The arrays of an HDF5 file, which is what MATLAB 7.3 and NetCDF 4 are underneath."""

from typing import Any

import h5py
import numpy as np

from napari_hydra.io.formats.arrays import METADATA_NAME, Entry


def hdf5_entries(file: h5py.File) -> list[Entry]:
    """List the arrays of an HDF5 file; MATLAB stores its axes in reverse, which is undone."""
    found: list[Entry] = []

    def visit(name: str, item: Any) -> None:
        if not isinstance(item, h5py.Dataset) or name.startswith("#") or item.dtype.kind not in "biufcSO":
            return
        attrs = {key: _attribute(value) for key, value in item.attrs.items()}
        if item.dtype.kind in "SO":
            if name == METADATA_NAME and item.shape == ():
                found.append(Entry.held(name, np.array(item.asstr()[()])))
            return
        if "MATLAB_class" in attrs:
            found.append(
                Entry(name=name, shape=item.shape[::-1], dtype=item.dtype, load=lambda: item[()].T, attrs=attrs)
            )
        else:
            found.append(Entry(name=name, shape=item.shape, dtype=item.dtype, load=lambda: item[()], attrs=attrs))

    file.visititems(visit)
    return found


def _attribute(value: Any) -> Any:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value
