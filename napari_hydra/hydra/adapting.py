"""From measured spectra and a picture to an adapted model, and where to measure next."""

from collections.abc import Sequence
from dataclasses import replace
from functools import reduce
from typing import Any, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray

from napari_hydra.camera import Camera, get_camera
from napari_hydra.cube import SAME_BAND_NM
from napari_hydra.errors import HydraError
from napari_hydra.hydra.adaptation import Observations, fit_adaptation
from napari_hydra.hydra.files.card import ModelCard
from napari_hydra.hydra.latent.latent_cube import BLACK, SATURATED, LatentCube
from napari_hydra.hydra.linear_image import LinearImage, check_picture
from napari_hydra.hydra.measured_spectra import MIN_SPECTRA
from napari_hydra.hydra.reconstructor import Reconstructor
from napari_hydra.hydra.sample_sites import choose_sites
from napari_hydra.hydra.scene_prior import UNCERTAINTY
from napari_hydra.io import MeasuredSpectrum

_MIN_BANDS = 5
# Of the colour: below 0.04 where spectra and pixels are the same, 0.2 where a spectrum is the mean of many pixels, 0.17
# to 0.9 (half above 0.35) for photographs of NEON plots taken at another hour. Where that is unclear the spectra are
# believed.
_OTHER_COLOURS = 0.3
_SAMPLE = 1500  # pixels that stand for the picture when places are chosen
_CANDIDATES = 600


MeasuredScene = tuple[NDArray[Any], Sequence[MeasuredSpectrum]]
Model = TypeVar("Model", bound=Reconstructor)


def adapt(
    model: Model,
    scenes: Sequence[MeasuredScene],
    *,
    camera: str | Camera = "srgb",
    white_level: float | None = None,
    gain: float | None = None,
) -> Model:
    """Return a model that knows the scenes; see `HydraModel.adapt_scenes`."""
    earlier = model.adaptation
    base = replace(model, adaptation=None)
    pictures = () if earlier is None else earlier.pictures
    found = [] if earlier is None else [earlier.observations]
    for picture, points in scenes:
        if len(points) == 0:
            continue
        pixels = check_picture(picture)
        spectra = [_within(s, model.card.wavelength_range, pixels.shape[:2]) for s in points]
        image = base.linear_image(pixels, get_camera("srgb" if camera == "unknown" else camera), white_level)
        if image.digest not in pictures:
            pictures = (*pictures, image.digest)
        latent_cube = base.reconstruct(pixels, model.calibration_grid(), camera=camera, white_level=white_level)
        number = pictures.index(image.digest)
        found.append(make_observations(base, latent_cube, image, spectra, camera=camera, number=number, gain=gain))
    count = sum(map(len, found))
    if count < MIN_SPECTRA:
        raise HydraError(f"{count} measured spectra are too few to adapt to; give at least {MIN_SPECTRA}.")
    observations = reduce(Observations.joined, found)
    grid = model.calibration_grid()
    with torch.inference_mode():
        rows = base.network.decoder.rows(grid).cpu().double().numpy()
    adaptation = fit_adaptation(observations, rows, base.scene_prior, pictures)
    if not adaptation.helps:
        return replace(base, card=_base_card(model))
    card = _base_card(model)
    name = f"{card.name}, adapted to {len(observations)} spectra"
    return replace(base, adaptation=adaptation, card=replace(card, name=name))


def _base_card(model: Reconstructor) -> ModelCard:
    return replace(model.card, name=model.card.name.split(", adapted to ")[0])


def make_observations(
    base: Reconstructor,
    latent_cube: LatentCube,
    image: LinearImage,
    spectra: Sequence[MeasuredSpectrum],
    *,
    camera: str | Camera = "srgb",
    number: int = 0,
    gain: float | None = None,
) -> Observations:
    """Return what the spectra measured in picture `number` say of the errors of its reconstruction.

    Parameters
    ----------
    base : Reconstructor
        Not adapted.
    latent_cube : LatentCube
        The picture as `base` reconstructs it on its `calibration_grid`.
    image : LinearImage
        Of the picture.
    spectra : sequence of MeasuredSpectrum
        Within the model's range.
    camera, gain
        See `HydraModel.adapt`.
    number : int
    """
    ys, xs = np.array([s.pixel for s in spectra]).T
    latents = np.asarray(latent_cube.latents[:, ys, xs], np.float64).T
    unit = gain
    if unit is None:
        estimates = [latent_cube.at_wavelengths(s.wavelengths).spectrum(*s.pixel).astype(np.float64) for s in spectra]
        unit = _common_factor(estimates, [s.values for s in spectra])
    matrices = _encoders(base, spectra)
    residuals = np.empty_like(latents)
    for i, spectrum in enumerate(spectra):
        encoder, rows = matrices[spectrum.wavelengths.tobytes()]
        residuals[i] = encoder @ (spectrum.values * unit - rows @ latents[i])
    level, features = _features(base, latent_cube, image, ys, xs, number)
    measured_latents = latents + residuals
    residuals = _metameric_black(base, residuals, camera)
    _refuse_other_colours(base, measured_latents, latents + residuals, camera)
    decoded = (latents + residuals) @ latent_cube.basis.rows_at(latent_cube.wavelengths).T
    remainders = np.stack([_on_grid(s, latent_cube.wavelengths, unit) for s in spectra]) - decoded
    remainders = np.nan_to_num(remainders)  # zero where nothing was measured
    _, halves = _sampled(latent_cube, ys, xs)
    return Observations(
        features,
        residuals * (image.gain / level[:, None]),
        latents * image.gain,
        halves.astype(np.float64) * image.gain,
        remainders * image.gain,
    )


def _on_grid(spectrum: MeasuredSpectrum, grid: NDArray[np.float64], unit: float) -> NDArray[np.float64]:
    """Return a measured spectrum on another grid, NaN beyond its own."""
    values = np.interp(grid, spectrum.wavelengths, spectrum.values * unit, np.nan, np.nan)
    return np.asarray(values)


def _features(
    base: Reconstructor,
    latent_cube: LatentCube,
    image: LinearImage,
    ys: NDArray[np.intp],
    xs: NDArray[np.intp],
    number: int,
) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    half_width = base.rms_half_width(np.asarray(latent_cube.uncertainty[:, ys, xs]), latent_cube.basis) * np.float32(
        image.gain
    )
    return image.features(image.at(ys, xs), image.positions(ys, xs), half_width, number)


def suggest_sites(
    model: Reconstructor,
    picture: NDArray[Any],
    count: int,
    *,
    camera: str | Camera = "srgb",
    white_level: float | None = None,
    measured: Sequence[tuple[int, int]] = (),
) -> list[tuple[int, int]]:
    """Return pixels (y, x) where measuring gains most; see `HydraModel.suggest_sites`."""
    if count < 1:
        raise HydraError(f"{count} sites were asked for; ask for one at least.")
    pixels = check_picture(picture)
    height, width = pixels.shape[:2]
    outside = [place for place in measured if not (0 <= place[0] < height and 0 <= place[1] < width)]
    if outside:
        raise HydraError(f"the measured pixel {outside[0]} lies outside the picture of {height} x {width} pixels.")
    base = replace(model, adaptation=None)
    latent_cube = base.reconstruct(pixels, model.calibration_grid(), camera=camera, white_level=white_level)
    image = base.linear_image(pixels, get_camera("srgb" if camera == "unknown" else camera), white_level)
    known = [y * width + x for y, x in measured]
    free = np.setdiff1d(np.arange(height * width), known)
    sample = np.random.default_rng(0).choice(free, min(_SAMPLE, len(free)), replace=False)
    ys, xs = np.unravel_index(np.concatenate([np.asarray(known, dtype=np.intp), sample]), (height, width))
    level, features = _features(base, latent_cube, image, ys, xs, 0)
    values, halves = (part.astype(np.float64) * image.gain for part in _sampled(latent_cube, ys, xs))
    usable = (latent_cube.flags[ys, xs] & (SATURATED | BLACK)) == 0
    flat = usable & _is_flat(image, ys, xs)
    among = flat if flat[len(known) :].sum() >= count else usable if usable[len(known) :].sum() >= count else level > 0
    candidates = len(known) + np.flatnonzero(among[len(known) :])[:_CANDIDATES]
    picked = choose_sites(
        features,
        candidates,
        (halves / (values + 0.01)).mean(1),
        np.sqrt(np.square(halves).mean(1)),
        count,
        base.scene_prior,
        float(np.median(features[:, UNCERTAINTY])),
        range(len(known)),
    )
    return [(int(ys[i]), int(xs[i])) for i in picked]


def _within(spectrum: MeasuredSpectrum, span: tuple[float, float], size: tuple[int, int]) -> MeasuredSpectrum:
    y, x = spectrum.pixel
    where = f"the spectrum at ({y}, {x})"
    if not (0 <= y < size[0] and 0 <= x < size[1]):
        raise HydraError(f"{where} lies outside the picture of {size[0]} x {size[1]} pixels; correct its pixel.")
    wavelengths = np.asarray(spectrum.wavelengths, dtype=np.float64)
    values = np.asarray(spectrum.values, dtype=np.float64)
    if wavelengths.shape != values.shape or wavelengths.ndim != 1 or (np.diff(wavelengths) < 0).any():
        raise HydraError(f"{where} needs as many increasing wavelengths as values; correct it.")
    if not np.isfinite(values).all():
        raise HydraError(f"{where} has NaN or infinite values; leave it out or correct it.")
    inside = (wavelengths >= span[0] - SAME_BAND_NM) & (wavelengths <= span[1] + SAME_BAND_NM)
    if inside.sum() < _MIN_BANDS:
        raise HydraError(
            f"{where} has {int(inside.sum())} values in {span[0]:g}-{span[1]:g} nm; at least {_MIN_BANDS} are needed."
        )
    return replace(spectrum, wavelengths=wavelengths[inside], values=values[inside])


def _common_factor(estimates: list[NDArray[Any]], values: list[NDArray[Any]]) -> float:
    """Return the factor from the measurements' unit to the picture's, by least squares over all of them."""
    both = sum(float(e @ v) for e, v in zip(estimates, values, strict=True))
    own = sum(float(v @ v) for v in values)
    if own <= 0 or both <= 0:
        raise HydraError("the measured spectra are all zero or negative; give their values in reflectance or radiance.")
    return both / own


def _encoders(
    model: Reconstructor, spectra: Sequence[MeasuredSpectrum]
) -> dict[bytes, tuple[NDArray[Any], NDArray[Any]]]:
    """Return encoder (k, B) and decoder rows (B, k) of every grid that the spectra were measured on."""
    found = {}
    for spectrum in spectra:
        key = spectrum.wavelengths.tobytes()
        if key not in found:
            with torch.inference_mode():
                encoder = model.network.teacher.encoder_matrix(spectrum.wavelengths).cpu().double().numpy()
                rows = model.network.decoder.rows(spectrum.wavelengths).cpu().double().numpy()
            found[key] = (encoder, rows)
    return found


def _metameric_black(model: Reconstructor, residuals: NDArray[Any], camera: str | Camera) -> NDArray[Any]:
    """Return the part of residual latents (n, k) that leaves the picture's colour as it is."""
    if camera == "unknown":
        return residuals
    with torch.inference_mode():
        visible = model.network.visible_part(*model.colour_matrices(get_camera(camera))).cpu().double().numpy()
    return residuals - residuals @ visible.T


def _refuse_other_colours(
    base: Reconstructor, measured_latents: NDArray[Any], kept: NDArray[Any], camera: str | Camera
) -> None:
    """Refuse measured latents (n, k) whose colours are not those of the picture, which the latents `kept` have.

    A photograph of another hour, through haze or with its own white balance is such; its pixels still tell apart what
    was measured, but not by the camera's equations.
    """
    if camera == "unknown":
        return
    colour = base.colour_matrices(get_camera(camera))[0].cpu().double().numpy()
    seen, shown = measured_latents @ colour.T, kept @ colour.T
    seen *= (seen * shown).sum() / max(float(np.square(seen).sum()), 1e-12)  # how bright is a matter of the unit
    apart = np.linalg.norm(seen - shown, axis=1) / np.maximum(np.linalg.norm(shown, axis=1), 1e-12)
    if np.median(apart) > _OTHER_COLOURS:
        name = camera if isinstance(camera, str) else camera.name
        raise HydraError(
            f"the measured spectra do not have the colours of the picture as camera {name} sees them; "
            "reconstruct with the camera 'unknown', and check that the spectra belong to these pixels."
        )


def _sampled(latent_cube: LatentCube, ys: NDArray[np.intp], xs: NDArray[np.intp]) -> tuple[NDArray[Any], NDArray[Any]]:
    picked = replace(
        latent_cube,
        latents=latent_cube.latents[:, ys, xs][:, None],
        uncertainty=latent_cube.uncertainty[:, ys, xs][:, None],
    )
    whole = (slice(None), slice(None))
    return picked.tile(*whole)[0], picked.half_width_tile(*whole)[0]


def _is_flat(image: LinearImage, ys: NDArray[np.intp], xs: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Return which pixels are away from edges: the range of their 5 x 5 neighbourhood is small."""
    from scipy.ndimage import maximum_filter, minimum_filter

    seen = np.sqrt(np.maximum(image.linear.mean(2) * image.gain, 0))
    steps = maximum_filter(seen, 5) - minimum_filter(seen, 5)
    chosen = steps[ys, xs]
    return np.asarray(chosen <= np.quantile(chosen, 0.8))
