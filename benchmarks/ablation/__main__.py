"""What each part of HYDRA's training is worth: `python -m benchmarks.ablation --help`.

Every cube is left out by one of two folds, and the student of that fold, trained on the others with one thing changed,
is scored on it (400-700 nm, track `srgb`). Nothing chooses among the weights. The scenes of the accuracy table have
no part in this.
"""

import argparse
import datetime
import json
import sys
from dataclasses import replace
from pathlib import Path

import torch

from benchmarks.ablation.changes import changed, training_cubes
from benchmarks.ablation.page import page_of
from benchmarks.ablation.rows import ROWS, Row
from benchmarks.accuracy.results import rounded
from benchmarks.accuracy.training import SCENE_WEIGHTS
from napari_hydra import read_cube
from napari_hydra.hydra.model_files import load_network
from napari_hydra.io.files.atomic import replacing
from napari_hydra.training.calibration import estimate_scene, figures_of
from napari_hydra.training.ensemble import fold_numbers
from napari_hydra.training.run import NamedCube, train
from napari_hydra.training.scenes import prepare_scenes
from napari_hydra.training.settings import settings_for

FOLDS = 2
RESULTS = Path("docs/ablation.json")
PAGE = Path("docs/ablation.md")


def score_row(cubes: list[NamedCube], row: Row, seed: int, out: Path) -> dict[str, list[float]]:
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
                train(training_cubes(fit, row.change), held_out, here, settings, name=here.name, choose=False)
            network = load_network(model)[0]
            for scene in prepare_scenes(held_out, settings):
                figures = figures_of(estimate_scene(network, scene).mean, scene)
                found[scene.name] = [figures["mrae"], figures["rmse"]]
    return found


def _weights(cubes: list[NamedCube]) -> dict[str, float]:
    """Return the weights of scenes by name, a scene at half its size as the scene itself."""
    return {key: SCENE_WEIGHTS[name] for name, _ in cubes if name in SCENE_WEIGHTS for key in (name, f"{name}-half")}


def read_found(path: Path) -> dict[str, dict[str, dict[str, list[float]]]]:
    """Return {row: {seed: {scene: [MRAE, RMSE]}}}, empty where there is no file yet."""
    return json.loads(path.read_text(encoding="utf-8"))["rows"] if path.is_file() else {}


def keep(path: Path, name: str, seed: int, figures: dict[str, list[float]]) -> None:
    """Add a row's figures to the file, read anew: another process may have added its own."""
    found = read_found(path)
    found.setdefault(name, {})[str(seed)] = rounded(figures)
    known = {row: found[row] for row in ROWS if row in found}
    lines = ",\n".join(f"{json.dumps(row)}: {json.dumps(known[row], separators=(',', ':'))}" for row in known)
    with replacing(path, overwrite=True) as temporary:
        text = f'{{"date": "{datetime.date.today()}", "rows": {{\n{lines}\n}}}}\n'
        temporary.write_text(text, encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(dest="verb", required=True)
    training = verbs.add_parser("train", help="train rows and add their figures to the file")
    training.add_argument("data", type=Path, metavar="DATA", help="a folder of ENVI cubes: cave-train")
    training.add_argument("out", type=Path, metavar="OUT", help="keeps the runs; those it holds are not trained again")
    training.add_argument("--only", nargs="+", default=list(ROWS), metavar="ROW", help=f"of {', '.join(ROWS)}")
    training.add_argument("--threads", type=int, help="of the processor (default: PyTorch's)")
    training.add_argument("--results", type=Path, default=RESULTS)
    table = verbs.add_parser("table", help="write the page from the file")
    table.add_argument("--results", type=Path, default=RESULTS)
    table.add_argument("--page", type=Path, default=PAGE)
    arguments = parser.parse_args()
    if arguments.verb == "table":
        saved = json.loads(arguments.results.read_text(encoding="utf-8"))
        arguments.page.write_text(page_of(saved["rows"], saved["date"]), encoding="utf-8")
        return
    if unknown := sorted(set(arguments.only) - set(ROWS)):
        sys.exit(f"there is no row {', '.join(unknown)}; choose of {', '.join(ROWS)}.")
    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    cubes = [(path.stem, read_cube(path)) for path in sorted(arguments.data.glob("*.hdr"))]
    if len(cubes) < 2 * FOLDS:
        sys.exit(f"{arguments.data} holds {len(cubes)} ENVI cubes; the folds need {2 * FOLDS} at least.")
    for name in arguments.only:
        for seed in range(ROWS[name].seeds):
            figures = score_row(cubes, ROWS[name], seed, arguments.out / name / f"seed{seed}")
            keep(arguments.results, name, seed, figures)
            mrae, rmse = (sum(pair[i] for pair in figures.values()) / len(figures) for i in (0, 1))
            print(f"{name}, seed {seed}: MRAE {mrae:.4f}, RMSE {rmse:.4f}", flush=True)


if __name__ == "__main__":
    main()
