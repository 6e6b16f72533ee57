"""Run and Cancel, the progress bar, and what the run is doing."""

import time

from qtpy.QtCore import Signal
from qtpy.QtGui import QMouseEvent
from qtpy.QtWidgets import QProgressBar, QPushButton, QVBoxLayout, QWidget

from napari_hydra._napari.widgets.background import Background, Task
from napari_hydra._napari.widgets.dock_parts import BAR_STEPS, filled, text_line
from napari_hydra._napari.widgets.notices import words_of
from napari_hydra.progress import drained
from napari_hydra.workbench.scene.run import RunResult, run_steps
from napari_hydra.workbench.scene.run_request import RunRequest

_RUN_TIP = "Reconstruct the spectrum of every pixel."
_CANCEL_TIP = "Stop; the viewer stays as it is."


class _SingleClicks(QPushButton):
    """Cancel stands where Run was: the second press of a double click is no wish to stop."""

    def mouseDoubleClickEvent(self, event: QMouseEvent | None) -> None:
        if event is not None:
            event.accept()


class RunPanel(QWidget):
    """Runs one request at a time; nothing comes of a run that was cancelled."""

    pressed = Signal()  # Run was pressed while nothing ran
    running_changed = Signal(bool)
    succeeded = Signal(object, float)  # the RunResult, and the seconds that it took
    failed = Signal(object)  # the exception

    def __init__(self) -> None:
        super().__init__()
        self._background = Background(self, self._on_progress)
        self._started = 0.0
        self.button = _SingleClicks("Run")
        self.button.setToolTip(_RUN_TIP)
        self.button.clicked.connect(self._on_clicked)
        self.bar = QProgressBar()
        self.bar.setRange(0, BAR_STEPS)
        self.bar.setTextVisible(False)
        self.bar.hide()
        self.status = text_line()
        filled(QVBoxLayout(self), self.button, self.bar, self.status)

    @property
    def running(self) -> bool:
        """Whether a run is under way."""
        return self._background.busy

    def start(self, request: RunRequest) -> None:
        """Start a run; does nothing while one is under way."""
        if self.running:
            return
        self._started = time.monotonic()
        self._background.submit(
            Task(
                label="Starting",
                compute=drained(lambda: run_steps(request)),
                done=self._on_result,
                failed=self._on_failure,
                shows_stages=True,
            )
        )
        self._show_running(True)

    def cancel(self) -> None:
        """Stop the run under way, at once; its thread ends at its next step."""
        if self.running:
            self._background.cancel()
            self._end("Cancelled.")

    def flush(self) -> None:
        """Wait until no run is under way."""
        self._background.flush()

    def show_failure(self, error: Exception) -> None:
        """Say why nothing was run, until the next run."""
        self.status.setText(f"Not run. {words_of(error)}".rstrip())

    def _on_clicked(self) -> None:
        if self.running:
            self.cancel()
        else:
            self.pressed.emit()

    def _show_running(self, running: bool) -> None:
        self.button.setText("Cancel" if running else "Run")
        self.button.setToolTip(_CANCEL_TIP if running else _RUN_TIP)
        self.bar.setValue(0)
        self.bar.setVisible(running)
        self.status.setText("Starting…" if running else "")
        self.running_changed.emit(running)

    def _end(self, text: str) -> None:
        self._show_running(False)
        self.status.setText(text)

    def _on_progress(self, words: str, fraction: float) -> None:
        if words:  # the end is told with its outcome
            self.bar.setValue(round(BAR_STEPS * fraction))
            self.status.setText(words)

    def _on_result(self, result: RunResult) -> None:
        self._end("")
        self.succeeded.emit(result, time.monotonic() - self._started)

    def _on_failure(self, error: Exception) -> None:
        self._show_running(False)
        self.show_failure(error)
        self.failed.emit(error)
