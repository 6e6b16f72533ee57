"""What has been computed of the scene's errors, and what is still to be computed."""

import math
from collections.abc import Callable
from typing import Any

from napari_hydra._napari.layers.guarded_cube import LARGEST_COPY
from napari_hydra._napari.state.shown_pixels import regions_of
from napari_hydra._napari.state.store import Pin, Region, Scene, Store
from napari_hydra._napari.widgets.background import Background
from napari_hydra._napari.widgets.results import Results
from napari_hydra.errors import HydraError
from napari_hydra.evaluation.comparison import compare_steps
from napari_hydra.evaluation.figures import DetailedFigures
from napari_hydra.progress import Steps
from napari_hydra.workbench.scene.compare_pair import Pair, Sample, pair_of, pixel_figures, sample_steps

Found = DetailedFigures | HydraError
Key = tuple[Scene, Region | str]  # of the scene: a region, or one of these
_WHOLE, _SAMPLE = "whole", "sample"


class CompareResults:
    """The figures of the store's scene, its pins and regions.

    Pixels are compared at once, the whole scene and regions in the background. Large scenes (above 1 GB decoded)
    wait until they are asked for.

    Parameters
    ----------
    store : Store
    background : Background
    """

    def __init__(self, store: Store, background: Background) -> None:
        self._store = store
        self._pixels: dict[tuple[Scene, int, int], Found] = {}
        self.computed: Results[Key, DetailedFigures | Sample] = Results(background, self._prepare)

    @property
    def pair(self) -> Pair | None:
        """What is compared."""
        scene = self._store.scene
        return None if scene is None else pair_of(scene)

    @property
    def whole(self) -> Found | None:
        """The figures of the whole scene; None while they are not computed."""
        return self._of(_WHOLE)

    @property
    def sample(self) -> Sample | None:
        """Pixels of the scene; None while they are not read."""
        found = self._of(_SAMPLE)
        return None if isinstance(found, HydraError) else found

    def of_pin(self, pin: Pin) -> Found:
        """Return the figures of a pinned pixel."""
        scene, pair = self._store.scene, self.pair
        assert scene is not None
        assert pair is not None
        key = (scene, pin.y, pin.x)
        if key not in self._pixels:
            self._pixels[key] = _or_error(lambda: pixel_figures(pair, pin.y, pin.x))
        return self._pixels[key]

    def of_region(self, region: Region) -> Found | None:
        """Return the figures of a region's pixels; None while they are not computed."""
        return self._of(region)

    def follow(self, *, asked: bool = False) -> None:
        """Compute what is missing; what is large or was cancelled only where `asked`."""
        scene, pair = self._store.scene, self.pair
        self._pixels = {key: found for key, found in self._pixels.items() if key[0] is scene}
        if scene is None or pair is None:
            self.computed.follow(())
            return
        whole: tuple[Key, Key] = (scene, _SAMPLE), (scene, _WHOLE)
        regions = [(scene, region) for region in regions_of(scene, self._store)]
        # What is decoded to compare the whole scene, averaged on the way or not.
        is_large = len(pair.wavelengths) * math.prod(scene.estimate.shape[1:]) * 4 > LARGEST_COPY
        self.computed.follow([*whole, *regions], held=whole if is_large else (), asked=asked)

    def _of(self, subject: Region | str) -> Any:
        scene = self._store.scene
        return None if scene is None else self.computed.of((scene, subject))

    def _prepare(self, key: Key) -> tuple[str, Callable[[], Steps[Any]]]:
        scene, subject = key
        pair = pair_of(scene)
        assert pair is not None
        if isinstance(subject, Region):
            part, mask = pair.inside(subject.mask)
            return f"Comparing {subject.name}", lambda: compare_steps(
                part.estimate, part.truth, gain=part.gain, where=mask
            )
        if subject == _WHOLE:
            return "Comparing the whole scene", lambda: compare_steps(pair.estimate, pair.truth, gain=pair.gain)
        return "Reading pixels", lambda: sample_steps(pair)


def _or_error(compute: Callable[[], DetailedFigures]) -> Found:
    try:
        return compute()
    except HydraError as error:
        return error
