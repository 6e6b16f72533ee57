"""The error band by band as a layer's data: computed for the band that is shown, never as a whole."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from napari_hydra.evaluation.maps import ERROR_MAPS, LEVEL, Block
from napari_hydra.lazy_array import LazyStack

if TYPE_CHECKING:
    from napari_hydra.evaluation.averaging import AveragedCube
    from napari_hydra.hydra import LatentCube

_BLOCK_PIXELS = 1 << 14


@dataclass(frozen=True, eq=False)
class ErrorStack(LazyStack):
    """Axes (wavelength, y, x).

    Attributes
    ----------
    kind : str
        Key of an error map that shows single bands.
    estimate : LatentCube
    truth : (B, H, W) array
        NumPy or dask, in the unit and at the wavelengths of the estimate.
    partners : (n,) array of int or None
        Which band of the truth each shown band is, -1 for none; None: each is its own.
    """

    kind: str
    estimate: "LatentCube | AveragedCube"
    truth: Any
    partners: NDArray[np.intp] | None = None

    @property
    def shape(self) -> tuple[int, int, int]:
        """Bands, height and width."""
        bands, height, width = self.estimate.shape
        return bands if self.partners is None else self.partners.size, height, width

    def part(self, bands: slice, ys: slice, xs: slice) -> "ErrorStack":
        """Return some bands of a block of pixels, not computed yet."""
        partners = None
        if self.partners is not None:
            partners, bands = self.partners[bands], slice(None)
        estimate, truth = self.estimate[bands, ys, xs], self.truth[bands, ys, xs]
        return replace(self, estimate=estimate, truth=truth, partners=partners)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        out = self._computed() if self.partners is None else self._at_partners(self.partners)
        return out.astype(np.float32 if dtype is None else dtype, copy=False)

    def _at_partners(self, partners: NDArray[np.intp]) -> NDArray[np.floating]:
        out = np.full(self.shape, np.nan, np.float32)
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
