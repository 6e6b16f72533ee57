"""Which pins and regions lie on a scene."""

from napari_hydra._napari.state.store import Pin, Region, Scene, Store
from napari_hydra.workbench.plot.plot_state import is_drawable, lies_on


def pins_of(scene: Scene, store: Store) -> list[Pin]:
    """Return the pins that lie on a scene."""
    return [pin for pin in store.pins if lies_on(scene, pin.y, pin.x)]


def regions_of(scene: Scene, store: Store) -> list[Region]:
    """Return the regions that were drawn on a scene of its size."""
    return [region for region in store.regions if is_drawable(scene, region)]
