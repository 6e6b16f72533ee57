"""Long computations one after the other on a thread of their own, with progress, and stopped at any step."""

import time
from collections import deque
from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any

from superqt.utils import create_worker

from napari_hydra._napari.run_thread import Failure, keep_until_finished, time_left

Steps = Generator[float, None, Any]


@dataclass(frozen=True, eq=False, kw_only=True)
class Task:
    """Something to compute.

    Attributes
    ----------
    label : str
        What is going on, for the user: "Comparing the whole scene".
    steps : callable
        Returns a generator that yields how far it is (0 to 1) and returns the result; it runs on the thread.
    done, failed : callable
        Called on the window's thread with the result, or with the exception.
    """

    label: str
    steps: Callable[[], Steps]
    done: Callable[[Any], None]
    failed: Callable[[Exception], None]


class Background:
    """A queue of tasks; silent about those that were cancelled.

    Parameters
    ----------
    report : callable
        Called on the window's thread with the words to show and a fraction; with "" and 1 when all is done.
    """

    def __init__(self, report: Callable[[str, float], None]) -> None:
        self._report = report
        self._waiting: deque[Task] = deque()
        self._current: _Job | None = None

    @property
    def busy(self) -> bool:
        """Whether anything is computed or waits."""
        return self._current is not None

    def submit(self, task: Task) -> None:
        """Compute a task after those that wait."""
        self._waiting.append(task)
        if self._current is None:
            self._next()

    def cancel(self) -> None:
        """Drop everything; the thread ends at its next step."""
        self._waiting.clear()
        if self._current is not None:
            self._current.cancel()
            self._current = None
            self._report("", 1.0)

    def _next(self) -> None:
        if not self._waiting:
            self._current = None
            self._report("", 1.0)
            return
        self._current = _Job(self._waiting.popleft(), self._report, self._next)
        self._current.start()


class _Job:
    """One task on its thread."""

    def __init__(self, task: Task, report: Callable[[str, float], None], finished: Callable[[], None]) -> None:
        self._task: Task | None = task
        self._report, self._finished = report, finished
        self._started = time.monotonic()
        self._worker = create_worker(_caught, task.steps, _start_thread=False, _ignore_errors=True)
        self._worker.yielded.connect(self._progressed)
        self._worker.returned.connect(self._returned)

    def start(self) -> None:
        assert self._task is not None
        self._report(f"{self._task.label}…", 0.0)
        keep_until_finished(self, self._worker)
        self._worker.start()

    def cancel(self) -> None:
        self._task = None
        self._worker.quit()

    def _progressed(self, fraction: float) -> None:
        if self._task is not None:
            left = time_left(self._started, fraction, time.monotonic())
            self._report(f"{self._task.label}, {left}" if left else f"{self._task.label}…", fraction)

    def _returned(self, outcome: Any) -> None:
        task, self._task = self._task, None
        if task is None:
            return
        try:
            if isinstance(outcome, Failure):
                task.failed(outcome.error)
            else:
                task.done(outcome)
        finally:
            self._finished()


def _caught(steps: Callable[[], Steps]) -> Generator[float, None, Any]:
    try:
        return (yield from steps())
    except Exception as error:
        return Failure(error)
