"""The results file: a row for each method, loss, comparison, range, number of scenes and seed; a row a line."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from napari_hydra.io.files.atomic import replacing

Row = dict[str, Any]
FIGURES = ("mrae", "rmse", "nrmse", "sam", "rgb", "coverage90")
_KEY = ("method", "loss", "comparison", "span", "scenes", "seed")
_DIGITS = 4  # significant


def read_results(path: Path) -> dict[str, Any]:
    """Return ``{"facts": ..., "rows": [...]}``, empty where there is no file yet."""
    if not path.is_file():
        return {"facts": {}, "rows": []}
    return json.loads(path.read_text(encoding="utf-8"))


def merge(rows: Iterable[Row], new: Iterable[Row]) -> list[Row]:
    """Return all rows, a new one in the place of the old one that it repeats."""
    found = {tuple(row[key] for key in _KEY): row for row in rows}
    found |= {tuple(row[key] for key in _KEY): row for row in new}
    return list(found.values())


def write_results(path: Path, environment: dict[str, Any], rows: Iterable[Row]) -> None:
    """Write the file anew."""
    lines = ",\n".join(json.dumps(rounded(row), allow_nan=False, separators=(",", ":")) for row in rows)
    text = f'{{"facts": {json.dumps(environment)},\n"rows": [\n{lines}\n]}}\n'
    with replacing(path, overwrite=True) as temporary:
        temporary.write_text(text, encoding="utf-8")


def rounded(value: Any) -> Any:
    """Return the value with every float at four significant digits, NaN as None, arrays as lists."""
    if isinstance(value, dict):
        return {key: rounded(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple | np.ndarray):
        return [rounded(entry) for entry in value]
    if isinstance(value, float | np.floating):
        return float(f"{value:.{_DIGITS}g}") if np.isfinite(value) else None
    return value
