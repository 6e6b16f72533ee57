"""Long computations on threads: a queue for each dock, with progress, stopped at any step.

Nothing is delivered any more, and the thread ends at its next step, as soon as a queue is cancelled, its owner is
deleted (with its dock or its viewer, which need never have been shown), or the program ends. Threads speak to one
object only, which outlives all of them.
"""

import atexit
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from qtpy.QtCore import QCoreApplication, QEventLoop, QObject, Signal
from superqt.utils import FunctionWorker, WorkerBase, create_worker

from napari_hydra.progress import Progress, ProgressCallback, check_cancelled


@dataclass(frozen=True, eq=False, kw_only=True)
class Task:
    """Something to compute.

    Attributes
    ----------
    label : str
        What is going on, for the user: "Comparing the whole scene".
    compute : callable
        ``compute(progress, cancel)`` is called on the thread and returns the result (see `drained`).
    done, failed : callable
        Called on the window's thread with the result, or with the exception.
    shows_stages : bool
        Show what `progress` is told in place of the label.
    """

    label: str
    compute: Callable[[ProgressCallback, threading.Event], Any]
    done: Callable[[Any], None]
    failed: Callable[[Exception], None]
    shows_stages: bool = False


class Background:
    """A queue of tasks; silent about those that were cancelled.

    Parameters
    ----------
    owner : QObject
        What the results are for; everything is dropped when it is deleted.
    report : callable, optional
        Called on the window's thread with the words to show and a fraction; with "" and 1 when all is done.
    """

    def __init__(self, owner: QObject, report: Callable[[str, float], None] | None = None) -> None:
        self._report = report or (lambda _words, _fraction: None)
        self._waiting: deque[Task] = deque()
        self._current: _Job | None = None
        owner.destroyed.connect(self._drop)

    @property
    def busy(self) -> bool:
        """Whether anything is computed or waits."""
        return self._current is not None or bool(self._waiting)

    def submit(self, task: Task) -> None:
        """Compute a task after those that wait."""
        self._waiting.append(task)
        self._next()

    def cancel(self) -> None:
        """Drop everything; the thread ends at its next step."""
        if self.busy:
            self._drop()
            self._report("", 1.0)

    def stop(self) -> None:
        """Ask what is computed to end; its `failed` is then called with `Cancelled`, unless it was done already."""
        if self._current is not None:
            self._current.cancel.set()

    def flush(self) -> None:
        """Wait until nothing is computed and nothing waits; what comes of it is delivered meanwhile."""
        while self.busy:
            QCoreApplication.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)

    def _drop(self, *_: object) -> None:
        self._waiting.clear()
        job, self._current = self._current, None
        if job is not None:
            job.drop()

    def _next(self) -> None:
        if self._current is not None:
            return
        if not self._waiting:
            self._report("", 1.0)
            return
        task = self._waiting.popleft()
        self._current = _Job(task, self)
        self._report(f"{task.label}…", 0.0)
        self._current.start()

    def receive(self, message: "Progress | _Outcome") -> None:
        """Take what the thread sends."""
        assert self._current is not None
        task = self._current.task
        if isinstance(message, Progress):
            left = time_left(self._current.started, message.fraction, time.monotonic())
            words = message.stage[:1].upper() + message.stage[1:] if task.shows_stages else task.label
            self._report(f"{words}, {left}" if left else f"{words}…", message.fraction)
            return
        self._current = None
        try:
            if message.error is None:
                task.done(message.result)
            else:
                task.failed(message.error)
        finally:
            self._next()


@dataclass(frozen=True)
class _Outcome:
    result: Any
    error: Exception | None


class _Job:
    """One task on its thread."""

    def __init__(self, task: Task, background: Background) -> None:
        self.task, self.started, self.cancel = task, time.monotonic(), threading.Event()
        self._background: Background | None = background
        self._post = _post()

    def start(self) -> None:
        _JOBS.add(self)
        create_worker(self._run, _worker_class=_Worker, _start_thread=True)

    def drop(self) -> None:
        """Send nothing any more, and end at the next step."""
        self._background = None
        self.cancel.set()

    def _run(self) -> None:
        try:
            check_cancelled(self.cancel)
            outcome = _Outcome(self.task.compute(self._progress, self.cancel), None)
        except Exception as error:
            outcome = _Outcome(None, error)
        self._post.sent.emit(self, outcome)

    def _progress(self, fraction: float, stage: str) -> None:
        self._post.sent.emit(self, Progress(fraction, stage))

    def deliver(self, message: Progress | _Outcome) -> None:
        """Pass on what was sent, on the window's thread."""
        if isinstance(message, _Outcome):
            _JOBS.discard(self)
        if self._background is not None:
            self._background.receive(message)


_JOBS: set[_Job] = set()  # on a thread, or their outcome on its way


class _Post(QObject):
    """Brings messages from threads to the window's; lives as long as the program, unlike their receivers."""

    sent = Signal(object, object)  # the job, and a message

    def __init__(self) -> None:
        super().__init__()
        self.sent.connect(self._deliver)

    def _deliver(self, job: _Job, message: Progress | _Outcome) -> None:
        job.deliver(message)


@cache
def _post() -> _Post:
    return _Post()


class _Worker(FunctionWorker):
    """superqt's worker without its capture of warnings, which stays on for good where two workers overlap."""

    def run(self) -> None:
        """Call the function, and let superqt forget this worker."""
        self.work()
        self._finished.emit(self)


@atexit.register
def _end_jobs_before_qt() -> None:
    """Let what is computed end its last step: a thread that outlives Qt brings the process down."""
    for job in _JOBS:
        job.drop()
    WorkerBase.await_workers()


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
