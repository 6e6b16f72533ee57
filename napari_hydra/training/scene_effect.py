"""Learning the prior of the scene effect: what a few measured spectra tell about the rest of a scene.

It needs scenes that the model was *not* fitted to, for errors of scenes it knows are too small. With folds (models
trained with a part of the scenes left out in turn) every training scene serves.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from napari_hydra.camera import get_camera
from napari_hydra.hydra.adapting import make_observations
from napari_hydra.hydra.model import HydraModel
from napari_hydra.hydra.scene_prior import BRIGHTNESS, COLOUR, PLACE, UNCERTAINTY, ScenePrior, scene_kernel
from napari_hydra.io import MeasuredSpectrum
from napari_hydra.progress import ProgressCallback

Floats = NDArray[np.float64]

COUNTS = (5, 10, 20, 50)
_JUDGED = 200  # pixels on which a simulated adaptation is judged
_RATE, _LAST_RATE = 0.05, 0.005
_PULL = 0.1  # towards the start, shared by the scenes: few scenes cannot tell all numbers
_HARM = 2.0  # a scene that gets worse counts this much more than one that gets better
_FLOOR = 0.01  # as in MRAE


@dataclass(frozen=True, eq=False)
class SceneErrors:
    """What a model got wrong in a scene that it was not trained on, at a sample of m pixels (some 3000).

    All at the common exposure, as `sample_errors` gives them.

    Attributes
    ----------
    features : (m, 8) array
        See `napari_hydra.hydra.scene_prior.pixel_features`.
    residuals : (m, k) array
        Measured less estimated latent, without the part that the picture's colour shows, per unit of brightness.
    estimate, target : (m, B) arrays
        Reconstructed (not clipped at zero) and measured spectra.
    rows : (B, k) array
        Decoder rows at the scene's wavelengths.
    """

    features: Floats
    residuals: Floats
    estimate: Floats
    target: Floats
    rows: Floats


def sample_errors(
    model: HydraModel,
    picture: NDArray[np.uint8],
    target: NDArray[np.floating],
    wavelengths: Floats,
    *,
    count: int = 3000,
    seed: int = 0,
) -> SceneErrors:
    """Return what a `model` gets wrong in a scene that it was not trained on, at `count` pixels drawn at random.

    Parameters
    ----------
    model : HydraModel
    picture : (H, W, 3) array
        Clean sRGB.
    target : (H, W, B) array
        Measured spectra in the picture's unit, within the model's range.
    wavelengths : (B,) array
        In nm.
    count, seed : int
    """
    height, width = target.shape[:2]
    drawn = np.random.default_rng(seed).choice(height * width, min(count, height * width), replace=False)
    ys, xs = (part.tolist() for part in np.unravel_index(drawn, (height, width)))
    values = target[ys, xs].astype(np.float64)
    spectra = [MeasuredSpectrum(y, x, wavelengths, v) for y, x, v in zip(ys, xs, values, strict=True)]
    base = replace(model, adaptation=None)
    image = base.linear_image(picture, get_camera("srgb"), None)
    latent_cube = base.reconstruct(picture, model.calibration_grid())
    found = make_observations(base, latent_cube, image, spectra, gain=1.0)
    rows = latent_cube.basis.rows_at(wavelengths).astype(np.float64)
    truth = np.stack([spectrum.values for spectrum in spectra]) * image.gain
    return SceneErrors(found.features, found.residuals, found.latents @ rows.T, truth, rows)


def learn_scene_prior(
    scenes: Sequence[SceneErrors],
    *,
    start: ScenePrior | None = None,
    steps: int = 120,
    seed: int = 0,
    progress: ProgressCallback | None = None,
) -> ScenePrior:
    """Return the prior under which adapting to 5 to 50 measurements lowers the error of unseen scenes most.

    Adaptation is simulated: some pixels of a scene are measured (drawn at random or far apart in colour, by turns),
    others are judged by MRAE and RMSE, each as a share of the error before; gradient descent (Adam) on their mean,
    with an extra weight on scenes that get worse.

    Parameters
    ----------
    scenes : sequence of SceneErrors
        Of at least a handful of scenes, each left out of the training of the model that reconstructed it.
    start : ScenePrior, optional
        Where to begin; the package's default where not given.
    steps : int
        Of descent; each goes through all scenes (about a second for 20 scenes).
    seed : int
    progress : callable, optional
        Called with a fraction (0..1) and a stage.
    """
    random = np.random.default_rng(seed)
    begin = (start or ScenePrior()).vector()
    logs = begin.clone().requires_grad_(True)
    optimiser = torch.optim.Adam([logs], lr=_RATE)
    tensors = [[torch.as_tensor(part, dtype=torch.float64) for part in vars(scene).values()] for scene in scenes]
    for step in range(steps):
        for group in optimiser.param_groups:
            group["lr"] = _RATE * (1 - step / steps) + _LAST_RATE
        optimiser.zero_grad()
        for scene, parts in zip(scenes, tensors, strict=True):
            measured = _draw(scene.features, int(random.choice(COUNTS)), random)
            judged = random.choice(len(scene.features), min(_JUDGED, len(scene.features)), replace=False)
            ratios = _error_ratios(logs, parts, measured, judged)
            loss = (ratios + _HARM * (ratios - 1).clamp(min=0)).mean() / len(scenes)
            loss.backward()
        (_PULL / len(scenes) * (logs - begin).square().sum()).backward()
        optimiser.step()
        if progress is not None:
            progress((step + 1) / steps, "learning the prior of the scene effect")
    return ScenePrior.from_vector(logs)


def _error_ratios(logs: Tensor, parts: list[Tensor], measured: NDArray[np.intp], judged: NDArray[np.intp]) -> Tensor:
    """Return MRAE and RMSE (2,) of the judged pixels after adapting, as shares of those before."""
    features, residuals, estimate, target, rows = parts
    typical = features[measured, UNCERTAINTY].median()
    known, new = features[measured], features[judged]
    gram = scene_kernel(logs, known, known, typical) + torch.eye(len(measured), dtype=torch.float64)
    weights = torch.linalg.solve(gram, residuals[measured])
    latents = scene_kernel(logs, new, known, typical) @ weights
    level = features[judged, BRIGHTNESS].exp()
    before, truth = estimate[judged], target[judged]
    after = before + level[:, None] * (latents @ rows.T)
    errors = [(values.clamp(min=0) - truth) for values in (after, before)]
    relative = [(error.abs() / truth.clamp(min=_FLOOR)).mean() for error in errors]
    absolute = [error.square().mean().sqrt() for error in errors]
    return torch.stack([relative[0] / relative[1].clamp(min=1e-6), absolute[0] / absolute[1].clamp(min=1e-6)])


def _draw(features: Floats, count: int, random: np.random.Generator) -> NDArray[np.intp]:
    """Return pixels to measure: at random, or each far from those before, as `suggest_sites` would choose."""
    if random.random() < 0.5:
        return random.choice(len(features), count, replace=False)
    level = np.exp(features[:, BRIGHTNESS])
    seen = np.column_stack([np.sqrt(3 * features[:, COLOUR] * level[:, None]), 0.3 * features[:, PLACE]])
    chosen = [int(random.integers(len(seen)))]
    far = np.square(seen - seen[chosen[0]]).sum(1)
    for _ in range(count - 1):
        odds = far**0.7 * (level > 0.02) + 1e-12
        chosen.append(int(random.choice(len(seen), p=odds / odds.sum())))
        far = np.minimum(far, np.square(seen - seen[chosen[-1]]).sum(1))
    return np.array(chosen)
