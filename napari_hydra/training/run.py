"""A training run: stages in order, validation, logs, checkpoints, and the model at the end."""

import csv
import datetime
import json
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
import xarray as xr
from torch import Tensor

import napari_hydra
from napari_hydra.errors import Cancelled, HydraError
from napari_hydra.hydra.bundle import Calibration, load_network, save_model
from napari_hydra.hydra.card import ModelCard
from napari_hydra.hydra.model import find_device
from napari_hydra.hydra.network import Architecture, HydraNetwork
from napari_hydra.training import stages
from napari_hydra.training.calibration import calibrate, familiar_colours, validate
from napari_hydra.training.checkpoint import (
    Checkpoint,
    load_checkpoint,
    optimiser_tensors,
    random_state,
    restore_optimiser,
    save_checkpoint,
)
from napari_hydra.training.sampling import draw_patches, draw_pixels
from napari_hydra.training.scenes import SceneGroup, TrainingScene, group_scenes, prepare_scene
from napari_hydra.training.settings import STAGES, TrainingSettings

LOG_EVERY, VALIDATE_EVERY, SAVE_EVERY = 50, 500, 500
Report = Callable[[float, str], None]
NamedCube = tuple[str, xr.DataArray]


class _Run:
    """The state of a run between two steps."""

    def __init__(self, settings: TrainingSettings, device: torch.device) -> None:
        torch.manual_seed(settings.seed)
        self.settings = settings
        self.network = HydraNetwork(architecture_of(settings)).to(device)
        self.average = HydraNetwork(architecture_of(settings)).to(device)
        self.average.load_state_dict(self.network.state_dict())
        self.random = np.random.default_rng(settings.seed)
        self.stage, self.step = STAGES[0], 0
        self.best: dict[str, Any] = {"score": float("inf")}
        self.best_weights: dict[str, Tensor] = {}
        self.optimiser: torch.optim.Optimizer | None = None
        self.trained: list[torch.nn.Parameter] = []

    def begin(self, stage: str, groups: tuple[SceneGroup, ...]) -> None:
        """Make ready for a stage: what it starts from, and the optimiser over what it trains."""
        network = self.network
        if stage == "teacher":
            stages.initialise_teacher(network, groups, self.random)
            stages.whiten_codes(network, groups, self.random)
        elif stage == "colour":
            stages.whiten_codes(network, groups, self.random)
            stages.initialise_student(network, groups, self.settings)
        elif self.best_weights:
            network.load_state_dict(self.best_weights)
            if stage == "context":
                stages.set_covariance(network, stages.code_residuals(network, groups, self.settings))
        self.average.load_state_dict(network.state_dict())
        self.stage, self.step = stage, 0
        self.make_optimiser()

    def make_optimiser(self) -> None:
        """Build the optimiser of the current stage."""
        trained: list[torch.nn.Parameter] = []
        if self.stage != "teacher":
            trained += stages.student_parameters(self.network)
        if self.stage in ("teacher", "joint"):
            trained.append(self.network.decoder.table)
        self.network.requires_grad_(False)
        for parameter in trained:
            parameter.requires_grad_(True)
        self.trained = trained
        self.peak = self.settings.rate(self.stage)
        self.optimiser = torch.optim.AdamW(trained, lr=self.peak, weight_decay=1e-4)

    def advance(self, groups: tuple[SceneGroup, ...], response: Tensor) -> float:
        """Take one step and return its loss."""
        assert self.optimiser is not None
        total = self.settings.steps(self.stage)
        warm = min(1.0, (self.step + 1) / 100)
        for parameters in self.optimiser.param_groups:
            parameters["lr"] = self.peak * warm * (0.01 + 0.99 * (1 + np.cos(np.pi * self.step / total)) / 2)
        loss = self.loss(groups, response)
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.trained, 1.0)
        self.optimiser.step()
        self.step += 1
        decay = min(self.settings.average, 1 - 1 / (self.step + 1))
        with torch.no_grad():
            for mean, now in zip(self.average.parameters(), self.network.parameters(), strict=True):
                mean.lerp_(now, 1 - decay)
        return float(loss.detach())

    def loss(self, groups: tuple[SceneGroup, ...], response: Tensor) -> Tensor:
        """Return the loss of a fresh batch of the current stage."""
        settings, random = self.settings, self.random
        if self.stage == "teacher":
            return stages.teacher_loss(self.network, groups, random)
        if self.stage == "colour":
            batch = draw_pixels(groups, settings, random).to(response.device)
            return stages.student_loss(self.network, batch, response, settings, self.stage, False)
        batch = draw_patches(groups, settings, random).to(response.device)
        seen = torch.from_numpy(random.random(len(batch.linear)) >= settings.alone).to(response.device)
        return stages.student_loss(self.network, batch, response, settings, self.stage, seen)

    def keep_if_best(self, figures: dict[str, float]) -> None:
        """Keep the running mean of the weights if no earlier one validated better."""
        if figures["score"] < self.best["score"]:
            self.best = {**figures, "stage": self.stage, "step": self.step}
            self.best_weights = self.average_weights()

    def average_weights(self) -> dict[str, Tensor]:
        """Return a copy of the running mean of the weights."""
        return {k: v.detach().clone() for k, v in self.average.state_dict().items()}

    def checkpoint(self) -> Checkpoint:
        """Return everything that `restore` needs."""
        assert self.optimiser is not None
        tensors = {f"network.{k}": v for k, v in self.network.state_dict().items()}
        tensors |= {f"average.{k}": v for k, v in self.average.state_dict().items()}
        tensors |= {f"best.{k}": v for k, v in self.best_weights.items()}
        tensors |= optimiser_tensors(self.optimiser)
        state = {"stage": self.stage, "step": self.step, "best": self.best, "random": random_state(self.random)}
        if self.best["score"] == float("inf"):
            state["best"] = None
        return Checkpoint(tensors, state)

    def restore(self, checkpoint: Checkpoint) -> None:
        """Go back to a checkpoint."""
        tensors, state = checkpoint.tensors, checkpoint.state
        device = self.network.decoder.table.device

        def part(prefix: str) -> dict[str, Tensor]:
            return {k.removeprefix(prefix): v.to(device) for k, v in tensors.items() if k.startswith(prefix)}

        self.network.load_state_dict(part("network."))
        self.average.load_state_dict(part("average."))
        self.best_weights = part("best.")
        self.best = state["best"] or {"score": float("inf")}
        self.stage, self.step = state["stage"], state["step"]
        self.random.bit_generator.state = state["random"]
        self.make_optimiser()
        assert self.optimiser is not None
        restore_optimiser(self.optimiser, tensors)


def architecture_of(settings: TrainingSettings) -> Architecture:
    """Return the shape of the network that the settings ask for."""
    s = settings
    return Architecture(
        s.low,
        s.high,
        camera_step=s.camera_step,
        size=s.size,
        directions=s.directions,
        width=s.width,
        blocks=s.blocks,
        hidden=s.hidden,
    )


def train(
    training: Sequence[NamedCube],
    validation: Sequence[NamedCube],
    out: str | Path,
    settings: TrainingSettings,
    *,
    name: str = "mine",
    resume: bool = False,
    minutes: float | None = None,
    device: str = "auto",
    card: dict[str, Any] | None = None,
    calibrated_by: str | Path | None = None,
    progress: Report | None = None,
    cancel: threading.Event | None = None,
) -> Path:
    """Train a model through all stages.

    Parameters
    ----------
    training, validation : sequences of (name, cube)
        Cubes to learn from, and cubes left out of the fit that choose the weights and calibrate the intervals.
        Without any, every fifth training cube is left out, unless `calibrated_by` is given.
    out : path
        Folder of the run: settings.json, log.csv, TensorBoard events, checkpoint.safetensors and, at the end,
        ``<name>.safetensors``.
    settings : TrainingSettings
    name : str
        Name of the model on its card.
    resume : bool
        Go on from the checkpoint in `out`; the result is the same as without the break.
    minutes : float, optional
        Shorten or stretch the student's stages so that the run takes about this long.
    device : str
        "auto", "cpu", "cuda".
    card : dict, optional
        Further fields of the model card.
    calibrated_by : path, optional
        A model trained with the same settings while some of these cubes were left out. Nothing is left out now: the
        weights are the running mean at the end of the last stage, the intervals those of that model.
    progress : callable, optional
        Called with a fraction and a sentence.
    cancel : threading.Event, optional
        Set it to stop after writing a checkpoint.

    Returns
    -------
    Path
        The model.

    Raises
    ------
    HydraError
        If cubes or folder cannot be used.
    Cancelled
        If `cancel` was set.
    """
    folder = Path(out)
    checkpoint_file = folder / "checkpoint.safetensors"
    if resume:
        stored = load_checkpoint(checkpoint_file)
        settings = TrainingSettings.from_dict(json.loads((folder / "settings.json").read_text()))
    elif checkpoint_file.exists():
        raise HydraError(f"{folder} holds a run already; add --resume to go on, or choose another folder.")
    borrowed = None if calibrated_by is None else borrow_calibration(calibrated_by, settings)
    fit, held_out = prepare(training, validation, settings, leave_out=borrowed is None)
    groups = group_scenes(fit)
    where = find_device(device)
    run = _Run(settings, where)
    response = stages.srgb_response(run.network).to(where)
    folder.mkdir(parents=True, exist_ok=True)
    if resume:
        run.restore(stored)
    else:
        run.begin(STAGES[0], groups)
        if minutes is not None:
            settings = run.settings = fit_to_time(run, groups, response, minutes)
        (folder / "settings.json").write_text(json.dumps(settings.to_dict(), indent=1))
    total = sum(settings.steps(stage) for stage in STAGES)
    with _logs(folder, resume) as log:
        for stage in STAGES[STAGES.index(run.stage) :]:
            if run.stage != stage:
                run.begin(stage, groups)
            done = sum(settings.steps(s) for s in STAGES[: STAGES.index(stage)])
            losses: list[float] = []
            while run.step < settings.steps(stage):
                losses.append(run.advance(groups, response))
                last = run.step == settings.steps(stage)
                if run.step % LOG_EVERY == 0 or last:
                    log({"stage": stage, "step": run.step, "loss": float(np.mean(losses))})
                    losses = []
                if borrowed is not None and stage != "teacher" and last:
                    run.best_weights = run.average_weights()
                if held_out and stage != "teacher" and (run.step % VALIDATE_EVERY == 0 or last):
                    figures = validate(run.average, held_out, with_context=stage != "colour")
                    run.keep_if_best(figures)
                    log({"stage": stage, "step": run.step, **figures})
                stopping = cancel is not None and cancel.is_set()
                if run.step % SAVE_EVERY == 0 or last or stopping:
                    save_checkpoint(checkpoint_file, run.checkpoint())
                if stopping:
                    raise Cancelled
                if progress is not None:
                    best = ""
                    if "mrae" in run.best:
                        best = f", validation MRAE {run.best['mrae']:.4f} RMSE {run.best['rmse']:.4f}"
                    progress((done + run.step) / total, f"{stage} step {run.step}/{settings.steps(stage)}{best}")
            if stage == "teacher":
                run.network.load_state_dict(run.average.state_dict())
    run.average.load_state_dict(run.best_weights)
    network = run.average.cpu()
    chosen = f"; {len(held_out)} more chose and calibrated" if held_out else ""
    facts: dict[str, Any] = {
        "trained_on": f"{len(fit)} cubes{chosen}",
        "date": datetime.date.today().isoformat(),
        "version": napari_hydra.__version__,
        "default_step": 10.0 if settings.high <= 700 else 5.0,
        "metrics": {"validation": run.best, "scenes": [scene.name for scene in held_out]}
        if borrowed is None
        else borrowed[1],
        **(card or {}),
    }
    if borrowed is None:
        calibration = calibrate(network, held_out, fit)
    else:
        calibration = replace(borrowed[0], familiar=familiar_colours(fit))
    written = ModelCard(name, (settings.low, settings.high), architecture=network.architecture.to_dict(), **facts)
    return save_model(folder / f"{name}.safetensors", network, calibration, written)


def borrow_calibration(path: str | Path, settings: TrainingSettings) -> tuple[Calibration, dict[str, Any]]:
    """Return calibration and metrics of a model of the same shape.

    Raises
    ------
    HydraError
        If the model has another shape.
    """
    network, calibration, card = load_network(path)
    if network.architecture != architecture_of(settings):
        raise HydraError(f"{path} has another shape than this run; train both with the same settings.")
    return calibration, card.metrics


def prepare(
    training: Sequence[NamedCube],
    validation: Sequence[NamedCube],
    settings: TrainingSettings,
    leave_out: bool = True,
) -> tuple[list[TrainingScene], list[TrainingScene]]:
    """Return scenes to fit and scenes held out.

    Raises
    ------
    HydraError
        If there are too few.
    """

    def ready(cubes: Sequence[NamedCube]) -> list[TrainingScene]:
        weights = settings.scene_weights
        return [prepare_scene(cube, n, settings.low, settings.high, weights.get(n, 1.0)) for n, cube in cubes]

    fit, held_out = ready(training), ready(validation)
    if not held_out and leave_out:
        if len(fit) < 2:
            raise HydraError("one cube is too few to train on; give at least two, so that one can be left out.")
        held_out = fit[::5]
        fit = [scene for i, scene in enumerate(fit) if i % 5]
    return fit, held_out


def fit_to_time(run: _Run, groups: tuple[SceneGroup, ...], response: Tensor, minutes: float) -> TrainingSettings:
    """Return settings whose student stages take about `minutes`, by timing a few steps on a copy."""
    settings = run.settings
    seconds = {}
    for stage in STAGES[1:]:
        trial = _Run(settings, response.device)
        trial.network.load_state_dict(run.network.state_dict())
        trial.begin(stage, groups)
        for count in (2, 8):  # the first two warm up
            start = time.perf_counter()
            for _ in range(count):
                trial.advance(groups, response)
            seconds[stage] = (time.perf_counter() - start) / count
    planned = sum(seconds[stage] * settings.steps(stage) for stage in STAGES[1:])
    factor = minutes * 60 / (1.15 * planned)
    steps: dict[str, Any] = {f"{stage}_steps": max(20, round(factor * settings.steps(stage))) for stage in STAGES[1:]}
    return replace(settings, **steps)


@contextmanager
def _logs(folder: Path, resume: bool) -> Iterator[Callable[[dict[str, Any]], None]]:
    """Write every row to log.csv and, where TensorBoard is installed, to its event files."""
    columns = ["stage", "step", "seconds", "loss", "mrae", "rmse", "nrmse", "score"]
    path = folder / "log.csv"
    start = time.perf_counter()
    try:
        from torch.utils.tensorboard import SummaryWriter

        board = SummaryWriter(str(folder / "tensorboard"))
    except ImportError:
        board = None
    with path.open("a" if resume else "w", newline="") as handle:
        table = csv.DictWriter(handle, columns)
        if not resume:
            table.writeheader()

        def log(row: dict[str, Any]) -> None:
            table.writerow({**row, "seconds": round(time.perf_counter() - start, 1)})
            handle.flush()
            if board is not None:
                for key in set(row) - {"stage", "step"}:
                    board.add_scalar(f"{row['stage']}/{key}", row[key], row["step"])

        try:
            yield log
        finally:
            if board is not None:
                board.close()
