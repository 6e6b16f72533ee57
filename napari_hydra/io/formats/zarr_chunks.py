"""The chunks of a Zarr folder: those that are not there, and what its arrays declare.

A chunk that holds its array's fill value alone is not written, so that an absent one is legal. Our own arrays list
theirs in the attribute `ABSENT`: any other that is missing was lost.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dask.array as da
import numpy as np
import xarray as xr
import zarr
from numpy.typing import NDArray

from napari_hydra.errors import HydraError
from napari_hydra.io.files.boundary import file_boundary
from napari_hydra.io.files.declared_size import LIMIT_VARIABLE, believe, largest
from napari_hydra.io.files.outside import folder_bytes

ABSENT = "absent_chunks"


def check_zarr(path: Path, root: "zarr.Group | zarr.Array[Any]") -> None:
    """Look at a folder's files and its arrays before one is read.

    Raises
    ------
    HydraError
        If a link leads out of it, or an array declares more than it can hold.
    """
    stored = folder_bytes(path)
    for array in _arrays(root):
        if array.dtype.kind not in "biufcM":
            continue
        if 0 in (*array.chunks, *(array.shards or ())):
            raise HydraError(f"{path} declares chunks of no size for '{array.path}'; it is damaged, fetch it anew.")
        believe(path, array.shape, array.dtype, stored, compressed=True, unbounded=True)
        chunk = int(np.prod([int(n) for n in array.chunks], dtype=object)) * array.dtype.itemsize
        if chunk > largest():
            raise HydraError(
                f"{path} declares chunks of {chunk / 2**30:.1f} GiB; store it in smaller ones or set {LIMIT_VARIABLE}."
            )


def _arrays(root: "zarr.Group | zarr.Array[Any]") -> "Iterator[zarr.Array[Any]]":
    if isinstance(root, zarr.Array):
        yield root
    else:
        yield from (one for _, one in root.members(max_depth=None) if isinstance(one, zarr.Array))


def absent_chunks(path: Path, array: "zarr.Array[Any]") -> list[str]:
    """Return the names of the chunks (or shards) of an array that are not in its folder."""
    counts, folder = _chunk_counts(array), path / array.path
    names = (str(array.metadata.encode_chunk_key(tuple(int(i) for i in place))) for place in np.ndindex(*counts))
    return [name for name in names if not (folder / name).is_file()]


def _chunk_counts(array: "zarr.Array[Any]") -> list[int]:
    outer = array.shards or array.chunks
    return [-(-n // size) for n, size in zip(array.shape, outer, strict=True)]


def notes_on_absent(path: Path) -> list[str]:
    """Return a sentence for each cube of a folder that lacks chunks and may do so.

    Raises
    ------
    HydraError
        If an array says that they should be there.
    """
    notes = []
    for array in _arrays(zarr.open(path, mode="r")):
        absent = absent_chunks(path, array)
        listed = array.attrs.get(ABSENT)
        lost = sorted(set(absent) - set(map(str, listed))) if isinstance(listed, list) else []
        if lost:
            more = f" and {len(lost) - 1} more" if len(lost) > 1 else ""
            raise HydraError(f"{path} has lost the chunk {array.path}/{lost[0]}{more}; copy the folder anew.")
        if absent and array.ndim > 2:
            fill = array.fill_value
            blank = fill is None or (np.asarray(fill).dtype.kind == "f" and np.isnan(fill))
            total = int(np.prod(_chunk_counts(array)))
            what = "as missing" if blank else f"as their fill value {fill}"
            name = f" of '{array.path}'" if array.path else ""
            notes.append(f"{len(absent)} of {total} chunks{name} are not stored and were read {what}")
    return notes


def values_later(path: Path, stored: Any) -> da.Array:
    """Return an array whose chunks are read when computed; what is wrong with one becomes a HydraError.

    Parameters
    ----------
    path : Path
    stored : zarr.Array or xarray.Variable
    """
    if isinstance(stored, xr.Variable):
        sizes = stored.encoding.get("preferred_chunks", {})
        chunks = tuple(sizes.get(dim, n) for dim, n in zip(stored.dims, stored.shape, strict=True))
    else:
        chunks = stored.chunks
    # without a name of its own, for dask would hash what it reads
    return da.from_array(_Stored(path, stored), chunks=chunks, name=False, asarray=False)


@dataclass(frozen=True, eq=False)
class _Stored:
    path: Path
    values: Any

    @property
    def shape(self) -> tuple[int, ...]:
        return tuple(self.values.shape)

    @property
    def ndim(self) -> int:
        return len(self.shape)

    @property
    def dtype(self) -> np.dtype[Any]:
        return np.dtype(self.values.dtype)

    def __getitem__(self, key: Any) -> NDArray[Any]:
        with file_boundary(
            self.path, "a cube", place=f"the chunk of [{_words(key)}]", remedy="a chunk is damaged, copy it anew"
        ):
            return np.asarray(self.values[key])


def _words(key: Any) -> str:
    parts = key if isinstance(key, tuple) else (key,)
    return ", ".join(f"{p.start}:{p.stop}" if isinstance(p, slice) else str(p)[:40] for p in parts)
