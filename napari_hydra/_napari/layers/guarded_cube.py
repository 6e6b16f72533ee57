"""A reconstruction as a layer's data: lazy, and never decoded whole by accident when it is large.

napari's 3-D view, its projections and its full histogram ask for a whole stack at once. For a large
`LatentCube` that would fill the memory without a word, so these get a sentence instead.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from weakref import WeakMethod

import numpy as np
from numpy.typing import NDArray

from napari_hydra.errors import HydraError

if TYPE_CHECKING:
    from napari_hydra.hydra import LatentCube

LARGEST_COPY = 1_000_000_000  # bytes that napari may decode at once


class GuardedCube:
    """Axes (wavelength, y, x); slices stay lazy, `numpy.asarray` refuses more than `LARGEST_COPY` bytes.

    Everything else of the `LatentCube` (``spectrum``, ``interval``, ``wavelengths``, ...) is reached through
    the attributes of the same name.

    Parameters
    ----------
    latent : LatentCube
        Or one of its lazy views.
    refused : callable, optional
        Called (if its owner is still alive) before a decode is refused: a bound method.
    """

    def __init__(self, latent: "LatentCube", refused: Callable[[], None] | WeakMethod[Any] | None = None) -> None:
        self.latent = latent
        known = refused is None or isinstance(refused, WeakMethod)
        self._refused: Any = refused if known else WeakMethod(refused)

    @property
    def shape(self) -> tuple[int, ...]:
        """Lengths of the axes."""
        return tuple(self.latent.shape)

    @property
    def dtype(self) -> np.dtype[np.float32]:
        """Always float32."""
        return np.dtype(np.float32)

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """Number of values if it were decoded."""
        return int(np.prod(self.shape))

    @property
    def nbytes(self) -> int:
        """Bytes that a decoded copy would take."""
        return self.size * 4

    def __len__(self) -> int:
        return self.shape[0]

    def __getattr__(self, name: str) -> Any:
        if name in ("latent", "_refused") or name.startswith("__"):
            raise AttributeError(name)
        return getattr(self.latent, name)

    def __getitem__(self, key: Any) -> Any:
        parts = key if isinstance(key, tuple) else (key,)
        basic = all(part is Ellipsis or isinstance(part, slice | int | np.integer) for part in parts)
        if not basic:
            return np.asarray(self)[key]
        return GuardedCube(self.latent[key], self._refused)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        if self.nbytes > LARGEST_COPY:
            refused = None if self._refused is None else self._refused()
            if refused is not None:
                refused()
            raise HydraError(too_large(self.nbytes))
        return np.asarray(self.latent, dtype=dtype)

    def astype(self, dtype: Any) -> NDArray[Any]:
        """Return a decoded copy of type `dtype`."""
        return np.asarray(self).astype(dtype, copy=False)


def too_large(nbytes: int) -> str:
    """Return the sentence that refuses to decode `nbytes` at once and says what to do instead."""
    return (
        f"The whole reconstruction would take {nbytes / 1e9:.1f} GB of memory; "
        "use Export in the Spectra dock, or File > Save with .zarr or .hdr, which write it piece by piece."
    )
