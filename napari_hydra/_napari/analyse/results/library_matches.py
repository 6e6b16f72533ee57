"""Matching with libraries in the background: the ranking of a pin or region, and the map."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from napari_hydra._napari.analyse.results.library_state import subject_of
from napari_hydra._napari.analyse.results.state import AnalyseStore, Item, Source, cube_of_source
from napari_hydra._napari.state.store import Pin, Scene, Store
from napari_hydra.errors import HydraError
from napari_hydra.io import SpectralLibrary, make_library
from napari_hydra.progress import Progress, Steps
from napari_hydra.spectra.matching import Endmembers, Match, MatchMap, match_map_steps, on_bands, rank
from napari_hydra.workbench.scene.roi_spectra import Spectrum, read_pixel, read_region


@dataclass(frozen=True, eq=False)
class Ranking:
    """The spectrum of a pin or region, and the spectra of the libraries in order."""

    spectrum: Spectrum
    matches: list[Match]
    left_out: int


class RankingKey(NamedTuple):
    """What a ranking depends on."""

    scene: Scene
    source: Source
    subject: Item
    libraries: tuple[SpectralLibrary, ...]
    level: float
    pixel_window: int


def ranking_keys(store: Store, analyse: AnalyseStore) -> list[RankingKey]:
    """Return what is to be ranked now: the libraries for the subject, or nothing."""
    scene, subject = store.scene, subject_of(store, analyse)
    if scene is None or subject is None or not analyse.libraries:
        return []
    return [RankingKey(scene, analyse.source, subject, analyse.libraries, store.level, store.pixel_window)]


def prepared_ranking(key: RankingKey) -> tuple[str, Callable[[], Steps[Ranking]]]:
    """Return words for the user, and the steps that rank on a thread."""

    def steps() -> Steps[Ranking]:
        spectrum = spectrum_of(key.scene, key.source, key.subject, key.level, key.pixel_window)
        yield Progress(0.3, "resampling the libraries")
        members = members_of(key.scene, key.source, key.libraries)
        yield Progress(0.6, "ranking")
        return Ranking(spectrum, rank(spectrum.values, members), members.left_out)

    return f"Matching {key.subject.name}", steps


def match_steps(
    scene: Scene, source: Source, libraries: tuple[SpectralLibrary, ...], largest_angle: float
) -> Steps[MatchMap]:
    """Find the nearest spectrum of each pixel, within an angle in degrees."""
    members = members_of(scene, source, libraries)
    yield Progress(0.0, "matching")
    return (yield from match_map_steps(cube_of_source(scene, source), members, largest_angle))


def spectrum_of(scene: Scene, source: Source, item: Item, level: float, pixel_window: int) -> Spectrum:
    """Return the mean spectrum of a pin or region on the bands of the source."""
    roi = read_pixel(scene, item.y, item.x, level, pixel_window) if isinstance(item, Pin) else read_region(scene, item)
    return roi.truth if source == "truth" and roi.truth is not None else roi.estimate


def members_of(scene: Scene, source: Source, libraries: tuple[SpectralLibrary, ...]) -> Endmembers:
    """Bring libraries onto the bands of the source, under their responses where their widths are known."""
    cube = cube_of_source(scene, source)
    fwhm = None if cube is scene.estimate and not scene.is_measured else cube.attrs.get("fwhm")
    return on_bands(libraries, cube.wavelengths, fwhm)


def library_of_regions(scene: Scene, source: Source, items: list[Item], level: float) -> Steps[SpectralLibrary]:
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
        yield Progress(done / len(items), "averaging regions")
    of = "" if source == "estimate" else " (truth)"
    return make_library(
        [item.name for item in items],
        spectra[0].wavelengths,
        np.stack([spectrum.values for spectrum in spectra]),
        unit=scene.quantity,
        source=f"regions of {scene.name}{of}",
    )
