"""How accurate HYDRA is beside its rivals, on the split of the shared data, through the fixed protocol.

    python -m benchmarks.accuracy train DATA RUNS --method "MST++" --loss relative --minutes 60 --seed 0
    python -m benchmarks.accuracy score DATA [RUNS] --hydra fast:relative=runs/a/a.safetensors,runs/b/b.safetensors
    python -m benchmarks.accuracy table

DATA is a folder of ENVI cubes in the groups cave-train, cave-val, neon-train, neon-val, enmap-train, enmap-val,
airborne-train and spectra. RUNS is a folder of run folders. `train` trains one rival network, or one student of HYDRA
with one loss alone (by its own steps, not by minutes); `score` fits the closed-form methods, scores everything it finds
and puts the rows into docs/results.json, where rows of other methods stay; `table` makes docs/results.md and its
picture from that file alone.
"""

import argparse
import datetime
import platform
import sys
from collections.abc import Sequence
from pathlib import Path

import torch

from benchmarks.accuracy.hydra_training import METHOD, hydra_settings, train_hydra
from benchmarks.accuracy.results import merge, read_results, write_results
from benchmarks.accuracy.rivals import RIVALS
from benchmarks.accuracy.scoring import closed_form_rows, hydra_rows, network_rows
from benchmarks.accuracy.split import TASKS, training_cubes
from benchmarks.accuracy.training import LOSSES, RunSettings, train_run
from napari_hydra import __version__

_RESULTS = Path("docs/results.json")


def print_line(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def train(options: argparse.Namespace) -> None:
    fit, choosing = training_cubes(options.data, TASKS[options.range], networks=True)
    if options.all_scenes:
        fit, choosing = fit + choosing, []
    goal = "own-steps" if options.method == METHOD else "converged" if options.until_converged else "equal-time"
    words = (options.method, options.range, options.loss, goal, f"{len(fit)}-scenes", f"seed-{options.seed}")
    folder = options.runs / " ".join(words).lower().replace(" ", "-")
    if options.method == METHOD:
        if not choosing:
            raise SystemExit("HYDRA alone needs scenes that choose; leave out --all-scenes.")
        alone = hydra_settings(options.range, options.loss, options.seed)
        train_hydra(fit, choosing, alone, folder, device=options.device, report=print_line)
        return
    settings = RunSettings(
        options.method,
        options.loss,
        options.range,
        options.seed,
        options.minutes,
        options.until_converged,
        options.rate or RIVALS[options.method].rate,
        options.every,
        options.noisy,
        (0.5 if options.range == "visible" else 0.0) if options.mixed is None else options.mixed,
    )
    train_run(fit, choosing, settings, folder, device=options.device, report=print_line)


def score(options: argparse.Namespace) -> None:
    def wanted(name: str) -> bool:
        return not options.only or name in options.only

    def keep(row: dict) -> None:
        saved = read_results(options.out)
        environment = {
            "date": datetime.date.today().isoformat(),
            "version": __version__,
            "python": platform.python_version(),
            "torch": torch.__version__,
        }
        write_results(options.out, environment, merge(saved["rows"], [row]))

    for given in options.hydra:
        for row in hydra_rows(options.data, given, print_line):
            keep(row)
    if options.runs:
        for row in network_rows(options.data, options.runs, options.range or tuple(TASKS), wanted, print_line):
            keep(row)
    for span in () if options.no_closed_form else options.range or TASKS:
        for row in closed_form_rows(options.data, span, wanted, print_line):
            keep(row)


def table(options: argparse.Namespace) -> None:
    from benchmarks.accuracy.figure import draw_bands
    from benchmarks.accuracy.page import page

    results = read_results(options.results)
    notes = options.notes.read_text(encoding="utf-8") if options.notes.is_file() else ""
    picture = options.out.parent / "images" / "accuracy-by-wavelength.svg"
    draw_bands(results["rows"], picture)
    options.out.write_text(page(results, notes, f"images/{picture.name}"), encoding="utf-8")


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.accuracy", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--threads", type=int, help="of PyTorch (default: its own choice)")
    verbs = parser.add_subparsers(required=True, metavar="VERB")

    verb = verbs.add_parser("train", help="train a rival network, or a student of HYDRA with one loss alone")
    verb.set_defaults(run=train)
    verb.add_argument("data", type=Path, metavar="DATA")
    verb.add_argument("runs", type=Path, metavar="RUNS")
    verb.add_argument("--method", choices=(*RIVALS, METHOD), required=True)
    verb.add_argument("--loss", choices=LOSSES, required=True)
    verb.add_argument("--range", choices=TASKS, default="visible")
    verb.add_argument(
        "--minutes", type=float, default=60, help="of a rival's training without validation (CPU: of the processor)"
    )
    verb.add_argument("--until-converged", action="store_true", help="stop when the validation error stops falling")
    verb.add_argument("--seed", type=int, default=0)
    verb.add_argument("--rate", type=float, help="peak learning rate (default: the method's own)")
    verb.add_argument("--every", type=float, default=60, help="seconds of training between validations")
    verb.add_argument("--noisy", type=float, default=0.2, help="share of pictures with noise and JPEG")
    verb.add_argument("--mixed", type=float, help="share of mixtures (default: 0.5 for visible, 0 for vnir)")
    verb.add_argument("--all-scenes", action="store_true", help="learn from the choosing scenes too, choosing nothing")
    verb.add_argument("--device", default="auto", choices=("auto", "cpu", "cuda"))

    verb = verbs.add_parser("score", help="score methods into the results file")
    verb.set_defaults(run=score)
    verb.add_argument("data", type=Path, metavar="DATA")
    verb.add_argument("runs", type=Path, metavar="RUNS", nargs="?")
    verb.add_argument("--hydra", action="append", default=[], metavar="PRESET:LOSS=FILE,FILE,...", help="a seed a file")
    verb.add_argument("--only", action="append", default=[], metavar="METHOD", help="of the rivals, only this one")
    verb.add_argument("--range", action="append", choices=TASKS, help="of the rivals, only in this range")
    verb.add_argument("--no-closed-form", action="store_true")
    verb.add_argument("--out", type=Path, default=_RESULTS)

    verb = verbs.add_parser("table", help="make the page from the results file")
    verb.set_defaults(run=table)
    verb.add_argument("--results", type=Path, default=_RESULTS)
    verb.add_argument("--notes", type=Path, default=Path("docs/results-notes.md"), help="text put below the heading")
    verb.add_argument("--out", type=Path, default=Path("docs/results.md"))

    options = parser.parse_args(arguments)
    if options.threads:
        torch.set_num_threads(options.threads)
    options.run(options)


if __name__ == "__main__":
    main()
