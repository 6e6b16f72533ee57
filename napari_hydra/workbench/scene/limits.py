"""Between which values a cube is displayed."""

import numpy as np
import xarray as xr


def cube_limits(cube: xr.DataArray) -> tuple[float, float]:
    """Return display limits: 0 (or the lowest value seen) to the 99.8th percentile of a sample of pixels."""
    good = np.ones(cube.sizes["wavelength"], dtype=bool)
    good[list(cube.attrs.get("bad_bands", ()))] = False
    bands = np.flatnonzero(good) if good.any() else np.arange(good.size)
    bands = bands[np.linspace(0, bands.size - 1, min(bands.size, 24)).round().astype(int)]
    step_y, step_x = (max(1, cube.sizes[axis] // 64) for axis in ("y", "x"))
    sample = np.asarray(cube.data[::step_y, ::step_x, bands])
    sample = sample[np.isfinite(sample)]
    if sample.size == 0:
        return (0.0, 1.0)
    top = float(np.percentile(sample, 99.8))
    return (0.0, top) if top > 0 else (float(sample.min()), max(0.0, float(sample.min()) + 1.0))
