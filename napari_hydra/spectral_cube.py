"""What is asked of a cube, measured or reconstructed, by all that writes, measures or maps one: `SpectralCube`.

It is read piece by piece, so that no cube is decoded or loaded whole. A `LatentCube` is one; `spectral_cube` makes one
of a DataArray.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol, TypeVar, overload, runtime_checkable

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from napari_hydra.cube import DIMS, good_bands, select_bands, wavelengths_of
from napari_hydra.errors import HydraError

WHOLE = slice(None)


@runtime_checkable
class SpectralCube(Protocol):
    """A cube with axes (band, y, x)."""

    @property
    def shape(self) -> tuple[int, int, int]:
        """(B, H, W)."""

    @property
    def wavelengths(self) -> NDArray[np.float64]:
        """Band centres in nm, (B,)."""

    @property
    def attrs(self) -> Mapping[str, Any]:
        """What `napari_hydra.cube` says of a cube's attributes, and ``detector`` where detectors overlap."""

    def tile(self, ys: slice, xs: slice) -> NDArray[np.floating]:
        """Return a block of pixels (h, w, B)."""

    def __getitem__(self, key: tuple[slice, slice, slice]) -> "SpectralCube":
        """Return some bands of a block of pixels, not read yet; `attrs` stay those of the whole."""


@runtime_checkable
class HasInterval(Protocol):
    """A cube that knows how far off it may be."""

    def half_width_tile(self, ys: slice, xs: slice, level: float = 0.9) -> NDArray[np.floating]:
        """Return half the width of the interval of coverage `level` for a block of pixels (h, w, B)."""


@runtime_checkable
class HasFlags(Protocol):
    """A cube that marks pixels."""

    @property
    def flags(self) -> NDArray[np.uint8]:
        """(H, W), of bits."""

    @property
    def flag_meanings(self) -> Mapping[int, str]:
        """What each bit means, a word without spaces."""


@dataclass(frozen=True, eq=False)
class ArrayCube:
    """A `SpectralCube` around an array.

    Attributes
    ----------
    values : (H, W, B) array
        NumPy or dask.
    wavelengths : (B,) array
        In nm.
    attrs : dict
    """

    values: Any
    wavelengths: NDArray[np.float64]
    attrs: dict[str, Any] = field(default_factory=dict)

    @property
    def shape(self) -> tuple[int, int, int]:
        """(B, H, W)."""
        height, width, bands = self.values.shape
        return bands, height, width

    def tile(self, ys: slice, xs: slice) -> NDArray[np.floating]:
        """Return a block of pixels (h, w, B)."""
        return np.asarray(self.values[ys, xs])

    def __getitem__(self, key: tuple[slice, slice, slice]) -> "ArrayCube":
        bands, ys, xs = key
        return replace(self, values=self.values[ys, xs, bands], wavelengths=self.wavelengths[bands])

    def pixels(self, ys: NDArray[np.integer], xs: NDArray[np.integer]) -> "ArrayCube":
        """Return single pixels (n,) as a cube of one row, read already."""
        lazy = getattr(self.values, "vindex", None)  # of dask
        values = self.values[ys, xs] if lazy is None else lazy[ys, xs]
        return replace(self, values=np.asarray(values)[None])


def blocks(length: int, values: float, most: float) -> Iterator[slice]:
    """Cut an axis into slices of about `most` values, where each step along it holds `values` of them.

    >>> list(blocks(5, 10, 20))
    [slice(0, 2, None), slice(2, 4, None), slice(4, 5, None)]
    """
    step = max(1, int(most / max(1, values)))
    for start in range(0, length, step):
        yield slice(start, min(start + step, length))


Cube = TypeVar("Cube", bound=SpectralCube)


@overload
def spectral_cube(cube: xr.DataArray, *, usable: bool = False) -> ArrayCube: ...
@overload
def spectral_cube(cube: Cube, *, usable: bool = False) -> Cube: ...
def spectral_cube(cube: Any, *, usable: bool = False) -> Any:
    """Return a cube as a `SpectralCube`.

    Parameters
    ----------
    cube : SpectralCube or xarray.DataArray
    usable : bool
        Whether the bad bands of a DataArray are left out.

    Raises
    ------
    HydraError
        If it is an array without the dimensions of a cube.
    """
    if not isinstance(cube, xr.DataArray):
        return cube
    if set(cube.dims) != set(DIMS) or "wavelength" not in cube.coords:
        raise HydraError(f"An array with dimensions {tuple(cube.dims)} is no cube; build one with make_cube.")
    keep = good_bands(cube)
    if usable and not keep.all():
        cube = select_bands(cube, keep)
    attrs = {str(key): value for key, value in cube.attrs.items()}
    if "detector" in cube.coords:
        attrs["detector"] = [int(d) for d in cube["detector"].values]
    return ArrayCube(cube.transpose(*DIMS).data, wavelengths_of(cube), attrs)
