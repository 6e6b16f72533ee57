"""Random batches: patches with their pictures for the student, loose spectra for the teacher."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from napari_hydra.camera import decode_curve, encode_curve, get_camera
from napari_hydra.training.scenes import SceneGroup, TrainingScene
from napari_hydra.training.settings import TrainingSettings

_COLUMN = 64
_LINEAR = decode_curve(np.arange(256) / 255, "srgb").astype(np.float32)


@dataclass(frozen=True, eq=False)
class Batch:
    """Patches of one group.

    ``linear`` (N, 3, h, w) at the common exposure, ``low`` and ``high`` (bool, like it): channels at zero and at full
    scale, ``target`` (N, B, h, w), ``wavelengths`` (B,) nm.
    """

    linear: Tensor
    low: Tensor
    high: Tensor
    target: Tensor
    wavelengths: NDArray[np.float64]

    def to(self, device: torch.device) -> "Batch":
        """Return the batch on another device."""
        linear, low, high, target = (t.to(device) for t in (self.linear, self.low, self.high, self.target))
        return Batch(linear, low, high, target, self.wavelengths)


def to_tensors(picture: NDArray[np.uint8], target: NDArray[np.float32]) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Return linear, low, high and target as (1, *, h, w) tensors."""
    planes = torch.from_numpy(np.ascontiguousarray(picture.transpose(2, 0, 1)))[None]
    linear = torch.from_numpy(_LINEAR)[planes.long()]
    truth = torch.from_numpy(np.ascontiguousarray(target.transpose(2, 0, 1)))[None]
    return linear, planes == 0, planes == 255, truth


def draw_patches(groups: tuple[SceneGroup, ...], settings: TrainingSettings, random: np.random.Generator) -> Batch:
    """Draw a batch of patches from one group, turned, mirrored, and a little brighter or darker."""
    group = _choose_group(groups, random)
    side = min(settings.patch, *(min(s.target.shape[:2]) for s in group.scenes)) // 4 * 4
    count = max(1, settings.batch_pixels // side**2)
    linear = np.empty((count, 3, side, side), np.float32)
    low = np.empty(linear.shape, bool)
    high = np.empty(linear.shape, bool)
    target = np.empty((count, len(group.wavelengths), side, side), np.float32)
    for i, chosen in enumerate(group.choose(count, random)):
        scene = group.scenes[chosen]
        picture = scene.pictures[int(random.random() < settings.noise_probability)]
        y, x = _corner(scene, side, random)
        turns, mirror = int(random.integers(4)), bool(random.integers(2))
        planes = _turned(picture[y : y + side, x : x + side], turns, mirror)
        linear[i] = _LINEAR[planes]
        low[i], high[i] = planes == 0, planes == 255
        target[i] = _turned(scene.target[y : y + side, x : x + side], turns, mirror)
    rgb, black, full, truth = map(torch.from_numpy, (linear, low, high, target))
    batch = Batch(rgb, black, full, truth, group.wavelengths)
    if settings.mixing_probability:
        share = random.random((count, 1, 1, 1)) * (random.random((count, 1, 1, 1)) < settings.mixing_probability)
        batch = mixed_batch(batch, batch.target.roll(1, 0), torch.from_numpy(share).float())
    return _brighter(batch, _exposures(settings, (count, 1, 1, 1), random))


def draw_pixels(groups: tuple[SceneGroup, ...], settings: TrainingSettings, random: np.random.Generator) -> Batch:
    """Draw loose pixels of one group as one picture of no sense: many more colours a step than patches hold."""
    group = _choose_group(groups, random)
    drawn = group.choose(settings.colour_pixels // _COLUMN * _COLUMN, random)
    colours, spectra = [], []
    for chosen, number in zip(*np.unique(drawn, return_counts=True), strict=True):
        scene = group.scenes[chosen]
        picked = scene.draw(number, random)
        picture = scene.pictures[int(random.random() < settings.noise_probability)]
        colours.append(picture.reshape(-1, 3)[picked])
        spectra.append(scene.target.reshape(-1, len(group.wavelengths))[picked])
    # Laid out as a picture only because convolutions are fast on that shape.
    picture = np.concatenate(colours).reshape(_COLUMN, -1, 3)
    linear, low, high, truth = to_tensors(picture, np.concatenate(spectra).reshape(*picture.shape[:2], -1))
    batch = Batch(linear, low, high, truth, group.wavelengths)
    if settings.mixing_probability:
        partner = torch.from_numpy(random.permutation(picture.shape[0] * picture.shape[1]))
        share = random.random(picture.shape[:2]) * (random.random(picture.shape[:2]) < settings.mixing_probability)
        other = truth.flatten(2)[:, :, partner].reshape(truth.shape)
        batch = mixed_batch(batch, other, torch.from_numpy(share).float()[None, None])
    return _brighter(batch, _exposures(settings, (1, 1, *picture.shape[:2]), random))


def mixed_batch(batch: Batch, other: Tensor, share: Tensor) -> Batch:
    """Return the batch with `share` (0..1) of each target replaced by `other`, photographed anew.

    Light of two materials adds up, as it does in a pixel that holds both; the mixtures fill the space between the
    few materials of the training scenes. Where the share is zero the picture stays as it was.
    """
    target = (1 - share) * batch.target + share * other
    response = torch.as_tensor(get_camera("srgb").response(batch.wavelengths), dtype=torch.float32)
    rgb = torch.einsum("bc,nbhw->nchw", response, target)
    steps = torch.from_numpy(np.round(encode_curve(rgb.clamp(0, 1).numpy()) * 255).astype(np.int64))
    anew = share > 0
    return Batch(
        torch.where(anew, torch.from_numpy(_LINEAR)[steps], batch.linear),
        torch.where(anew, steps == 0, batch.low),
        torch.where(anew, steps == 255, batch.high),
        target,
        batch.wavelengths,
    )


def _exposures(settings: TrainingSettings, shape: tuple[int, ...], random: np.random.Generator) -> NDArray[np.float64]:
    return np.asarray(2 ** random.uniform(-settings.exposure_jitter, settings.exposure_jitter, shape))


def _brighter(batch: Batch, factor: NDArray[np.float64]) -> Batch:
    by = torch.from_numpy(factor).float()
    return replace(batch, linear=batch.linear * by, target=batch.target * by)


def _choose_group(groups: tuple[SceneGroup, ...], random: np.random.Generator) -> SceneGroup:
    weights = np.array([group.weight for group in groups])
    return groups[random.choice(len(groups), p=weights / weights.sum())]


def _corner(scene: TrainingScene, side: int, random: np.random.Generator) -> tuple[int, int]:
    """Return the upper left corner of a patch around a drawn pixel."""
    height, width = scene.target.shape[:2]
    y, x = divmod(int(scene.draw(1, random)[0]), width)
    within = random.integers(0, side, 2)
    return int(np.clip(y - within[0], 0, height - side)), int(np.clip(x - within[1], 0, width - side))


def _turned(block: NDArray[Any], turns: int, mirror: bool) -> NDArray[Any]:
    turned = np.rot90(block, turns)
    return (turned[:, ::-1] if mirror else turned).transpose(2, 0, 1)


def draw_spectra(group: SceneGroup, count: int, random: np.random.Generator) -> NDArray[np.float32]:
    """Return `count` spectra (count, B) of a group, each divided by its mean; near-black ones are left out."""
    drawn = group.choose(count, random)
    picked = []
    for chosen, number in zip(*np.unique(drawn, return_counts=True), strict=True):
        pixels = group.scenes[chosen].target.reshape(-1, len(group.wavelengths))
        picked.append(pixels[random.integers(0, len(pixels), number)])
    spectra = np.concatenate(picked)
    means = spectra.mean(1, keepdims=True)
    lit = means[:, 0] > 0.02
    return spectra[lit] / means[lit] if lit.any() else np.ones_like(spectra[:1])
