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
        self.largest = 0

    def tile(self, ys: slice, xs: slice) -> NDArray[np.float32]:
        return self._count(self._values[ys, xs])

    def band(self, i: int) -> NDArray[np.float32]:
        return self._count(self._values[:, :, i])

    def _count(self, values: NDArray[np.float32]) -> NDArray[np.float32]:
        self.largest = max(self.largest, values.nbytes)
        return values


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
