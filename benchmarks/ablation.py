"""What a setting of the training is worth: errors on scenes left out, stage by stage, with some settings changed.

    python benchmarks/ablation.py DATA OUT [--set evenness=0 --set context_steps=0 ...] [--folds 4]

DATA is a folder of ENVI cubes; every one is left out by one of the folds, and nothing chooses among the weights. OUT
keeps the runs; give another for other settings. Settings are the fields of `TrainingSettings`. The figures are means
over all scenes. The scenes of the accuracy table have no part in this.
"""

import argparse
import csv
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np

from napari_hydra import read_cube
from napari_hydra.training.committee import fold_numbers
from napari_hydra.training.run import train
from napari_hydra.training.settings import STAGES, settings_for


def changed(settings, assignments):
    for text in assignments:
        name, _, value = text.partition("=")
        kind = type(getattr(settings, name))
        settings = replace(settings, **{name: kind(value)})
    return settings


def figures_by_stage(log):
    """Return {stage: (mrae, rmse)} at the end of each stage of a run."""
    with log.open(newline="") as handle:
        rows = [row for row in csv.DictReader(handle) if row["mrae"]]
    return {row["stage"]: (float(row["mrae"]), float(row["rmse"])) for row in rows}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, metavar="DATA")
    parser.add_argument("out", type=Path, metavar="OUT")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE")
    parser.add_argument("--range", default="visible", choices=("visible", "vnir"))
    parser.add_argument("--folds", type=int, default=4)
    arguments = parser.parse_args()
    cubes = [(path.stem, read_cube(path)) for path in sorted(arguments.data.glob("*.hdr"))]
    if len(cubes) < arguments.folds:
        sys.exit(f"{arguments.data} holds {len(cubes)} ENVI cubes; {arguments.folds} folds need as many at least.")
    settings = replace(settings_for(arguments.range), scene_weights={"watercolors": 0.3})  # 8 bit at the source
    settings = changed(settings, arguments.set)
    parts = fold_numbers(cubes, arguments.folds)
    totals, counts = {}, {}
    for fold in range(arguments.folds):
        fit, held_out = (
            [c for c, part in zip(cubes, parts, strict=True) if (part == fold) is out] for out in (False, True)
        )
        here = arguments.out / f"fold{fold + 1}"
        train(fit, held_out, here, settings, name=here.name, choose=False)
        for stage, figures in figures_by_stage(here / "log.csv").items():
            totals[stage] = totals.get(stage, 0) + np.array(figures) * len(held_out)
            counts[stage] = counts.get(stage, 0) + len(held_out)
    print(f"| after | MRAE | RMSE | ({', '.join(arguments.set) or 'as shipped'}; {len(cubes)} scenes)\n|---|---|---|")
    for stage in STAGES:
        if stage in totals:
            mrae, rmse = totals[stage] / counts[stage]
            print(f"| {stage} | {mrae:.4f} | {rmse:.4f} |")


if __name__ == "__main__":
    main()
