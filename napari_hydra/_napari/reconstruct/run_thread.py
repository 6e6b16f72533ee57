"""A run on a thread of its own, and silent as soon as it is cancelled."""

import threading
import time
from collections.abc import Callable, Generator

from superqt.utils import create_worker

from napari_hydra._napari.widgets.background import Failure
from napari_hydra.workbench.scene.run import RunResult, Stage, run_steps
from napari_hydra.workbench.scene.run_request import RunRequest


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
