"""The error band by band as a layer's data: computed for the band that is shown, never as a whole."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from napari_hydra.evaluation.maps import ERROR_MAPS, LEVEL, Block

if TYPE_CHECKING:
    from napari_hydra.evaluation.averaging import AveragedCube
    from napari_hydra.hydra import LatentCube

_BLOCK_PIXELS = 1 << 14


@dataclass(frozen=True, eq=False)
class ErrorStack:
    """Axes (wavelength, y, x); indexing with integers and slices returns another lazy stack.

    Attributes
    ----------
    kind : str
        Key of an error map that shows single bands.
    estimate : LatentCube
    truth : (B, H, W) array
        NumPy or dask, in the unit and at the wavelengths of the estimate.
    axes : tuple of int
        The axes that integers have not taken away.
    partners : (n,) array of int or None
        Which band of the truth each shown band is, -1 for none; None: each is its own.
    """

    kind: str
    estimate: "LatentCube | AveragedCube"
    truth: Any
    axes: tuple[int, ...] = (0, 1, 2)
    partners: NDArray[np.intp] | None = None

    @property
    def shape(self) -> tuple[int, ...]:
        """Lengths of the axes that are left."""
        return tuple(self._lengths[axis] for axis in self.axes)

    @property
    def _lengths(self) -> tuple[int, int, int]:
        bands, height, width = self.estimate.shape
        return bands if self.partners is None else self.partners.size, height, width

    @property
    def dtype(self) -> np.dtype[np.float32]:
        """Always float32."""
        return np.dtype(np.float32)

    @property
    def ndim(self) -> int:
        """Number of axes that are left."""
        return len(self.axes)

    @property
    def size(self) -> int:
        """Number of values if it were computed."""
        return int(np.prod(self.shape))

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, key: Any) -> "ErrorStack":
        parts = key if isinstance(key, tuple) else (key,)
        if Ellipsis in parts:
            at = parts.index(Ellipsis)
            parts = parts[:at] + (slice(None),) * (self.ndim - len(parts) + 1) + parts[at + 1 :]
        parts += (slice(None),) * (self.ndim - len(parts))
        whole: list[slice] = [slice(None)] * 3
        kept = []
        for axis, part in zip(self.axes, parts, strict=True):
            if isinstance(part, slice):
                whole[axis] = part
                kept.append(axis)
            else:
                index = range(self._lengths[axis])[int(part)]
                whole[axis] = slice(index, index + 1)
        bands, ys, xs = whole
        if self.partners is not None:
            partners, bands = self.partners[bands], slice(None)
            part = (self.estimate[:, ys, xs], self.truth[:, ys, xs])
            return replace(self, estimate=part[0], truth=part[1], axes=tuple(kept), partners=partners)
        return replace(self, estimate=self.estimate[bands, ys, xs], truth=self.truth[bands, ys, xs], axes=tuple(kept))

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        out = self._computed() if self.partners is None else self._at_partners(self.partners)
        out = np.squeeze(out, axis=tuple(axis for axis in range(3) if axis not in self.axes))
        return out.astype(np.float32 if dtype is None else dtype, copy=False)

    def _at_partners(self, partners: NDArray[np.intp]) -> NDArray[np.floating]:
        out = np.full(self._lengths, np.nan, np.float32)
        for at, band in enumerate(partners):
            if band >= 0:
                one = slice(int(band), int(band) + 1)
                part = replace(self, estimate=self.estimate[one, :, :], truth=self.truth[one], partners=None)
                out[at] = part._computed()[0]
        return out

    def _computed(self) -> NDArray[np.floating]:
        estimate, truth, error = np.asarray(self.estimate), np.asarray(self.truth), ERROR_MAPS[self.kind]
        if not error.needs_interval:
            return error.compute(Block(estimate, truth))
        # With the interval some rows at a time, which stay in the processor's cache.
        out = np.empty(estimate.shape, np.float32)
        rows = max(1, _BLOCK_PIXELS // max(1, estimate.shape[2]))
        for start in range(0, estimate.shape[1], rows):
            ys = slice(start, start + rows)
            half = np.moveaxis(self.estimate[:, ys].half_width_tile(slice(None), slice(None), LEVEL), -1, 0)
            out[:, ys] = error.compute(Block(estimate[:, ys], truth[:, ys], half))
        return out

    def astype(self, dtype: Any) -> NDArray[Any]:
        """Return a computed copy of type `dtype`."""
        return np.asarray(self).astype(dtype, copy=False)
