"""The two cubes of a scene that are compared, and the pixels that a scatter plot shows of them."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from napari_hydra.cube import SAME_BAND_NM, wavelengths_of
from napari_hydra.errors import HydraError
from napari_hydra.evaluation.comparison import compare_steps
from napari_hydra.evaluation.figures import DetailedFigures
from napari_hydra.progress import Progress, Steps, drain
from napari_hydra.spectra.regions import bounding_box
from napari_hydra.workbench.scene.pairing import on_truth_bands
from napari_hydra.workbench.scene.scene import Scene

if TYPE_CHECKING:
    from napari_hydra.evaluation.averaging import AveragedCube
    from napari_hydra.evaluation.overlay import Overlay
    from napari_hydra.hydra import LatentCube

SAMPLE_PIXELS = 20_000


@dataclass(frozen=True, eq=False)
class Pair:
    """Estimate and truth at the same wavelengths.

    Attributes
    ----------
    estimate : LatentCube or AveragedCube
        In the unit that the scene is shown in.
    truth : xarray.DataArray
    gain : float
        From that unit to the picture's, in which relative errors are taken.
    overlay : Overlay or None
        How their pixels lie over the picture's, where they are larger.
    """

    estimate: "LatentCube | AveragedCube"
    truth: xr.DataArray
    gain: float
    overlay: "Overlay | None" = None

    @property
    def wavelengths(self) -> NDArray[np.float64]:
        """In nm, (B,)."""
        return wavelengths_of(self.truth)

    @property
    def stack(self) -> Any:
        """The truth as (wavelength, y, x), without a copy; dask stays dask."""
        return self.truth.data.transpose(2, 0, 1)

    def band_at(self, wavelength: float) -> int | None:
        """Return the index of the band nearest to a wavelength in nm, None where nothing is compared there."""
        band = int(self.partners(np.array([wavelength]))[0])
        return None if band < 0 else band

    def partners(self, wavelengths: NDArray[np.float64]) -> NDArray[np.intp]:
        """Return the index of the band nearest to each wavelength in nm; -1 beyond the truth, and in its gaps."""
        bands = self.wavelengths
        nearest = np.abs(bands[:, None] - np.asarray(wavelengths)[None]).argmin(axis=0)
        spacing = float(np.median(np.diff(bands))) if bands.size > 1 else 0.0
        inside = (wavelengths >= bands.min()) & (wavelengths <= bands.max())
        reach = np.where(inside, max(SAME_BAND_NM, spacing), SAME_BAND_NM)
        return np.where(np.abs(bands[nearest] - wavelengths) <= reach, nearest, -1)

    def part(self, ys: slice, xs: slice) -> "Pair":
        """Return a block of pixels."""
        return Pair(self.estimate[:, ys, xs], self.truth[ys, xs], self.gain)

    def pixel(self, y: int, x: int) -> tuple[int, int]:
        """Return the compared pixel that a pixel of the picture lies in.

        Raises
        ------
        HydraError
            If none is.
        """
        at = (y, x) if self.overlay is None else self.overlay.coarse_pixel(y, x)
        if at is None:
            raise HydraError("The truth does not cover this pixel.")
        return at

    def share(self, mask: NDArray[np.bool_]) -> NDArray[np.bool_ | np.floating]:
        """Return which compared pixels a mask of the picture's holds (bool), or what share of each it covers."""
        if self.overlay is None:
            return mask
        from napari_hydra.evaluation.averaging import area_mean

        return area_mean(mask.astype(np.float32), self.overlay)

    def inside(self, mask: NDArray[np.bool_]) -> "tuple[Pair, NDArray[np.bool_ | np.floating]]":
        """Return the block around a mask of the picture's pixels, and `share` in it: what `compare_steps` takes."""
        share = self.share(mask)
        ys, xs = bounding_box(share > 0)
        return self.part(ys, xs), share[ys, xs]


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
        estimate, truth = on_truth_bands(
            scene.reconstruction, scene.truth if scene.coarse_truth is None else scene.coarse_truth
        )
        if scene.coarse_truth is None or scene.overlay is None:
            _PAIRS[scene] = Pair(estimate, truth, 1 / scene.factor)
        else:
            from napari_hydra.evaluation.averaging import AveragedCube

            averaged = AveragedCube.of(estimate, scene.overlay)
            _PAIRS[scene] = Pair(averaged, truth, 1 / scene.factor, scene.overlay)
    return _PAIRS[scene]


# Keyed weakly: a scene that is gone takes its pair along.
_PAIRS: "WeakKeyDictionary[Scene, Pair]" = WeakKeyDictionary()


def pixel_figures(pair: Pair, y: int, x: int) -> DetailedFigures:
    """Return the figures of one pixel of the picture, or of the larger one that is compared in its place.

    Raises
    ------
    HydraError
        If the truth has no data there.
    """
    y, x = pair.pixel(y, x)
    part = pair.part(slice(y, y + 1), slice(x, x + 1))
    return drain(compare_steps(part.estimate, part.truth, gain=part.gain))


def sample_steps(pair: Pair) -> Steps[Sample]:
    """Read some 20000 pixels of both cubes, on an even grid."""
    _, height, width = pair.estimate.shape
    step = max(1, math.ceil(math.sqrt(height * width / SAMPLE_PIXELS)))
    grid = slice(step // 2, None, step)
    part = pair.part(grid, grid)
    yield Progress(0.1, "reading pixels")
    bands = part.estimate.shape[0]
    estimate = part.estimate.tile(slice(None), slice(None)).reshape(-1, bands)
    yield Progress(0.3, "reading pixels")
    return Sample(estimate, np.asarray(part.truth.data, dtype=np.float32).reshape(-1, bands))
