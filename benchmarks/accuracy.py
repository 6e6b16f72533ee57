"""The accuracy table: shipped models against cheap methods, on the split of the shared data.

    python benchmarks/accuracy.py DATA [--out docs/results.json] [--table docs/results.md]

DATA is a folder of ENVI cubes in the groups cave-train, cave-val, neon-train, neon-val, enmap-train, enmap-val,
airborne-train and spectra. Cheap methods are fitted to the training groups; what the -val groups were used for is told
in docs/training.md.
"""

import argparse
import datetime
import json
import platform
import sys
from pathlib import Path

import numpy as np

from napari_hydra import __version__, load_model, read_cube
from napari_hydra.evaluation import evaluate_cube
from napari_hydra.evaluation.baselines import BASELINES, fit_baseline

TRACKS = ("srgb", "srgb-jpeg", "camera", "exposure")
TASKS = {
    "visible": ((400, 700, 10), ("cave-train",), {"cave-val": TRACKS}),
    "vnir": (
        (400, 1000, 5),
        ("neon-train", "enmap-train", "airborne-train", "spectra"),
        {"neon-val": ("srgb",), "enmap-val": ("srgb",), "airborne-train": ("srgb",)},
    ),
}
COLUMNS = ("mrae", "rmse", "nrmse", "sam", "rgb", "coverage90")


def read_group(data, group):
    paths = sorted((data / group).glob("*.hdr"))
    if not paths:
        sys.exit(f"{data / group} holds no ENVI cubes; unpack the shared data there first.")
    return [read_cube(path) for path in paths]


def scores_of(model, cubes, track):
    scenes = [evaluate_cube(cube, model, track) for cube in cubes]
    return {
        "scenes": {scene.name: scene.to_dict() for scene in scenes},
        "mean": {key: float(np.mean([getattr(scene, key) for scene in scenes])) for key in COLUMNS},
        "geometric": {
            key: float(np.exp(np.mean([np.log(getattr(scene, key)) for scene in scenes]))) for key in ("nrmse", "sam")
        },
    }


def run(data):
    results = []
    for name, (grid, training, validation) in TASKS.items():
        cubes = [cube for group in training for cube in read_group(data, group)]
        methods = {baseline: fit_baseline(baseline, cubes, *map(float, grid)) for baseline in BASELINES}
        methods[f"HYDRA {name}"] = load_model(name)
        for group, tracks in validation.items():
            truths = read_group(data, group)
            for track in tracks:
                for method, model in methods.items():
                    print(f"{group} {track} {method}", file=sys.stderr)
                    results.append(
                        {"group": group, "track": track, "method": method, **scores_of(model, truths, track)}
                    )
    return results


def table(results):
    lines = []
    for group in dict.fromkeys(row["group"] for row in results):
        for track in dict.fromkeys(row["track"] for row in results if row["group"] == group):
            rows = [row for row in results if (row["group"], row["track"]) == (group, track)]
            lines += [f"### {group}, track `{track}`", ""]
            lines += [
                "| method | MRAE | RMSE | RMSE / mean | angle, degrees | round trip, steps | in the 90 % interval |"
            ]
            lines += ["|---|---|---|---|---|---|---|"]
            for row in rows:
                mean, geometric = row["mean"], row["geometric"]
                values = [f"{mean['mrae']:.4f}", f"{mean['rmse']:.4f}"]
                values += [f"{geometric['nrmse']:.3f}", f"{geometric['sam']:.2f}"]
                values += ["-" if np.isnan(mean["rgb"]) else f"{mean['rgb']:.2f}"]
                values += ["-" if np.isnan(mean["coverage90"]) else f"{mean['coverage90']:.3f}"]
                lines.append(f"| {row['method']} | {' | '.join(values)} |")
            lines.append("")
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, metavar="DATA")
    parser.add_argument("--out", type=Path, default=Path("docs/results.json"))
    parser.add_argument("--table", type=Path, default=Path("docs/results.md"))
    arguments = parser.parse_args()
    results = run(arguments.data)
    facts = {
        "date": datetime.date.today().isoformat(),
        "version": __version__,
        "python": platform.python_version(),
        "models": {name: load_model(name).card.date for name in TASKS},
    }
    arguments.out.write_text(json.dumps({**facts, "results": results}, indent=1).replace("NaN", "null") + "\n")
    text = table(results)
    head = (
        "# Accuracy\n\nMade by `python benchmarks/accuracy.py DATA` "
        f"({facts['date']}, version {__version__}); the figures of every scene are in `results.json`.\n"
        "MRAE, RMSE, round trip and coverage are means over scenes; RMSE / mean and angle are geometric means.\n"
        "Cheap methods are fitted to the training groups in closed form; HYDRA is the shipped model (one seed;\n"
        "the spread over seeds, and how far these scenes were looked at on the way: [training.md](training.md)).\n"
        "airborne-train was seen in training, by every method: it shows what colour cannot tell. The near infrared of\n"
        "water, roofs and canopies of the same colour differs by an order of magnitude; neither an estimate nor its\n"
        "interval is to be trusted there without spectra of the place ([what those gain](adaptation-results.md)).\n\n"
    )
    arguments.table.write_text(head + text)
    print(text)


if __name__ == "__main__":
    main()
