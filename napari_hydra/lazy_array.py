"""Arrays that are computed where one looks, as napari shows them: `numpy.asarray` and the named methods compute.

Indexing with integers and slices returns another lazy array; any other key computes what it needs.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


class LazyArray(ABC):
    """An array of float32, its values not computed yet."""

    dtype = np.dtype(np.float32)

    @property
    @abstractmethod
    def shape(self) -> tuple[int, ...]:
        """Lengths of the axes."""

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """Number of values if it were computed."""
        return int(np.prod(self.shape))

    @property
    def nbytes(self) -> int:
        """Bytes that a computed copy would take."""
        return self.size * 4

    def __len__(self) -> int:
        return self.shape[0]

    @abstractmethod
    def __getitem__(self, key: Any) -> Any: ...

    @abstractmethod
    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]: ...

    def astype(self, dtype: Any) -> NDArray[Any]:
        """Return a computed copy.

        Parameters
        ----------
        dtype : dtype
            Of the copy.

        Returns
        -------
        array
            Of the same shape.
        """
        return np.asarray(self).astype(dtype, copy=False)


class LazyStack(LazyArray):
    """A lazy array with axes (band, y, x)."""

    @abstractmethod
    def part(self, bands: slice, ys: slice, xs: slice) -> "LazyStack":
        """Return some bands of a block of pixels.

        Parameters
        ----------
        bands, ys, xs : slice
            Bands, rows and columns.

        Returns
        -------
        LazyStack
            Not computed yet.
        """

    def __getitem__(self, key: Any) -> Any:
        parts = expand(key, 3)
        if parts is not None and all(isinstance(part, slice) for part in parts):
            return self.part(*parts)
        return StackView(self, (0, 1, 2))[key]


@dataclass(frozen=True, eq=False)
class StackView(LazyArray):
    """A stack that lost axes to integer indices.

    Attributes
    ----------
    stack : LazyStack
        Of length 1 along the axes that are gone.
    axes : tuple of int
        Those that are left.
    """

    stack: LazyStack
    axes: tuple[int, ...]

    @property
    def shape(self) -> tuple[int, ...]:
        """Lengths of the axes that are left."""
        return tuple(self.stack.shape[axis] for axis in self.axes)

    def __getitem__(self, key: Any) -> Any:
        parts = expand(key, self.ndim)
        if parts is None:
            return np.asarray(self)[key]
        whole: list[slice] = [slice(None)] * 3
        kept = []
        for axis, part in zip(self.axes, parts, strict=True):
            if isinstance(part, slice):
                whole[axis] = part
                kept.append(axis)
            else:
                length = self.stack.shape[axis]
                index = int(part) + (length if part < 0 else 0)
                if not 0 <= index < length:
                    raise IndexError(f"index {int(part)} is out of bounds for axis of length {length}")
                whole[axis] = slice(index, index + 1)
        return StackView(self.stack.part(*whole), tuple(kept))

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        gone = tuple(axis for axis in range(3) if axis not in self.axes)
        return np.squeeze(np.asarray(self.stack, dtype=dtype, copy=copy), axis=gone)


def expand(key: Any, ndim: int) -> tuple[Any, ...] | None:
    """Return one integer or slice an axis, or None if the key is not a basic index."""
    parts = key if isinstance(key, tuple) else (key,)
    if any(not (part is Ellipsis or isinstance(part, slice | int | np.integer)) for part in parts):
        return None
    if Ellipsis in parts:
        at = parts.index(Ellipsis)
        parts = parts[:at] + (slice(None),) * (ndim - len(parts) + 1) + parts[at + 1 :]
    if len(parts) > ndim:
        raise IndexError(f"too many indices: {len(parts)} for {ndim} axes")
    return parts + (slice(None),) * (ndim - len(parts))
