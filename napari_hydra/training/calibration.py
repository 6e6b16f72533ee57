"""Validation and calibration on scenes left out of the fit."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from napari_hydra.camera import decode_curve
from napari_hydra.hydra.bundle import Calibration, chromaticity_bins
from napari_hydra.hydra.network import HydraNetwork, band_deviation
from napari_hydra.hydra.student import REDUCTION
from napari_hydra.training.sampling import to_tensors
from napari_hydra.training.scenes import TrainingScene
from napari_hydra.training.stages import srgb_response

LEVELS = np.array([0.5, 0.68, 0.8, 0.9, 0.95, 0.99])
_FAMILIAR_BINS = 48
_PIXELS_PER_SCENE = 20000


@dataclass(frozen=True, eq=False)
class Estimate:
    """A scene's estimate and its standard deviation, both (H, W, B)."""

    mean: NDArray[np.float32]
    deviation: NDArray[np.float32]


def estimate_scene(network: HydraNetwork, scene: TrainingScene, with_context: bool = True) -> Estimate:
    """Reconstruct a training scene from its clean picture, in one piece."""
    device = network.decoder.table.device
    height, width = scene.target.shape[:2]
    linear, low, high, _ = to_tensors(scene.pictures[0], scene.target[:, :, :1])
    pad = (0, -width % REDUCTION, 0, -height % REDUCTION)
    linear = torch.nn.functional.pad(linear, pad, mode="replicate")
    low, high = (torch.nn.functional.pad(t.float(), pad, mode="replicate").bool() for t in (low, high))
    with torch.inference_mode():
        colour = network.colour_matrix(srgb_response(network).to(device))
        result = network(linear.to(device), low.to(device), high.to(device), colour, with_context=with_context)
        rows = network.decoder.rows(scene.wavelengths)
        mean = torch.einsum("bk,nkhw->nbhw", rows, result.mean).clamp(min=0)
        deviation = band_deviation(result.spread, network.spread_rows(scene.wavelengths, colour))
    cut = (slice(None, height), slice(None, width))
    return Estimate(*(t[0].permute(1, 2, 0).cpu().numpy()[cut] for t in (mean, deviation)))


def validate(network: HydraNetwork, scenes: Sequence[TrainingScene], with_context: bool = True) -> dict[str, float]:
    """Return mean MRAE, RMSE and RMSE over mean of the scenes, and the `score` by which weights are chosen."""
    rows = []
    for scene in scenes:
        error = np.abs(estimate_scene(network, scene, with_context).mean - scene.target)
        rmse = float(np.sqrt(np.square(error, dtype=np.float64).mean()))
        mrae = float((error / np.maximum(scene.target, 0.01)).mean())
        rows.append((mrae, rmse, rmse / float(scene.target.mean())))
    mrae, rmse, nrmse = np.mean(rows, axis=0)
    return {"mrae": float(mrae), "rmse": float(rmse), "nrmse": float(nrmse), "score": float(mrae + 2 * nrmse)}


def calibrate(
    network: HydraNetwork, held_out: Sequence[TrainingScene], training: Sequence[TrainingScene]
) -> Calibration:
    """Measure how many standard deviations the errors on scenes left out really take, by wavelength.

    Split conformal prediction: the factor for a level is that quantile of ``|error| / deviation``, each scene
    counting the same, read at every band and interpolated to the decoder's nodes. Nodes no scene reaches take the
    value of the nearest that one does.
    """
    nodes = network.decoder.nodes
    random = np.random.default_rng(0)
    sums = np.zeros((len(LEVELS), len(nodes)))
    counts = np.zeros(len(nodes))
    for group in _by_sensor(held_out):
        ratios = []
        for scene in group:
            estimate = estimate_scene(network, scene)
            ratio = (np.abs(estimate.mean - scene.target) / estimate.deviation).reshape(-1, len(scene.wavelengths))
            ratios.append(ratio[random.integers(0, len(ratio), _PIXELS_PER_SCENE)])
        quantiles = np.quantile(np.concatenate(ratios), LEVELS, axis=0)
        wavelengths = group[0].wavelengths
        reach = np.median(np.diff(wavelengths))
        inside = (nodes >= wavelengths[0] - reach) & (nodes <= wavelengths[-1] + reach)
        here = np.stack([np.interp(nodes, wavelengths, row) for row in quantiles])
        sums[:, inside] += here[:, inside] * len(group)
        counts[inside] += len(group)
    known = counts > 0
    factors = sums[:, known] / counts[known]
    full = np.stack([np.interp(nodes, nodes[known], row) for row in factors])
    return Calibration(LEVELS, full.astype(np.float32), familiar_colours(training))


def familiar_colours(scenes: Sequence[TrainingScene]) -> NDArray[np.bool_]:
    """Return which chromaticities the scenes' pictures hold, a bin's neighbours counted in."""
    decode = decode_curve(np.arange(256) / 255, "srgb").astype(np.float32)
    seen = np.zeros((_FAMILIAR_BINS, _FAMILIAR_BINS), np.int64)
    for scene in scenes:
        linear = decode[scene.pictures[0]].reshape(-1, 3)
        red, green = chromaticity_bins(linear[linear.sum(1) > 0.02], _FAMILIAR_BINS)
        np.add.at(seen, (red, green), 1)
    known = seen >= 5
    padded = np.pad(known, 1)
    around = [padded[dy : dy + _FAMILIAR_BINS, dx : dx + _FAMILIAR_BINS] for dy in range(3) for dx in range(3)]
    return np.any(around, axis=0)


def _by_sensor(scenes: Sequence[TrainingScene]) -> list[list[TrainingScene]]:
    found: dict[bytes, list[TrainingScene]] = {}
    for scene in scenes:
        found.setdefault(scene.wavelengths.tobytes(), []).append(scene)
    return list(found.values())
