"""Changes to the training that no setting makes: a function of the engine replaced while a student is trained."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from unittest.mock import patch

import numpy as np
import torch
import xarray as xr
from torch import Tensor

from napari_hydra import make_cube
from napari_hydra.camera import get_camera
from napari_hydra.cube import wavelengths_of
from napari_hydra.hydra.networks import network, student
from napari_hydra.training import stages, state
from napari_hydra.training.sampling import Batch
from napari_hydra.training.scenes import SceneGroup
from napari_hydra.training.settings import TrainingSettings

NamedCube = tuple[str, xr.DataArray]
_VISIBLE = np.arange(400.0, 701.0, 10.0)  # the bands of the scenes that the ablation is trained on
_DIFFERENCE, _ROUND_TRIP = 1.0, 1.0  # weights of the further losses
_TAKEN, _CHANGED = 0.3, 0.5  # the largest part of the metameric black that is swapped; the share of pixels

# The engine's own, which some of the changes build on.
consistency_projection = network.consistency_projection
spectral_loss = stages.spectral_loss
colour_features = student.colour_features
draw_pixels = state.draw_pixels


def _no_step(latent: Tensor, residual: Tensor, correction: Tensor, weight: Tensor) -> Tensor:
    return latent


def _full_step(latent: Tensor, residual: Tensor, correction: Tensor, weight: Tensor) -> Tensor:
    return consistency_projection(latent, residual, correction, torch.ones_like(weight))


def _chromaticity_alone(linear: Tensor) -> Tensor:
    features = colour_features(linear)
    kept = torch.zeros(features.shape[1])
    kept[6:9] = 1
    return features * kept[:, None, None].to(features)


def _with_difference(estimate: Tensor, target: Tensor, relative: float, absolute: float, angle: float) -> Tensor:
    slopes = (estimate.diff(dim=1) - target.diff(dim=1)).abs().mean() / target.mean().clamp(min=0.01)
    return spectral_loss(estimate, target, relative, absolute, angle) + _DIFFERENCE * slopes


def _srgb() -> Tensor:
    return torch.as_tensor(get_camera("srgb").response(_VISIBLE), dtype=torch.float32)


def _with_round_trip(estimate: Tensor, target: Tensor, relative: float, absolute: float, angle: float) -> Tensor:
    rgb, wanted = (torch.einsum("bc,nbhw->nchw", _srgb(), spectra) for spectra in (estimate, target))
    returned = (rgb - wanted).abs().mean() / wanted.mean().clamp(min=0.01)
    return spectral_loss(estimate, target, relative, absolute, angle) + _ROUND_TRIP * returned


def _draw_metamers(groups: tuple[SceneGroup, ...], settings: TrainingSettings, random: np.random.Generator) -> Batch:
    """Draw pixels whose metameric black (what the camera does not see) comes in part from another as bright."""
    batch = draw_pixels(groups, settings, random)
    response = get_camera("srgb").response(batch.wavelengths)
    unseen = torch.from_numpy(np.eye(len(response)) - response @ np.linalg.pinv(response)).float()
    target, count = batch.target, batch.target[0, 0].numel()
    other = target.flatten(2)[:, :, torch.from_numpy(random.permutation(count))].reshape(target.shape)
    other = other * (target.mean(1, keepdim=True) / other.mean(1, keepdim=True).clamp(min=0.01))
    shape = (1, 1, *target.shape[2:])
    share = torch.from_numpy(random.random(shape) * _TAKEN * (random.random(shape) < _CHANGED)).float()
    changed = target + share * torch.einsum("cb,nbhw->nchw", unseen, other - target)
    changed = torch.where((changed < 0).any(1, keepdim=True), target, changed)
    return Batch(batch.linear, batch.low, batch.high, changed, batch.wavelengths)


# Where the training looks a function up, and what it finds there instead.
_REPLACED: dict[str, list[tuple[object, str, Callable[..., object]]]] = {
    "noisy-truth": [(stages, "encoded_truth", lambda net, batch: batch.target)],
    "unwhitened": [(stages, "whiten_latents", lambda net, groups, random: None)],
    "chromaticity": [(student, "colour_features", _chromaticity_alone)],
    "no-physics": [(network, "consistency_projection", _no_step)],
    "full-trust": [(network, "consistency_projection", _full_step)],
    "round-trip-loss": [(network, "consistency_projection", _no_step), (stages, "spectral_loss", _with_round_trip)],
    "difference": [(stages, "spectral_loss", _with_difference)],
    "metamers": [(state, "draw_pixels", _draw_metamers)],
}
HALF_SCALE = "half-scale"
CHANGES = (*_REPLACED, HALF_SCALE)


@contextmanager
def changed(change: str | None) -> Iterator[None]:
    """Train and estimate in here with a change (a key of `CHANGES`) in force."""
    with ExitStack() as stack:
        for module, name, function in _REPLACED.get(change or "", []):
            stack.enter_context(patch.object(module, name, function))
        yield


def training_cubes(cubes: Sequence[NamedCube], change: str | None) -> list[NamedCube]:
    """Return the cubes to fit: themselves, and with "half-scale" each at half its size besides."""
    if change != HALF_SCALE:
        return list(cubes)
    return [*cubes, *((f"{name}-half", at_half_scale(cube)) for name, cube in cubes)]


def at_half_scale(cube: xr.DataArray) -> xr.DataArray:
    """Return a cube whose pixels are the means of 2 x 2."""
    values = cube.values[: cube.shape[0] // 2 * 2, : cube.shape[1] // 2 * 2]
    means = values.reshape(values.shape[0] // 2, 2, values.shape[1] // 2, 2, -1).mean((1, 3))
    return make_cube(means, wavelengths_of(cube), source=str(cube.attrs.get("source", "")))
