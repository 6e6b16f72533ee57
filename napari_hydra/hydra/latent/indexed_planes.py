"""Planes over a picture of few colours, held as one column a colour."""

from typing import Any

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin
from numpy.typing import DTypeLike, NDArray


class IndexedPlanes(NDArrayOperatorsMixin):
    """An array (k, H, W) held as a table (k, n) and the column (H, W) of each pixel; gathered when it is asked for.

    Slices, masks and indices of pixels give the same table with another index; for any other use it is the gathered
    array.
    """

    def __init__(self, table: NDArray[Any], index: NDArray[Any]) -> None:
        self.table, self.index = table, index

    @property
    def shape(self) -> tuple[int, ...]:
        """(k, H, W)."""
        return (len(self.table), *self.index.shape)

    @property
    def ndim(self) -> int:
        """Always one more than the index has."""
        return self.index.ndim + 1

    @property
    def dtype(self) -> np.dtype[Any]:
        """Of the table."""
        return self.table.dtype

    @property
    def nbytes(self) -> int:
        """Bytes that are held."""
        return self.table.nbytes + self.index.nbytes

    def __len__(self) -> int:
        return len(self.table)

    def __getitem__(self, key: Any) -> Any:
        first, *rest = key if isinstance(key, tuple) else (key,)
        if not isinstance(first, slice) or any(part is Ellipsis for part in rest):
            return np.asarray(self)[key]
        return IndexedPlanes(self.table[first], self.index[tuple(rest)])

    def __array__(self, dtype: DTypeLike | None = None, copy: bool | None = None) -> NDArray[Any]:
        if copy is False:
            raise ValueError("planes of few colours are gathered anew; they cannot be given without a copy")
        return self.table[:, self.index].astype(dtype or self.dtype, copy=False)

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any) -> Any:
        whole = [np.asarray(part) if isinstance(part, IndexedPlanes) else part for part in inputs]
        return getattr(ufunc, method)(*whole, **options)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or name in ("table", "index"):
            raise AttributeError(name)
        return getattr(np.asarray(self), name)


Planes = NDArray[np.floating] | IndexedPlanes


def distinct_columns(planes: Planes) -> tuple[NDArray[np.floating], NDArray[Any] | None]:
    """Return columns (k, n) of planes (k, ...) and, where these are fewer than the pixels, which one each pixel has."""
    if isinstance(planes, IndexedPlanes) and planes.table.shape[1] <= planes.index.size:
        return planes.table, planes.index
    return np.asarray(planes).reshape(len(planes), -1), None
