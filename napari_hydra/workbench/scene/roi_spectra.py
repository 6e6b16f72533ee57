"""What the plot and the exports say of one pixel or region: the estimate, its interval, the truth, the errors."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from napari_hydra.cube import wavelengths_of
from napari_hydra.spectra import region_moments, region_statistics, rmse, spectral_angle
from napari_hydra.spectra.regions import bounding_box, window_around
from napari_hydra.workbench.scene.measured_cube import MeasuredCube
from napari_hydra.workbench.scene.pairing import on_truth_bands
from napari_hydra.workbench.scene.scene import Pin, Region, Scene, Statistic

if TYPE_CHECKING:
    from napari_hydra.hydra import LatentCube

Floats = NDArray[np.floating]

FLAGS = {1: "saturated", 2: "black", 4: "unfamiliar colour"}
_CACHE_SIZE = 512
_BANDS_AT_ONCE = 16  # of a region whose quartiles are sought


@dataclass(frozen=True, eq=False, kw_only=True)
class Spectrum:
    """A curve on its own wavelengths.

    Attributes
    ----------
    wavelengths, values : (B,) array
        In nm, and in the unit of the scene.
    low, high : (B,) array or None
        Ends of the interval.
    lower, upper : (B,) array or None
        Edges of the dispersion of a region's pixels: one standard deviation off the mean, or the quartiles.
    detector : (B,) array of int or None
        Whose band each is, where detectors overlap.
    """

    wavelengths: Floats
    values: Floats
    low: Floats | None = None
    high: Floats | None = None
    lower: Floats | None = None
    upper: Floats | None = None
    detector: NDArray[np.integer] | None = None

    def changed(self, change: Callable[[Floats], Floats], *, with_edges: bool = True) -> "Spectrum":
        """Return the spectrum with its values changed, and the edges of interval and dispersion alike, or without."""

        def edge(column: Floats | None) -> Floats | None:
            return change(column) if with_edges and column is not None else None

        return replace(
            self,
            values=change(self.values),
            low=edge(self.low),
            high=edge(self.high),
            lower=edge(self.lower),
            upper=edge(self.upper),
        )


@dataclass(frozen=True, eq=False)
class ExtraCurve:
    """A curve beside estimate and truth, at its own wavelengths.

    Attributes
    ----------
    name : str
        `teacher coding`, as columns of files call the encoded truth, or "cube <name>".
    words : str
        What it is, with its unit.
    spectrum : Spectrum
        Of a region without its dispersion.
    """

    name: str
    words: str
    spectrum: Spectrum


@dataclass(frozen=True, eq=False, kw_only=True)
class RoiSpectra:
    """Estimate, interval, truth and errors of one pixel, pin or region.

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
        Why the estimate is less certain: "saturated", "12 % black".
    count : int
        Pixels averaged.
    statistic : str
        "mean" or "median" of those pixels.
    item : Pin, Region or None
        Whose spectra they are; None as long as only pixels were read.
    extras : tuple of ExtraCurve
        The further curves that are drawn of it.
    is_measured : bool
        Whether `estimate` was measured: the scene is a cube alone.
    """

    estimate: Spectrum
    truth: Spectrum | None = None
    difference: Spectrum | None = None
    rmse: float | None = None
    angle: float | None = None
    notes: tuple[str, ...] = ()
    count: int = 1
    statistic: Statistic = "mean"
    item: Pin | Region | None = None
    extras: tuple[ExtraCurve, ...] = ()
    is_measured: bool = False

    @property
    def source(self) -> str:
        """What files call the column of `estimate`: "estimate", or "measured" of a cube alone."""
        return "measured" if self.is_measured else "estimate"

    @property
    def name(self) -> str:
        """Name of its pin or region, on one line."""
        return "" if self.item is None else one_line(self.item.name)

    @property
    def kind(self) -> str:
        """ "pin" or "region"."""
        return "region" if isinstance(self.item, Region) else "pin"

    @property
    def place(self) -> str:
        """Say which pixels it stands for."""
        if isinstance(self.item, Pin):
            mean = f"mean of {self.count} pixels around " if self.count > 1 else "pixel "
            return f"{mean}y={self.item.y} x={self.item.x}"
        return f"{self.statistic} of {self.count} pixels"

    @property
    def pixel(self) -> tuple[int, int] | None:
        """The pixel (y, x) of a pin; None of a region."""
        return (self.item.y, self.item.x) if isinstance(self.item, Pin) else None


def read_pixel(scene: Scene, y: int, x: int, level: float, pixel_window: int = 1) -> RoiSpectra:
    """Read the pixel (y, x) of a scene, or the mean of the `pixel_window` by `pixel_window` pixels around it.

    The interval has the nominal coverage `level`. That of a window is the mean over its pixels, not divided by the
    root of their number: the errors of neighbouring pixels are alike. At the edge the window is cut. A truth of larger
    pixels is compared with the estimate averaged over those of them that the window lies in.
    """
    ys, xs = window_around(y, x, pixel_window, scene.size)

    def estimate(cube: "LatentCube") -> Spectrum:
        bands = len(cube.wavelengths)
        mean = cube.tile(ys, xs).reshape(-1, bands).mean(axis=0)
        half = cube.half_width_tile(ys, xs, level).reshape(-1, bands).mean(axis=0)
        return _with_interval(cube, mean, half)

    def truth(cube: xr.DataArray) -> Spectrum:
        values = np.asarray(cube.data[ys, xs]).reshape(-1, cube.sizes["wavelength"])
        values = values[0] if len(values) == 1 else mean_of_known(values, 0)
        return Spectrum(wavelengths=wavelengths_of(cube), values=values, detector=_detector(cube))

    if isinstance(scene.estimate, MeasuredCube):
        return _measured(truth(scene.estimate.cube), (ys.stop - ys.start) * (xs.stop - xs.start))
    flags = np.asarray(scene.estimate.flags[ys, xs]).ravel()
    compared = _averaged(scene, ys, xs, None, level)
    return _compare(scene, estimate, truth, _notes(flags), count=flags.size, compared=compared)


def read_region(scene: Scene, region: Region, statistic: Statistic = "mean", level: float = 0.9) -> RoiSpectra:
    """Read a region: its mean and standard deviation, or its median and quartiles.

    The interval is the mean half-width of the pixels' intervals at the coverage `level`, not divided by the root of
    the count: the errors of neighbouring pixels are alike.
    """

    def estimate(cube: "LatentCube") -> Spectrum:
        moments = cube.region_mean(region.mask, level)
        if statistic == "mean":
            centre = moments.mean.astype(np.float64)
            lower, upper = centre - moments.std, centre + moments.std
        else:
            lower, centre, upper = _quartiles(cube, region.mask)
        return replace(_with_interval(cube, centre, moments.half_width), lower=lower, upper=upper)

    def truth(cube: xr.DataArray) -> Spectrum:
        if statistic == "mean":
            moments = region_moments(cube, region.mask)
            lower, centre, upper = moments.mean - moments.std, moments.mean, moments.mean + moments.std
        else:
            order = region_statistics(cube, region.mask)
            lower, centre, upper = order.lower_quartile, order.median, order.upper_quartile
        return Spectrum(
            wavelengths=wavelengths_of(cube), values=centre, lower=lower, upper=upper, detector=_detector(cube)
        )

    if isinstance(scene.estimate, MeasuredCube):
        return _measured(truth(scene.estimate.cube), int(np.count_nonzero(region.mask)), statistic)
    flags = np.asarray(scene.estimate.flags)[region.mask]
    ys, xs = bounding_box(region.mask)
    compared = _averaged(scene, ys, xs, region.mask[ys, xs], 0.9) if statistic == "mean" else None
    return _compare(scene, estimate, truth, _notes(flags), count=flags.size, statistic=statistic, compared=compared)


def cached_pixel(scene: Scene, y: int, x: int, level: float, pixel_window: int = 1) -> RoiSpectra:
    """Read a pixel, or return what was read of it before."""
    return _cached(scene, (y, x, level, pixel_window), lambda: read_pixel(scene, y, x, level, pixel_window))


def cached_region(scene: Scene, region: Region, statistic: Statistic = "mean", level: float = 0.9) -> RoiSpectra:
    """Read a region, or return what was read of it before, whatever its name and colour were then."""
    key = (Same(region.mask), statistic, level)
    return _cached(scene, key, lambda: read_region(scene, region, statistic, level))


def is_read(scene: Scene, region: Region, statistic: Statistic, level: float = 0.9) -> bool:
    """Whether `cached_region` has its answer."""
    return (Same(region.mask), statistic, level) in _READ.get(scene, {})


class Same:
    """A key that is equal to another only if both hold the very same thing."""

    def __init__(self, thing: object) -> None:
        self.thing = thing

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Same) and other.thing is self.thing

    def __hash__(self) -> int:
        return id(self.thing)


# Keyed weakly: a scene that is gone takes what was read of it along.
_READ: "WeakKeyDictionary[Scene, dict[object, RoiSpectra]]" = WeakKeyDictionary()
_ON_TRUTH_BANDS: "WeakKeyDictionary[Scene, tuple[LatentCube, xr.DataArray]]" = WeakKeyDictionary()


def _cached(scene: Scene, key: object, read: Callable[[], RoiSpectra]) -> RoiSpectra:
    known = _READ.setdefault(scene, {})
    if key not in known:
        while len(known) >= _CACHE_SIZE:
            known.pop(next(iter(known)))
        known[key] = read()
    return known[key]


def _on_truth_bands(scene: Scene) -> "tuple[LatentCube, xr.DataArray]":
    """Return the estimate at the wavelengths of the truth's good bands, and the truth cut to those."""
    if scene not in _ON_TRUTH_BANDS:
        assert scene.truth is not None
        _ON_TRUTH_BANDS[scene] = on_truth_bands(scene.reconstruction, scene.truth)
    return _ON_TRUTH_BANDS[scene]


def _compare(
    scene: Scene,
    estimate: "Callable[[LatentCube], Spectrum]",
    truth: Callable[[xr.DataArray], Spectrum],
    notes: tuple[str, ...],
    count: int,
    statistic: Statistic = "mean",
    compared: "Callable[[LatentCube], Spectrum] | None" = None,
) -> RoiSpectra:
    shown = estimate(scene.reconstruction)
    found = RoiSpectra(estimate=shown, notes=notes, count=count, statistic=statistic)
    if scene.truth is None:
        return found
    cube, measured_cube = _on_truth_bands(scene)
    measured = truth(measured_cube)
    same = shown if compared is None and cube is scene.estimate else (compared or estimate)(cube)
    difference = replace(
        same.changed(lambda column: column - measured.values),
        wavelengths=measured.wavelengths,
        lower=None,
        upper=None,
        detector=measured.detector,
    )
    return replace(
        found,
        truth=measured,
        difference=difference,
        rmse=rmse(same.values, measured.values),
        angle=spectral_angle(same.values, measured.values),
    )


def _measured(spectrum: Spectrum, count: int, statistic: Statistic = "mean") -> RoiSpectra:
    """Return the spectrum of a cube alone: nothing to compare it with, and no interval."""
    return RoiSpectra(estimate=spectrum, count=count, statistic=statistic, is_measured=True)


def _averaged(
    scene: Scene, ys: slice, xs: slice, mask: NDArray[np.bool_] | None, level: float
) -> "Callable[[LatentCube], Spectrum] | None":
    """Return what reads the estimate over the truth's larger pixels that some of the picture's lie in; None without.

    Each counts by how many of these it holds, as it does in the mean of the truth.
    """
    overlay = scene.overlay
    if scene.coarse_truth is None or overlay is None:
        return None
    down, across = (axis.coarse_index(np.arange(p.start, p.stop)) for axis, p in ((overlay.ys, ys), (overlay.xs, xs)))
    rows, columns = (slice(int(at.min()), int(at.max()) + 1) for at in (down, across))
    counts = np.zeros((rows.stop - rows.start, columns.stop - columns.start))
    inside = np.ones((down.size, across.size)) if mask is None else mask
    np.add.at(counts, (down[:, None] - rows.start, across[None] - columns.start), inside)
    weights = counts / counts.sum()

    def read(cube: "LatentCube") -> Spectrum:
        from napari_hydra.evaluation.averaging import AveragedCube

        averaged = AveragedCube.of(cube, overlay)
        mean = np.tensordot(weights, averaged.tile(rows, columns), 2)
        return _with_interval(cube, mean, np.tensordot(weights, averaged.half_width_tile(rows, columns, level), 2))

    return read


def _with_interval(cube: "LatentCube", centre: Floats, half_width: Floats) -> Spectrum:
    """Return a spectrum of a cube with its interval, which has no light below none."""
    low, high = np.maximum(centre - half_width, 0), centre + half_width
    return Spectrum(wavelengths=cube.wavelengths, values=centre, low=low, high=high)


def _notes(flags: NDArray[np.integer]) -> tuple[str, ...]:
    """Say what the flags of some pixels mean, and of what share of them."""
    shares = {word: np.count_nonzero(flags & bit) / flags.size for bit, word in FLAGS.items()}
    if flags.size == 1:
        return tuple(word for word, share in shares.items() if share)
    return tuple(f"{share:.0%} {word}" for word, share in shares.items() if share >= 0.005)


def one_line(text: str) -> str:
    """Return a text with every run of white space as one space."""
    return " ".join(text.split())


def mean_of_known(spectra: Floats, pixels: int) -> Floats:
    """Return the mean (B,) over the axis `pixels`, those without data left out."""
    known = np.isfinite(spectra)
    with np.errstate(invalid="ignore"):
        return np.where(known, spectra, 0.0).sum(axis=pixels, dtype=np.float64) / known.sum(axis=pixels)


def _quartiles(cube: "LatentCube", mask: NDArray[np.bool_]) -> Floats:
    """Return lower quartile, median and upper quartile (3, B) of a region, a few bands at a time."""
    ys, xs = bounding_box(mask)
    inside = mask[ys, xs]
    parts = []
    for start in range(0, len(cube.wavelengths), _BANDS_AT_ONCE):
        part = cube[start : start + _BANDS_AT_ONCE, ys, xs]
        values = np.asarray(part, dtype=np.float32)[:, inside]
        parts.append(np.percentile(values, [25, 50, 75], axis=1))
    return np.concatenate(parts, axis=1)


def _detector(cube: xr.DataArray) -> NDArray[np.integer] | None:
    return np.asarray(cube["detector"].values) if "detector" in cube.coords else None
