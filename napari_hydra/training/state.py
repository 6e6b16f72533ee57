"""The state of a training run between two steps: networks, optimiser, random numbers, the best weights so far."""

from collections.abc import Iterator
from dataclasses import asdict, fields
from typing import Any

import numpy as np
import torch
from torch import Tensor

from napari_hydra.hydra.networks.architecture import Architecture
from napari_hydra.hydra.networks.network import HydraNetwork
from napari_hydra.training import stages
from napari_hydra.training.checkpoint import Checkpoint, optimiser_tensors, restore_optimiser
from napari_hydra.training.sampling import draw_patches, draw_pixels
from napari_hydra.training.scenes import SceneGroup
from napari_hydra.training.settings import STAGES, TrainingSettings


class RunState:
    """Everything of a run that its checkpoint holds.

    Parameters
    ----------
    settings : TrainingSettings
    device : torch.device
    second : HydraNetwork, optional
        A second teacher: an ensemble whose estimates the student learns beside the truth.
    """

    def __init__(self, settings: TrainingSettings, device: torch.device, second: HydraNetwork | None = None) -> None:
        self.second = second
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
            stages.whiten_latents(network, groups, self.random)
        elif stage == "colour":
            stages.whiten_latents(network, groups, self.random)
            stages.initialise_student(network, groups, self.settings)
        elif self.best_weights:
            network.load_state_dict(self.best_weights)
            if stage == "context":
                stages.set_covariance(network, stages.latent_residuals(network, groups, self.settings))
        self.average.load_state_dict(network.state_dict())
        self.stage, self.step = stage, 0
        self.make_optimiser()

    def make_optimiser(self) -> None:
        """Build the optimiser of the current stage."""
        stage = stages.STAGES[self.stage]
        trained = stages.student_parameters(self.network) if stage.student else []
        trained += [self.network.decoder.table] if stage.decoder else []
        self.network.requires_grad_(False)
        for parameter in trained:
            parameter.requires_grad_(True)
        self.trained = trained
        self.peak = self.settings.rate(self.stage)
        self.optimiser = torch.optim.AdamW(trained, lr=self.peak, weight_decay=1e-4)

    def steps_left(self, groups: tuple[SceneGroup, ...], response: Tensor) -> Iterator[float]:
        """Take every step that is left, stage by stage, and yield its loss."""
        for stage in STAGES[STAGES.index(self.stage) :]:
            if self.settings.steps(stage) and self.stage != stage:
                self.begin(stage, groups)
            while self.stage == stage and self.step < self.settings.steps(stage):
                yield self.advance(groups, response)
            if not stages.STAGES[stage].student:
                self.network.load_state_dict(self.average.state_dict())

    @property
    def fraction(self) -> float:
        """How much of the run is done, 0 to 1."""
        counts = [self.settings.steps(stage) for stage in STAGES]
        return (sum(counts[: STAGES.index(self.stage)]) + self.step) / sum(counts)

    def __str__(self) -> str:
        best = ""
        if "mrae" in self.best:
            best = f", validation MRAE {self.best['mrae']:.4f} RMSE {self.best['rmse']:.4f}"
        return f"{self.stage} step {self.step}/{self.settings.steps(self.stage)}{best}"

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
        decay = min(self.settings.ema_decay, 1 - 1 / (self.step + 1))
        with torch.no_grad():
            for mean, now in zip(self.average.parameters(), self.network.parameters(), strict=True):
                mean.lerp_(now, 1 - decay)
        return float(loss.detach())

    def loss(self, groups: tuple[SceneGroup, ...], response: Tensor) -> Tensor:
        """Return the loss of a fresh batch of the current stage."""
        settings, random, stage = self.settings, self.random, stages.STAGES[self.stage]
        if not stage.student:
            return stages.teacher_loss(self.network, groups, random)
        seen: Tensor | bool = False
        if stage.patches and self.network.student.margin:
            batch = draw_patches(groups, settings, random).to(response.device)
            seen = torch.from_numpy(random.random(len(batch.linear)) >= settings.context_dropout).to(response.device)
        else:
            batch = draw_pixels(groups, settings, random).to(response.device)
        return stages.student_loss(self.network, batch, response, settings, self.stage, seen, self.second)

    def keep(self, figures: dict[str, float]) -> None:
        """Keep the running mean of the weights, which validated as `figures` say (empty: nothing was left out)."""
        self.best = {"score": float("inf"), **figures, "stage": self.stage, "step": self.step}
        self.best_weights = {k: v.detach().clone() for k, v in self.average.state_dict().items()}

    def checkpoint(self) -> Checkpoint:
        """Return everything that `restore` needs."""
        assert self.optimiser is not None
        tensors = {f"network.{k}": v for k, v in self.network.state_dict().items()}
        tensors |= {f"average.{k}": v for k, v in self.average.state_dict().items()}
        tensors |= {f"best.{k}": v for k, v in self.best_weights.items()}
        tensors |= optimiser_tensors(self.optimiser)
        state: dict[str, Any] = {"stage": self.stage, "step": self.step, "best": self.best}
        state["random"] = dict(self.random.bit_generator.state)
        if self.best["score"] == float("inf"):
            state["best"] = None  # JSON has no infinity
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
    shape = asdict(settings)
    return Architecture(**{part.name: shape[part.name] for part in fields(Architecture) if part.name in shape})
