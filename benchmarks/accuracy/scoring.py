"""Scores of every method under the protocol, as rows of the raw results."""

import csv
import re
import time
from collections.abc import Callable, Iterator, Sequence
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from benchmarks.accuracy.baselines import BASELINES, fit_pixels
from benchmarks.accuracy.baselines.components import fit_components
from benchmarks.accuracy.baselines.pixels import draw_pixels, grid
from benchmarks.accuracy.method import RUN_FILE, load_run
from benchmarks.accuracy.split import FITTED, TASKS, NamedCube, read_group, training_cubes
from benchmarks.rows import Row
from napari_hydra import load_model
from napari_hydra.evaluation import SceneScores, evaluate_cube

FIGURES = ("mrae", "rmse", "nrmse", "sam", "rgb", "coverage90")
COMPONENTS = (6, 8, 12, 16)
_IDENTITY = ("method", "kind", "loss", "comparison", "span", "seed")
_LOSSES = {"relative": True, "charbonnier": False}
Log = Callable[[str], None]
Maker = Callable[[xr.DataArray], Any]


class Scenes:
    """The scored cubes of a range, read once."""

    def __init__(self, data: Path, span: str) -> None:
        self.task = TASKS[span]
        self._group = cache(partial(read_group, data))

    def scores(self, make: Maker, only: Sequence[str] = ()) -> dict[str, Any]:
        """Return the scores of a model, made for each cube, by group and track (`only` these, where given)."""
        out: dict[str, Any] = {}
        for group, tracks in self.task.scored.items():
            cubes = self._group(group)
            out[group] = {
                track: summary([_scored(cube, make(cube), track, name) for name, cube in cubes])
                for track in tracks
                if not only or track in only
            }
        return out


def _scored(cube: xr.DataArray, model: Any, track: str, name: str) -> SceneScores:
    if track == FITTED:
        return evaluate_cube(cube, model, "srgb", name=name, fitted=True)
    return evaluate_cube(cube, model, track, name=name)


def summary(scenes: Sequence[SceneScores]) -> dict[str, Any]:
    """Return the figures of every scene; and, where all scenes share their bands, the means band by band."""
    out: dict[str, Any] = {"scenes": {s.name: {key: getattr(s, key) for key in FIGURES} for s in scenes}}
    wavelengths = scenes[0].wavelengths
    if all(np.array_equal(s.wavelengths, wavelengths) for s in scenes):
        out["bands"] = {
            "nm": wavelengths,
            "mrae": np.mean([s.mrae_per_band for s in scenes], axis=0),
            "rmse": np.mean([s.rmse_per_band for s in scenes], axis=0),
        }
    return out


def closed_form_rows(
    data: Path, span: str, seeds: Sequence[int], wanted: Callable[[str], bool], log: Log
) -> Iterator[Row]:
    """Fit and score every closed-form method, each seed on other pixels; ridges are chosen on the choosing scenes."""
    task, scenes = TASKS[span], Scenes(data, span)
    fit, choosing = training_cubes(data, task, networks=False)
    fit_cubes, all_cubes = ([cube for _, cube in cubes] for cubes in (fit, fit + choosing))
    nodes = grid(task.low, task.high, task.step)
    bounds = [f"truth through PCA-{count}" for count in COMPONENTS]
    names = [name for name in BASELINES if wanted(name)]
    if not names and not any(map(wanted, bounds)):
        return
    to_choose = draw_pixels(fit_cubes, nodes)
    drawn = {seed: draw_pixels(all_cubes, nodes, seed) for seed in seeds}
    for name in names:
        for loss, relative in _LOSSES.items():
            if name == "mean spectrum" and relative:
                continue
            ridge = _choose_ridge(name, relative, to_choose, choosing)
            for seed in seeds:
                log(f"{span} {name}, {loss}, seed {seed}")
                start = time.perf_counter()
                model = fit_pixels(name, drawn[seed], relative=relative, ridge=ridge, seed=seed)
                training = {
                    "seconds": time.perf_counter() - start,
                    "parameters": model.parameters,
                    "scenes": len(all_cubes),
                    "ridge": ridge,
                    "converged": True,
                }
                kept = scenes.scores(lambda _, model=model: model)
                yield _row(name, "closed form", loss, "converged", span, seed, training=training, scores=kept)
    for count, name in zip(COMPONENTS, bounds, strict=True):
        if wanted(name):
            log(f"{span} {name}")
            components = fit_components(drawn[seeds[0]], count)
            training = {"parameters": components.rows.size, "scenes": len(all_cubes), "converged": True}
            kept = scenes.scores(components.oracle, ("srgb",))
            yield _row(name, "bound", None, "converged", span, seeds[0], training=training, scores=kept)


def _choose_ridge(name: str, relative: bool, pixels: Any, choosing: Sequence[NamedCube]) -> float:
    recipe = BASELINES[name]
    if not recipe.ridges:
        return recipe.ridge
    return min(recipe.ridges, key=lambda r: _score(fit_pixels(name, pixels, relative=relative, ridge=r), choosing))


def _score(model: Any, cubes: Sequence[NamedCube]) -> float:
    """Return what chooses: the mean of MRAE + 2 NRMSE, as in the training of HYDRA."""
    return float(np.mean([s.mrae + 2 * s.nrmse for s in (evaluate_cube(cube, model) for _, cube in cubes)]))


def network_rows(
    data: Path, runs: Path, spans: Sequence[str], wanted: Callable[[str], bool], log: Log
) -> Iterator[Row]:
    """Score every run folder under `runs`."""
    scenes = cache(partial(Scenes, data))
    for path in sorted(runs.glob(f"*/{RUN_FILE}")):
        record, model = load_run(path.parent)
        name, span = record["method"], record["span"]
        if not wanted(name) or span not in spans:
            continue
        log(f"{span} {name}, {record['loss']}, seed {record['seed']}")
        comparison = "converged" if record["until_converged"] else "equal time"
        keys = ("seconds", "steps", "parameters", "rate", "scenes", "threads", "device", "minutes", "converged")
        training = {key: record[key] for key in keys} | {"curve": _points(record["curve"])}
        kept = scenes(span).scores(lambda _, model=model: model)
        shown = f"{name}, wide head" if name == "MST++" and span != "visible" else name
        shown += "" if record["device"] == "cpu" else f", {record['device']}"
        yield _row(shown, "network", record["loss"], comparison, span, record["seed"], training=training, scores=kept)


def hydra_rows(data: Path, given: str, log: Log) -> Iterator[Row]:
    """Score HYDRA's models, ``PRESET:LOSS=FILE,FILE,...``, a seed each; log.csv beside a file gives its curve."""
    label, _, files = given.partition("=")
    preset, _, loss = label.partition(":")
    if loss not in _LOSSES or not files:
        raise SystemExit(f"--hydra {given}: write PRESET:LOSS=FILE,FILE,... with LOSS one of {', '.join(_LOSSES)}.")
    scenes = cache(partial(Scenes, data))
    for seed, file in enumerate(files.split(",")):
        model = load_model(file, "cpu")
        span = "visible" if model.card.wavelength_range[1] <= 700 else "vnir"
        log(f"{span} HYDRA {preset}, {loss}, seed {seed}")
        training = {
            "parameters": sum(p.numel() for p in model.network.parameters()),
            "scenes": _leading_number(model.card.trained_on),
            "converged": True,
            **_hydra_curve(Path(file).with_name("log.csv")),
        }
        kept = scenes(span).scores(lambda _, model=model: model)
        yield _row(f"HYDRA {preset}", "HYDRA", loss, "converged", span, seed, training=training, scores=kept)


def _leading_number(text: str) -> int | None:
    """Return how many scenes a card says: "18 CAVE scenes; 4 more chose" was trained on 18."""
    found = re.match(r"\d+", text)
    return int(found[0]) if found else None


def _hydra_curve(log: Path) -> dict[str, Any]:
    if not log.is_file():
        return {}
    with log.open(newline="") as handle:
        rows = list(csv.DictReader(handle))
    # Steps count anew in every stage, and only time tells how far it is.
    points = [
        {"seconds": float(row["seconds"]), "steps": 0, "mrae": float(row["mrae"]), "rmse": float(row["rmse"])}
        for row in rows
        if row["mrae"]
    ]
    return {"seconds": float(rows[-1]["seconds"]), "curve": _points(points)} if rows else {}


def _points(curve: Sequence[dict[str, float]]) -> list[list[float]]:
    return [[p["seconds"], p["steps"], p["mrae"], p["rmse"]] for p in curve if "mrae" in p]


def _row(*identity: Any, training: dict[str, Any], scores: dict[str, Any]) -> Row:
    scenes = training.pop("scenes", None)
    return dict(zip(_IDENTITY, identity, strict=True)) | {"scenes": scenes, "training": training, "scores": scores}
