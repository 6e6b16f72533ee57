"""The process that opens damaged files: one after the other, each within limits of time and memory.

It reads lines of JSON (kind, path) and answers each with one (outcome, what was said). A file that takes too long, also
in code written in C, ends the process by a signal of its timer; whoever started it sees that and starts another.
"""

import json
import signal
import sys
import traceback
import warnings
from collections.abc import Callable
from pathlib import Path

from napari_hydra.errors import HydraError

SECONDS = 10  # of processor time
MEMORY = 6 * 2**30  # bytes of addresses beyond those in use when files begin
SPARE = 200 * 10**6


def main(ways: dict[str, Callable[[Path], int]]) -> None:
    """Answer until the input ends; each kind has its way to open a file, which returns the bytes that it gave."""
    warnings.simplefilter("ignore")
    answers, sys.stdout = sys.stdout, sys.stderr
    _limit_addresses()
    print("ready", file=answers, flush=True)
    for line in sys.stdin:
        kind, path = json.loads(line)
        before = _resident(reset=True)
        _set_timer(SECONDS)
        outcome, said, asked = _opened(ways[kind], Path(path))
        _set_timer(0)
        used = _resident() - before
        if outcome in ("opened", "HydraError") and used > 2 * asked + SPARE:
            outcome, said = "too much memory", f"{used / 1e6:.0f} MB for {asked / 1e6:.0f} MB: {said}"
        print(json.dumps([outcome, said]), file=answers, flush=True)


def _opened(way: Callable[[Path], int], path: Path) -> tuple[str, str, int]:
    try:
        return "opened", "", way(path)
    except HydraError as error:
        return "HydraError", str(error), 0
    except MemoryError:
        return "too much memory", _place(), 0
    except Exception as error:
        return "other exception", f"{type(error).__name__}: {str(error)[:200]} at {_place()}", 0


def _place() -> str:
    frames = traceback.extract_tb(sys.exc_info()[2])[-3:]
    return " < ".join(f"{Path(one.filename).name}:{one.lineno}" for one in reversed(frames))


def _limit_addresses() -> None:
    try:
        import resource
    except ImportError:
        return
    used = next((int(line.split()[1]) for line in _status() if line.startswith("VmSize")), 0) * 1024
    if used:
        resource.setrlimit(resource.RLIMIT_AS, (used + MEMORY,) * 2)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _set_timer(seconds: float) -> None:
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_PROF, seconds)


def _resident(*, reset: bool = False) -> int:
    """Return the most memory in use since the last reset, in bytes; 0 where the system does not say."""
    if reset:
        try:
            Path("/proc/self/clear_refs").write_text("5")
        except OSError:
            return 0
    return next((int(line.split()[1]) for line in _status() if line.startswith("VmHWM")), 0) * 1024


def _status() -> list[str]:
    try:
        return Path("/proc/self/status").read_text().splitlines()
    except OSError:
        return []


if __name__ == "__main__":
    from benchmarks.reliability.opening import OPENED

    main(OPENED)
