"""All figures of one estimate in a single pass, a few rows at a time, so that no whole cube is decoded."""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from napari_hydra.camera import get_camera
from napari_hydra.errors import HydraError
from napari_hydra.evaluation import metrics
from napari_hydra.evaluation.averaging import AveragedCube
from napari_hydra.evaluation.protocol import has_round_trip
from napari_hydra.progress import Progress, Steps, drain
from napari_hydra.spectral_cube import WHOLE, ArrayCube, HasInterval, SpectralCube, blocks, spectral_cube

Floats = NDArray[np.float64]
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
        As `mrae`, `rmse` and `coverage90`, over the pixels.
    half_width_per_band : (B,) array
        Mean half-width of the 90 % interval; NaN without intervals.

    Examples
    --------
    >>> truth, wavelengths = np.full((2, 2, 3), 0.5), np.array([500.0, 600.0, 700.0])
    >>> measure(0.8 * truth, truth, wavelengths).pixels
    4
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
    estimate: SpectralCube | xr.DataArray | NDArray[np.floating],
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

    Examples
    --------
    >>> truth, wavelengths = np.full((2, 2, 3), 0.5), np.array([500.0, 600.0, 700.0])
    >>> round(measure(0.8 * truth, truth, wavelengths).mrae, 3)
    0.2
    """
    detailed = drain(measure_steps(estimate, truth, wavelengths, unit=unit, factor=factor, picture=picture))
    return Figures(**{entry.name: getattr(detailed, entry.name) for entry in fields(Figures)})


def measure_steps(
    estimate: SpectralCube | xr.DataArray | NDArray[np.floating],
    truth: NDArray[np.floating] | xr.DataArray,
    wavelengths: NDArray[np.floating],
    *,
    unit: float = 1.0,
    factor: float = 1.0,
    picture: NDArray[np.generic] | None = None,
    where: NDArray[np.bool_ | np.floating] | None = None,
) -> Steps[DetailedFigures]:
    """Do as `measure`, a block of rows a step, so that a window can show progress and stop on the way.

    Parameters
    ----------
    estimate, truth, wavelengths, unit, factor, picture
        See `measure`.
    where : (H, W) array, optional
        The pixels to compare (bool), or how much each counts (0 to 1); all of them where not given.

    Yields
    ------
    Progress

    Returns
    -------
    DetailedFigures
        The value of the generator.

    Raises
    ------
    HydraError
        See `measure`.
    """
    estimate_shape, target = _of_one_shape(estimate, truth)
    count, height, _ = estimate_shape.shape
    bands = np.asarray(wavelengths, dtype=np.float64)
    largest = yield from _largest_norm(target, where)
    floor = metrics.LIT * largest * unit
    response = None
    if picture is not None and has_round_trip(picture, bands):
        response = get_camera("srgb").response(bands)
    relative, squares, differences, levels, covered, widths = (np.zeros(count) for _ in range(6))
    pixels = without_angle = channels = 0
    weight = lit_weight = angles = steps = 0.0
    for ys in row_blocks(estimate_shape):
        t = target.tile(ys, WHOLE).astype(np.float64) * unit
        seen = metrics.has_data(t) if where is None else metrics.has_data(t) & (where[ys] > 0)
        raw, t = estimate_shape.tile(ys, WHOLE).astype(np.float64), t[seen]
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
        if isinstance(estimate_shape, HasInterval):
            half = estimate_shape.half_width_tile(ys, WHOLE, 0.9).astype(np.float64)[seen] * abs(factor)
            covered += w @ metrics.is_inside(p, half, t)
            widths += w @ half
        if response is not None and picture is not None:
            shown = picture[ys].astype(np.float64)
            inside = (shown > 0) & (shown < 255) & seen[..., None]
            again = get_camera("srgb").encode(raw @ response) * 255
            steps += float(np.abs(again - shown)[inside].sum())
            channels += int(inside.sum())
        yield Progress(_FIRST_PASS + (1 - _FIRST_PASS) * ys.stop / height, "comparing")
    if not pixels:
        raise HydraError("No pixel of the truth has data in all of its bands, so nothing can be scored.")
    rmse = float(np.sqrt(squares.sum() / (weight * count)))
    unknown = np.full(count, np.nan)
    per_pixel, half_widths = (
        (covered / weight, widths / weight) if isinstance(estimate_shape, HasInterval) else (unknown, unknown)
    )
    return DetailedFigures(
        mrae=float(relative.sum() / (weight * count)),
        rmse=rmse,
        psnr=metrics.decibels(rmse),
        nrmse=_ratio(rmse, levels.sum() / (weight * count)),
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
        half_width_per_band=half_widths,
    )


def fitted_factor(
    estimate: SpectralCube | xr.DataArray | NDArray[np.floating], truth: NDArray[np.floating] | xr.DataArray
) -> float:
    """Return the one factor on the estimate that brings it nearest to the truth (least squares over the scene).

    Parameters
    ----------
    estimate : (H, W, B) array, DataArray or SpectralCube
        In any unit.
    truth : (H, W, B) array or DataArray
        On the same pixels and bands; NaN marks pixels without data.

    Returns
    -------
    float
        From the unit of the estimate to that of the truth.

    Raises
    ------
    HydraError
        If the sizes differ, or the estimate has nothing in common with the truth.

    Examples
    --------
    >>> truth = np.full((2, 2, 3), 0.5)
    >>> fitted_factor(0.25 * truth, truth)
    4.0
    """
    estimate_shape, target = _of_one_shape(estimate, truth)
    product = power = 0.0
    for ys in row_blocks(estimate_shape):
        t = target.tile(ys, WHOLE).astype(np.float64)
        seen = metrics.has_data(t)
        p = estimate_shape.tile(ys, WHOLE).astype(np.float64)[seen]
        product += float((p * t[seen]).sum())
        power += float(np.square(p).sum())
    if not (np.isfinite(product) and power > 0 and product > 0):
        raise HydraError("No factor brings the estimate to the truth: one of the two is black or not finite.")
    return product / power


def as_cube(source: SpectralCube | xr.DataArray | NDArray[np.floating]) -> SpectralCube:
    """Return a cube, or an array (H, W, B) whose wavelengths are not needed, as a `SpectralCube`."""
    if isinstance(source, np.ndarray):
        return ArrayCube(source, np.full(source.shape[2], np.nan))
    return spectral_cube(source)


def row_blocks(cube: SpectralCube) -> Iterator[slice]:
    """Return slices of rows that hold about two million values each, all that are decoded for them counted."""
    bands, height, width = cube.shape
    behind = max(1.0, cube.pixels) if isinstance(cube, AveragedCube) else 1.0
    return blocks(height, bands * width * behind, _BLOCK)


def _of_one_shape(estimate: Any, truth: Any) -> tuple[SpectralCube, SpectralCube]:
    estimate_shape, truth_shape = as_cube(estimate), as_cube(truth)
    if estimate_shape.shape != truth_shape.shape:
        (bands, height, width), (b, h, w) = estimate_shape.shape, truth_shape.shape
        raise HydraError(
            f"The estimate has {height} x {width} pixels and {bands} bands, the truth {h} x {w} and {b}; "
            "crop or reconstruct one like the other."
        )
    return estimate_shape, truth_shape


def _largest_norm(target: SpectralCube, where: NDArray[np.bool_ | np.floating] | None) -> Steps[float]:
    largest = 0.0
    for ys in row_blocks(target):
        norms = np.linalg.norm(target.tile(ys, WHOLE).astype(np.float64), axis=-1)
        seen = ~np.isnan(norms) if where is None else ~np.isnan(norms) & (where[ys] > 0)
        largest = max(largest, float(np.max(norms[seen], initial=0.0)))
        yield Progress(_FIRST_PASS * ys.stop / target.shape[1], "comparing")
    return largest


def _ratio(total: float, count: float) -> float:
    return float(total / count) if count else float("nan")
