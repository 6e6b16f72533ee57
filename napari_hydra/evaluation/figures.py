"""All figures of one estimate in a single pass, a few rows at a time, so that no whole cube is decoded."""

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from napari_hydra.camera import get_camera
from napari_hydra.errors import HydraError
from napari_hydra.evaluation import metrics
from napari_hydra.evaluation.protocol import has_round_trip

Floats = NDArray[np.float64]
Rows = Callable[[slice], NDArray[np.floating]]
_BLOCK = 1 << 21  # values compared at once: their float64 copies stay near 16 MB each
_FIRST_PASS = 0.2  # share of the time that finding the largest norm takes


@dataclass(frozen=True, eq=False, kw_only=True)
class Figures:
    """How far an estimate is from the truth, in the protocol's definitions.

    Attributes
    ----------
    mrae, rmse, psnr, nrmse, sam : float
        See `napari_hydra.evaluation.metrics`; PSNR in dB, the spectral angle in degrees.
    rgb : float
        Mean absolute difference in 8-bit steps between the picture and the estimate rendered back, over channels
        that are neither 0 nor 255. Consistency, not accuracy. NaN where it has no meaning.
    coverage90 : float
        Share of the truth's values inside the 90 % interval, NaN without intervals.
    pixels : int
        Pixels compared.
    without_angle : int
        Of these, how many are left out of `sam` because the estimate is zero in every band.
    factor : float
        What the estimate was multiplied by first.
    wavelengths : (B,) array
        In nm.
    mrae_per_band, rmse_per_band, coverage90_per_band : (B,) array
    half_width_per_band : (B,) array
        Mean half-width of the 90 % interval; NaN without intervals.
    """

    mrae: float
    rmse: float
    psnr: float
    nrmse: float
    sam: float
    rgb: float
    coverage90: float
    pixels: int
    without_angle: int
    factor: float
    wavelengths: Floats
    mrae_per_band: Floats
    rmse_per_band: Floats
    coverage90_per_band: Floats
    half_width_per_band: Floats


@dataclass(frozen=True, eq=False, kw_only=True)
class DetailedFigures(Figures):
    """`Figures` with what a plot against wavelength shows besides.

    Attributes
    ----------
    level_per_band : (B,) array
        Mean of the truth.
    bias_per_band : (B,) array
        Mean of estimate minus truth.
    """

    level_per_band: Floats
    bias_per_band: Floats


def measure(
    estimate: Any,
    truth: NDArray[np.floating] | xr.DataArray,
    wavelengths: NDArray[np.floating],
    *,
    unit: float = 1.0,
    factor: float = 1.0,
    picture: NDArray[np.generic] | None = None,
) -> Figures:
    """Compare an estimate with the truth.

    Parameters
    ----------
    estimate : (H, W, B) array, DataArray or LatentCube
        A LatentCube is decoded row by row and brings its intervals.
    truth : (H, W, B) array or DataArray
        NaN marks pixels without data.
    wavelengths : (B,) array
        In nm.
    unit : float
        The truth is multiplied by it; the protocol's gain.
    factor : float
        The estimate and its interval are multiplied by it.
    picture : (H, W, 3) array, optional
        The picture that was reconstructed, for the round trip (without `factor`).

    Returns
    -------
    Figures

    Raises
    ------
    HydraError
        If the sizes differ, no pixel has data, or the estimate is not finite.
    """
    steps = measure_steps(estimate, truth, wavelengths, unit=unit, factor=factor, picture=picture)
    while True:
        try:
            next(steps)
        except StopIteration as end:
            detailed: DetailedFigures = end.value
            return Figures(**{entry.name: getattr(detailed, entry.name) for entry in fields(Figures)})


def measure_steps(
    estimate: Any,
    truth: NDArray[np.floating] | xr.DataArray,
    wavelengths: NDArray[np.floating],
    *,
    unit: float = 1.0,
    factor: float = 1.0,
    picture: NDArray[np.generic] | None = None,
    where: NDArray[np.bool_ | np.floating] | None = None,
) -> Generator[float, None, DetailedFigures]:
    """Do as `measure`, a block of rows a step, so that a window can show progress and stop on the way.

    Parameters
    ----------
    estimate, truth, wavelengths, unit, factor, picture
        See `measure`.
    where : (H, W) array, optional
        The pixels to compare (bool), or how much each counts (0 to 1); all of them where not given.

    Yields
    ------
    float
        How far it is, 0 to 1.

    Returns
    -------
    DetailedFigures
        The value of the generator.

    Raises
    ------
    HydraError
        See `measure`.
    """
    rows, target = rows_of(estimate), rows_of(truth)
    shape = _common_shape(estimate, truth)
    bands = np.asarray(wavelengths, dtype=np.float64)
    largest = yield from _largest_norm(target, shape, where)
    floor = metrics.LIT * largest * unit
    has_interval = hasattr(estimate, "half_width_tile")
    response = None
    if picture is not None and has_round_trip(picture, bands):
        response = get_camera("srgb").response(bands)
    relative, squares, differences, levels, covered, widths = (np.zeros(shape[2]) for _ in range(6))
    pixels = without_angle = channels = 0
    weight = lit_weight = angles = steps = 0.0
    for ys in row_blocks(shape, pixels_behind(estimate)):
        t = target(ys).astype(np.float64) * unit
        seen = metrics.has_data(t) if where is None else metrics.has_data(t) & (where[ys] > 0)
        raw, t = rows(ys).astype(np.float64), t[seen]
        if not np.isfinite(raw[seen]).all():
            raise HydraError("The estimate holds NaN or infinite values; it cannot be scored.")
        p = raw[seen] * factor
        w = np.ones(len(t)) if where is None else where[ys][seen].astype(np.float64)
        relative += w @ metrics.relative_error(p, t)
        squares += w @ np.square(p - t)
        differences += w @ (p - t)
        levels += w @ t
        pixels += len(t)
        weight += float(w.sum())
        lit = np.linalg.norm(t, axis=-1) > floor
        angle = metrics.spectral_angle_map(p[lit], t[lit])
        known = ~np.isnan(angle)
        angles += float(w[lit][known] @ angle[known])
        lit_weight += float(w[lit][known].sum())
        without_angle += int(known.size - known.sum())
        if has_interval:
            half = estimate.half_width_tile(ys, slice(None), 0.9).astype(np.float64)[seen] * abs(factor)
            covered += w @ metrics.is_inside(p, half, t)
            widths += w @ half
        if response is not None and picture is not None:
            shown = picture[ys].astype(np.float64)
            inside = (shown > 0) & (shown < 255) & seen[..., None]
            again = get_camera("srgb").encode(raw @ response) * 255
            steps += float(np.abs(again - shown)[inside].sum())
            channels += int(inside.sum())
        yield _FIRST_PASS + (1 - _FIRST_PASS) * ys.stop / shape[0]
    if not pixels:
        raise HydraError("No pixel of the truth has data in all of its bands, so nothing can be scored.")
    rmse = float(np.sqrt(squares.sum() / (weight * shape[2])))
    per_pixel = covered / weight if has_interval else np.full(shape[2], np.nan)
    return DetailedFigures(
        mrae=float(relative.sum() / (weight * shape[2])),
        rmse=rmse,
        psnr=metrics.decibels(rmse),
        nrmse=_ratio(rmse, levels.sum() / (weight * shape[2])),
        sam=_ratio(angles, lit_weight),
        rgb=_ratio(steps, channels),
        coverage90=float(per_pixel.mean()),
        pixels=pixels,
        without_angle=without_angle,
        factor=float(factor),
        wavelengths=bands,
        mrae_per_band=relative / weight,
        rmse_per_band=np.sqrt(squares / weight),
        coverage90_per_band=per_pixel,
        level_per_band=levels / weight,
        bias_per_band=differences / weight,
        half_width_per_band=widths / weight if has_interval else np.full(shape[2], np.nan),
    )


def fitted_factor(estimate: Any, truth: NDArray[np.floating] | xr.DataArray) -> float:
    """Return the one factor on the estimate that brings it nearest to the truth (least squares over the scene).

    Raises
    ------
    HydraError
        If the sizes differ, or the estimate has nothing in common with the truth.
    """
    rows, target = rows_of(estimate), rows_of(truth)
    product = power = 0.0
    for ys in row_blocks(_common_shape(estimate, truth), pixels_behind(estimate)):
        t = target(ys).astype(np.float64)
        seen = metrics.has_data(t)
        p = rows(ys).astype(np.float64)[seen]
        product += float((p * t[seen]).sum())
        power += float(np.square(p).sum())
    if not (np.isfinite(product) and power > 0 and product > 0):
        raise HydraError("No factor brings the estimate to the truth: one of the two is black or not finite.")
    return product / power


def rows_of(source: Any) -> Rows:
    """Return a function that gives some rows of an array, a DataArray or a LatentCube as (h, W, B)."""
    if hasattr(source, "tile"):
        return lambda ys: np.asarray(source.tile(ys, slice(None)))
    if isinstance(source, xr.DataArray):
        return lambda ys: np.asarray(source.data[ys])
    return lambda ys: np.asarray(source[ys])


def shape_of(source: Any) -> tuple[int, int, int]:
    """Return (H, W, B) of an array, a DataArray or a LatentCube, whose own axes are (band, y, x)."""
    first, second, third = source.shape
    return (second, third, first) if hasattr(source, "tile") else (first, second, third)


def pixels_behind(source: Any) -> float:
    """Return how many pixels are decoded for one of an estimate's: more than 1 if it is averaged on the way."""
    return max(1.0, float(getattr(source, "pixels", 1.0)))


def row_blocks(shape: tuple[int, int, int], behind: float = 1.0) -> Iterator[slice]:
    """Yield slices of rows that hold about two million values each, `behind` of them decoded for each."""
    step = max(1, int(_BLOCK / max(1, shape[1] * shape[2] * behind)))
    for start in range(0, shape[0], step):
        yield slice(start, min(start + step, shape[0]))


def _common_shape(estimate: Any, truth: Any) -> tuple[int, int, int]:
    estimate_shape, truth_shape = shape_of(estimate), shape_of(truth)
    if estimate_shape != truth_shape:
        raise HydraError(
            "The estimate has {} x {} pixels and {} bands, the truth ".format(*estimate_shape)
            + "{} x {} and {}; crop or reconstruct one like the other.".format(*truth_shape)
        )
    return estimate_shape


def _largest_norm(
    target: Rows, shape: tuple[int, int, int], where: NDArray[np.bool_ | np.floating] | None
) -> Generator[float, None, float]:
    largest = 0.0
    for ys in row_blocks(shape):
        norms = np.linalg.norm(target(ys).astype(np.float64), axis=-1)
        seen = ~np.isnan(norms) if where is None else ~np.isnan(norms) & (where[ys] > 0)
        largest = max(largest, float(np.max(norms[seen], initial=0.0)))
        yield _FIRST_PASS * ys.stop / shape[0]
    return largest


def _ratio(total: float, count: float) -> float:
    return float(total / count) if count else float("nan")
