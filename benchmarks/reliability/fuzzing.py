"""What happens to damaged files: sound ones of every kind are damaged by seed and opened in a limited process.

Each is opened by all ways that a user has. Counted is what came of it: it opened, a HydraError said what is wrong with
it, or one of what must not be: another exception, a crash, more than 10 s of processor time, or more memory than twice
what was asked for and 200 MB. 2,000 inputs take about two minutes.
"""

import argparse
import contextlib
import json
import os
import random
import select
import shutil
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

from benchmarks.reliability.mutations import damage
from benchmarks.reliability.page import write_page
from benchmarks.reliability.seeds import Seed, make_seeds
from benchmarks.reliability.worker import SECONDS
from benchmarks.rows import Row, keep_row, provenance
from napari_hydra.io.files.declared_size import LIMIT_VARIABLE

SOUND = ("opened", "HydraError")
OUTCOMES = (*SOUND, "other exception", "crash", "hang", "too much memory")
WALL_SECONDS = 60


class Opener:
    """A process that opens files, started anew when one has ended it."""

    def __init__(self, worker: str = "benchmarks.reliability.worker") -> None:
        self.worker = worker
        self.process: subprocess.Popen[str] | None = None

    def __enter__(self) -> "Opener":
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    def open(self, kind: str, path: Path) -> tuple[str, str]:
        """Return the outcome and what was said."""
        process = self.process or self._start()
        assert process.stdin is not None
        process.stdin.write(json.dumps([kind, str(path)]) + "\n")
        process.stdin.flush()
        line = self._line(process)
        if line:
            outcome, said = json.loads(line)
            return outcome, said
        process.kill()
        status = process.wait()
        self._end()
        if line is None or status == -getattr(signal, "SIGPROF", 0):
            return "hang", f"more than {SECONDS} s"
        return "crash", f"it ended with {status}"

    def _start(self) -> "subprocess.Popen[str]":
        words = [sys.executable, "-m", self.worker]
        # what a file may declare beyond what it holds stays within the limit of memory
        limits = {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", LIMIT_VARIABLE: "0.05"}
        self.process = subprocess.Popen(
            words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
            env=os.environ | limits,
        )  # fmt: skip
        assert self.process.stdout is not None
        if self.process.stdout.readline().strip() != "ready":
            raise RuntimeError("the process that opens files does not start")
        return self.process

    def _line(self, process: "subprocess.Popen[str]") -> str | None:
        """Return its answer, "" if it has ended, None if it never answers."""
        assert process.stdout is not None
        ready, _, _ = select.select([process.stdout], [], [], WALL_SECONDS)
        return process.stdout.readline() if ready else None

    def _end(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            for stream in (self.process.stdin, self.process.stdout):
                if stream is not None and not stream.closed:
                    with contextlib.suppress(BrokenPipeError):
                        stream.close()
            self.process = None


def fuzz(count: int, seed: int, seeds: list[Seed], scratch: Path, keep: Path | None = None) -> list[Row]:
    """Damage and open `count` files; returns a row each of those that ended otherwise than they may, and of kinds."""
    counts: Counter[tuple[str, str]] = Counter()
    failures: list[Row] = []
    with Opener() as opener:
        for number in range(count):
            one = seeds[number % len(seeds)]
            draw = random.Random(f"{seed} {number}")
            folder = scratch / "input"
            shutil.rmtree(folder, ignore_errors=True)
            shutil.copytree(one.folder, folder)
            done = damage(folder, draw, one.name)
            outcome, said = opener.open(one.kind, folder / one.name)
            counts[one.kind, outcome] += 1
            if outcome not in SOUND:
                failures.append(
                    {"number": number, "file": one.folder.name, "outcome": outcome, "said": said, "done": done}
                )
                print(f"{number} {one.folder.name} ({'; '.join(done)}): {outcome}, {said}", flush=True)
                if keep is not None:
                    shutil.copytree(folder, keep / str(number), dirs_exist_ok=True)
    kinds = dict.fromkeys(one.kind for one in seeds)
    rows = [{"kind": kind} | {outcome: counts[kind, outcome] for outcome in OUTCOMES} for kind in kinds]
    return [*rows, *failures]


def run(options: argparse.Namespace) -> None:
    """Fuzz, keep the counts and write the page."""
    with tempfile.TemporaryDirectory() as scratch:
        seeds = make_seeds(Path(scratch) / "seeds")
        with Opener() as opener:  # a seed that does not open makes every figure worthless
            for one in seeds:
                outcome, said = opener.open(one.kind, one.folder / one.name)
                if outcome != "opened":
                    raise SystemExit(f"{one.folder.name} does not open undamaged: {outcome}, {said}")
        rows = fuzz(options.inputs, options.seed, seeds, Path(scratch), options.keep)
    made = provenance(options.command) | {"seed": options.seed, "inputs": options.inputs}
    for row in rows:
        if "kind" in row:
            keep_row(options.results, made | row, ("kind",))
    write_page(options.results, options.page)
    failed = [row for row in rows if "kind" not in row]
    if failed:
        raise SystemExit(f"{len(failed)} of {options.inputs} inputs ended otherwise than they may")
