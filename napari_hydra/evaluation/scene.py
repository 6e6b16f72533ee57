"""A scene under the protocol, and a reconstruction against a truth."""

import time
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from napari_hydra.cube import SAME_BAND_NM, good_bands, require_finite, select_bands, wavelengths_of
from napari_hydra.errors import HydraError
from napari_hydra.evaluation.averaging import on_one_grid
from napari_hydra.evaluation.figures import Figures, fitted_factor, measure
from napari_hydra.evaluation.overlay import overlay_of_cubes
from napari_hydra.evaluation.protocol import is_fitted, take_picture, track_camera
from napari_hydra.spectral_cube import HasInterval, SpectralCube


class Reconstructs(Protocol):
    """What `evaluate_cube` asks of a model; `napari_hydra.hydra.HydraModel` is one."""

    @property
    def card(self) -> Any:
        """With ``wavelength_range``, in nm."""

    def reconstruct(self, picture: NDArray[Any], wavelengths: Any, camera: Any, white_level: Any) -> SpectralCube:
        """Return the estimate."""


@dataclass(frozen=True, eq=False, kw_only=True)
class SceneScores(Figures):
    """The figures of one scene under the protocol.

    Attributes
    ----------
    name : str
    track : str
    seconds : float
        Reconstruction and full decoding of the bands, without the scoring.
    bands_left_out : int
        Good bands of the truth outside the model's range.

    Examples
    --------
    >>> from napari_hydra import make_cube
    >>> from napari_hydra.hydra import load_model
    >>> cube = make_cube(np.linspace(0.1, 0.6, 6 * 8 * 31).reshape(6, 8, 31), np.linspace(400, 700, 31), source="ramp")
    >>> scores = evaluate_cube(cube, load_model("visible"))
    >>> scores.name, scores.track, scores.pixels
    ('ramp', 'srgb', 48)
    """

    name: str
    track: str
    seconds: float
    bands_left_out: int

    def to_dict(self, per_band: bool = False) -> dict[str, Any]:
        """Return the figures for JSON.

        Parameters
        ----------
        per_band : bool
            Whether to include the arrays.

        Returns
        -------
        dict
            NaN becomes None.
        """
        out: dict[str, Any] = {"name": self.name}
        for entry in fields(self):
            value = getattr(self, entry.name)
            if isinstance(value, np.ndarray):
                if per_band:
                    out[entry.name] = [plain(v) for v in value.tolist()]
            elif entry.name not in ("name", "track"):
                out[entry.name] = plain(value)
        return out


def evaluate_cube(
    cube: xr.DataArray,
    model: Reconstructs,
    track: str = "srgb",
    *,
    name: str | None = None,
    seed: int = 0,
    fitted: bool | None = None,
) -> SceneScores:
    """Take the track's picture of a measured cube, reconstruct it at the cube's bands and score the result.

    Parameters
    ----------
    cube : xarray.DataArray
        The truth. Its good bands make the picture; those in the model's range are reconstructed and scored.
    model : HydraModel
        What reconstructs.
    track : str
        See `napari_hydra.evaluation.protocol`.
    name : str, optional
        Of the scene; otherwise from the cube's source.
    seed : int
        Of the noise of track ``srgb-jpeg``.
    fitted : bool, optional
        Fit one factor over the scene before the metrics. By default where the track hides the exposure; to tell what
        the darker picture costs, and not what the fit does, hold that track against this one fitted too.

    Returns
    -------
    SceneScores
        In the protocol's unit, where 1 is the saturation of the picture.

    Raises
    ------
    HydraError
        If the cube has no picture (no visible bands, black, NaN) or no band in the model's range.

    Examples
    --------
    >>> from napari_hydra import make_cube
    >>> from napari_hydra.hydra import load_model
    >>> cube = make_cube(np.linspace(0.1, 0.6, 6 * 8 * 31).reshape(6, 8, 31), np.linspace(400, 700, 31), source="ramp")
    >>> scores = evaluate_cube(cube, load_model("visible"))
    >>> 0 < scores.sam < 20
    True
    """
    camera = track_camera(track)
    source = str(cube.attrs.get("source") or "")
    low, high = model.card.wavelength_range
    usable = select_bands(require_finite(cube), good_bands(cube))
    truth = select_bands(usable, good_bands(usable, low, high))
    wavelengths = wavelengths_of(truth)
    try:
        view = take_picture(usable.values, wavelengths_of(usable), track, seed)
    except HydraError as error:
        raise HydraError(f"{source}: {error}" if source else str(error)) from error

    start = time.perf_counter()
    white_level = None if view.picture.dtype == np.uint8 else view.white_level
    latent = model.reconstruct(view.picture, wavelengths=wavelengths, camera=camera, white_level=white_level)
    reconstructed = time.perf_counter() - start
    stopwatch = _Stopwatch(latent)
    target_factor = 1.0
    if is_fitted(track) if fitted is None else fitted:
        target_factor = fitted_factor(latent, truth) * view.gain
    figures = measure(stopwatch, truth, wavelengths, unit=view.gain, factor=target_factor, picture=view.picture)
    return SceneScores(
        **vars(figures),
        name=name or Path(source).stem or "scene",
        track=track,
        seconds=reconstructed + stopwatch.seconds,
        bands_left_out=usable.sizes["wavelength"] - truth.sizes["wavelength"],
    )


def score(latent: Any, cube: xr.DataArray, *, gain: float | None = None) -> dict[str, float | None]:
    """Judge a reconstruction against a truth of any unit.

    Where the picture was rendered from the truth its gain is known; for a foreign picture one factor is fitted over
    the whole scene. The ratios (MRAE, PSNR, NRMSE, angle) are then those of the protocol, taken in the picture's
    unit; the RMSE is in the unit of the truth.

    Parameters
    ----------
    latent : LatentCube
        Values may have been scaled; that is undone.
    cube : xarray.DataArray
        The truth: its good bands within the range of the latent's wavelengths are compared. Of the picture's size, or
        of the same field in pixels of another size: then the finer of the two is averaged over the coarser's pixels.
    gain : float, optional
        `Rendering.gain`, where the picture was rendered from the truth.

    Returns
    -------
    dict
        mrae, rmse, psnr, nrmse, sam, ``without_angle`` (pixels that sam leaves out because the estimate is zero),
        coverage90 (None without intervals), ``factor`` (from the picture's unit to the truth's), ``bands_left_out``
        (good bands of the truth that were not compared) and ``pixels_averaged`` (how many pixels of the finer cube
        went into each that was compared; 1: none were).

    Raises
    ------
    HydraError
        If the sizes cannot line up, no band is shared, or the truth is not finite.

    Examples
    --------
    >>> from napari_hydra import make_cube, render
    >>> from napari_hydra.hydra import load_model
    >>> cube = make_cube(np.linspace(0.1, 0.6, 6 * 8 * 31).reshape(6, 8, 31), np.linspace(400, 700, 31))
    >>> rendering = render(cube)
    >>> figures = score(load_model("visible").reconstruct(rendering.picture), cube, gain=rendering.gain)
    >>> figures["bands_left_out"], 0 < figures["rmse"] < 0.2
    (0, True)
    """
    if gain is not None and not (np.isfinite(gain) and gain > 0):
        raise HydraError(f"A gain of {gain} cannot be used; give the positive gain of the rendered picture.")
    decoded = np.asarray(latent.wavelengths, dtype=np.float64)
    overlay = overlay_of_cubes(latent, cube)
    usable = select_bands(require_finite(cube), good_bands(cube))
    truth = select_bands(usable, good_bands(usable, decoded[0] - SAME_BAND_NM, decoded[-1] + SAME_BAND_NM))
    wanted = wavelengths_of(truth)
    if len(wanted) != len(decoded) or np.abs(wanted - decoded).max() > SAME_BAND_NM:
        latent = latent.at_wavelengths(np.clip(wanted, decoded[0], decoded[-1]))
    latent, truth = on_one_grid(latent, truth, overlay)
    already = float(latent.attrs.get("scale", 1.0))
    factor = fitted_factor(latent, truth) * already if gain is None else 1 / gain
    figures = measure(latent, truth, wanted, unit=1 / factor, factor=1 / already)
    result = {
        "mrae": figures.mrae,
        "rmse": figures.rmse * factor,
        "psnr": figures.psnr,
        "nrmse": figures.nrmse,
        "sam": figures.sam,
        "without_angle": figures.without_angle,
        "coverage90": figures.coverage90,
        "factor": factor,
        "bands_left_out": usable.sizes["wavelength"] - len(wanted),
        "pixels_averaged": 1.0 if overlay is None else overlay.pixels,
    }
    return {key: plain(value) for key, value in result.items()}


def plain(value: Any) -> Any:
    """Return None for NaN and the value otherwise, because JSON has no NaN."""
    return None if isinstance(value, float) and not np.isfinite(value) else value


class _Stopwatch:
    """A cube that counts the seconds spent in decoding."""

    def __init__(self, cube: SpectralCube) -> None:
        self._cube = cube
        self.shape, self.wavelengths, self.attrs = cube.shape, cube.wavelengths, cube.attrs
        self.seconds = 0.0
        if isinstance(cube, HasInterval):
            self.half_width_tile = cube.half_width_tile

    def tile(self, ys: slice, xs: slice) -> NDArray[np.floating]:
        start = time.perf_counter()
        values = self._cube.tile(ys, xs)
        self.seconds += time.perf_counter() - start
        return values

    def __getitem__(self, key: tuple[slice, slice, slice]) -> SpectralCube:
        return self._cube[key]
