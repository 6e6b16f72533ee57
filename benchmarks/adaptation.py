"""How much a few measured spectra are worth: errors before and after adapting, on the pixels not measured.

DATA holds the groups cave-val, neon-val, enmap-val and airborne-train. Places are drawn at random (three draws) or
chosen by `suggest`; spectra are the truth's own at those pixels.
"""

import argparse
import datetime
import sys
import time

import numpy as np

from benchmarks.accuracy.split import read_group
from benchmarks.rows import keep_row, provenance
from napari_hydra import MeasuredSpectrum, __version__, load_model
from napari_hydra.cube import good_bands, select_bands, wavelengths_of
from napari_hydra.evaluation import metrics
from napari_hydra.evaluation.protocol import take_picture

COUNTS = (5, 10, 20, 50)
REPEATS = 3
GROUPS = {"cave-val": "visible", "neon-val": "vnir", "enmap-val": "vnir", "airborne-train": "vnir"}
SEEN = {"airborne-train": "airborne (seen in training)"}


def site_lists(model, picture, how):
    """Yield lists of places of which the first 5, 10, ... are used."""
    if how == "suggested":
        yield model.suggest_sites(picture, max(COUNTS))
        return
    height, width = picture.shape[:2]
    for seed in range(REPEATS):
        drawn = np.random.default_rng(seed).choice(height * width, max(COUNTS), replace=False)
        yield [divmod(int(i), width) for i in drawn]


def errors(estimate, target, inside):
    return {name: getattr(metrics, name)(estimate[inside], target[inside]) for name in ("mrae", "rmse", "nrmse", "sam")}


def scene_rows(model, cube, how):
    """Yield the count, the errors before and after, the coverage and the seconds of every draw of a cube."""
    low, high = model.card.wavelength_range
    usable = select_bands(cube, good_bands(cube))
    view = take_picture(usable.values, wavelengths_of(usable))
    truth = select_bands(usable, good_bands(usable, low, high))
    wavelengths, target = wavelengths_of(truth), truth.values * np.float32(view.gain)
    before = model.reconstruct(view.picture, wavelengths).to_cube().values
    for drawn in site_lists(model, view.picture, how):
        for count in COUNTS:
            sites = drawn[:count]
            points = [MeasuredSpectrum(y, x, wavelengths, target[y, x].astype(float)) for y, x in sites]
            start = time.perf_counter()
            adapted = model.adapt(view.picture, points=points, gain=1.0)
            seconds = time.perf_counter() - start
            latent = adapted.reconstruct(view.picture, wavelengths)
            after = latent.to_cube().values
            inside = np.ones(target.shape[:2], bool)
            inside[tuple(np.transpose(sites))] = False
            held = np.abs(after - target) <= latent.half_width_tile(slice(None), slice(None))
            covered = float(held[inside].mean())
            yield count, errors(before, target, inside), errors(after, target, inside), covered, seconds


def rows_of(data):
    for group, name in GROUPS.items():
        cubes = [cube for _, cube in read_group(data, group)]
        model = load_model(name, "cpu")
        keys = ("mrae", "rmse") if name == "visible" else ("nrmse", "sam")
        for how in ("random", "suggested"):
            rows = [row for cube in cubes for row in scene_rows(model, cube, how)]
            for count in COUNTS:
                found = [row[1:] for row in rows if row[0] == count]
                before, after = ([np.mean([row[i][key] for row in found]) for key in keys] for i in (0, 1))
                worse = [np.mean([row[1][key] > row[0][key] for row in found]) for key in keys]
                coverage, seconds = np.mean([row[2] for row in found]), np.max([row[3] for row in found])
                yield SEEN.get(group, group), keys, how, count, before, after, worse, coverage, seconds


def run(options: argparse.Namespace) -> None:
    """Adapt to every scene and write the page."""
    lines = [
        "# What measured spectra are worth",
        "",
        f"Made by `python -m benchmarks adaptation DATA` ({datetime.date.today().isoformat()}, version {__version__}).",
        "Means over scenes, on the pixels not measured; CAVE: MRAE / RMSE, the others: RMSE over mean / spectral angle",
        "in degrees. *Worse* is the share of scenes (and draws) that got worse, in each of the two figures.",
        "",
        "| scenes | places | spectra | before | after | lower by | worse | in the 90 % interval | seconds, most |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for group, keys, how, count, before, after, worse, coverage, seconds in rows_of(options.data):
        form = "{:.4f} / {:.4f}" if keys[0] == "mrae" else "{:.3f} / {:.2f}"
        lower = [f"{1 - a / b:.0%}" for a, b in zip(after, before, strict=True)]
        lines.append(
            f"| {group} | {how} | {count} | {form.format(*before)} | {form.format(*after)} | {' / '.join(lower)} "
            f"| {worse[0]:.0%} / {worse[1]:.0%} | {coverage:.3f} | {seconds:.2f} |"
        )
        print(lines[-1], file=sys.stderr)
        figures = {"measures": keys, "before": before, "after": after, "worse": worse, "coverage": coverage}
        row = {"scenes": group, "sites": how, "spectra": count, **figures, "seconds": seconds}
        keep_row(options.results, provenance(options.command) | row, ("scenes", "sites", "spectra"))
    options.page.write_text("\n".join(lines) + "\n")
