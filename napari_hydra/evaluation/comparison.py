"""Two cubes on disk against each other: figures, per band too, and maps of the error."""

from dataclasses import dataclass, replace

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from napari_hydra.cube import SAME_BAND_NM, good_bands, require_finite, select_bands, wavelengths_of
from napari_hydra.errors import HydraError, with_remedy
from napari_hydra.evaluation.averaging import averaged_cube
from napari_hydra.evaluation.figures import (
    DetailedFigures,
    Figures,
    as_cube,
    fitted_factor,
    measure,
    measure_steps,
    row_blocks,
)
from napari_hydra.evaluation.maps import ERROR_MAPS, LEVEL, Block
from napari_hydra.evaluation.overlay import Overlay, overlay_of_cubes
from napari_hydra.progress import Progress, Steps
from napari_hydra.spectral_cube import WHOLE, HasInterval, SpectralCube, spectral_cube


@dataclass(frozen=True, eq=False, kw_only=True)
class Comparison(Figures):
    """The figures of one cube against another, in the truth's unit.

    Attributes
    ----------
    bands_left_out : int
        Good bands of the truth that the estimate does not have.
    overlay : Overlay or None
        What was averaged where the pixels have two sizes.

    Examples
    --------
    >>> from napari_hydra import make_cube
    >>> truth = make_cube(np.full((2, 2, 3), 0.5), [500, 600, 700])
    >>> estimate = make_cube(np.full((2, 2, 3), 0.4), [500, 600, 700])
    >>> compare(estimate, truth).bands_left_out
    0
    """

    bands_left_out: int
    overlay: Overlay | None = None


def compare(estimate: xr.DataArray, truth: xr.DataArray, *, match: bool = False, white: float = 1.0) -> Comparison:
    """Compare an estimated cube with a measured one.

    Parameters
    ----------
    estimate, truth : xarray.DataArray
        Of one size, or of one field in pixels of two sizes: then the finer is averaged over the pixels of the coarser.
        Each good band of the truth within the estimate's range must be one of the estimate's, within
        `SAME_BAND_NM`; bands beyond that range, and bad bands of either, are left out.
    match : bool
        Whether to multiply the estimate by the one factor that brings it nearest to the truth.
    white : float
        What is taken as 1 in the PSNR and in the least denominator (0.01) of the MRAE: 10000 for reflectance
        in hundredths of a per cent.

    Returns
    -------
    Comparison
        ``rmse`` and ``rmse_per_band`` in the unit of the truth.

    Raises
    ------
    HydraError
        If the sizes cannot line up, wavelengths differ, or values are not finite.

    Examples
    --------
    >>> from napari_hydra import make_cube
    >>> truth = make_cube(np.full((2, 2, 3), 0.5), [500, 600, 700])
    >>> estimate = make_cube(np.full((2, 2, 3), 0.4), [500, 600, 700])
    >>> figures = compare(estimate, truth)
    >>> round(figures.rmse, 3), round(figures.mrae, 3), round(figures.sam, 3)
    (0.1, 0.2, 0.0)
    >>> round(compare(estimate, truth, match=True).factor, 3)
    1.25
    """
    if not (np.isfinite(white) and white > 0):
        raise HydraError(f"A white of {white} cannot be used; give the positive value of a white surface.")
    overlay = overlay_of_cubes(estimate, truth)
    estimate, truth = _on_coarse_grid(require_finite(estimate), require_finite(truth), overlay)
    estimated, measured, left_out = common_bands(estimate, truth)
    missing = np.isnan(estimated.values).any(axis=-1)
    if missing.any():
        measured = measured.copy(data=np.where(missing[..., None], np.float32(np.nan), measured.values))
    factor = fitted_factor(estimated, measured) if match else 1.0
    figures = dict(vars(measure(estimated, measured, wavelengths_of(measured), unit=1 / white, factor=factor / white)))
    figures["factor"] = factor
    figures["rmse"] *= white
    figures["rmse_per_band"] = figures["rmse_per_band"] * white
    return Comparison(**figures, bands_left_out=left_out, overlay=overlay)


def error_maps(estimate: xr.DataArray, truth: xr.DataArray, *, factor: float = 1.0) -> dict[str, NDArray[np.float32]]:
    """Return maps of the error of `compare`.

    Parameters
    ----------
    estimate, truth : xarray.DataArray
        See `compare`.
    factor : float
        The estimate is multiplied by it: `Comparison.factor`.

    Returns
    -------
    dict
        Those of `ERROR_MAPS` that need no interval: ``rmse`` (the truth's unit), ``mrae``, ``angle`` (degrees) and
        ``difference`` (estimate minus truth, mean over bands), each (H, W) float32 on the larger of the pixels; NaN
        where a pixel has no data.

    Examples
    --------
    >>> from napari_hydra import make_cube
    >>> truth = make_cube(np.full((2, 2, 3), 0.5), [500, 600, 700])
    >>> estimate = make_cube(np.full((2, 2, 3), 0.4), [500, 600, 700])
    >>> {key: round(float(values[0, 0]), 2) for key, values in error_maps(estimate, truth).items()}
    {'rmse': 0.1, 'mrae': 0.2, 'angle': 0.0, 'difference': -0.1}
    """
    both = common_bands(*_on_coarse_grid(estimate, truth, overlay_of_cubes(estimate, truth)))[:2]
    estimated, measured = (spectral_cube(one) for one in both)
    maps = {key: np.empty(estimated.shape[1:], np.float32) for key, one in ERROR_MAPS.items() if not one.needs_interval}
    for ys in row_blocks(estimated):
        block = Block(estimated.tile(ys, WHOLE) * np.float64(factor), measured.tile(ys, WHOLE))
        for key, values in maps.items():
            values[ys] = ERROR_MAPS[key].plane(block)
    return maps


def compare_steps(
    estimate: SpectralCube | NDArray[np.floating],
    truth: xr.DataArray,
    *,
    gain: float = 1.0,
    where: NDArray[np.bool_ | np.floating] | None = None,
) -> Steps[DetailedFigures]:
    """Judge an estimate as `score` does, a block of rows a step.

    Parameters
    ----------
    estimate : LatentCube or (H, W, B) array
        In the truth's unit, at the truth's wavelengths.
    truth : xarray.DataArray
        Its usable bands.
    gain : float
        What brings both into the picture's unit (1 = saturation), in which relative errors are taken: 1 over the
        factor that brought the estimate into the truth's.
    where : (H, W) array, optional
        The pixels to compare (bool), or how much each counts (0 to 1).

    Yields
    ------
    Progress

    Returns
    -------
    DetailedFigures
        The value of the generator: errors, levels and half-widths in the unit of the truth.

    Raises
    ------
    HydraError
        If the sizes differ, no pixel has data, or the estimate is not finite.
    """
    figures = yield from measure_steps(estimate, truth, wavelengths_of(truth), unit=gain, factor=gain, where=where)
    with_unit = ("rmse", "rmse_per_band", "level_per_band", "bias_per_band", "half_width_per_band")
    return replace(figures, **{name: getattr(figures, name) / gain for name in with_unit})


def map_steps(
    estimate: SpectralCube | NDArray[np.floating], truth: xr.DataArray, key: str, *, gain: float = 1.0
) -> Steps[NDArray[np.float32]]:
    """Make one error map, a block of rows a step.

    Parameters
    ----------
    estimate, truth, gain
        See `compare_steps`.
    key : str
        Of `ERROR_MAPS`.

    Yields
    ------
    Progress

    Returns
    -------
    (H, W) array of float32
        The value of the generator; NaN where a pixel has no data.
    """
    estimated, target, error = as_cube(estimate), spectral_cube(truth), ERROR_MAPS[key]
    out = np.empty(estimated.shape[1:], np.float32)
    for ys in row_blocks(estimated):
        half = None
        if error.needs_interval and isinstance(estimated, HasInterval):
            half = estimated.half_width_tile(ys, WHOLE, LEVEL)
        out[ys] = error.plane(Block(estimated.tile(ys, WHOLE), target.tile(ys, WHOLE), half, gain))
        yield Progress(ys.stop / len(out), "mapping")
    return out


def _on_coarse_grid(
    estimate: xr.DataArray, truth: xr.DataArray, overlay: Overlay | None
) -> tuple[xr.DataArray, xr.DataArray]:
    if overlay is None:
        return estimate, truth
    if overlay.fine_grid == "estimate":
        return averaged_cube(estimate, overlay), truth[overlay.kept]
    return estimate[overlay.kept], averaged_cube(truth, overlay)


def common_bands(estimate: xr.DataArray, truth: xr.DataArray) -> tuple[xr.DataArray, xr.DataArray, int]:
    """Return both cubes at the bands they share, and how many good bands of the truth are left out.

    Raises
    ------
    HydraError
        If the wavelengths differ.
    """
    e_good, t_good = good_bands(estimate), good_bands(truth)
    e_bands, t_bands = wavelengths_of(estimate), wavelengths_of(truth)
    inside = (t_bands >= e_bands[0] - SAME_BAND_NM) & (t_bands <= e_bands[-1] + SAME_BAND_NM)
    if inside.sum() == len(e_bands):
        # Band by band: where detectors overlap, the nearest band may be the other detector's.
        partner = np.arange(len(e_bands))
    else:
        inside &= t_good
        partner = np.abs(e_bands[:, None] - t_bands[None, inside]).argmin(axis=0)
    apart = np.abs(e_bands[partner] - t_bands[inside])
    if not inside.any() or apart.max() > SAME_BAND_NM or (np.diff(partner) <= 0).any():
        raise with_remedy(
            f"The wavelengths differ: the estimate has {len(e_bands)} bands from {e_bands[0]:g} to {e_bands[-1]:g} nm, "
            f"the truth {len(t_bands)} from {t_bands[0]:g} to {t_bands[-1]:g} nm",
            python="reconstruct with the truth's wavelengths",
            command_line="reconstruct with --like the truth",
            window="run again with the truth's wavelengths",
        )
    both = e_good[partner] & t_good[inside]
    e_keep, t_keep = np.zeros(len(e_bands), bool), np.zeros(len(t_bands), bool)
    e_keep[partner[both]] = True
    t_keep[np.flatnonzero(inside)[both]] = True
    return select_bands(estimate, e_keep), select_bands(truth, t_keep), int((t_good & ~t_keep).sum())
