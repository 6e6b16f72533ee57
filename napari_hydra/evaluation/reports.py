"""Scores of several scenes as a table to read and as JSON."""

import json
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from napari_hydra.evaluation.protocol import is_fitted
from napari_hydra.evaluation.scene import SceneScores, plain
from napari_hydra.io.files.atomic import replacing

_MEANS = ("mrae", "rmse", "psnr", "nrmse", "sam", "rgb", "coverage90", "seconds")
_COLUMNS = (
    ("mrae", "MRAE", ".4f"),
    ("rmse", "RMSE", ".4f"),
    ("psnr", "PSNR dB", ".2f"),
    ("nrmse", "NRMSE", ".4f"),
    ("sam", "angle °", ".2f"),
    ("rgb", "RGB /255", ".2f"),
    ("coverage90", "in 90 %", ".3f"),
    ("seconds", "s", ".2f"),
)


def mean_scores(scenes: Iterable[SceneScores]) -> dict[str, float | None]:
    """Return the mean of each figure over the scenes that have it.

    Parameters
    ----------
    scenes : iterable of SceneScores
        Of one track.

    Returns
    -------
    dict of str to float or None
        None where no scene has the figure.

    Examples
    --------
    >>> from napari_hydra.evaluation import SceneScores, measure
    >>> truth, wavelengths = np.full((2, 2, 3), 0.5), np.array([500.0, 600.0, 700.0])
    >>> figures = vars(measure(0.8 * truth, truth, wavelengths))
    >>> scenes = [SceneScores(**figures, name="field", track="srgb", seconds=0.5, bands_left_out=0)]
    >>> round(mean_scores(scenes)["mrae"], 3)
    0.2
    """
    columns: dict[str, list[float]] = {key: [] for key in _MEANS}
    for scene in scenes:
        for key, values in columns.items():
            value = float(getattr(scene, key))
            if np.isfinite(value):
                values.append(value)
    return {key: float(np.mean(values)) if values else None for key, values in columns.items()}


def report(
    model: str, track: str, scenes: Sequence[SceneScores], *, per_band: bool = False, fitted: bool = False
) -> dict[str, Any]:
    """Return a report of several scenes, ready for JSON.

    Parameters
    ----------
    model : str
        Name of the model.
    track : str
        See `napari_hydra.evaluation.protocol`.
    scenes : sequence of SceneScores
        All of that track.
    per_band : bool
        Whether each scene also carries its wavelengths and its figures band by band.
    fitted : bool
        Whether one factor was fitted to each scene because it was asked for; track ``exposure`` always does.

    Returns
    -------
    dict
        ``{"model", "track", "fit_gain", "scenes": [...], "mean": {...}}``, NaN as None.

    Examples
    --------
    >>> from napari_hydra.evaluation import SceneScores, measure
    >>> truth, wavelengths = np.full((2, 2, 3), 0.5), np.array([500.0, 600.0, 700.0])
    >>> figures = vars(measure(0.8 * truth, truth, wavelengths))
    >>> scenes = [SceneScores(**figures, name="field", track="srgb", seconds=0.5, bands_left_out=0)]
    >>> report("visible", "srgb", scenes)["scenes"][0]["name"]
    'field'
    """
    return {
        "model": model,
        "track": track,
        "fit_gain": fitted or is_fitted(track),
        "scenes": [scene.to_dict(per_band) for scene in scenes],
        "mean": mean_scores(scenes),
    }


def scores_table(scenes: Sequence[SceneScores]) -> str:
    """Return the scores as a table of text, a line a scene and their mean.

    Parameters
    ----------
    scenes : sequence of SceneScores
        Of one track.

    Returns
    -------
    str
        A dash stands where a figure has no meaning.

    Examples
    --------
    >>> from napari_hydra.evaluation import SceneScores, measure
    >>> truth, wavelengths = np.full((2, 2, 3), 0.5), np.array([500.0, 600.0, 700.0])
    >>> figures = vars(measure(0.8 * truth, truth, wavelengths))
    >>> scenes = [SceneScores(**figures, name="field", track="srgb", seconds=0.5, bands_left_out=0)]
    >>> scores_table(scenes).splitlines()[0].split()[:3]
    ['scene', 'MRAE', 'RMSE']
    """
    mean = mean_scores(scenes)
    lines = [("scene", *(title for _, title, _ in _COLUMNS))]
    for scene in scenes:
        lines.append((scene.name, *(_cell(plain(getattr(scene, key)), form) for key, _, form in _COLUMNS)))
    if len(scenes) > 1:
        lines.append(("mean", *(_cell(mean[key], form) for key, _, form in _COLUMNS)))
    widths = [max(len(line[i]) for line in lines) for i in range(len(lines[0]))]
    text = [
        "  ".join([line[0].ljust(widths[0]), *(c.rjust(w) for c, w in zip(line[1:], widths[1:], strict=True))])
        for line in lines
    ]
    rule = "-" * len(text[0])
    text.insert(1, rule)
    if len(scenes) > 1:
        text.insert(-1, rule)
    return "\n".join(line.rstrip() for line in text)


def write_report(content: dict[str, Any], path: str | os.PathLike[str], *, overwrite: bool = False) -> Path:
    """Write a report as JSON.

    Parameters
    ----------
    content : dict
        From `report`.
    path : str or path
        To be written.
    overwrite : bool
        Whether an existing file may be replaced.

    Returns
    -------
    Path
        What was written.

    Raises
    ------
    HydraError
        If the file exists and may not be overwritten, or the folder cannot be written to.

    Examples
    --------
    >>> write_report(report("visible", "srgb", []), "report.json").name
    'report.json'
    """
    target = Path(path)
    text = json.dumps(content, indent=2, allow_nan=False, ensure_ascii=False)
    with replacing(target, overwrite=overwrite) as temporary:
        temporary.write_text(text + "\n", encoding="utf-8")
    return target


def _cell(value: float | None, form: str) -> str:
    return "-" if value is None else format(value, form)
