"""Checkpoints that hold all that a run needs to go on exactly: weights, running mean, optimiser, random state."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from napari_hydra.errors import HydraError
from napari_hydra.hydra.files.tensor_file import write_tensors
from napari_hydra.io.files.weights_header import weights_header
from napari_hydra.validation import InvalidValue, Within, parse, parse_json

FORMAT = "napari-hydra checkpoint 1"
_MOMENTS = ("exp_avg", "exp_avg_sq")  # of Adam


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """Where a run stands.

    `tensors` holds "network.*", "average.*" and "optimiser.<parameter>.<field>"; `state` is JSON: stage, step, random
    state, best validation error.
    """

    tensors: dict[str, Tensor]
    state: dict[str, Any]


@dataclass(frozen=True)
class _Numbers:
    state: Annotated[int, Within(0, 2**128 - 1)]
    inc: Annotated[int, Within(0, 2**128 - 1)]


@dataclass(frozen=True)
class _RandomState:
    bit_generator: Literal["PCG64"]
    state: _Numbers
    has_uint32: Annotated[int, Within(0, 1)]
    uinteger: Annotated[int, Within(0, 2**32 - 1)]


@dataclass(frozen=True)
class _Best:
    score: float
    mrae: float
    rmse: float


@dataclass(frozen=True)
class _State:
    """What the state of a checkpoint must hold at least."""

    stage: Literal["teacher", "colour", "context", "joint"]
    step: Annotated[int, Within(0, 10**9)]
    best: _Best | None
    random: _RandomState


def save_checkpoint(path: Path, checkpoint: Checkpoint) -> None:
    """Write a checkpoint, replacing the last one only when it is complete."""
    header = {"format": FORMAT, "state": json.dumps(checkpoint.state)}
    write_tensors(path, checkpoint.tensors, header, overwrite=True)


def load_checkpoint(path: Path) -> Checkpoint:
    """Read a checkpoint.

    Raises
    ------
    HydraError
        If the file is missing or no checkpoint.
    """
    if not path.is_file():
        raise HydraError(f"{path} does not exist; start the run without --resume.")
    try:
        header = weights_header(path).metadata
        with safe_open(str(path), framework="pt") as file:
            tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118 - not a dict
    except (SafetensorError, HydraError) as error:
        raise HydraError(f"{path} is damaged ({error}); start the run anew.") from error
    if header.get("format") != FORMAT:
        raise HydraError(f"{path} is no checkpoint of this version; start the run anew.")
    try:
        state = parse_json(header.get("state", ""))
        known = parse(_State, state)
    except InvalidValue as error:
        raise HydraError(f"{path} is damaged ({error}); start the run anew.") from error
    return Checkpoint(tensors, state | {"step": known.step, "random": asdict(known.random)})


def optimiser_tensors(optimiser: torch.optim.Optimizer) -> dict[str, Tensor]:
    """Return the optimiser's state as named tensors."""
    out = {}
    for index, fields in optimiser.state_dict()["state"].items():
        for key, value in fields.items():
            out[f"optimiser.{index}.{key}"] = torch.as_tensor(value)
    return out


def restore_optimiser(optimiser: torch.optim.Optimizer, tensors: dict[str, Tensor]) -> None:
    """Put back what `optimiser_tensors` gave.

    Raises
    ------
    HydraError
        If that is the state of other parameters.
    """
    parameters = [one for group in optimiser.param_groups for one in group["params"]]
    state: dict[int, dict[str, Tensor]] = {}
    for name, value in tensors.items():
        if name.startswith("optimiser."):
            index, _, key = name.removeprefix("optimiser.").partition(".")
            known = index.isascii() and index.isdigit() and int(index) < len(parameters)
            shape = {"step": (), **dict.fromkeys(_MOMENTS, parameters[int(index)].shape)} if known else {}
            if key not in shape or value.shape != shape[key]:
                raise HydraError(f"{name} is not of this optimiser")
            state.setdefault(int(index), {})[key] = value
    if any(len(found) != 1 + len(_MOMENTS) for found in state.values()):
        raise HydraError("the state of the optimiser is not complete")
    current = optimiser.state_dict()
    current["state"] = state
    optimiser.load_state_dict(current)
