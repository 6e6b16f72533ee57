from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from napari_hydra.cube import make_cube

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"


@pytest.fixture
def cube() -> xr.DataArray:
    """37 x 21 pixels and 12 uneven bands of two overlapping detectors, with all that a cube may carry."""
    values = np.random.default_rng(0).random((37, 21, 12), dtype=np.float32)
    values[3, 4, 5] = np.nan
    wavelengths = [400.25, 411.5, 420, 433, 445.125, 457, 450, 462, 475, 481, 499.9, 700]
    return make_cube(
        values,
        wavelengths,
        quantity="radiance",
        source="a test",
        fwhm=np.linspace(5, 8.3, 12),
        bad_bands=(0, 7),
        ignore_value=-9999.0,
        history=("made {by} hand, with a comma", "seen at 5 µm = far"),
    )


@pytest.fixture
def shared() -> Path:
    """The folder of measured cubes; tests that need it are skipped where it is absent."""
    if not SHARED.is_dir():
        pytest.skip("shared data are not here")
    return SHARED
