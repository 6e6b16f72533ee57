"""The state of one window: what is compared, what is pinned, what is drawn.

Widgets never talk to each other, only to the store. Its values are frozen and are replaced whole, so that
``store.events.pins.connect(...)`` tells of every change, and a view can compare the new with the old.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar
from weakref import WeakKeyDictionary

from psygnal import SignalGroupDescriptor

from napari_hydra._napari.state.preferences import preferences
from napari_hydra._napari.state.scene_adaptation import OwnModel, SceneAdaptation
from napari_hydra.io import MeasuredSpectrum
from napari_hydra.workbench.scene.measured_spectra import SampleSite
from napari_hydra.workbench.scene.scene import OpenCube, Pin, Region, Scene, Statistic
from napari_hydra.workbench.scene.view_settings import ViewSettings

if TYPE_CHECKING:
    import napari

__all__ = ["OpenCube", "Pin", "Region", "Scene", "Statistic", "Store", "store_of"]


@dataclass(eq=False)
class Store:
    """The evented state of one viewer.

    Attributes
    ----------
    scene : Scene or None
    pins : tuple of Pin
    regions : tuple of Region
    hover : (y, x) or None
        The pixel under the cursor while Shift is held.
    level, transform, pixel_window, statistic, encoded_truth, band
        See `ViewSettings`.
    sites : tuple of SampleSite
        Where measuring would help, the most useful first.
    measurements : tuple of MeasuredSpectrum
        Spectra measured at pixels of the scene.
    adaptation : SceneAdaptation or None
        The scene before and after adapting to them.
    models : tuple of OwnModel
        Adapted models, for further pictures.
    cubes : tuple of OpenCube
        Further cubes that are drawn.
    """

    events: ClassVar[SignalGroupDescriptor] = SignalGroupDescriptor()

    scene: Scene | None = None
    pins: tuple[Pin, ...] = ()
    regions: tuple[Region, ...] = ()
    hover: tuple[int, int] | None = None
    level: float = ViewSettings.level
    transform: str = ViewSettings.transform
    pixel_window: int = ViewSettings.pixel_window
    statistic: Statistic = ViewSettings.statistic
    encoded_truth: bool = ViewSettings.encoded_truth
    band: int = ViewSettings.band
    sites: tuple[SampleSite, ...] = ()
    measurements: tuple[MeasuredSpectrum, ...] = ()
    adaptation: SceneAdaptation | None = None
    models: tuple[OwnModel, ...] = ()
    cubes: tuple[OpenCube, ...] = ()


_STORES: "WeakKeyDictionary[napari.Viewer, Store]" = WeakKeyDictionary()


def store_of(viewer: "napari.Viewer") -> Store:
    """Return the store of a viewer; one viewer has one store."""
    viewer = getattr(viewer, "__wrapped__", viewer)  # napari hands widgets a proxy
    if viewer not in _STORES:
        chosen = preferences()
        _STORES[viewer] = Store(pixel_window=chosen.window, statistic=chosen.statistic, level=chosen.level / 100)
    return _STORES[viewer]
