"""What the teacher's latent can say of spectra that no training showed: latents of other lengths, kinds and schools.

DATA holds the groups cave-train, neon-train, enmap-train, airborne-train and spectra. Every cube is left out by one of
two folds, and its spectra are encoded and decoded by the teacher trained on the others: from all bands, from every
second band (scored on those between), and with noise of 2 % of the spectrum's mean in every band (scored against the
spectrum without it). No student, and no picture, has a part in this.
"""

import argparse
import datetime
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NamedTuple
from unittest.mock import patch

import numpy as np
import torch
from torch import Tensor, nn

from benchmarks.accuracy.split import read_group
from benchmarks.rows import keep_row, provenance
from napari_hydra import __version__
from napari_hydra.hydra.networks.decoder import interpolation_weights
from napari_hydra.hydra.networks.network import HydraNetwork
from napari_hydra.hydra.networks.teacher import Teacher
from napari_hydra.training import stages
from napari_hydra.training.ensemble import fold_numbers
from napari_hydra.training.scenes import SceneGroup, TrainingScene, group_scenes, prepare_scenes
from napari_hydra.training.settings import TrainingSettings, settings_for
from napari_hydra.training.state import RunState

FOLDS = 2
NOISE = 0.02
PIXELS = 2000
GROUPS = {
    "visible": ("cave-train",),
    "vnir": ("cave-train", "neon-train", "enmap-train", "airborne-train", "spectra"),
}
SCORED = {"cave-train": "CAVE", "neon-train": "NEON", "enmap-train": "EnMAP"}
HEAD = """# What the teacher's latent can say

Made by `python -m benchmarks teacher DATA` ({date}, version {version}). Every cube of the training groups is left out
by one of two folds; its spectra are encoded and decoded by the teacher of the other cubes. MRAE / RMSE over mean, means
over the scenes of a sensor, one seed. *Between*: encoded from every second band, scored on the bands between. *Noise*:
{noise:.0%} of the spectrum's mean in every band, scored against the spectrum without it.
"""


@dataclass(frozen=True)
class Row:
    """A teacher: its settings, what is replaced in the engine, and whether each sensor has one of its own."""

    what: str
    settings: Mapping[str, int] = field(default_factory=dict)
    roughness: float | None = None
    residual: bool = False
    one_sensor: bool = False


def rows_of(size: int) -> list[Row]:
    """Return the rows for a range whose shipped code has `size` numbers."""
    shorter, shortest = size // 2, size // 4
    return [
        Row(f"as shipped: {size} numbers"),
        *(Row(f"{length} numbers", {"size": length}) for length in (shortest, shorter, size * 3 // 2)),
        Row("principal components, not trained", {"teacher_steps": 0}),
        Row("no smoothness asked of the decoder", roughness=0.0),
        *(
            Row(f"{length} numbers, a residual MLP on the linear core", {"size": length}, residual=True)
            for length in (shortest, shorter, size)
        ),
        Row("a teacher for each sensor, trained on its cubes alone", one_sensor=True),
    ]


class Scene(NamedTuple):
    """A scene, its sensor (empty where too few scenes have it to leave one out) and its fold."""

    scene: TrainingScene
    sensor: str
    fold: int


class ResidualTeacher(nn.Module):
    """A linear code, and what a small network makes of it: ``s = D z + |z| E(wavelength) f(z / |z|)``.

    Both tables are smooth over wavelength; the latent is the closed-form one of the linear part.
    """

    def __init__(self, linear: HydraNetwork) -> None:
        super().__init__()
        self.linear = linear
        size = linear.decoder.size
        self.table = nn.Parameter(linear.decoder.table.detach().clone())
        self.more = nn.Sequential(nn.Linear(size, 64), nn.SiLU(), nn.Linear(64, 64), nn.SiLU(), nn.Linear(64, size))
        nn.init.zeros_(self.more[-1].weight)
        nn.init.zeros_(self.more[-1].bias)

    def decode(self, latents: Tensor, wavelengths: np.ndarray) -> Tensor:
        length = latents.norm(dim=-1, keepdim=True).clamp(min=1e-6)
        further = interpolation_weights(self.linear.decoder.nodes, wavelengths) @ self.table
        return latents @ self.linear.decoder.rows(wavelengths).T + length * self.more(latents / length) @ further.T

    def fit(self, groups: tuple[SceneGroup, ...], settings: TrainingSettings, random: np.random.Generator) -> None:
        """Train both parts together by the loss of the first stage, for as many steps again."""
        core = self.linear.teacher
        self.linear.decoder.table.requires_grad_(True)
        trained = [self.linear.decoder.table, self.table, *self.more.parameters()]
        optimiser = torch.optim.AdamW(trained, lr=settings.teacher_rate / 3, weight_decay=1e-4)
        schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, settings.teacher_steps)
        with patch.object(core, "decode", self.decode):
            for _ in range(settings.teacher_steps):
                optimiser.zero_grad()
                stages.teacher_loss(self.linear, groups, random).backward()
                optimiser.step()
                schedule.step()


def trained_teacher(row: Row, groups: tuple[SceneGroup, ...], settings: TrainingSettings) -> tuple[Teacher, Callable]:
    """Return the teacher and the function that decodes its latents."""
    run = RunState(settings, torch.device("cpu"))
    response = stages.srgb_response(run.network)
    with patch.object(stages, "_ROUGHNESS", stages._ROUGHNESS if row.roughness is None else row.roughness):
        run.begin("teacher", groups)
        while run.step < settings.teacher_steps:
            run.advance(groups, response)
    network = run.average
    stages.whiten_latents(network, groups, run.random)
    if not row.residual:
        return network.teacher, network.teacher.decode
    residual = ResidualTeacher(network)
    residual.fit(groups, settings, run.random)
    return network.teacher, residual.decode


@torch.no_grad()
def figures_of(teacher: Teacher, decode: Callable, scene: TrainingScene) -> list[float]:
    """Return MRAE and RMSE over mean: of all bands, of those between every second, and of noisy spectra."""
    random = np.random.default_rng(0)
    pixels = scene.target.reshape(-1, len(scene.wavelengths))
    spectra = torch.from_numpy(pixels[random.integers(0, len(pixels), PIXELS)])
    even = torch.arange(len(scene.wavelengths)) % 2 == 0
    noise = torch.from_numpy(random.standard_normal(spectra.shape)).float()
    noisy = spectra + NOISE * spectra.mean(1, keepdim=True) * noise
    everything = torch.ones_like(even)
    found = []
    for seen, mask, scored in ((spectra, None, everything), (spectra, even, ~even), (noisy, None, everything)):
        latents = seen @ teacher.encoder_matrix(scene.wavelengths, mask).T
        error = (decode(latents, scene.wavelengths).clamp(min=0) - spectra)[:, scored].abs()
        found.append(float((error / spectra[:, scored].clamp(min=0.01)).mean()))
        found.append(float(error.square().mean().sqrt() / spectra[:, scored].mean()))
    return found


def score_row(row: Row, scenes: Sequence[Scene], settings: TrainingSettings) -> dict[str, np.ndarray]:
    """Return the figures of each sensor, means over its scenes."""
    settings = replace(settings, **row.settings)
    found: dict[str, list[list[float]]] = {}
    sensors = [sensor for sensor in SCORED.values() if any(scene.sensor == sensor for scene in scenes)]
    for fold in range(FOLDS):
        for school in [[sensor] for sensor in sensors] if row.one_sensor else [sensors]:
            fit = [s.scene for s in scenes if s.fold != fold and (s.sensor in school or not row.one_sensor)]
            teacher, decode = trained_teacher(row, group_scenes(fit), settings)
            for scene in scenes:
                if scene.fold == fold and scene.sensor in school:
                    found.setdefault(scene.sensor, []).append(figures_of(teacher, decode, scene.scene))
    return {sensor: np.mean(found[sensor], 0) for sensor in sensors}


def scenes_of(data: Path, span: str) -> list[Scene]:
    """Return the scenes of a range with their sensor and fold."""
    sensors, cubes = [], []
    for group in GROUPS[span]:
        named = read_group(data, group)
        cubes += named
        sensors += [SCORED.get(group, "")] * len(named)
    prepared = prepare_scenes(cubes, settings_for(span))
    return [Scene(*parts) for parts in zip(prepared, sensors, fold_numbers(cubes, FOLDS), strict=True)]


def run(options: argparse.Namespace) -> None:
    """Train the teachers and write the page."""
    text = [HEAD.format(date=datetime.date.today(), version=__version__, noise=NOISE)]
    for span in GROUPS:
        settings = settings_for(span)
        scenes = scenes_of(options.data, span)
        tables: dict[str, list[str]] = {}
        for row in rows_of(settings.size):
            if row.one_sensor and len(GROUPS[span]) == 1:
                continue
            for sensor, figures in score_row(row, scenes, settings).items():
                cells = " | ".join(f"{mrae:.4f} / {rmse:.4f}" for mrae, rmse in figures.reshape(-1, 2))
                tables.setdefault(sensor, []).append(f"| {row.what} | {cells} |")
                print(span, sensor, tables[sensor][-1], file=sys.stderr, flush=True)
                kept = {"range": span, "sensor": sensor, "teacher": row.what, "figures": figures}
                keep_row(options.results, provenance(options.command) | kept, ("range", "sensor", "teacher"))
        for sensor, lines in tables.items():
            count = sum(scene.sensor == sensor for scene in scenes)
            text += [f"## `{span}` ({settings.low:g}-{settings.high:g} nm), {count} scenes of {sensor}", ""]
            text += ["| teacher | all bands | between | noise |", "|---|---|---|---|", *lines, ""]
    options.page.write_text("\n".join(text).rstrip() + "\n", encoding="utf-8")
