"""Matching with libraries in the background: the ranking of a pin or region, and the map."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from psygnal import Signal

from napari_hydra._napari.analyse.results.library_state import subject_of
from napari_hydra._napari.analyse.results.state import AnalyseStore, Item, Source, cube_of_source, wavelengths_of_source
from napari_hydra._napari.state.store import Pin, Scene, Store
from napari_hydra._napari.widgets.background import Background, Steps, Task
from napari_hydra._napari.widgets.notices import notify_failure
from napari_hydra.errors import HydraError
from napari_hydra.io import SpectralLibrary, make_library
from napari_hydra.spectra.matching import Endmembers, Match, MatchMap, match_map_steps, on_bands, rank
from napari_hydra.workbench.scene.roi_spectra import Spectrum, read_pixel, read_region


@dataclass(frozen=True, eq=False)
class Ranking:
    """The spectrum of a pin or region, and the spectra of the libraries in order."""

    spectrum: Spectrum
    matches: list[Match]
    left_out: int


class LibraryMatches:
    """Rankings and maps of the viewer's scene.

    Parameters
    ----------
    store : Store
    analyse : AnalyseStore
    background : Background
    """

    changed = Signal()

    def __init__(self, store: Store, analyse: AnalyseStore, background: Background) -> None:
        self._store, self._analyse, self._background = store, analyse, background
        self._asked: object = None
        self.ranking: Ranking | HydraError | None = None
        self.map: MatchMap | None = None

    def follow(self, *, asked: bool = False) -> None:
        """Rank anew if anything changed."""
        scene, subject = self._store.scene, subject_of(self._store, self._analyse)
        key = (
            scene,
            subject,
            self._analyse.source,
            self._analyse.libraries,
            self._store.pixel_window,
            self._store.level,
        )
        if key == self._asked and not asked:
            return
        old, self._asked = self._asked, key
        if isinstance(old, tuple) and (old[0] is not scene or old[3] is not self._analyse.libraries):
            self.map = None
        self.ranking = None
        if scene is not None and subject is not None and self._analyse.libraries:
            self._background.submit(self._rank(scene, subject, key))

    def make_map(self, largest_angle: float, done: Any) -> None:
        """Find the nearest spectrum of each pixel; `done` is called with scene, source and the map."""
        scene, source, libraries = self._store.scene, self._analyse.source, self._analyse.libraries
        if scene is None or not libraries:
            return

        def steps() -> Steps:
            members = members_of(scene, source, libraries)
            yield 0.0
            cube = cube_of_source(scene, source)
            shape = scene.picture.shape[:2]
            return (yield from match_map_steps(tiles_of(cube), (shape[0], shape[1]), members, largest_angle))

        def keep(found: MatchMap) -> None:
            if scene is self._store.scene:
                self.map = found
                done(scene, source, found)
                self.changed.emit()

        self._background.submit(Task(label="Matching each pixel", steps=steps, done=keep, failed=notify_failure))

    def _rank(self, scene: Scene, subject: Item, key: object) -> Task:
        source, libraries = self._analyse.source, self._analyse.libraries
        level, pixel_window = self._store.level, self._store.pixel_window

        def steps() -> Steps:
            spectrum = spectrum_of(scene, source, subject, level, pixel_window)
            yield 0.3
            members = members_of(scene, source, libraries)
            yield 0.6
            return Ranking(spectrum, rank(spectrum.values, members), members.left_out)

        def keep(found: Any) -> None:
            if key == self._asked:
                self.ranking = found
                self.changed.emit()

        def fail(error: Exception) -> None:
            if isinstance(error, HydraError):
                keep(error)
            else:
                notify_failure(error)

        return Task(label=f"Matching {subject.name}", steps=steps, done=keep, failed=fail)


def spectrum_of(scene: Scene, source: Source, item: Item, level: float, pixel_window: int) -> Spectrum:
    """Return the mean spectrum of a pin or region on the bands of the source."""
    roi = read_pixel(scene, item.y, item.x, level, pixel_window) if isinstance(item, Pin) else read_region(scene, item)
    return roi.truth if source == "truth" and roi.truth is not None else roi.estimate


def members_of(scene: Scene, source: Source, libraries: tuple[SpectralLibrary, ...]) -> Endmembers:
    """Bring libraries onto the bands of the source, under their responses where their widths are known."""
    cube = cube_of_source(scene, source)
    fwhm = None if cube is scene.estimate else cube.attrs.get("fwhm")
    return on_bands(libraries, wavelengths_of_source(scene, source), fwhm)


def tiles_of(cube: Any) -> Any:
    """Return a function that gives the spectra (h, W, B) of some rows of a cube."""
    if hasattr(cube, "tile"):
        return lambda ys: cube.tile(ys, slice(None))
    return lambda ys: np.asarray(cube.data[ys])


def library_of_regions(scene: Scene, source: Source, items: list[Item], level: float) -> Steps:
    """Read regions, one a step, into a library named after the scene.

    Raises
    ------
    HydraError
        If there is none.
    """
    if not items:
        raise HydraError("There are no regions to take as a library; draw or paint one first.")
    spectra = []
    for done, item in enumerate(items, start=1):
        spectra.append(spectrum_of(scene, source, item, level, 1))
        yield done / len(items)
    of = "" if source == "estimate" else " (truth)"
    return make_library(
        [item.name for item in items],
        spectra[0].wavelengths,
        np.stack([spectrum.values for spectrum in spectra]),
        unit=scene.quantity,
        source=f"regions of {scene.name}{of}",
    )
