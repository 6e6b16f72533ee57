"""What each part of HYDRA's training is worth.

Every cube is left out by one of two folds, and the student of that fold, trained on the others with one thing changed,
is scored on it (400-700 nm, track `srgb`). Nothing chooses among the weights. The scenes of the accuracy table have
no part in this.
"""

import argparse
from dataclasses import replace
from pathlib import Path

from benchmarks.ablation.changes import changed, training_cubes
from benchmarks.ablation.page import page
from benchmarks.ablation.rows import ROWS, Row
from benchmarks.accuracy.split import read_group
from benchmarks.accuracy.training import SCENE_WEIGHTS
from benchmarks.rows import keep_row, provenance, read_rows
from napari_hydra.hydra.model_files import load_network
from napari_hydra.training.calibration import estimate_scene, figures_of
from napari_hydra.training.ensemble import fold_numbers
from napari_hydra.training.run import NamedCube, train
from napari_hydra.training.scenes import prepare_scenes
from napari_hydra.training.settings import settings_for

FOLDS = 2
KEY = ("row", "seed")


def score_row(cubes: list[NamedCube], row: Row, seed: int, out: Path, device: str = "auto") -> dict[str, list[float]]:
    """Train the folds of a row, or take what `out` holds, and return MRAE and RMSE of each scene left out."""
    settings = replace(settings_for("visible"), scene_weights=_weights(cubes), seed=seed, **row.settings)
    parts = fold_numbers(cubes, FOLDS)
    found = {}
    with changed(row.change):
        for fold in range(FOLDS):
            here = out / f"fold{fold + 1}"
            held_out = [cube for cube, part in zip(cubes, parts, strict=True) if part == fold]
            model = here / f"{here.name}.safetensors"
            if not model.is_file():
                fit = [cube for cube, part in zip(cubes, parts, strict=True) if part != fold]
                more = training_cubes(fit, row.change)
                train(more, held_out, here, settings, name=here.name, device=device, choose=False)
            network = load_network(model)[0]
            for scene in prepare_scenes(held_out, settings):
                figures = figures_of(estimate_scene(network, scene).mean, scene)
                found[scene.name] = [figures["mrae"], figures["rmse"]]
    return found


def _weights(cubes: list[NamedCube]) -> dict[str, float]:
    """Return the weights of scenes by name, a scene at half its size as the scene itself."""
    return {key: SCENE_WEIGHTS[name] for name, _ in cubes if name in SCENE_WEIGHTS for key in (name, f"{name}-half")}


def train_rows(options: argparse.Namespace) -> None:
    """Train rows and keep their figures."""
    cubes = read_group(options.data, "cave-train")
    for name in options.only:
        for seed in options.seeds or range(ROWS[name].seeds):
            out = options.runs / name / f"seed{seed}"
            scenes = score_row(cubes, ROWS[name], seed, out, options.device)
            row = {"row": name, "seed": seed, "scenes": scenes}
            keep_row(options.results, provenance(options.command, options.device) | row, KEY)
            mrae, rmse = (sum(pair[i] for pair in scenes.values()) / len(scenes) for i in (0, 1))
            print(f"{name}, seed {seed}: MRAE {mrae:.4f}, RMSE {rmse:.4f}", flush=True)


def table(options: argparse.Namespace) -> None:
    """Make the page."""
    options.page.write_text(page(read_rows(options.results)), encoding="utf-8")
