"""A training run: stages in order, validation, logs, checkpoints, and the model at the end."""

import csv
import datetime
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from torch import Tensor

import napari_hydra
from napari_hydra.errors import Cancelled, HydraError
from napari_hydra.hydra.device import find_device
from napari_hydra.hydra.files.card import ModelCard
from napari_hydra.hydra.model_files import Calibration, load_network, save_model
from napari_hydra.hydra.networks.network import HydraNetwork
from napari_hydra.progress import ProgressCallback
from napari_hydra.training import stages
from napari_hydra.training.calibration import calibrate, estimate_scene, familiar_colours, validate
from napari_hydra.training.checkpoint import save_checkpoint
from napari_hydra.training.run_folder import CHECKPOINT, begun_with, open_run, write_begun
from napari_hydra.training.scenes import SceneGroup, TrainingScene, group_scenes, prepare_scenes
from napari_hydra.training.settings import STAGES, TrainingSettings
from napari_hydra.training.state import RunState

LOG_EVERY, VALIDATE_EVERY, SAVE_EVERY = 50, 500, 500
NamedCube = tuple[str, xr.DataArray]


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
    taught_by: str | Path | None = None,
    choose: bool = True,
    progress: ProgressCallback | None = None,
    cancel: threading.Event | None = None,
) -> Path:
    """Train a model through all stages.

    Parameters
    ----------
    training, validation : sequences of (name, cube)
        Cubes to learn from, and cubes left out of the fit that choose the weights and calibrate the intervals.
        Without any, every fifth training cube is left out, unless `taught_by` is given.
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
    taught_by : path, optional
        An ensemble (see `train_ensemble`) that teaches beside the truth. Nothing is left out: the weights are the
        running mean at the end of the last stage, and the intervals are calibrated as the ensemble's are.
    choose : bool
        False: the cubes left out calibrate and are reported, but the weights are those of the end.
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
    folder, where = Path(out), find_device(device)
    begun = begun_with(settings, training, validation)
    settings, saved = open_run(folder, begun, resume=resume)
    taught = None if taught_by is None else load_teacher(taught_by, settings)
    fit, held_out = prepare(training, validation, settings, leave_out=taught is None)
    groups = group_scenes(fit)
    run = RunState(settings, where, None if taught is None else taught[0].to(where))
    response = stages.srgb_response(run.network).to(where)
    folder.mkdir(parents=True, exist_ok=True)
    if saved is not None:
        try:
            run.restore(saved)
        except HydraError as error:
            raise HydraError(f"{folder / CHECKPOINT} is damaged ({error}); start the run anew.") from error
    else:
        run.begin(STAGES[0], groups)
        if minutes is not None:
            settings = run.settings = fit_to_time(run, groups, response, minutes)
        write_begun(folder, settings, begun)
    losses: list[float] = []
    with _logs(folder, resume) as log:
        for loss in run.steps_left(groups, response):
            losses.append(loss)
            now, last = {"stage": run.stage, "step": run.step}, run.step == settings.steps(run.stage)
            if run.step % LOG_EVERY == 0 or last:
                log({**now, "loss": float(np.mean(losses))})
                losses = []
            if stages.STAGES[run.stage].student and (run.step % VALIDATE_EVERY == 0 or last):
                figures = _validated(run, held_out, choose, last)
                if figures:
                    log({**now, **figures})
            stopping = cancel is not None and cancel.is_set()
            if run.step % SAVE_EVERY == 0 or last or stopping:
                save_checkpoint(folder / CHECKPOINT, run.checkpoint())
            if stopping:
                raise Cancelled
            if progress is not None:
                progress(run.fraction, str(run))
    if not run.best_weights:
        raise HydraError(f"No weights of {folder} could be validated; train anew with other settings or cubes.")
    run.average.load_state_dict(run.best_weights)
    network, familiar = run.average.cpu(), familiar_colours(fit)
    if taught is None:
        metrics: dict[str, Any] = {}
        estimates = ((scene, estimate_scene(network, scene)) for scene in held_out)
        calibration = calibrate(network.decoder.nodes, estimates, familiar)
    else:
        _, measured, teacher = taught
        metrics = {"intervals of": teacher}
        calibration = replace(measured, familiar=familiar)
    if held_out:
        metrics |= {"validation": run.best, "scenes": [scene.name for scene in held_out]}
    chosen = f"; {len(held_out)} more chose and calibrated" if held_out else ""
    card_fields = {"trained_on": f"{len(fit)} cubes{chosen}", "metrics": metrics, **(card or {})}
    return write_model(folder / f"{name}.safetensors", network, calibration, settings, card_fields)


def _validated(run: RunState, held_out: list[TrainingScene], choose: bool, last: bool) -> dict[str, float]:
    """Return the errors on the scenes held out, if any, and keep the weights that are the best or the last."""
    figures = validate(run.average, held_out, stages.STAGES[run.stage].patches) if held_out else {}
    is_best = figures["score"] < run.best["score"] if choose and held_out else last
    if is_best:
        run.keep(figures)
    return figures


def write_model(
    path: Path, network: HydraNetwork, calibration: Calibration, settings: TrainingSettings, card_fields: dict[str, Any]
) -> Path:
    """Write a trained network with its card; `facts` are the card's fields that the run knows."""
    given = {
        "date": datetime.date.today().isoformat(),
        "version": napari_hydra.__version__,
        "default_step": 10.0 if settings.high <= 700 else 5.0,
        **card_fields,
    }
    card = ModelCard(path.stem, (settings.low, settings.high), architecture=network.architecture.to_dict(), **given)
    return save_model(path, network, calibration, card)


def load_teacher(path: str | Path, settings: TrainingSettings) -> tuple[HydraNetwork, Calibration, str]:
    """Return network, calibration and name of a second teacher.

    Raises
    ------
    HydraError
        If the model has another range of wavelengths than this run.
    """
    network, calibration, card = load_network(path)
    if card.wavelength_range != (settings.low, settings.high):
        low, high = card.wavelength_range
        raise HydraError(f"{path} covers {low:g}-{high:g} nm and this run another range; train both with one --range.")
    return network.requires_grad_(False), calibration, card.name


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

    fit, held_out = (prepare_scenes(cubes, settings) for cubes in (training, validation))
    if not held_out and leave_out:
        if len(fit) < 2:
            raise HydraError("one cube is too few to train on; give at least two, so that one can be left out.")
        held_out = fit[::5]
        fit = [scene for i, scene in enumerate(fit) if i % 5]
    return fit, held_out


def fit_to_time(run: RunState, groups: tuple[SceneGroup, ...], response: Tensor, minutes: float) -> TrainingSettings:
    """Return settings whose student stages take about `minutes`, by timing a few steps on a copy."""
    settings = run.settings
    planned = [stage for stage in STAGES[1:] if settings.steps(stage)]
    seconds = {}
    for stage in planned:
        trial = RunState(settings, response.device, run.second)
        trial.network.load_state_dict(run.network.state_dict())
        trial.begin(stage, groups)
        for count in (2, 8):  # the first two warm up
            start = time.perf_counter()
            for _ in range(count):
                trial.advance(groups, response)
            seconds[stage] = (time.perf_counter() - start) / count
    factor = minutes * 60 / (1.15 * sum(seconds[stage] * settings.steps(stage) for stage in planned))
    steps: dict[str, Any] = {f"{stage}_steps": max(20, round(factor * settings.steps(stage))) for stage in planned}
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
