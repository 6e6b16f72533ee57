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
from napari_hydra.lazy_array import LazyArray, expand

if TYPE_CHECKING:
    from napari_hydra.hydra import LatentCube

LARGEST_COPY = 1_000_000_000  # bytes that napari may decode at once


class GuardedCube(LazyArray):
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

    def __getattr__(self, name: str) -> Any:
        if name in ("latent", "_refused") or name.startswith("__"):
            raise AttributeError(name)
        return getattr(self.latent, name)

    def __getitem__(self, key: Any) -> Any:
        if expand(key, self.ndim) is None:
            return np.asarray(self)[key]
        return GuardedCube(self.latent[key], self._refused)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        if self.nbytes > LARGEST_COPY:
            refused = None if self._refused is None else self._refused()
            if refused is not None:
                refused()
            raise HydraError(too_large(self.nbytes))
        return np.asarray(self.latent, dtype=dtype)


def unguarded(data: Any) -> Any:
    """Return what a layer's data shows: the `LatentCube` of a reconstruction, any other array as it is."""
    return data.latent if isinstance(data, GuardedCube) else data


def too_large(nbytes: int) -> str:
    """Return the sentence that refuses to decode `nbytes` at once and says what to do instead."""
    return (
        f"The whole reconstruction would take {nbytes / 1e9:.1f} GB of memory; "
        "use Export in the Spectra dock, or File > Save with .zarr or .hdr, which write it piece by piece."
    )
