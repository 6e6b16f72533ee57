"""Large regions are read on a thread, so that the window goes on while they are averaged."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from napari.qt.threading import create_worker
from qtpy.QtCore import QObject, Signal

from napari_hydra._napari.state.store import Region, Scene, Store
from napari_hydra._napari.widgets.background import Failure
from napari_hydra.workbench.scene.extra_curves import extra_spectrum, sources_of
from napari_hydra.workbench.scene.roi_spectra import cached_region


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

    def ask(self, store: Store, scene: Scene, region: Region) -> None:
        """Read what the plot shows of a region, unless one is being read: whoever listens to `read` asks again."""
        if self._busy:
            return
        self._busy = True
        steps: list[Callable[[], object]] = [partial(cached_region, scene, region, store.statistic, store.level)]
        for source in sources_of(store, scene):
            steps.append(partial(extra_spectrum, source, region, store.pixel_window, store.statistic))
        create_worker(_outcome, steps, _connect={"returned": self._on_read}, _start_thread=True)

    def _on_read(self, outcome: Any) -> None:
        self._busy = False
        if isinstance(outcome, Failure):
            raise outcome.error
        self.read.emit()


def _outcome(steps: Sequence[Callable[[], object]]) -> Failure | None:
    try:
        for step in steps:
            step()
    except Exception as error:
        return Failure(error)
    return None
