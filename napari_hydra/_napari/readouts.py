"""What the plot and the exports say of one pixel or region: the estimate, its interval, the truth, the errors."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from napari_hydra._napari.store import Region, Scene
from napari_hydra.cube import good_bands, select_bands, wavelengths_of
from napari_hydra.spectra import region_moments, rmse, spectral_angle

if TYPE_CHECKING:
    from napari_hydra.hydra import LatentCube

Floats = NDArray[np.floating]

FLAGS = {1: "saturated", 2: "black", 4: "unfamiliar colour"}
_CACHE_SIZE = 512


@dataclass(frozen=True, eq=False, kw_only=True)
class Spectrum:
    """A curve on its own wavelengths.

    Attributes
    ----------
    wavelengths, values : (B,) array
        In nm, and in the unit of the scene.
    low, high : (B,) array or None
        Ends of the interval.
    spread : (B,) array or None
        Standard deviation of the pixels of a region.
    detector : (B,) array of int or None
        Whose band each is, where detectors overlap.
    """

    wavelengths: Floats
    values: Floats
    low: Floats | None = None
    high: Floats | None = None
    spread: Floats | None = None
    detector: NDArray[np.integer] | None = None


@dataclass(frozen=True, eq=False, kw_only=True)
class Readout:
    """All that is known of one pixel or region.

    Attributes
    ----------
    estimate : Spectrum
        On the wavelengths asked for.
    truth : Spectrum or None
        On its own good bands.
    difference : Spectrum or None
        Estimate minus truth on the bands of the truth; its interval is that of the estimate, moved by the truth.
    rmse, angle : float or None
        Root mean square error in the unit of the scene and spectral angle in degrees, over the truth's bands.
    notes : tuple of str
        What makes the estimate doubtful: "saturated", "12 % black".
    count : int
        Pixels averaged.
    """

    estimate: Spectrum
    truth: Spectrum | None = None
    difference: Spectrum | None = None
    rmse: float | None = None
    angle: float | None = None
    notes: tuple[str, ...] = ()
    count: int = 1


def read_pixel(scene: Scene, y: int, x: int, level: float) -> Readout:
    """Read the pixel (y, x) of a scene, its interval at the nominal coverage `level`."""

    def estimate(cube: "LatentCube") -> Spectrum:
        low, high = cube.interval(y, x, level)
        return Spectrum(wavelengths=cube.wavelengths, values=cube.spectrum(y, x), low=low, high=high)

    def truth(cube: xr.DataArray) -> Spectrum:
        return Spectrum(wavelengths=wavelengths_of(cube), values=np.asarray(cube.data[y, x]), detector=_detector(cube))

    flags = int(scene.estimate.flags[y, x])
    notes = tuple(word for bit, word in FLAGS.items() if flags & bit)
    return _compare(scene, estimate, truth, notes, count=1)


def read_region(scene: Scene, region: Region) -> Readout:
    """Read the mean of a region, its spread, and the mean half-width of its pixels' intervals (at 90 %).

    The half-width is not divided by the root of the count: the errors of neighbouring pixels are alike.
    """

    def estimate(cube: "LatentCube") -> Spectrum:
        mean = cube.region_mean(region.mask)
        return Spectrum(
            wavelengths=mean.wavelengths,
            values=mean.mean,
            low=np.maximum(mean.mean - mean.half_width, 0),  # as the interval of a pixel: no light below none
            high=mean.mean + mean.half_width,
            spread=mean.std,
        )

    def truth(cube: xr.DataArray) -> Spectrum:
        moments = region_moments(cube, region.mask)
        return Spectrum(
            wavelengths=moments.wavelengths, values=moments.mean, spread=moments.std, detector=_detector(cube)
        )

    count = int(np.count_nonzero(region.mask))
    flags = np.asarray(scene.estimate.flags)[region.mask]
    shares = {word: np.count_nonzero(flags & bit) / count for bit, word in FLAGS.items()}
    notes = tuple(f"{share:.0%} {word}" for word, share in shares.items() if share >= 0.005)
    return _compare(scene, estimate, truth, notes, count=count)


def cached_pixel(scene: Scene, y: int, x: int, level: float) -> Readout:
    """Read a pixel, or return what was read of it before."""
    return _cached(scene, (y, x, level), lambda: read_pixel(scene, y, x, level))


def cached_region(scene: Scene, region: Region) -> Readout:
    """Read a region, or return what was read of it before."""
    return _cached(scene, region, lambda: read_region(scene, region))


# Keyed weakly: a scene that is gone takes what was read of it along.
_READ: "WeakKeyDictionary[Scene, dict[object, Readout]]" = WeakKeyDictionary()
_ON_TRUTH_BANDS: "WeakKeyDictionary[Scene, tuple[LatentCube, xr.DataArray]]" = WeakKeyDictionary()


def _cached(scene: Scene, key: object, read: Callable[[], Readout]) -> Readout:
    known = _READ.setdefault(scene, {})
    if key not in known:
        while len(known) >= _CACHE_SIZE:
            known.pop(next(iter(known)))
        known[key] = read()
    return known[key]


def _on_truth_bands(scene: Scene) -> "tuple[LatentCube, xr.DataArray]":
    """Return the estimate at the wavelengths of the truth's good bands, and the truth cut to those."""
    if scene not in _ON_TRUTH_BANDS:
        truth = scene.truth
        assert truth is not None
        estimate = scene.estimate
        keep = good_bands(truth, estimate.wavelengths.min() - 0.5, estimate.wavelengths.max() + 0.5)
        if not keep.all():
            truth = select_bands(truth, keep)
        centres = wavelengths_of(truth)
        same = estimate.wavelengths.shape == centres.shape and np.allclose(
            estimate.wavelengths, centres, rtol=0, atol=1e-3
        )
        _ON_TRUTH_BANDS[scene] = (estimate if same else estimate.at_wavelengths(centres), truth)
    return _ON_TRUTH_BANDS[scene]


def _compare(
    scene: Scene,
    estimate: "Callable[[LatentCube], Spectrum]",
    truth: Callable[[xr.DataArray], Spectrum],
    notes: tuple[str, ...],
    count: int,
) -> Readout:
    shown = estimate(scene.estimate)
    if scene.truth is None:
        return Readout(estimate=shown, notes=notes, count=count)
    cube, measured_cube = _on_truth_bands(scene)
    measured = truth(measured_cube)
    same = shown if cube is scene.estimate else estimate(cube)
    assert same.low is not None
    assert same.high is not None
    difference = Spectrum(
        wavelengths=measured.wavelengths,
        values=same.values - measured.values,
        low=same.low - measured.values,
        high=same.high - measured.values,
        detector=measured.detector,
    )
    return Readout(
        estimate=shown,
        truth=measured,
        difference=difference,
        rmse=rmse(same.values, measured.values),
        angle=spectral_angle(same.values, measured.values),
        notes=notes,
        count=count,
    )


def _detector(cube: xr.DataArray) -> NDArray[np.integer] | None:
    return np.asarray(cube["detector"].values) if "detector" in cube.coords else None
