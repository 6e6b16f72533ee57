"""Rivals are trained, everything is scored into the raw results, and the page is made from these."""

import argparse
import sys

from benchmarks.accuracy.figure import draw_bands
from benchmarks.accuracy.hydra_training import METHOD, hydra_settings, train_hydra
from benchmarks.accuracy.page import page
from benchmarks.accuracy.rivals import RIVALS
from benchmarks.accuracy.scoring import closed_form_rows, hydra_rows, network_rows
from benchmarks.accuracy.split import TASKS, training_cubes
from benchmarks.accuracy.training import RunSettings, train_run
from benchmarks.rows import Row, keep_row, provenance, read_rows

KEY = ("method", "loss", "comparison", "span", "scenes", "seed")
_AS_GIVEN = ("method", "loss", "span", "minutes", "until_converged", "every", "noisy")


def report(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def train(options: argparse.Namespace) -> None:
    """Train a method with each seed."""
    fit, choosing = training_cubes(options.data, TASKS[options.span], networks=True)
    if options.all_scenes:
        fit, choosing = fit + choosing, []
    if options.method == METHOD and not choosing:
        raise SystemExit("HYDRA alone needs scenes that choose; leave out --all-scenes.")
    goal = "own-steps" if options.method == METHOD else "converged" if options.until_converged else "equal-time"
    for seed in options.seeds:
        words = (options.method, options.span, options.loss, goal, f"{len(fit)}-scenes", f"seed-{seed}")
        folder = options.runs / " ".join(words).lower().replace(" ", "-")
        if options.method == METHOD:
            alone = hydra_settings(options.span, options.loss, seed)
            train_hydra(fit, choosing, alone, folder, device=options.device, report=report)
            continue
        rate = options.rate or RIVALS[options.method].rate
        mixed = (0.5 if options.span == "visible" else 0.0) if options.mixed is None else options.mixed
        as_given = {name: getattr(options, name) for name in _AS_GIVEN}
        settings = RunSettings(seed=seed, rate=rate, mixed=mixed, **as_given)
        train_run(fit, choosing, settings, folder, device=options.device, report=report)


def score(options: argparse.Namespace) -> None:
    """Score HYDRA's models, the runs of networks and the closed-form methods, on the processor."""

    def wanted(name: str) -> bool:
        return not options.only or name in options.only

    def keep(row: Row) -> None:
        keep_row(options.results, provenance(options.command) | row, KEY)

    for given in options.hydra:
        for row in hydra_rows(options.data, given, report):
            keep(row)
    if options.runs:
        for row in network_rows(options.data, options.runs, options.range or tuple(TASKS), wanted, report):
            keep(row)
    for span in () if options.no_closed_form else options.range or TASKS:
        for row in closed_form_rows(options.data, span, options.seeds, wanted, report):
            keep(row)


def table(options: argparse.Namespace) -> None:
    """Make the page and its picture."""
    rows = read_rows(options.results)
    notes = options.notes.read_text(encoding="utf-8") if options.notes.is_file() else ""
    picture = options.page.parent / "images" / "accuracy-by-wavelength.svg"
    draw_bands(rows, picture)
    options.page.write_text(page(rows, notes, f"images/{picture.name}"), encoding="utf-8")
