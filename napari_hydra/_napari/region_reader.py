"""Large regions are read on a thread, so that the window goes on while they are averaged."""

from typing import Any

from napari.qt.threading import create_worker
from qtpy.QtCore import QObject, Signal

from napari_hydra._napari.run_thread import Failure
from napari_hydra._napari.store import Region, Scene, Statistic
from napari_hydra.workbench.readouts import cached_region


class RegionReader(QObject):
    """Reads one region after the other into the cache of the readouts.

    Emits `read` when a region is there.
    """

    read = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._busy = False

    @property
    def busy(self) -> bool:
        """Whether a region is being read."""
        return self._busy

    def ask(self, scene: Scene, region: Region, statistic: Statistic) -> None:
        """Read a region, unless one is being read: whoever listens to `read` asks again."""
        if self._busy:
            return
        self._busy = True
        create_worker(_outcome, scene, region, statistic, _connect={"returned": self._on_read}, _start_thread=True)

    def _on_read(self, outcome: Any) -> None:
        self._busy = False
        if isinstance(outcome, Failure):
            raise outcome.error
        self.read.emit()


def _outcome(scene: Scene, region: Region, statistic: Statistic) -> Failure | None:
    try:
        cached_region(scene, region, statistic)
    except Exception as error:
        return Failure(error)
    return None
