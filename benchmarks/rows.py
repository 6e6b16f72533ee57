"""Raw results: a file for each benchmark in benchmarks/results/, a row a line, from which the pages in docs/ are made.

A row says when, by which code and where it was made; what is not known of it is None.
"""

import datetime
import json
import platform
import subprocess
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from napari_hydra import __version__
from napari_hydra.hydra.device import find_device
from napari_hydra.io.files.atomic import replacing

Row = dict[str, Any]
RESULTS = Path("benchmarks/results")
_DIGITS = 4  # significant


def provenance(command: str, device: str = "cpu") -> Row:
    """Return how a row is made now: by a command, that computes on "auto", "cpu" or "cuda"."""
    return {
        "date": datetime.date.today().isoformat(),
        "version": __version__,
        "commit": _commit(),
        "python": platform.python_version(),
        "torch": torch.__version__,
        "device": device_name(find_device(device)),
        "threads": torch.get_num_threads(),
        "command": command,
    }


def _commit() -> str | None:
    """Return the commit of this code, "-dirty" behind it where files differ; None outside a repository."""
    words = ["git", "describe", "--always", "--dirty", "--exclude=*"]
    try:
        done = subprocess.run(words, cwd=Path(__file__).parent, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return None
    return done.stdout.strip() or None


def device_name(device: torch.device) -> str:
    """Return the name of a graphics card, or the kind of another device."""
    return torch.cuda.get_device_name(device) if device.type == "cuda" else device.type


def known(rows: Iterable[Row], field: str) -> str:
    """Return what rows say in a field of their provenance, each value once."""
    return ", ".join(sorted({row[field] for row in rows if row.get(field)})) or "unknown"


def read_rows(path: Path) -> list[Row]:
    """Return the rows of a file, none where there is no file yet."""
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else []


def keep_row(path: Path, row: Row, key: Sequence[str]) -> None:
    """Add a row to a file, read anew, for another process may have added its own; it replaces one of the same key."""
    rows = {tuple(old[field] for field in key): old for old in read_rows(path)}
    rows[tuple(row[field] for field in key)] = row
    write_rows(path, rows.values())


def write_rows(path: Path, rows: Iterable[Row]) -> None:
    """Write a file anew."""
    lines = ",\n".join(json.dumps(rounded(row), allow_nan=False, separators=(",", ":")) for row in rows)
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path, overwrite=True) as temporary:
        temporary.write_text(f"[\n{lines}\n]\n", encoding="utf-8")


def rounded(value: Any) -> Any:
    """Return the value with every float at four significant digits, NaN as None, arrays as lists."""
    if isinstance(value, dict):
        return {key: rounded(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple | np.ndarray):
        return [rounded(entry) for entry in value]
    if isinstance(value, float | np.floating):
        return float(f"{value:.{_DIGITS}g}") if np.isfinite(value) else None
    return value
