"""Checkpoints that hold all that a run needs to go on exactly: weights, running mean, optimiser, random state."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from napari_hydra.errors import HydraError
from napari_hydra.hydra.files.tensor_file import write_tensors

FORMAT = "napari-hydra checkpoint 1"


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """Where a run stands.

    `tensors` holds "network.*", "average.*" and "optimiser.<parameter>.<field>"; `state` is JSON: stage, step, random
    state, best validation error.
    """

    tensors: dict[str, Tensor]
    state: dict[str, Any]


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
        with safe_open(str(path), framework="pt") as file:
            header = file.metadata() or {}
            tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118 - not a dict
    except SafetensorError as error:
        raise HydraError(f"{path} is damaged ({error}); start the run anew.") from error
    if header.get("format") != FORMAT:
        raise HydraError(f"{path} is no checkpoint of this version; start the run anew.")
    return Checkpoint(tensors, json.loads(header["state"]))


def optimiser_tensors(optimiser: torch.optim.Optimizer) -> dict[str, Tensor]:
    """Return the optimiser's state as named tensors."""
    out = {}
    for index, fields in optimiser.state_dict()["state"].items():
        for key, value in fields.items():
            out[f"optimiser.{index}.{key}"] = torch.as_tensor(value)
    return out


def restore_optimiser(optimiser: torch.optim.Optimizer, tensors: dict[str, Tensor]) -> None:
    """Put back what `optimiser_tensors` gave."""
    state: dict[int, dict[str, Tensor]] = {}
    for name, value in tensors.items():
        if name.startswith("optimiser."):
            _, index, key = name.split(".")
            state.setdefault(int(index), {})[key] = value
    current = optimiser.state_dict()
    current["state"] = state
    optimiser.load_state_dict(current)
