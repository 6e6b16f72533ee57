"""Large regions are read on a thread, so that the window goes on while they are averaged."""

from collections.abc import Callable, Sequence
from functools import partial

from qtpy.QtCore import QObject, Signal

from napari_hydra._napari.state.store import Region, Scene, Store
from napari_hydra._napari.widgets.background import Background, Task
from napari_hydra._napari.widgets.notices import notify_failure
from napari_hydra.progress import Progress, Steps, drained
from napari_hydra.workbench.scene.extra_curves import extra_spectrum, sources_of
from napari_hydra.workbench.scene.roi_spectra import cached_region


class RegionReader(QObject):
    """Reads one region after the other into the cache of the readouts.

    Emits `read` when a region is there.
    """

    read = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._background = Background(self)

    @property
    def busy(self) -> bool:
        """Whether a region is being read."""
        return self._background.busy

    def ask(self, store: Store, scene: Scene, region: Region) -> None:
        """Read what the plot shows of a region, unless one is being read: whoever listens to `read` asks again."""
        if self.busy:
            return
        reads: list[Callable[[], object]] = [partial(cached_region, scene, region, store.statistic, store.level)]
        for source in sources_of(store, scene):
            reads.append(partial(extra_spectrum, source, region, store.pixel_window, store.statistic))
        self._background.submit(
            Task(
                label=f"Reading {region.name}",
                compute=drained(lambda: _steps(reads)),
                done=lambda _: self.read.emit(),
                failed=notify_failure,
            )
        )

    def flush(self) -> None:
        """Wait until everything that was asked for is read."""
        self._background.flush()


def _steps(reads: Sequence[Callable[[], object]]) -> Steps[None]:
    for number, read in enumerate(reads, start=1):
        read()
        yield Progress(number / len(reads))
