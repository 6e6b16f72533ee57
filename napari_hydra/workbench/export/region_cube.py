"""A region of a cube as a smaller cube: its bounding box, NaN outside of the region, read piece by piece."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from napari_hydra.io.files.map_info import map_info_of
from napari_hydra.spectra.regions import bounding_box
from napari_hydra.spectral_cube import WHOLE, SpectralCube, spectral_cube


@dataclass(frozen=True, eq=False)
class RegionCube:
    """A `SpectralCube` that is NaN outside of a mask.

    Attributes
    ----------
    box : SpectralCube
        The bounding box.
    mask : (h, w) array of bool
        Within it.
    attrs : dict
    """

    box: SpectralCube
    mask: NDArray[np.bool_]
    attrs: dict[str, Any]

    @classmethod
    def of(
        cls, cube: SpectralCube | xr.DataArray, mask: NDArray[np.bool_], extra_attrs: dict[str, Any]
    ) -> "RegionCube":
        """Return the region of a cube that a mask (H, W) marks; `facts` are joined to its attributes.

        Raises
        ------
        HydraError
            If the mask holds no pixel.
        """
        whole, (ys, xs) = spectral_cube(cube), bounding_box(mask)
        inside = mask[ys, xs]
        origin = {"region_origin": [ys.start, xs.start]}  # y, x of the first pixel in the picture
        attrs = {**whole.attrs, **extra_attrs, **origin, "ignore_value": float("nan")}
        info = map_info_of(whole.attrs, mask.shape)
        attrs.pop("map_info", None)
        if info is not None:
            attrs["map_info"] = {"fields": info.part(ys.start, xs.start), "size": inside.shape}
        return cls(whole[WHOLE, ys, xs], inside, attrs)

    @property
    def shape(self) -> tuple[int, int, int]:
        """(B, h, w) of the bounding box."""
        return self.box.shape

    @property
    def wavelengths(self) -> NDArray[np.float64]:
        """In nm, (B,)."""
        return self.box.wavelengths

    def tile(self, ys: slice, xs: slice) -> NDArray[np.float32]:
        """Return a block of pixels (h, w, B) of the bounding box."""
        block = np.array(self.box.tile(ys, xs), dtype=np.float32)
        block[~self.mask[ys, xs]] = np.nan
        return block

    def __getitem__(self, key: tuple[slice, slice, slice]) -> "RegionCube":
        return replace(self, box=self.box[key], mask=self.mask[key[1:]])
