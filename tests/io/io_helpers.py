"""What several tests of io need."""

import importlib.util
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray


class FakeLatent:
    """Stands in for a LatentCube; `largest` is the most bytes that were decoded at once."""

    def __init__(self, values: NDArray[np.float32], wavelengths: NDArray[np.float64]) -> None:
        self._values = values
        self.wavelengths = wavelengths
        self.shape = (values.shape[2], *values.shape[:2])
        self.attrs = {"model": "visible", "picture_gain": np.float32(2.5), "quantity": "reflectance"}
        self._sizes = [0]  # of this and its parts

    @property
    def largest(self) -> int:
        return max(self._sizes)

    def tile(self, ys: slice, xs: slice) -> NDArray[np.float32]:
        values = self._values[ys, xs]
        self._sizes.append(values.nbytes)
        return values

    def __getitem__(self, key: tuple[slice, slice, slice]) -> "FakeLatent":
        bands, ys, xs = key
        part = FakeLatent(self._values[ys, xs, bands], self.wavelengths[bands])
        part._sizes = self._sizes
        return part


def assert_same(found: xr.DataArray, expected: xr.DataArray) -> None:
    """Values and wavelengths to the last bit, and every attribute that a cube defines."""
    xr.testing.assert_equal(found, expected)
    assert found.dtype == np.float32
    for key in ("quantity", "fwhm", "bad_bands", "history"):
        assert found.attrs[key] == expected.attrs[key], key
    assert (found.attrs["ignore_value"] is None) == (expected.attrs["ignore_value"] is None)


def unpacker(shared: Path) -> Callable[[Path], tuple[NDArray[np.float32], dict[str, Any], bytes]]:
    """Return the reader that comes with the shared data."""
    spec = importlib.util.spec_from_file_location("unpack", shared / "unpack.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.read
