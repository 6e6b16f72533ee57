"""A measured cube as what spectra are read from, where a scene is a cube alone."""

from dataclasses import dataclass

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from napari_hydra.cube import good_bands, select_bands, wavelengths_of
from napari_hydra.spectral_cube import ArrayCube
from napari_hydra.workbench.scene.limits import cube_limits


@dataclass(frozen=True, eq=False)
class MeasuredCube(ArrayCube):
    """The good bands of a cube; read where one looks, and without an interval, because it was measured."""

    @classmethod
    def of(cls, cube: xr.DataArray) -> "MeasuredCube":
        """Return a cube without its bad bands; those of one without a good band are all taken.

        Parameters
        ----------
        cube : xarray.DataArray
        """
        keep = good_bands(cube)
        good = select_bands(cube, keep) if keep.any() and not keep.all() else cube
        attrs = {str(key): value for key, value in good.attrs.items()}
        if "detector" in good.coords:
            attrs["detector"] = [int(one) for one in good["detector"].values]
        return cls(good.data, wavelengths_of(good), attrs)

    @property
    def detector(self) -> NDArray[np.integer] | None:
        """Whose band each is, where detectors overlap, (B,)."""
        owners = self.attrs.get("detector")
        return None if owners is None else np.asarray(owners, dtype=np.int64)

    @property
    def cube(self) -> xr.DataArray:
        """The same as a DataArray, without a copy."""
        coords = {"wavelength": self.wavelengths}
        found = xr.DataArray(self.values, dims=("y", "x", "wavelength"), coords=coords, attrs=dict(self.attrs))
        if self.detector is not None:
            found = found.assign_coords(detector=("wavelength", self.detector))
        return found

    def band(self, index: int) -> NDArray[np.floating]:
        """Return one band (H, W)."""
        return np.asarray(self.values[:, :, index])

    def contrast_limits(self) -> tuple[float, float]:
        """Return between which values it is displayed."""
        return cube_limits(self.cube)
