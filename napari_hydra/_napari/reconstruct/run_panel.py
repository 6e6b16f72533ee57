"""Run and Cancel, the progress bar, and what the run is doing."""

import time

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QProgressBar, QPushButton, QVBoxLayout, QWidget

from napari_hydra._napari.reconstruct.run_thread import Run
from napari_hydra._napari.widgets.background import time_left
from napari_hydra._napari.widgets.dock_parts import text_line
from napari_hydra.workbench.scene.run import RunResult, Stage
from napari_hydra.workbench.scene.run_request import RunRequest

_RUN_TIP = "Reconstruct the spectrum of every pixel."
_CANCEL_TIP = "Stop; the viewer stays as it is."


class RunPanel(QWidget):
    """Runs one request at a time; nothing comes of a run that was cancelled."""

    pressed = Signal()  # Run was pressed while nothing ran
    running_changed = Signal(bool)
    succeeded = Signal(object, float)  # the RunResult, and the seconds that it took
    failed = Signal(object)  # the exception

    def __init__(self) -> None:
        super().__init__()
        self._run: Run | None = None
        self.button = QPushButton("Run")
        self.button.setToolTip(_RUN_TIP)
        self.button.clicked.connect(self._on_clicked)
        self.bar = QProgressBar()
        self.bar.setRange(0, 1000)
        self.bar.setTextVisible(False)
        self.bar.hide()
        self.status = text_line()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        for widget in (self.button, self.bar, self.status):
            layout.addWidget(widget)

    @property
    def running(self) -> bool:
        """Whether a run is under way."""
        return self._run is not None

    def start(self, request: RunRequest) -> None:
        """Start a run; does nothing while one is under way."""
        if self._run is not None:
            return
        self._run = Run(request, self._on_progress, self._on_result, self._on_failure)
        self._show_running(True)
        self._run.start()

    def cancel(self) -> None:
        """Stop the run under way, at once; its thread ends at its next step."""
        if self._run is None:
            return
        self._run.cancel()
        self._end("Cancelled.")

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

    def _end(self, text: str) -> float:
        run, self._run = self._run, None
        self._show_running(False)
        self.status.setText(text)
        return 0.0 if run is None else time.monotonic() - run.started

    def _on_progress(self, stage: Stage) -> None:
        if self._run is None:
            return
        self.bar.setValue(round(1000 * stage.fraction))
        left = time_left(self._run.started, stage.fraction, time.monotonic())
        text = stage.stage[:1].upper() + stage.stage[1:]
        self.status.setText(f"{text}, {left}" if left else f"{text}…")

    def _on_result(self, result: RunResult) -> None:
        seconds = self._end("")
        self.succeeded.emit(result, seconds)

    def _on_failure(self, error: Exception) -> None:
        self._end("Not run.")
        self.failed.emit(error)
