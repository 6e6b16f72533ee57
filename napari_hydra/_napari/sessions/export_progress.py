"""A bar with Cancel while files are written or read on a thread of their own."""

import threading
from collections.abc import Callable
from typing import Any

from napari.utils.notifications import show_error, show_info
from qtpy.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QWidget

from napari_hydra._napari.widgets.background import Background, Task
from napari_hydra._napari.widgets.dock_parts import BAR_STEPS, filled, push_button
from napari_hydra._napari.widgets.notices import notify_failure
from napari_hydra.errors import Cancelled
from napari_hydra.progress import ProgressCallback


class ExportProgress(QWidget):
    """A bar with Cancel while files are written on a thread."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._background = Background(self, self._on_progress)
        self.bar = QProgressBar()
        self.bar.setRange(0, BAR_STEPS)
        self.label = QLabel()
        self.cancel_button = push_button("Cancel", "Stop; no half-written file is left.", self._background.stop)
        filled(QHBoxLayout(self), self.label, self.bar, self.cancel_button, spacing=6)
        self.hide()

    @property
    def busy(self) -> bool:
        """Whether something is being written."""
        return self._background.busy

    def start(
        self,
        compute: Callable[[ProgressCallback, threading.Event], Any],
        done: Callable[[Any], None] | None = None,
        words: str = "Writing",
    ) -> None:
        """Call ``compute(progress, cancel)`` on a thread.

        Parameters
        ----------
        compute : callable
        done : callable, optional
            Called with what it returns; where not given, a notice says what was written.
        words : str
            What is going on, before it says so itself.
        """
        if self.busy:
            show_error("Files are being read or written already; wait for them or cancel.")
            return
        self._background.submit(
            Task(label=words, compute=compute, done=done or _notify_written, failed=_notify_failed, shows_stages=True)
        )

    def flush(self) -> None:
        """Wait until nothing is written or read any more."""
        self._background.flush()

    def _on_progress(self, words: str, fraction: float) -> None:
        self.bar.setValue(round(BAR_STEPS * fraction))
        self.label.setText(words)
        self.setVisible(bool(words))


def _notify_written(path: Any) -> None:
    show_info(f"Written: {path}")


def _notify_failed(error: Exception) -> None:
    if isinstance(error, Cancelled):
        show_info("Cancelled; nothing was written.")
    else:
        notify_failure(error)
