"""Validation and calibration on scenes left out of the fit."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from napari_hydra.camera import decode_curve
from napari_hydra.hydra.model_files import Calibration, chromaticity_bins
from napari_hydra.hydra.networks.network import HydraNetwork
from napari_hydra.hydra.networks.student import REDUCTION
from napari_hydra.training.sampling import Batch, to_tensors
from napari_hydra.training.scenes import TrainingScene
from napari_hydra.training.stages import estimate_batch, srgb_response

LEVELS = np.array([0.5, 0.68, 0.8, 0.9, 0.95, 0.99])
_FAMILIAR_BINS = 48
_PIXELS_PER_SCENE = 20000


@dataclass(frozen=True, eq=False)
class Estimate:
    """A scene's estimate and its standard deviation, both (H, W, B)."""

    mean: NDArray[np.float32]
    std: NDArray[np.float32]


def estimate_scene(network: HydraNetwork, scene: TrainingScene, with_context: bool = True) -> Estimate:
    """Reconstruct a training scene from its clean picture, in one piece."""
    device = network.decoder.table.device
    height, width = scene.target.shape[:2]
    linear, low, high, target = to_tensors(scene.pictures[0], scene.target[:, :, :1])
    pad = (0, -width % REDUCTION, 0, -height % REDUCTION)
    linear = torch.nn.functional.pad(linear, pad, mode="replicate")
    low, high = (torch.nn.functional.pad(t.float(), pad, mode="replicate").bool() for t in (low, high))
    batch = Batch(linear, low, high, target, scene.wavelengths).to(device)
    with torch.inference_mode():
        mean, std = estimate_batch(network, batch, srgb_response(network).to(device), with_context)
    cut = (slice(None, height), slice(None, width))
    return Estimate(*(t[0].permute(1, 2, 0).cpu().numpy()[cut] for t in (mean.clamp(min=0), std)))


def figures_of(estimate: NDArray[np.floating], scene: TrainingScene) -> dict[str, float]:
    """Return MRAE, RMSE, RMSE over mean of an estimate (H, W, B), and the `score` by which weights are chosen."""
    error = np.abs(estimate - scene.target)
    rmse = float(np.sqrt(np.square(error, dtype=np.float64).mean()))
    mrae = float((error / np.maximum(scene.target, 0.01)).mean())
    nrmse = rmse / float(scene.target.mean())
    return {"mrae": mrae, "rmse": rmse, "nrmse": nrmse, "score": mrae + 2 * nrmse}


def validate(network: HydraNetwork, scenes: Sequence[TrainingScene], with_context: bool = True) -> dict[str, float]:
    """Return the means over scenes of `figures_of`."""
    rows = [figures_of(estimate_scene(network, scene, with_context).mean, scene) for scene in scenes]
    return mean_figures(rows)


def mean_figures(rows: Sequence[dict[str, float]]) -> dict[str, float]:
    """Return the means of what `figures_of` gave of several scenes."""
    return {key: float(np.mean([row[key] for row in rows])) for key in rows[0]}


def calibrate(
    nodes: NDArray[np.float64],
    estimates: Iterable[tuple[TrainingScene, Estimate]],
    familiar: NDArray[np.bool_],
) -> Calibration:
    """Measure how many standard deviations the errors on scenes left out really take, by wavelength.

    Split conformal prediction: the factor for a level is that quantile of ``|error| / deviation``, each scene
    counting the same, read at every band and interpolated to the decoder's nodes. Nodes no scene reaches take the
    value of the nearest that one does.

    Parameters
    ----------
    nodes : (G,) array
        The decoder's, in nm.
    estimates : pairs of (scene, estimate)
        By networks that had not seen the scene.
    familiar : (N, N) array of bool
        See `Calibration`.
    """
    random = np.random.default_rng(0)
    ratios: dict[bytes, list[NDArray[np.float32]]] = {}
    for scene, estimate in estimates:
        ratio = (np.abs(estimate.mean - scene.target) / estimate.std).reshape(-1, len(scene.wavelengths))
        picked = ratio[random.integers(0, len(ratio), _PIXELS_PER_SCENE)]
        ratios.setdefault(scene.wavelengths.tobytes(), []).append(picked)
    sums = np.zeros((len(LEVELS), len(nodes)))
    counts = np.zeros(len(nodes))
    for key, group in ratios.items():
        wavelengths = np.frombuffer(key)
        quantiles = np.quantile(np.concatenate(group), LEVELS, axis=0)
        reach = np.median(np.diff(wavelengths))
        inside = (nodes >= wavelengths[0] - reach) & (nodes <= wavelengths[-1] + reach)
        here = np.stack([np.interp(nodes, wavelengths, row) for row in quantiles])
        weight = np.sqrt(len(group))  # a sensor with many scenes does not drown the others
        sums[:, inside] += here[:, inside] * weight
        counts[inside] += weight
    known = counts > 0
    factors = sums[:, known] / counts[known]
    full = np.stack([np.interp(nodes, nodes[known], row) for row in factors])
    return Calibration(LEVELS, full.astype(np.float32), familiar)


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
