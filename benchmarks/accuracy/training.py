"""The same training for every rival network: HYDRA's scenes, patches and augmentations, one of two losses."""

import datetime
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from benchmarks.accuracy.baselines.pixels import grid
from benchmarks.accuracy.baselines.surface import ColourSpace
from benchmarks.accuracy.method import save_run
from benchmarks.accuracy.rivals import RIVALS
from benchmarks.accuracy.schedule import Schedule
from benchmarks.accuracy.split import TASKS, NamedCube
from benchmarks.rows import device_name
from napari_hydra import __version__
from napari_hydra.hydra.device import find_device
from napari_hydra.spectra.resample import interpolation_matrix
from napari_hydra.training.calibration import figures_of, mean_figures
from napari_hydra.training.losses import relative_error
from napari_hydra.training.sampling import Batch, draw_patches, draw_pixels, to_tensors
from napari_hydra.training.scenes import SceneGroup, TrainingScene, group_scenes, prepare_scene
from napari_hydra.training.settings import TrainingSettings, settings_for

SCENE_WEIGHTS = {"watercolors": 0.3}  # 8 bit at the source; the same for HYDRA


def charbonnier(estimate: Tensor, target: Tensor, width: float = 1e-3) -> Tensor:
    """Return the mean of ``sqrt((p - t)^2 + width^2)``: the absolute error, smooth at zero."""
    return ((estimate - target).square() + width**2).sqrt().mean()


LOSSES: dict[str, Callable[[Tensor, Tensor], Tensor]] = {"relative": relative_error, "charbonnier": charbonnier}


@dataclass(frozen=True)
class RunSettings:
    """What decides a run.

    Attributes
    ----------
    method, loss, span : str
        Keys of `RIVALS`, `LOSSES` and `TASKS`.
    seed : int
    minutes : float
        Of training, without validation; the most where `until_converged`.
    until_converged : bool
        Stop when the validation error stops falling.
    rate : float
        Peak learning rate.
    every : float
        Seconds of training between validations.
    noisy, mixed : float
        Shares of noisy pictures and of mixtures, see `TrainingSettings`.
    """

    method: str
    loss: str
    span: str = "visible"
    seed: int = 0
    minutes: float = 60.0
    until_converged: bool = False
    rate: float = 4e-4
    every: float = 60.0
    noisy: float = 0.2
    mixed: float = 0.5


class Sampler:
    """Fresh batches of one rival's kind, and its answers at the bands of a batch."""

    def __init__(self, settings: RunSettings, groups: tuple[SceneGroup, ...], device: torch.device) -> None:
        rival, task = RIVALS[settings.method], TASKS[settings.span]
        self.groups, self.device, self.patch = groups, device, rival.patch
        self.random = np.random.default_rng(settings.seed)
        self.nodes = grid(task.low, task.high, task.step)
        self.options: TrainingSettings = replace(
            settings_for(settings.span),
            noise_probability=settings.noisy,
            mixing_probability=settings.mixed,
            patch=rival.patch or 48,
            batch_pixels=rival.batch * rival.patch**2,
            colour_pixels=rival.batch if not rival.patch else 8192,
        )
        self._matrices: dict[bytes, Tensor] = {}

    def draw(self) -> Batch:
        """Return a batch of patches or of loose pixels."""
        draw = draw_patches if self.patch else draw_pixels
        return draw(self.groups, self.options, self.random).to(self.device)

    def answer(self, network: nn.Module, linear: Tensor, wavelengths: np.ndarray) -> Tensor:
        """Return the network's spectra (N, B, h, w) at `wavelengths` (B,) nm."""
        key = wavelengths.tobytes()
        if key not in self._matrices:
            matrix = interpolation_matrix(self.nodes, wavelengths)
            self._matrices[key] = torch.from_numpy(matrix).float().to(self.device)
        return torch.einsum("bg,nghw->nbhw", self._matrices[key], network(linear))


def train_run(
    fit: Sequence[NamedCube],
    choosing: Sequence[NamedCube],
    settings: RunSettings,
    folder: Path,
    *,
    device: str = "auto",
    report: Callable[[str], None] = print,
    clock: Callable[[], float] | None = None,
) -> dict[str, Any]:
    """Train a rival and write its run folder.

    Parameters
    ----------
    fit, choosing : sequence of (name, cube)
        To learn from; and to choose the best running mean of the weights. Without the latter the last one is taken.
    settings : RunSettings
    folder : Path
        Receives run.json (settings, curve) and weights.safetensors.
    device : str
        "auto", "cpu" or "cuda".
    report : callable
        Called with a line after every validation.
    clock : callable
        Gives seconds; by default `clock_of` the device.

    Returns
    -------
    dict
        What run.json holds.
    """
    torch.manual_seed(settings.seed)
    clock = clock or clock_of(find_device(device))
    task, rival, where = TASKS[settings.span], RIVALS[settings.method], find_device(device)
    evenness = settings_for(settings.span).colour_balance  # rivals see the pixels that HYDRA sees
    fitted, held_out = ([_ready(named, task.low, task.high, evenness) for named in cubes] for cubes in (fit, choosing))
    sampler = Sampler(settings, group_scenes(fitted), where)
    network = rival.build(len(sampler.nodes)).to(where)
    average = rival.build(len(sampler.nodes)).to(where)
    average.load_state_dict(network.state_dict())
    optimiser = torch.optim.AdamW(network.parameters(), lr=settings.rate, weight_decay=1e-4)
    schedule = Schedule(settings.minutes * 60, settings.until_converged)
    curve: list[dict[str, float]] = []
    best: dict[str, Any] = {"score": float("inf")}
    weights = average.state_dict()
    seconds, step, losses = 0.0, 0, []
    while True:
        start = clock()
        for group in optimiser.param_groups:
            group["lr"] = settings.rate * schedule.rate(seconds, step)
        losses.append(_step(network, average, optimiser, sampler, settings.loss, _decay(rival.average, step)))
        step += 1
        seconds += clock() - start
        over = schedule.is_over(seconds)
        if over or seconds >= settings.every * (len(curve) + 1):
            point = {"seconds": round(seconds, 1), "steps": step, "loss": float(np.mean(losses))}
            losses = []
            if held_out:
                point |= validate(average, held_out, sampler)
                schedule.note(seconds, point["score"])
                if point["score"] < best["score"]:
                    best, weights = point, {k: v.clone() for k, v in average.state_dict().items()}
            curve.append(point)
            report(" ".join(f"{key} {value:.5g}" for key, value in point.items()))
        if over:
            break
    if not held_out:
        best, weights = curve[-1], average.state_dict()
    record = {
        **asdict(settings),
        "parameters": sum(p.numel() for p in network.parameters()),
        "scenes": len(fitted),
        "choosing": [scene.name for scene in held_out],
        "converged": schedule.converged,
        "seconds": round(seconds, 1),
        "steps": step,
        "device": device_name(where),
        "threads": torch.get_num_threads(),
        "best": best,
        "curve": curve,
        "version": __version__,
        "date": datetime.date.today().isoformat(),
    }
    save_run(folder, record, weights, _space(fitted, sampler.nodes))
    return record


def clock_of(device: torch.device) -> Callable[[], float]:
    """Return a clock in seconds; on a CPU the processor's own over the threads: a busy machine costs nothing."""
    if device.type != "cpu":
        return time.perf_counter
    threads = torch.get_num_threads()
    return lambda: time.process_time() / threads


def validate(network: nn.Module, scenes: Sequence[TrainingScene], sampler: Sampler) -> dict[str, float]:
    """Return mean MRAE, RMSE and RMSE over mean of the scenes, and the score that chooses for HYDRA too."""
    rows = []
    for scene in scenes:
        linear, *_ = to_tensors(scene.pictures[0], scene.target)
        with torch.no_grad():  # not inference_mode: the sampler keeps its matrices for training
            answer = sampler.answer(network, linear.to(sampler.device), scene.wavelengths).clamp(min=0).cpu()
        rows.append(figures_of(answer[0].permute(1, 2, 0).numpy(), scene))
    return mean_figures(rows)


def _step(
    network: nn.Module,
    average: nn.Module,
    optimiser: torch.optim.Optimizer,
    sampler: Sampler,
    loss_name: str,
    decay: float,
) -> float:
    batch = sampler.draw()
    loss = LOSSES[loss_name](sampler.answer(network, batch.linear, batch.wavelengths), batch.target)
    optimiser.zero_grad(set_to_none=True)
    loss.backward()
    torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
    optimiser.step()
    with torch.no_grad():
        for mean, now in zip(average.parameters(), network.parameters(), strict=True):
            mean.lerp_(now, 1 - decay)
    return float(loss.detach())


def _decay(longest: float, step: int) -> float:
    return min(longest, (step + 1) / (step + 10))


def _ready(named: NamedCube, low: float, high: float, evenness: float) -> TrainingScene:
    name, cube = named
    return prepare_scene(cube, name, low, high, SCENE_WEIGHTS.get(name, 1.0), evenness)


def _space(scenes: Sequence[TrainingScene], nodes: np.ndarray, every: int = 37) -> ColourSpace:
    """Return the grid and the second moment of a sample of the scenes' spectra."""
    pieces = []
    for scene in scenes:
        spectra = scene.target.reshape(-1, len(scene.wavelengths))[::every].astype(np.float64)
        pieces.append(spectra @ interpolation_matrix(scene.wavelengths, nodes).T)
    sample = np.concatenate(pieces)
    return ColourSpace(nodes, sample.T @ sample / len(sample))
