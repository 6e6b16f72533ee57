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
from napari_hydra.workbench.scene.scene import OpenCube, Pin, Region, Scene, Statistic
from napari_hydra.workbench.scene.view_snapshot import ViewState

if TYPE_CHECKING:
    import napari

__all__ = ["OpenCube", "Pin", "Region", "Scene", "Statistic", "Store", "store_of"]


@dataclass(eq=False, kw_only=True)
class Store(ViewState):
    """The evented state of one viewer.

    Attributes
    ----------
    adaptation : SceneAdaptation or None
        The scene before and after adapting to its `measurements`.
    models : tuple of OwnModel
        Adapted models, for further pictures.
    """

    events: ClassVar[SignalGroupDescriptor] = SignalGroupDescriptor()

    adaptation: SceneAdaptation | None = None
    models: tuple[OwnModel, ...] = ()


_STORES: "WeakKeyDictionary[napari.Viewer, Store]" = WeakKeyDictionary()


def store_of(viewer: "napari.Viewer") -> Store:
    """Return the store of a viewer; one viewer has one store."""
    viewer = getattr(viewer, "__wrapped__", viewer)  # napari hands widgets a proxy
    if viewer not in _STORES:
        chosen = preferences()
        _STORES[viewer] = Store(pixel_window=chosen.window, statistic=chosen.statistic, level=chosen.level / 100)
    return _STORES[viewer]
