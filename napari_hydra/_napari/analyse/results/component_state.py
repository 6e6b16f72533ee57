"""What the page of components shows, as pure functions of the stores."""

from dataclasses import dataclass

import numpy as np

from napari_hydra._napari.analyse.results.library_matches import members_of, spectrum_of
from napari_hydra._napari.analyse.results.library_state import source_name
from napari_hydra._napari.analyse.results.state import AnalyseStore, Source, items_of
from napari_hydra._napari.state.store import Scene, Store
from napari_hydra.errors import HydraError
from napari_hydra.spectra.components import Components

Key = tuple[str, str]  # source of the library, "" for pins and regions; name
MOST_LISTED = 500


@dataclass(frozen=True)
class EndmemberChoice:
    """A line of the list of endmembers."""

    key: Key
    words: str
    colour: str | None
    chosen: bool


def endmember_choices(store: Store, analyse: AnalyseStore, search: str = "") -> tuple[EndmemberChoice, ...]:
    """Return pins, regions and spectra of the libraries whose names hold every word of `search`, chosen ones always."""
    offered: list[tuple[Key, str, str | None]] = [(("", item.name), item.name, item.colour) for item in items_of(store)]
    offered += [
        ((library.source, name), f"{name}   {source_name(library.source)}", None)
        for library in analyse.libraries
        for name in library.names
    ]
    asked, chosen = search.lower().split(), set(analyse.endmembers)
    found = [
        EndmemberChoice(key, words, colour, key in chosen)
        for key, words, colour in offered
        if key in chosen or all(word in words.lower() for word in asked)
    ]
    return tuple(found[:MOST_LISTED])


def chosen_endmembers(store: Store, analyse: AnalyseStore) -> tuple[Key, ...]:
    """Return the endmembers that are chosen and still there, in their order."""
    return tuple(choice.key for choice in endmember_choices(store, analyse) if choice.chosen)


def read_endmembers(
    scene: Scene, source: Source, store: Store, analyse: AnalyseStore, keys: tuple[Key, ...]
) -> tuple[tuple[str, ...], np.ndarray]:
    """Return names and spectra (n, B) of endmembers on the bands of the source.

    Raises
    ------
    HydraError
        If fewer than two are chosen, or a library's spectrum does not have the bands.
    """
    if len(keys) < 2:
        raise HydraError("Unmixing needs two endmembers or more; tick pins, regions or spectra of a library.")
    items = {item.name: item for item in items_of(store)}
    spectra = []
    for origin, name in keys:
        if not origin:
            spectra.append(np.asarray(spectrum_of(scene, source, items[name], store.level, store.pixel_window).values))
            continue
        library = next(one for one in analyse.libraries if one.source == origin and name in one.names)
        members = members_of(scene, source, (library,))
        if name not in members.names:
            raise HydraError(f"{name} has less than half of the cube's bands; leave it out.")
        spectra.append(members.values[members.names.index(name)])
    return tuple(name for _, name in keys), np.stack(spectra)


def component_words(found: Components) -> str:
    """Say how much each component holds."""
    if found.kind == "PCA":
        # With spaces that do not break.
        parts = [f"{i}:\u00a0{100 * share:.3g}\u00a0%" for i, share in enumerate(found.share, start=1)]
        return "Share of the variance:  " + ",  ".join(parts)
    parts = [f"{i}:\u00a0{value:.3g}" for i, value in enumerate(found.values, start=1)]
    return "Signal-to-noise ratio (of variances):  " + ",  ".join(parts)
