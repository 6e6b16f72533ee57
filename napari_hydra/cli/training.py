"""The verb that trains: a user's own cubes become a model."""

import shlex
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from napari_hydra.cli.options import CubeWavelengths, Device, DivideBy, Incomplete, Json, Overwrite, Variable, open_cube
from napari_hydra.cli.terminal import note, progress, refuse_report, report
from napari_hydra.errors import Cancelled, HydraError

if TYPE_CHECKING:
    import xarray as xr

    from napari_hydra.training.settings import TrainingSettings


class Preset(StrEnum):
    """What to train: one student, or an ensemble of them."""

    fast = "fast"
    accurate = "accurate"


class Range(StrEnum):
    """Which wavelengths the model covers."""

    visible = "visible"
    vnir = "vnir"


def train(
    context: typer.Context,
    cubes: Annotated[
        list[Path],
        typer.Argument(metavar="CUBE", help="Measured cubes, two at least; quoted patterns ('cubes/*.hdr') too."),
    ],
    out: Annotated[Path, typer.Option("--out", "-o", metavar="RUN", help="Folder of the run.")],
    span: Annotated[Range, typer.Option("--range", help="visible: 400-700 nm, vnir: 400-1000 nm.")] = Range.visible,
    validation: Annotated[
        list[Path] | None,
        typer.Option(
            "--validation", metavar="CUBE", help="Left out of the fit, even if among CUBE (repeat); else every fifth."
        ),
    ] = None,
    preset: Annotated[
        Preset, typer.Option("--preset", help="fast: one student. accurate: an ensemble, one student a fold.")
    ] = Preset.fast,
    student: Annotated[
        str,
        typer.Option(
            "--student", metavar="NAME", help="The network that reads the picture: pixel, context or your own."
        ),
    ] = "pixel",
    folds: Annotated[int, typer.Option("--folds", help="Members of the ensemble of --preset accurate.")] = 5,
    taught_by: Annotated[
        Path | None,
        typer.Option(
            "--taught-by",
            metavar="MODEL",
            help="Learn from an ensemble too, leave nothing out, and take its intervals.",
        ),
    ] = None,
    minutes: Annotated[float | None, typer.Option("--minutes", help="About how long, on this machine.")] = None,
    steps: Annotated[int | None, typer.Option("--steps", help="Steps of all stages together.")] = None,
    name: Annotated[str | None, typer.Option("--name", help="Of the model; else that of the folder.")] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on from the run's last checkpoint.")] = False,
    seed: Annotated[int, typer.Option("--seed", help="Of everything drawn at random.")] = 0,
    weight: Annotated[
        list[str] | None,
        typer.Option("--weight", metavar="NAME=W", help="Draw a cube more or less often (repeat); 1 where not named."),
    ] = None,
    trained_on: Annotated[
        str | None, typer.Option("--trained-on", metavar="TEXT", help="For the model card: the data and their terms.")
    ] = None,
    licence: Annotated[str, typer.Option("--licence", metavar="TEXT", help="For the model card: of the weights.")] = "",
    device: Device = "auto",
    wavelengths: CubeWavelengths = None,
    variable: Variable = None,
    divide_by: DivideBy = None,
    incomplete: Incomplete = False,
    overwrite: Overwrite = False,
    json: Json = None,
) -> None:
    """Train a model on your own cubes.

    RUN keeps settings, logs (CSV, TensorBoard), a checkpoint, and at the end the model, NAME.safetensors. Ctrl-C
    writes a checkpoint first; the same command with --resume goes on from it, to the same result.
    """
    if minutes is not None and not minutes > 0:
        raise HydraError(f"--minutes {minutes:g} is not a time to train; give a positive number.")
    if steps is not None and steps < 8:
        raise HydraError(f"--steps {steps} are too few to train; give at least 8.")
    if out.exists() and not out.is_dir():
        raise HydraError(f"{out} is a file; give the folder of the run.")
    begun = any((part / "checkpoint.safetensors").exists() for part in (out, out / "fold1"))
    if begun and not resume:
        raise HydraError(f"{out} holds a run already; add --resume to go on with it, or give another folder.")
    if resume and not begun:
        raise HydraError(f"{out} holds no checkpoint to resume from; leave out --resume to begin.")
    refuse_report(json, overwrite)
    from napari_hydra.training.ensemble import train_ensemble
    from napari_hydra.training.run import train as run_training

    if validation and (taught_by is not None or preset is Preset.accurate):
        other = "--preset accurate" if taught_by is None else "--taught-by"
        raise HydraError(f"--validation and {other} exclude each other; give one of them.")
    if taught_by is not None and preset is Preset.accurate:
        raise HydraError("--taught-by and --preset accurate exclude each other; give one of them.")
    kept_out = _found(validation or [])
    fitted = [path for path in _found(cubes) if path.resolve() not in {other.resolve() for other in kept_out}]
    named = _named(fitted, wavelengths, variable, divide_by, incomplete)
    held_out = _named(kept_out, wavelengths, variable, divide_by, incomplete)
    with _stopping() as cancel, progress("train") as update:
        try:
            arguments: dict[str, Any] = {
                "name": name or out.resolve().name,
                "resume": resume,
                "minutes": minutes,
                "device": device,
                "card": _card(trained_on, licence),
                "progress": update,
                "cancel": cancel,
            }
            settings = _settings(span, student, steps, seed, _weights(weight or []))
            if resume:
                settings = _resumed(out, settings, context)
            if preset is Preset.accurate:
                model = train_ensemble(named, out, settings, folds=folds, **arguments)
            else:
                model = run_training(named, held_out, out, settings, taught_by=taught_by, **arguments)
        except Cancelled:
            note(f"stopped with a checkpoint in {out}; the same command with --resume goes on.")
            raise typer.Exit(130) from None
    _report_model(model, json, overwrite)


def _settings(span: Range, student: str, steps: int | None, seed: int, weights: dict[str, float]) -> "TrainingSettings":
    from napari_hydra.hydra.networks.students import find_student
    from napari_hydra.training.settings import STAGES, settings_for

    changes = {"student": student, "seed": seed, "scene_weights": weights, **find_student(student).settings}
    settings = replace(settings_for(span.value), **changes)
    usual = sum(settings.steps(stage) for stage in STAGES)
    if steps is None:
        return settings
    share = steps / usual
    counts = {
        f"{stage}_steps": max(1, round(settings.steps(stage) * share)) for stage in STAGES if settings.steps(stage)
    }
    return replace(settings, **counts)  # type: ignore[arg-type]


def _resumed(out: Path, asked: "TrainingSettings", context: typer.Context) -> "TrainingSettings":
    """Return the settings of the run in a folder, with those that were asked for by an option."""
    from napari_hydra.training.run_folder import asked_settings
    from napari_hydra.training.settings import STAGES

    fields = {
        "span": ["low", "high"],
        "student": ["student"],
        "seed": ["seed"],
        "weight": ["scene_weights"],
        "steps": [f"{stage}_steps" for stage in STAGES],
    }
    given = [
        option for option in fields if (source := context.get_parameter_source(option)) and source.name != "DEFAULT"
    ]
    named = [name for option in given for name in fields[option]]
    begun = out if (out / "settings.json").exists() else out / "fold1"
    return replace(asked_settings(begun), **{name: getattr(asked, name) for name in named})


def _card(trained_on: str | None, licence: str) -> dict[str, Any]:
    command = shlex.join(["napari-hydra", *sys.argv[1:]])
    return {"command": command, "licence": licence} | ({"trained_on": trained_on} if trained_on else {})


def _weights(given: list[str]) -> dict[str, float]:
    weights = {}
    for text in given:
        name, _, number = text.rpartition("=")
        try:
            weights[name] = float(number)
        except ValueError:
            weights[name] = -1.0
        if not name or not weights[name] > 0:
            raise HydraError(f"--weight {text!r} is not NAME=W with W a positive number, such as watercolors=0.3.")
    return weights


def _found(paths: list[Path]) -> list[Path]:
    """Return the paths with patterns replaced by the files they match, in order."""
    found = []
    for path in paths:
        if path.exists() or not any(mark in path.name for mark in "*?["):
            found.append(path)
            continue
        matches = sorted(path.parent.glob(path.name))
        if not matches:
            raise HydraError(f"{path} matches no file; correct the pattern.")
        found += matches
    return found


def _named(
    paths: list[Path], wavelengths: str | None, variable: str | None, divide_by: float | None, incomplete: bool
) -> "list[tuple[str, xr.DataArray]]":
    cubes = [(path.stem, open_cube(path, wavelengths, variable, divide_by, incomplete)) for path in paths]
    names = [name for name, _ in cubes]
    return [
        (name if names.count(name) == 1 else f"{path.parent.name}/{name}", cube)
        for path, (name, cube) in zip(paths, cubes, strict=True)
    ]


@contextmanager
def _stopping() -> Iterator[threading.Event]:
    """Give an event that the first Ctrl-C sets, so that the run can write its checkpoint; the second one kills."""
    cancel = threading.Event()

    def stop(signum: int, frame: Any) -> None:
        cancel.set()
        signal.signal(signal.SIGINT, signal.default_int_handler)

    if threading.current_thread() is not threading.main_thread():
        yield cancel
        return
    before = signal.signal(signal.SIGINT, stop)
    try:
        yield cancel
    finally:
        signal.signal(signal.SIGINT, before)


def _report_model(model: Path, json: str | None, overwrite: bool) -> None:
    from napari_hydra.hydra import model_card

    card = model_card(model)
    best = card.metrics.get("validation", {})
    figures = ", ".join(f"{key} {value:.4g}" for key, value in best.items() if isinstance(value, float))
    text = f"{model}: {card.wavelength_range[0]:g}-{card.wavelength_range[1]:g} nm, trained on {card.trained_on}"
    text += f"\non the scenes held out: {figures}" if figures else ""
    report(text, {"model": str(model), "metrics": card.metrics}, json, overwrite)
