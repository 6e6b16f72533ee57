"""What the page of indices offers, as pure functions of the stores."""

from dataclasses import dataclass

from napari_hydra._napari.analyse.results.formula_values import mix_of, unit_warning
from napari_hydra._napari.analyse.results.state import AnalyseStore, cube_of_source
from napari_hydra._napari.state.store import Store
from napari_hydra.spectra.indices import SpectralIndex, find_index, spectral_indices, why_not


@dataclass(frozen=True)
class IndexChoice:
    """A line of the list: `reason` says why the cube cannot give the index, "" if it can."""

    name: str
    words: str
    tooltip: str
    reason: str = ""


def index_choices(store: Store, analyse: AnalyseStore, search: str = "") -> tuple[IndexChoice, ...]:
    """Return the indices whose name, words or domain hold every word of `search`; those that can be given first."""
    scene = store.scene
    wavelengths = None if scene is None else cube_of_source(scene, analyse.source).wavelengths
    asked = search.lower().split()
    choices = []
    for index in spectral_indices().values():
        text = f"{index.name} {index.long_name} {index.domain}".lower()
        if all(word in text for word in asked):
            reason = "" if wavelengths is None else why_not(index, wavelengths)
            choices.append(
                IndexChoice(index.name, f"{index.name}   {index.long_name}", tooltip_of(index, reason), reason)
            )
    names = search.strip().lower()
    # Who types a name wants that index, not the ten whose names hold it.
    return tuple(sorted(choices, key=lambda choice: (bool(choice.reason), choice.name.lower() != names)))


def tooltip_of(index: SpectralIndex, reason: str = "") -> str:
    """Return the formula, its bands and constants, where it is from, and why it is not possible."""
    bands = ", ".join(f"{band.name}: {band.low:g}–{band.high:g} nm" for band in index.bands)
    constants = ", ".join(f"{name} = {value:g}" for name, value in index.constants)
    lines = [f"{index.long_name} ({index.domain})", index.formula, bands, constants, index.reference]
    return "\n".join(line for line in [*lines, f"Not possible: {reason}." if reason else ""] if line)


def index_note(store: Store, analyse: AnalyseStore) -> str:
    """Say where the bands of the chosen index are taken, and why it is less certain."""
    scene = store.scene
    if scene is None:
        return "Click a cube, or run a reconstruction; its indices are computed here."
    if not analyse.index:
        return "Choose an index from the list."
    index = find_index(analyse.index)
    mix = mix_of(store, analyse, index)
    if isinstance(mix, str):
        return mix
    parts = [f"{name} {centre:.5g} nm" for name, centre in zip(mix.names, mix.centres, strict=True)]
    return f"{index.name} = {index.formula};  {', '.join(parts)}.  {unit_warning(index, scene)}".rstrip()
