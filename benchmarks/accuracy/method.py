"""A trained rival on disk, and as a model that `evaluate_cube` scores."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from benchmarks.accuracy.baselines.surface import ColourMethod, ColourSpace
from benchmarks.accuracy.rivals import RIVALS

RUN_FILE, WEIGHTS_FILE = "run.json", "weights.safetensors"
_SPACE = "space."


@dataclass(frozen=True, eq=False)
class NetworkMethod(ColourMethod):
    """A network (N, 3, H, W) to (N, G, H, W) behind the surface of a model."""

    network: nn.Module

    @property
    def parameters(self) -> int:
        """How many numbers were trained."""
        return sum(p.numel() for p in self.network.parameters())

    def spectra_of(self, linear: NDArray[np.float64]) -> NDArray[np.float32]:
        """Return the spectra (H, W, G) of linear sRGB (H, W, 3)."""
        planes = torch.from_numpy(linear.transpose(2, 0, 1).astype(np.float32))[None]
        with torch.inference_mode():
            return self.network(planes)[0].permute(1, 2, 0).numpy()


def save_run(folder: Path, record: dict[str, Any], weights: dict[str, Tensor], space: ColourSpace) -> None:
    """Write what a run was and what it learned."""
    folder.mkdir(parents=True, exist_ok=True)
    tensors = {name: value.detach().cpu().contiguous() for name, value in weights.items()}
    tensors[_SPACE + "nodes"] = torch.from_numpy(space.nodes)
    tensors[_SPACE + "moment"] = torch.from_numpy(space.moment)
    save_file(tensors, folder / WEIGHTS_FILE)
    (folder / RUN_FILE).write_text(json.dumps(record, indent=1) + "\n")


def load_run(folder: Path) -> tuple[dict[str, Any], NetworkMethod]:
    """Return the record of a run and its method."""
    record = json.loads((folder / RUN_FILE).read_text())
    tensors = load_file(folder / WEIGHTS_FILE)
    nodes, moment = (tensors.pop(_SPACE + name).numpy() for name in ("nodes", "moment"))
    network = RIVALS[record["method"]].build(len(nodes))
    network.load_state_dict(tensors)
    return record, NetworkMethod(ColourSpace(nodes, moment), network.eval())
