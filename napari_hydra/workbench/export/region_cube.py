"""A region of a cube as a smaller cube: its bounding box, NaN outside of the region, read piece by piece."""

from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from napari_hydra.cube import wavelengths_of
from napari_hydra.io.files.map_info import map_info_of
from napari_hydra.spectra.regions import bounding_box

if TYPE_CHECKING:
    from napari_hydra.hydra import LatentCube


class RegionCube:
    """What `napari_hydra.io.write_cube` needs of a cube, without decoding or copying the region.

    Parameters
    ----------
    cube : LatentCube or xarray.DataArray
    mask : (H, W) array of bool
    facts : dict
        Joined to the cube's attributes.

    Raises
    ------
    HydraError
        If the mask holds no pixel.
    """

    def __init__(self, cube: "LatentCube | xr.DataArray", mask: NDArray[np.bool_], extra_attrs: dict[str, Any]) -> None:
        self._cube = cube
        self._ys, self._xs = bounding_box(mask)
        self._mask = mask[self._ys, self._xs]
        attrs = {key: value for key, value in cube.attrs.items() if key != "ignore_value"}
        origin = {"region_origin": [self._ys.start, self._xs.start]}  # y, x of the first pixel in the picture
        self.attrs: dict[str, Any] = {**attrs, **extra_attrs, **origin, "ignore_value": float("nan")}
        info = map_info_of(cube.attrs, mask.shape)
        self.attrs.pop("map_info", None)
        if info is not None:
            fields = info.part(self._ys.start, self._xs.start)
            self.attrs["map_info"] = {"fields": fields, "size": self._mask.shape}
        if isinstance(cube, xr.DataArray):
            self.wavelengths = wavelengths_of(cube)
            if "detector" in cube.coords:
                self.attrs["detector"] = [int(d) for d in cube["detector"].values]
        else:
            self.wavelengths = cube.wavelengths

    @property
    def shape(self) -> tuple[int, int, int]:
        """(B, h, w) of the bounding box."""
        return (len(self.wavelengths), *self._mask.shape)

    def tile(self, ys: slice, xs: slice) -> NDArray[np.float32]:
        """Return a block of pixels (h, w, B) of the bounding box."""
        rows, columns = (range(n)[part] for n, part in zip(self._mask.shape, (ys, xs), strict=True))
        there = (
            slice(self._ys.start + rows.start, self._ys.start + rows.stop),
            slice(self._xs.start + columns.start, self._xs.start + columns.stop),
        )
        values = self._cube.data[there] if isinstance(self._cube, xr.DataArray) else self._cube.tile(*there)
        block = np.array(values, dtype=np.float32)
        block[~self._mask[ys, xs]] = np.nan
        return block

    def band(self, index: int) -> NDArray[np.float32]:
        """Return one band (h, w) of the bounding box."""
        if isinstance(self._cube, xr.DataArray):
            plane = np.array(self._cube.data[self._ys, self._xs, index], dtype=np.float32)
        else:
            plane = np.array(self._cube[:, self._ys, self._xs].band(index), dtype=np.float32)
        plane[~self._mask] = np.nan
        return plane
