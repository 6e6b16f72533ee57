"""What has been computed of the scene's errors, and what is still to be computed."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from psygnal import Signal

from napari_hydra._napari.layers.guarded_cube import LARGEST_COPY
from napari_hydra._napari.state.shown_pixels import regions_of
from napari_hydra._napari.state.store import Pin, Region, Scene, Store
from napari_hydra._napari.widgets.background import Background, Steps, Task
from napari_hydra._napari.widgets.notices import notify_failure
from napari_hydra.errors import HydraError
from napari_hydra.evaluation.comparison import compare_steps
from napari_hydra.evaluation.figures import DetailedFigures
from napari_hydra.workbench.scene.compare_pair import Pair, Sample, pair_of, pixel_figures, sample_steps

Found = DetailedFigures | HydraError


class CompareResults:
    """The figures of the store's scene, its pins and regions.

    Pixels are compared at once, the whole scene and regions in the background. Large scenes (above 1 GB decoded)
    wait until they are asked for.

    Parameters
    ----------
    store : Store
    background : Background
    """

    changed = Signal()

    def __init__(self, store: Store, background: Background) -> None:
        self._store = store
        self._background = background
        self._scene: Scene | None = None
        self._asked: set[object] = set()
        self._regions: dict[Region, Found] = {}
        self._pixels: dict[tuple[int, int], Found] = {}
        self.whole: Found | None = None
        self.sample: Sample | None = None

    @property
    def scene(self) -> Scene | None:
        """The scene that the results are of."""
        return self._scene

    @property
    def pair(self) -> Pair | None:
        """What is compared."""
        scene = self._store.scene
        return None if scene is None else pair_of(scene)

    @property
    def is_large(self) -> bool:
        """Whether the whole scene is compared only when asked for."""
        scene, pair = self._store.scene, self.pair
        return scene is not None and pair is not None and _decoded_bytes(scene, pair) > LARGEST_COPY

    @property
    def is_waiting(self) -> bool:
        """Whether something is not computed and not under way: a large scene, or after Cancel."""
        return bool(self._missing()) and not self._background.busy

    def of_pin(self, pin: Pin) -> Found:
        """Return the figures of a pinned pixel."""
        pair = self.pair
        assert pair is not None
        place = (pin.y, pin.x)
        if place not in self._pixels:
            self._pixels[place] = _or_error(lambda: pixel_figures(pair, *place))
        return self._pixels[place]

    def of_region(self, region: Region) -> Found | None:
        """Return the figures of a region's pixels; None while they are not computed."""
        return self._regions.get(region)

    def follow(self, *, asked: bool = False) -> None:
        """Compute what is missing; what is large or was cancelled only where `asked`."""
        scene = self._store.scene
        if scene is not self._scene:
            self.forget()
        if asked:
            self._asked.clear()
        elif self.is_large:
            self._asked.add("whole")
            self._asked.add("sample")
        pair = self.pair
        if scene is None or pair is None:
            return
        for key in self._missing():
            if key not in self._asked:
                self._asked.add(key)
                self._background.submit(self._task(scene, pair, key))

    def forget(self) -> None:
        """Drop everything: it is of another scene."""
        self._scene = self._store.scene
        self._asked.clear()
        self._regions.clear()
        self._pixels.clear()
        self.whole = self.sample = None

    def _missing(self) -> list[object]:
        scene = self._store.scene
        if scene is None or scene.truth is None:
            return []
        named = [name for name in ("sample", "whole") if getattr(self, name) is None]
        return [*named, *(r for r in regions_of(scene, self._store) if r not in self._regions)]

    def _task(self, scene: Scene, pair: Pair, key: object) -> Task:
        def keep(value: Any) -> None:
            if scene is not self._scene or value is None:
                return
            if isinstance(key, Region):
                self._regions[key] = value
            elif key == "whole":
                self.whole = value
            elif not isinstance(value, HydraError):
                self.sample = value
            self.changed.emit()

        def fail(error: Exception) -> None:
            if isinstance(error, HydraError):
                keep(error)
            else:
                notify_failure(error)

        if isinstance(key, Region):
            part, mask = pair.inside(key.mask)
            return Task(
                label=f"Comparing {key.name}",
                steps=lambda: self._region_steps(key, part, mask),
                done=keep,
                failed=fail,
            )
        if key == "whole":
            return Task(
                label="Comparing the whole scene",
                steps=lambda: compare_steps(pair.estimate, pair.truth, gain=pair.gain),
                done=keep,
                failed=fail,
            )
        return Task(label="Reading pixels", steps=lambda: sample_steps(pair), done=keep, failed=fail)

    def _region_steps(self, region: Region, part: Pair, mask: NDArray[np.bool_ | np.floating]) -> Steps:
        """Compare a region, unless it was edited or deleted while it waited."""
        if region not in self._store.regions:
            return None
        return (yield from compare_steps(part.estimate, part.truth, gain=part.gain, where=mask))


def _decoded_bytes(scene: Scene, pair: Pair) -> int:
    """Return what is decoded to compare the whole scene, averaged on the way or not."""
    return len(pair.wavelengths) * math.prod(scene.estimate.shape[1:]) * 4


def _or_error(compute: Callable[[], DetailedFigures]) -> Found:
    try:
        return compute()
    except HydraError as error:
        return error
