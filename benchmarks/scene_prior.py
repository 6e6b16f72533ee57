"""Learn the prior of the scene effect from models with scenes left out, and judge it on scenes that it did not see.

The n models FOLD were trained on the cubes, the f-th (from 0) without the cubes whose number in the sorted list is f
modulo n. Printed: the prior learned from all scenes (the package's default, for CAVE), then what suggested spectra
gain in each scene with a prior learned from the other folds.
"""

import argparse
from dataclasses import replace

import numpy as np

from benchmarks.adaptation import COUNTS, scene_rows
from napari_hydra import load_model, read_cube
from napari_hydra.training.scene_effect import learn_scene_prior, sample_errors
from napari_hydra.training.scenes import prepare_scene


def errors_of(model, cube, name):
    scene = prepare_scene(cube, name, *model.card.wavelength_range)
    return sample_errors(model, scene.pictures[0], scene.target, scene.wavelengths)


def run(options: argparse.Namespace) -> None:
    """Learn and judge the priors."""
    models = [load_model(path, "cpu") for path in options.folds]
    paths = sorted(options.cubes.glob("*.hdr"))
    found = [errors_of(models[i % len(models)], read_cube(path), path.stem) for i, path in enumerate(paths)]
    print("from all:", learn_scene_prior(found).to_json(), flush=True)
    table = {count: [] for count in COUNTS}
    for fold, model in enumerate(models):
        others = [errors for i, errors in enumerate(found) if i % len(models) != fold]
        judged = replace(model, scene_prior=learn_scene_prior(others))
        for path in paths[fold :: len(models)]:
            for count, before, after, covered, _ in scene_rows(judged, read_cube(path), "suggested"):
                table[count].append([before["mrae"], before["rmse"], after["mrae"], after["rmse"], covered])
            ratios = [f"{count}: {r[-1][2] / r[-1][0]:.2f} / {r[-1][3] / r[-1][1]:.2f}" for count, r in table.items()]
            print(path.stem, *ratios, sep="  ", flush=True)
    print("| spectra | MRAE / RMSE lower by | worst scene, share of the error that is left | in the 90 % interval |")
    print("|---|---|---|---|")
    for count, rows in table.items():
        values = np.array(rows)
        lower = 1 - values[:, 2:4].mean(0) / values[:, :2].mean(0)
        worst = (values[:, 2:4] / values[:, :2]).max(0)
        figures = f"{lower[0]:.0%} / {lower[1]:.0%} | {worst[0]:.2f} / {worst[1]:.2f} | {values[:, 4].mean():.3f}"
        print(f"| {count} | {figures} |")
