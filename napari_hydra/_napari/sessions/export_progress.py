"""A bar with Cancel while files are written or read on a thread of their own."""

import contextlib
import threading
from collections.abc import Callable
from typing import Any

from napari.qt.threading import create_worker
from napari.utils.notifications import show_error, show_info
from qtpy.QtCore import Signal
from qtpy.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QPushButton, QWidget

from napari_hydra._napari.widgets.background import Failure
from napari_hydra.errors import Cancelled, HydraError

Task = Callable[[Callable[[float, str], None], threading.Event], Any]


class ExportProgress(QWidget):
    """A bar with Cancel while files are written on a thread."""

    _reported = Signal(float, str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._cancel: threading.Event | None = None
        self._done: Callable[[Any], None] | None = None
        self.bar = QProgressBar()
        self.bar.setRange(0, 1000)
        self.label = QLabel()
        self.cancel_button = QPushButton("Cancel")
        self.cancel_button.setToolTip("Stop; no half-written file is left.")
        self.cancel_button.clicked.connect(lambda: self.cancel())
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        for widget in (self.label, self.bar, self.cancel_button):
            layout.addWidget(widget)
        self._reported.connect(self._on_reported)
        self.hide()

    @property
    def busy(self) -> bool:
        """Whether something is being written."""
        return self._cancel is not None

    def start(self, task: Task, done: Callable[[Any], None] | None = None, words: str = "writing") -> None:
        """Run ``task(progress, cancel)`` on a thread.

        Parameters
        ----------
        task : callable
        done : callable, optional
            Called with what the task returns; where not given, a notice says what was written.
        words : str
            What is going on, before the task says so itself.
        """
        if self.busy:
            show_error("Files are being read or written already; wait for them or cancel.")
            return
        cancel = self._cancel = threading.Event()
        self.destroyed.connect(cancel.set)
        report = _Reporter(self._reported)
        self.bar.setValue(0)
        self.label.setText(words)
        self._done = done
        self.show()
        create_worker(_outcome, task, report, cancel, _connect={"returned": self._on_done}, _start_thread=True)

    def cancel(self) -> None:
        """Ask the thread to stop; what it wrote is removed."""
        if self._cancel is not None:
            self._cancel.set()

    def _on_reported(self, fraction: float, stage: str) -> None:
        self.bar.setValue(round(1000 * fraction))
        self.label.setText(stage)

    def _on_done(self, outcome: Any) -> None:
        self._cancel = None
        self.hide()
        done, self._done = self._done, None
        if not isinstance(outcome, Failure) and done is not None:
            done(outcome)
        elif not isinstance(outcome, Failure):
            show_info(f"Written: {outcome}")
        elif isinstance(outcome.error, Cancelled):
            show_info("Cancelled; nothing was written.")
        elif isinstance(outcome.error, HydraError):
            show_error(str(outcome.error))
        else:
            raise outcome.error


def _outcome(task: Task, report: Callable[[float, str], None], cancel: threading.Event) -> Any:
    """Return what the task returns, or what it raised: the thread's own way swallows some exceptions."""
    try:
        return task(report, cancel)
    except Exception as error:
        return Failure(error)


class _Reporter:
    """Sends progress from the writing thread to the window, as long as that is there."""

    def __init__(self, signal: Any) -> None:
        self._signal = signal

    def __call__(self, fraction: float, stage: str) -> None:
        """Report the fraction done and what is being done."""
        with contextlib.suppress(RuntimeError):  # the dock was deleted; the file is written all the same
            self._signal.emit(fraction, stage)
