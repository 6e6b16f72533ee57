"""The folder of a run: what a run is begun with is written there, and a run that is resumed is compared with it."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Annotated

import torch

from napari_hydra.errors import HydraError
from napari_hydra.hydra.networks.shapes import require_fit
from napari_hydra.io.files.atomic import replacing
from napari_hydra.training.checkpoint import Checkpoint, load_checkpoint
from napari_hydra.training.settings import STAGES, TrainingSettings
from napari_hydra.training.state import architecture_of
from napari_hydra.validation import InvalidValue, MaxLength, parse, parse_json

CHECKPOINT, _SETTINGS, _BEGUN = "checkpoint.safetensors", "settings.json", "begun.json"
Names = Annotated[tuple[str, ...], MaxLength(100_000)]
_TYPES = {torch.float64: "F64", torch.float32: "F32", torch.float16: "F16", torch.bfloat16: "BF16"}
NamedCubes = Sequence[tuple[str, object]]


@dataclass(frozen=True)
class Begun:
    """What a run was asked for: settings, before steps are fitted to a time, and names of cubes in their order."""

    settings: TrainingSettings
    training: Names
    validation: Names


def begun_with(settings: TrainingSettings, training: NamedCubes, validation: NamedCubes) -> Begun:
    """Return what a run is asked for."""
    return Begun(settings, tuple(name for name, _ in training), tuple(name for name, _ in validation))


def read_settings(folder: Path) -> TrainingSettings:
    """Return the settings that are in force in a run.

    Raises
    ------
    HydraError
        If its settings.json is missing or damaged.
    """
    path = folder / _SETTINGS
    try:
        return TrainingSettings.from_dict(_read(path))
    except InvalidValue as error:
        raise HydraError(f"{path} is damaged ({error}); start the run anew.") from error


def read_begun(folder: Path) -> Begun | None:
    """Return what a run was asked for; None of a run of version 0.1, which did not note it.

    Raises
    ------
    HydraError
        If it is damaged.
    """
    path = folder / _BEGUN
    try:
        return parse(Begun, _read(path)) if path.is_file() else None
    except InvalidValue as error:
        raise HydraError(f"{path} is damaged ({error}); start the run anew.") from error


def asked_settings(folder: Path) -> TrainingSettings:
    """Return the settings that a run was asked for, as far as it noted them.

    Raises
    ------
    HydraError
        If its files are missing or damaged.
    """
    begun = read_begun(folder)
    return read_settings(folder) if begun is None else begun.settings


def write_begun(folder: Path, settings: TrainingSettings, begun: Begun) -> None:
    """Note the settings in force and what a run was asked for."""
    for name, found in ((_BEGUN, asdict(begun)), (_SETTINGS, settings.to_dict())):
        with replacing(folder / name, overwrite=True) as temporary:
            temporary.write_text(json.dumps(found, indent=1), encoding="utf-8")


def open_run(folder: Path, asked: Begun, *, resume: bool) -> tuple[TrainingSettings, Checkpoint | None]:
    """Return the settings of the run in a folder and where it stands; those asked for and nothing for a new one.

    Raises
    ------
    HydraError
        If there is a run already, or one that was begun with other settings or cubes, or is damaged.
    """
    if not resume:
        if (folder / CHECKPOINT).exists():
            raise HydraError(f"{folder} holds a run already; add --resume to go on, or choose another folder.")
        return asked.settings, None
    checkpoint = load_checkpoint(folder / CHECKPOINT)
    refuse_others(folder, asked)
    settings = read_settings(folder)
    shapes = {name: (_TYPES.get(one.dtype, ""), tuple(one.shape)) for name, one in checkpoint.tensors.items()}
    try:
        for part in ("network.", "average.", "best."):
            own = {name.removeprefix(part): shape for name, shape in shapes.items() if name.startswith(part)}
            if own or part != "best.":
                require_fit(architecture_of(settings), own)
    except ValueError as error:
        raise HydraError(
            f"{folder / CHECKPOINT} does not fit the run's settings ({error}); start the run anew."
        ) from error
    return settings, checkpoint


def refuse_others(folder: Path, asked: Begun) -> None:
    """Refuse to go on with other settings or cubes than a run was begun with.

    Raises
    ------
    HydraError
        That names what differs.
    """
    begun = read_begun(folder)
    if begun is None:
        saved = read_settings(folder)
        steps = {f"{stage}_steps": asked.settings.steps(stage) for stage in STAGES}  # may have been fitted to a time
        begun = replace(asked, settings=replace(saved, **steps))  # type: ignore[arg-type]
    was, now = (
        replace(one.settings, student=architecture_of(one.settings).student).to_dict() for one in (begun, asked)
    )
    others = [f"{name} {was[name]} and not {now[name]}" for name in was if was[name] != now[name]]
    if (begun.training, begun.validation) != (asked.training, asked.validation):
        others.append(f"the cubes {', '.join(begun.training + begun.validation)} in another order or division")
    if others:
        raise HydraError(
            f"{folder} was begun with {', '.join(others)}; resume it with what it was begun with, "
            "or give another folder."
        )


def _read(path: Path) -> object:
    try:
        return parse_json(path.read_bytes())
    except OSError as error:
        raise HydraError(f"{path} cannot be read ({error.strerror}); start the run anew.") from error
    except InvalidValue as error:
        raise HydraError(f"{path} is damaged ({error}); start the run anew.") from error
