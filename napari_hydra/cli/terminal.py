"""What the user sees: progress and notes on stderr, figures on stdout or as JSON."""

import json
import math
import re
import shutil
import sys
import time
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

import typer

from napari_hydra.errors import HydraError
from napari_hydra.progress import ProgressCallback

_PLAIN_PAUSE = 10.0  # seconds between progress lines where they cannot be overwritten


def fail(message: str, code: int) -> int:
    """Print an error as one line on stderr, and return its exit code."""
    typer.echo(f"napari-hydra: error: {' '.join(message.split())}", err=True)
    return code


def note(message: str) -> None:
    """Tell something worth knowing, as one line on stderr."""
    typer.echo(f"napari-hydra: {' '.join(message.split())}", err=True)


@contextmanager
def notes_on_stderr() -> Iterator[None]:
    """Print our own warnings as notes, once each; those of libraries are for developers."""
    printed: set[str] = set()

    def show(
        message: Warning | str,
        category: type[Warning],
        filename: str,
        lineno: int,
        file: TextIO | None = None,
        line: str | None = None,
    ) -> None:
        if category.__module__.startswith("napari_hydra") and str(message) not in printed:
            printed.add(str(message))
            note(str(message))

    with warnings.catch_warnings():
        warnings.simplefilter("default", UserWarning)
        warnings.showwarning = show
        yield


@contextmanager
def progress(label: str) -> Iterator[ProgressCallback]:
    """Give a callable (fraction, stage) that keeps one line on stderr up to date.

    On a terminal the line is overwritten and removed at the end; elsewhere a line is printed for each new stage
    (its words up to the first number, so that counting makes no new one) and otherwise every ten seconds.
    """
    terminal = sys.stderr.isatty()
    started = last = time.monotonic()
    shown, reached = "", 0.0

    def update(fraction: float, stage: str) -> None:
        nonlocal last, shown, started, reached
        now = time.monotonic()
        if fraction < reached:  # another task begins
            started = now
        reached = fraction
        spent = now - started
        left = spent / fraction - spent if fraction > 0.02 else math.nan
        text = f"{label}: {stage}, {fraction:.0%}"
        if spent > 2 and left > 1:
            text += f", {_duration(left)} left"
        if terminal:
            sys.stderr.write(f"\r\033[K{text[: shutil.get_terminal_size().columns - 1]}")
            sys.stderr.flush()
        elif fraction < 1 and ((words := re.split(r"\d", stage)[0]) != shown or now - last > _PLAIN_PAUSE):
            typer.echo(text, err=True)
            last, shown = now, words

    try:
        yield update
    finally:
        if terminal:
            sys.stderr.write("\r\033[K")
            sys.stderr.flush()


def _duration(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"


def table(rows: Sequence[Mapping[str, Any]], columns: Mapping[str, str]) -> str:
    """Return rows as text, one column each for the keys of `columns`; its values are the number formats."""
    cells = [[_cell(row.get(key), form) for key, form in columns.items()] for row in rows]
    widths = [max(len(key), *(len(line[i]) for line in cells)) for i, key in enumerate(columns)]
    lines = [list(columns), *cells]
    return "\n".join(
        "  ".join(
            text.ljust(width) if i == 0 else text.rjust(width)
            for i, (text, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )


def _cell(value: Any, form: str) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return "-"
    return format(value, form)


def report(text: str, figures: Any, destination: str | None, overwrite: bool = False) -> None:
    """Print `text`, and write `figures` as JSON where asked for: to a file, or with "-" to stdout instead."""
    typer.echo(text, err=destination == "-")
    if destination is None:
        return
    if destination == "-":
        typer.echo(to_json(figures), nl=False)
        return
    write_text(Path(destination), to_json(figures), overwrite)


def refuse_report(destination: str | None, overwrite: bool = False) -> None:
    """Refuse a JSON file that could not be written, before anything is computed."""
    if destination is None or destination == "-":
        return
    from napari_hydra.io.files.atomic import refuse_existing

    path = Path(destination)
    refuse_existing(path, overwrite)
    if not path.absolute().parent.is_dir():
        raise HydraError(f"{path} cannot be written: its folder does not exist; make it first.")


def to_json(figures: Any) -> str:
    """Return JSON text; NaN becomes null."""
    return json.dumps(_plain(figures), indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def write_text(path: Path, text: str, overwrite: bool) -> None:
    """Write a text file, whole or not at all."""
    from napari_hydra.io.files.atomic import replacing

    with replacing(path, overwrite=overwrite) as temporary:
        temporary.write_text(text, encoding="utf-8")


def _plain(value: Any) -> Any:
    """Return what JSON can hold: no arrays, and null for what is not a number."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if hasattr(value, "tolist"):
        return _plain(value.tolist())
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value if isinstance(value, str | int | float | bool | None) else str(value)
