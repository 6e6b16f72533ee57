"""Saved regions as layers: drawn ones as shapes that can be edited on, painted ones as labels."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from napari_hydra._napari.layers.region_shapes import MOST_LABELS, name_labels, name_shapes
from napari_hydra._napari.layers.regions_layers import RegionsLayers
from napari_hydra._napari.state.store import Region, Store


def restore_regions(layers: RegionsLayers, store: Store, regions: Sequence[Region], viewer: object) -> None:
    """Put saved regions in place of those that there are.

    Parameters
    ----------
    layers : RegionsLayers
    store : Store
        With the scene that the regions lie on.
    regions : sequence of Region
    viewer : napari.Viewer
    """
    for layer in layers.layers():
        viewer.layers.remove(layer)  # type: ignore[attr-defined]
    add_regions(layers, regions)
    hidden = {region.name for region in regions if not region.visible}
    store.regions = tuple(replace(r, visible=False) if r.name in hidden else r for r in store.regions)


def add_regions(layers: RegionsLayers, regions: Sequence[Region], name: str = "") -> None:
    """Add regions as layers of their own, called `name`: shapes, and labels for those without an outline."""
    drawn = [region for region in regions if region.outline is not None]
    with layers.writing():
        if drawn:
            _draw(layers, drawn, name)
        for labels, painted in _without_overlap([region for region in regions if region.outline is None]):
            layer = layers.new_labels()
            layer.name = name or layer.name
            layer.data = labels
            numbered = dict(enumerate(painted, start=1))
            name_labels(layer, {i: r.name for i, r in numbered.items()}, {i: r.colour for i, r in numbered.items()})


def _draw(layers: RegionsLayers, drawn: Sequence[Region], name: str) -> None:
    layer = layers.new_shapes()
    layer.name = name or layer.name
    outlines = [region.outline for region in drawn if region.outline is not None]
    layer.add([o.vertices for o in outlines], shape_type=[o.kind for o in outlines])
    layer.face_color = "transparent"
    name_shapes(layer, [region.name for region in drawn], [region.colour for region in drawn])


def _without_overlap(painted: Sequence[Region]) -> Iterator[tuple[NDArray[np.uint8], list[Region]]]:
    """Yield arrays of labels, numbered as in their lists: a pixel has one label in each."""
    waiting = list(painted)
    while waiting:
        labels = np.zeros(waiting[0].mask.shape, dtype=np.uint8)
        taken: list[Region] = []
        left: list[Region] = []
        for region in waiting:
            if labels[region.mask].any() or len(taken) == MOST_LABELS:
                left.append(region)
            else:
                taken.append(region)
                labels[region.mask] = len(taken)
        yield labels, taken
        waiting = left
