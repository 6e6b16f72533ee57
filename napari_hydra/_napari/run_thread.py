"""A run on a thread of its own, and silent as soon as it is cancelled."""

import atexit
import threading
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any

from superqt.utils import WorkerBase, create_worker

from napari_hydra.workbench.run import RunResult, Stage, run_steps
from napari_hydra.workbench.run_request import RunRequest


@dataclass(frozen=True)
class Failure:
    """An exception on its way to the window.

    Thread workers take a RuntimeError, which PyTorch likes to raise, for a deleted worker and swallow it.
    """

    error: Exception


_owners: dict[int, object] = {}


def keep_until_finished(owner: object, worker: WorkerBase[Any]) -> None:
    """Keep the owner of the methods that a worker's signals call until the last of them has been delivered.

    What a thread has emitted waits for the window. PySide6 then calls the methods of an owner that is gone, and the
    process dies; PyQt6 leaves the call out.
    """
    key = id(owner)
    _owners[key] = owner
    worker.finished.connect(lambda: _owners.pop(key, None))


@atexit.register
def _end_workers_before_qt() -> None:
    """Let a cancelled run end its last step: a thread that outlives Qt brings the process down."""
    WorkerBase.await_workers(10_000)


class Run:
    """A run on its thread; silent as soon as it is cancelled.

    Parameters
    ----------
    request : RunRequest
    on_progress, on_result, on_failure : callable
        Called on the window's thread with a `Stage`, the `RunResult`, or the exception. None of them is called
        after `cancel`.
    """

    def __init__(
        self,
        request: RunRequest,
        on_progress: Callable[[Stage], None],
        on_result: Callable[[RunResult], None],
        on_failure: Callable[[Exception], None],
    ) -> None:
        self.started = time.monotonic()
        self._cancel = threading.Event()
        self._report: tuple[Callable[..., None], ...] | None = (on_progress, on_result, on_failure)
        self._worker = create_worker(_caught, request, self._cancel, _start_thread=False, _ignore_errors=True)
        self._worker.yielded.connect(self._progressed)
        self._worker.returned.connect(self._returned)

    def start(self) -> None:
        """Start the thread."""
        keep_until_finished(self, self._worker)
        self._worker.start()

    def cancel(self) -> None:
        """Stop: no callback comes any more, and the thread ends at its next step."""
        self._report = None
        self._cancel.set()
        self._worker.quit()

    def _progressed(self, stage: Stage) -> None:
        if self._report is not None:
            self._report[0](stage)

    def _returned(self, outcome: RunResult | Failure) -> None:
        if self._report is None:
            return
        _, on_result, on_failure = self._report
        self._report = None
        if isinstance(outcome, Failure):
            on_failure(outcome.error)
        else:
            on_result(outcome)


def _caught(request: RunRequest, cancel: threading.Event) -> Generator[Stage, None, RunResult | Failure]:
    try:
        return (yield from run_steps(request, cancel))
    except Exception as error:
        return Failure(error)


def time_left(started: float, fraction: float, now: float) -> str:
    """Return "about 12 s left", or "" while there is too little to judge by.

    Parameters
    ----------
    started, now : float
        In seconds, of the same clock.
    fraction : float
        How far the run is, 0 to 1.
    """
    elapsed = now - started
    if fraction < 0.05 or elapsed < 0.5 or fraction >= 1:
        return ""
    seconds = elapsed * (1 - fraction) / fraction
    return f"about {seconds:.0f} s left" if seconds < 90 else f"about {seconds / 60:.0f} min left"
