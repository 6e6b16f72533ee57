"""The state of the dock Analyse: what is analysed, which index, which libraries."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal
from weakref import WeakKeyDictionary

from psygnal import SignalGroupDescriptor

from napari_hydra._napari.state.shown_pixels import pins_of, regions_of
from napari_hydra._napari.state.store import Pin, Region, Scene, Store
from napari_hydra._napari.widgets._compat import plain
from napari_hydra.io import SpectralLibrary
from napari_hydra.spectra.formulas import Method
from napari_hydra.spectral_cube import ArrayCube, spectral_cube
from napari_hydra.workbench.scene.compare_pair import pair_of

if TYPE_CHECKING:
    import napari

    from napari_hydra.hydra import LatentCube

Source = Literal["estimate", "truth"]
Profiled = Literal["band", "index", "formula"]
Item = Pin | Region


@dataclass(eq=False)
class AnalyseStore:
    """The evented state of one viewer's analyses; values are replaced whole, as in `Store`.

    Attributes
    ----------
    source : str
        Whether the reconstruction ("estimate") or the "truth" is analysed.
    index : str
        Name of the spectral index, "" for none.
    method : str
        Which bands it takes: "interpolated" or "nearest".
    formula : str
        Band maths as it was typed, "" for none.
    profiled : str
        What a line profile shows: the "band" on the slider, the "index" or the "formula".
    ends : (str, str)
        Names of the pins that it runs between; where there are none such, the last two pins.
    libraries : tuple of SpectralLibrary
        Those that spectra are matched with.
    subject : str
        Name of the pin or region that is matched.
    endmembers : tuple of (str, str)
        What is unmixed into: the source of the library ("" for pins and regions) and the name of each.
    """

    events: ClassVar[SignalGroupDescriptor] = SignalGroupDescriptor()

    source: Source = "estimate"
    index: str = ""
    method: Method = "interpolated"
    formula: str = ""
    profiled: Profiled = "band"
    ends: tuple[str, str] = ("", "")
    libraries: tuple[SpectralLibrary, ...] = ()
    subject: str = ""
    endmembers: tuple[tuple[str, str], ...] = ()


_STORES: "WeakKeyDictionary[napari.Viewer, AnalyseStore]" = WeakKeyDictionary()


def analyse_store_of(viewer: "napari.Viewer") -> AnalyseStore:
    """Return the state of a viewer's analyses; one viewer has one."""
    return _STORES.setdefault(plain(viewer), AnalyseStore())


def cube_of_source(scene: Scene, source: Source) -> "LatentCube | ArrayCube":
    """Return the cube that is analysed: the reconstruction, or the good bands of the truth if there is one."""
    pair = pair_of(scene) if source == "truth" else None
    return scene.estimate if pair is None else spectral_cube(pair.truth)


def items_of(store: Store) -> list[Item]:
    """Return the pins and regions that lie on the scene."""
    scene = store.scene
    return [] if scene is None else [*pins_of(scene, store), *regions_of(scene, store)]
