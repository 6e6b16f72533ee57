"""PyTorch is imported before the first run: once the form has been left alone for a second.

Importing takes seconds on its thread, and holds up the window's for some tenths at a time.
"""

import importlib
import sys
from typing import Any

from qtpy.QtWidgets import QWidget

from napari_hydra._napari.widgets.background import Background, Task
from napari_hydra._napari.widgets.dock_parts import single_shot

_IDLE_MS = 1000
_MODULES = ("torch", "napari_hydra.hydra.model")  # in this order


class WarmUp:
    """Imports what a run needs; who presses Run earlier waits for it there.

    Parameters
    ----------
    owner : QWidget
        What the import is for.
    """

    def __init__(self, owner: QWidget) -> None:
        self._background = Background(owner)
        self._timer = single_shot(owner, self.start, _IDLE_MS)

    def wait(self) -> None:
        """Count the second of idleness anew."""
        if not all(name in sys.modules for name in _MODULES):
            self._timer.start()

    def start(self) -> None:
        """Import at once."""
        if not self._background.busy:
            self._background.submit(Task(label="", compute=_import, done=lambda _: None, failed=lambda _: None))

    def flush(self) -> None:
        """Wait until it is done, if it was begun."""
        self._background.flush()


def _import(*_: Any) -> None:
    # What goes wrong is told by the run that needs them.
    for name in _MODULES:
        importlib.import_module(name)
