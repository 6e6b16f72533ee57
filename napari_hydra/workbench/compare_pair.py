"""The two cubes of a scene that are compared, and the pixels that a scatter plot shows of them."""

import math
from collections.abc import Generator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from napari_hydra.cube import good_bands, select_bands, wavelengths_of
from napari_hydra.evaluation.comparison import compare_steps
from napari_hydra.evaluation.figures import DetailedFigures
from napari_hydra.workbench.scene import Scene

if TYPE_CHECKING:
    from napari_hydra.hydra import LatentCube

SAMPLE_PIXELS = 20_000
_SAME = 1e-3  # nm


@dataclass(frozen=True, eq=False)
class Pair:
    """Estimate and truth at the same wavelengths.

    Attributes
    ----------
    estimate : LatentCube
        In the unit that the scene is shown in.
    truth : xarray.DataArray
    gain : float
        From that unit to the picture's, in which relative errors are taken.
    """

    estimate: "LatentCube"
    truth: xr.DataArray
    gain: float

    @property
    def wavelengths(self) -> NDArray[np.float64]:
        """In nm, (B,)."""
        return wavelengths_of(self.truth)

    @property
    def stack(self) -> Any:
        """The truth as (wavelength, y, x), without a copy; dask stays dask."""
        return self.truth.data.transpose(2, 0, 1)

    def band_at(self, wavelength: float) -> int | None:
        """Return the index of the band at a wavelength in nm, None where nothing is compared there."""
        apart = np.abs(self.wavelengths - wavelength)
        return int(apart.argmin()) if apart.min() <= 0.5 else None

    def part(self, ys: slice, xs: slice) -> "Pair":
        """Return a block of pixels."""
        return Pair(self.estimate[:, ys, xs], self.truth[ys, xs], self.gain)


@dataclass(frozen=True, eq=False)
class Sample:
    """Spectra (n, B) of pixels on an even grid, of the estimate and of the truth."""

    estimate: NDArray[np.float32]
    truth: NDArray[np.float32]


def pair_of(scene: Scene) -> Pair | None:
    """Return what is compared in a scene, None without a truth."""
    if scene.truth is None:
        return None
    if scene not in _PAIRS:
        centres = scene.estimate.wavelengths
        keep = good_bands(scene.truth, centres.min() - 0.5, centres.max() + 0.5)
        truth = scene.truth if keep.all() else select_bands(scene.truth, keep)
        wanted = wavelengths_of(truth)
        same = wanted.shape == centres.shape and np.allclose(wanted, centres, rtol=0, atol=_SAME)
        estimate = scene.estimate if same else scene.estimate.at_wavelengths(wanted)
        _PAIRS[scene] = Pair(estimate, truth, 1 / scene.factor)
    return _PAIRS[scene]


# Keyed weakly: a scene that is gone takes its pair along.
_PAIRS: "WeakKeyDictionary[Scene, Pair]" = WeakKeyDictionary()


def pixel_figures(pair: Pair, y: int, x: int) -> DetailedFigures:
    """Return the figures of one pixel.

    Raises
    ------
    HydraError
        If the truth has no data there.
    """
    part = pair.part(slice(y, y + 1), slice(x, x + 1))
    steps = compare_steps(part.estimate, part.truth, gain=part.gain)
    while True:
        try:
            next(steps)
        except StopIteration as end:
            figures: DetailedFigures = end.value
            return figures


def sample_steps(pair: Pair) -> Generator[float, None, Sample]:
    """Read some 20000 pixels of both cubes, on an even grid."""
    _, height, width = pair.estimate.shape
    step = max(1, math.ceil(math.sqrt(height * width / SAMPLE_PIXELS)))
    grid = slice(step // 2, None, step)
    part = pair.part(grid, grid)
    yield 0.1
    bands = part.estimate.shape[0]
    estimate = part.estimate.tile(slice(None), slice(None)).reshape(-1, bands)
    yield 0.3
    return Sample(estimate, np.asarray(part.truth.data, dtype=np.float32).reshape(-1, bands))
