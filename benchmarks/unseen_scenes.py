"""What a model of many bands is worth on scenes, at places and with sensors that it never saw.

DATA holds the groups cave-train, neon-train, neon-val, enmap-train, airborne-train and spectra. RUNS holds
`vnir-accurate`, the folder of `napari-hydra train --preset accurate` on them: each scene is estimated by the member
trained without it, and the cheap methods are fitted to the same folds. Then HYDRA (one student, settings as shipped)
and the cheap methods are trained without a site or a sensor and scored there: without NEON's site OSBS (the forests of
MLBS remain), without ROSIS, without AVIRIS. RUNS keeps HYDRA's runs.
"""

import argparse
import datetime
import sys
from dataclasses import asdict, dataclass, replace

import numpy as np

from benchmarks.accuracy.baselines import BASELINES, fit_baseline
from benchmarks.accuracy.split import TASKS, read_group
from benchmarks.rows import keep_row, provenance
from napari_hydra import __version__, load_model
from napari_hydra.evaluation import evaluate_cube
from napari_hydra.training.run import train
from napari_hydra.training.settings import settings_for

TASK = TASKS["vnir"]
GROUPS = (*TASK.more, *TASK.training)
CHEAP = [name for name in BASELINES if name != "mean spectrum"]
MEMBER = "HYDRA, one member"
SCORED = ("neon-train", "enmap-train")
SCENES = {"NEON, site MLBS": "MLBS", "NEON, site OSBS": "OSBS", "EnMAP, Potsdam": "potsdam"}


@dataclass(frozen=True)
class Location:
    """What is left out of the training, by the start of the cubes' names, and the groups in which it is scored."""

    title: str
    prefixes: tuple[str, ...]
    scored: tuple[str, ...]


LOCATIONS = {
    "osbs": Location("NEON plots of site OSBS, trained on those of MLBS", ("OSBS",), ("neon-val", "neon-train")),
    "rosis": Location("Pavia Centre, trained without ROSIS", ("pavia",), ("airborne-train",)),
    "aviris": Location(
        "San Diego and urban vegetation, trained without AVIRIS", ("san_diego", "aviris"), ("airborne-train",)
    ),
}


def hydra(cubes, folder, resume, device):
    """Train HYDRA on the cubes, every fifth of which calibrates its intervals, or take what an earlier call trained."""
    model = folder / "hydra.safetensors"
    if not (resume and model.is_file()):
        settings = replace(settings_for("vnir"), scene_weights={"watercolors": 0.3})  # 8 bit at the source
        train(cubes, [], folder, settings, name="hydra", device=device, choose=False)
    return load_model(model, "cpu")


def cheap_scores(fit, scored):
    """Return {method: scores} of every cheap method, fitted to the cubes `fit`, on the named cubes `scored`."""
    found = {}
    for name in CHEAP:
        for relative in (False, True):
            method = fit_baseline(name, fit, TASK.low, TASK.high, TASK.step, relative=relative)
            label = f"{name}, {'relative error' if relative else 'least squares'}"
            found[label] = [evaluate_cube(cube, method, name=title) for title, cube in scored]
    return found


def left_out_in_turn(everything, ensemble):
    """Return {method: scores} of all scenes, each by the member, and by the cheap methods, of the fold without it."""
    total = {}
    for file in sorted(ensemble.glob("fold*/fold*.safetensors")):
        model = load_model(file, "cpu")
        names = model.card.metrics["scenes"]
        scored = [named for group in SCORED for named in everything[group] if named[0] in names]
        cheap = [cube for group in TASK.training for name, cube in everything[group] if name not in names]
        found = cheap_scores(cheap, scored)
        found[MEMBER] = [evaluate_cube(cube, model, name=name) for name, cube in scored]
        for label, scores in found.items():
            total.setdefault(label, []).extend(scores)
    if not total:
        sys.exit(f"{ensemble} holds no fold*/fold*.safetensors; train it with --preset accurate first.")
    return total


def scores_at(location, everything, key, options):
    """Return {method: scores} of everything that is scored at a place."""

    def there(name):
        return name.startswith(location.prefixes)

    scored = [named for group in location.scored for named in read_group(options.data, group) if there(named[0])]
    fit = [named for cubes in everything.values() for named in cubes if not there(named[0])]
    # Closed forms learn from the cubes that reach the infrared, as in the table of accuracy.
    cheap = [cube for group in TASK.training for name, cube in everything[group] if not there(name)]
    found = cheap_scores(cheap, scored)
    model = hydra(fit, options.runs / key, options.resume, options.device)
    found["HYDRA, one student"] = [evaluate_cube(cube, model, name=title) for title, cube in scored]
    return found


def lines_of(title, found):
    base = found["linear, least squares"]
    names = ", ".join(s.name for s in base[:6])
    yield from (f"## {title}", "", f"{len(base)} scene{'s' * (len(base) > 1)}: {names}{', ...' * (len(base) > 6)}", "")
    yield "| method | RMSE / mean | angle, degrees | RMSE over linear's | angle over linear's | in the 90 % interval |"
    yield "|---|---|---|---|---|---|"
    for label, scores in found.items():
        cells = [f"{np.mean([s.nrmse for s in scores]):.3f}", f"{np.mean([s.sam for s in scores]):.2f}"]
        for figure in ("nrmse", "sam"):
            ratios = [getattr(s, figure) / getattr(b, figure) for s, b in zip(scores, base, strict=True)]
            cells.append(f"{np.exp(np.mean(np.log(ratios))):.2f}")
        inside = np.nan if label == MEMBER else np.mean([s.coverage90 for s in scores])
        cells.append("-" if np.isnan(inside) else f"{inside:.3f}")
        yield f"| {label} | {' | '.join(cells)} |"
    yield ""


def keep(options, title, found):
    for label, scores in found.items():
        for score in scores:
            row = {"trained": title, "method": label, "scene": score.name, **asdict(score)}
            keep_row(options.results, provenance(options.command, options.device) | row, ("trained", "method", "scene"))


def run(options: argparse.Namespace) -> None:
    """Score everything and write the page."""
    text = [
        "# At a place, or with a sensor, never seen",
        "",
        f"Made by `python -m benchmarks new_places DATA RUNS` ({datetime.date.today()}, version {__version__}).",
        "400-1000 nm at each sensor's own bands, track `srgb`, one seed. Ratios to the linear map (least squares) are",
        "geometric means over scenes, the others plain means. HYDRA is one student with the settings of `vnir`, taught",
        "by no ensemble; every fifth cube was left out of its training to calibrate the intervals. A member of the",
        "ensemble is calibrated on the scenes that it left out, so its coverage there is not shown.",
        "",
    ]
    everything = {group: read_group(options.data, group) for group in GROUPS}
    found = left_out_in_turn(everything, options.runs / "vnir-accurate")
    for title, prefix in SCENES.items():
        kept = {label: [s for s in scores if s.name.startswith(prefix)] for label, scores in found.items()}
        text += lines_of(f"{title}: each scene left out in turn, others of its kind seen", kept)
        keep(options, f"without the scene ({title})", kept)
    for key, location in LOCATIONS.items():
        found = scores_at(location, everything, key, options)
        text += lines_of(location.title, found)
        keep(options, location.title, found)
    options.page.write_text("\n".join(text).rstrip() + "\n")
    print("\n".join(text))
