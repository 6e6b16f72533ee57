"""Which pins and regions lie on a scene."""

import numpy as np

from napari_hydra._napari.state.store import Pin, Region, Scene, Store


def pins_of(scene: Scene, store: Store) -> list[Pin]:
    """Return the pins that lie on a scene."""
    height, width = scene.picture.shape[:2]
    return [pin for pin in store.pins if 0 <= pin.y < height and 0 <= pin.x < width]


def regions_of(scene: Scene, store: Store) -> list[Region]:
    """Return the regions that were drawn on a scene of its size."""
    return [r for r in store.regions if r.mask.shape == scene.picture.shape[:2] and bool(np.any(r.mask))]
