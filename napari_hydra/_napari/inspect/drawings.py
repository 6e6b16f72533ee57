"""Pins, drawn shapes and painted labels as they are at one moment, to come back to: what undo keeps."""

import zlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary, ref

import numpy as np

from napari_hydra._napari.layers.region_shapes import colours_of, name_labels, name_shapes
from napari_hydra._napari.layers.regions_layers import RegionsLayers
from napari_hydra._napari.layers.scene_layers import Layer
from napari_hydra._napari.state.store import Pin, Store
from napari_hydra._napari.state.viewer_part import ViewerPart

if TYPE_CHECKING:
    import napari


class LayerHandle:
    """A layer, or the one that took its place when it was brought back."""

    def __init__(self, layer: Layer) -> None:
        self._layer = ref(layer)

    @property
    def layer(self) -> Layer | None:
        """The layer, if it is alive."""
        return self._layer()

    def replace(self, layer: Layer) -> None:
        """Stand for another layer from now on."""
        self._layer = ref(layer)


@dataclass(frozen=True)
class Shapes:
    """The shapes of a layer: kind and vertices, name and colour of each."""

    handle: LayerHandle
    outlines: tuple[tuple[str, tuple[tuple[float, ...], ...]], ...]
    names: tuple[str, ...]
    colours: tuple[str, ...]


@dataclass(frozen=True)
class Labels:
    """The numbers of a layer, compressed; the names and colours that the labels were given."""

    handle: LayerHandle
    numbers: bytes
    shape: tuple[int, ...]
    dtype: str
    names: tuple[tuple[int, str], ...]
    colours: tuple[tuple[int, str], ...]


@dataclass(frozen=True)
class Drawing:
    """All of it. Equal drawings look alike."""

    pins: tuple[Pin, ...]
    layers: tuple[Shapes | Labels, ...]
    hidden: frozenset[str]

    @property
    def outside_labels(self) -> tuple[object, ...]:
        """All but what is painted."""
        return (self.pins, tuple(kept for kept in self.layers if isinstance(kept, Shapes)))


class Drawings(ViewerPart):
    """Takes down the drawing of a viewer, and brings one back.

    Parameters
    ----------
    viewer : napari.Viewer
    store : Store
    """

    def __init__(self, viewer: "napari.Viewer", store: Store) -> None:
        super().__init__(viewer, store)
        self._handles: WeakKeyDictionary[Layer, LayerHandle] = WeakKeyDictionary()

    def take_down(self, regions: RegionsLayers) -> Drawing:
        """Return what is there now."""
        kept: list[Shapes | Labels] = []
        for layer in regions.layers():
            handle = self._handles.setdefault(layer, LayerHandle(layer))
            kept.append(_shapes(handle, layer) if type(layer).__name__ == "Shapes" else _labels(handle, layer, regions))
        hidden = frozenset(region.name for region in self._store.regions if not region.visible)
        return Drawing(self._store.pins, tuple(kept), hidden)

    def bring_back(self, drawing: Drawing, regions: RegionsLayers) -> None:
        """Make pins and regions what they were."""
        viewer = self._viewer()
        if viewer is None:
            return
        if drawing.pins != self._store.pins:
            self._store.pins = drawing.pins
        now = {kept.handle: kept for kept in self.take_down(regions).layers}
        wanted = {kept.handle: kept for kept in drawing.layers}
        with regions.writing():
            for handle, kept in now.items():
                if handle not in wanted:
                    wanted[handle] = _emptied(kept)
            for handle, kept in wanted.items():
                if now.get(handle) != kept:
                    layer = self._layer_of(viewer, kept, regions)
                    if layer is not None:
                        _write(layer, kept, regions)
        self._store.regions = tuple(replace(r, visible=r.name not in drawing.hidden) for r in self._store.regions)

    def _layer_of(self, viewer: "napari.Viewer", kept: Shapes | Labels, regions: RegionsLayers) -> Layer | None:
        """Return the layer, a new one where the user removed it; None where there is nothing to bring back."""
        layer = kept.handle.layer
        if layer is not None and layer in viewer.layers:
            return layer
        if isinstance(kept, Shapes):
            layer = regions.new_shapes() if kept.outlines else None
        else:
            layer = regions.new_labels() if any(zlib.decompress(kept.numbers)) else None
        if layer is not None:
            kept.handle.replace(layer)
            self._handles[layer] = kept.handle
        return layer


def _shapes(handle: LayerHandle, layer: Layer) -> Shapes:
    names = tuple(str(name) for name in layer.features.get("name", ()))
    outlines = zip(layer.shape_type, layer.data, strict=True)
    return Shapes(
        handle,
        tuple((str(kind), tuple(map(tuple, np.asarray(points, dtype=float).tolist()))) for kind, points in outlines),
        names,
        tuple(colours_of(layer)),
    )


def _labels(handle: LayerHandle, layer: Layer, regions: RegionsLayers) -> Labels:
    numbers = zlib.compress(np.ascontiguousarray(layer.data).tobytes(), 1)
    sources = sorted(regions.labels_of(layer).items())
    names = tuple((label, region.name) for label, region in sources)
    shape, dtype = tuple(layer.data.shape), np.dtype(layer.data.dtype).str
    return Labels(handle, numbers, shape, dtype, names, tuple((label, region.colour) for label, region in sources))


def _emptied(kept: Shapes | Labels) -> Shapes | Labels:
    """Return a layer that came later, without what was drawn on it."""
    if isinstance(kept, Shapes):
        return Shapes(kept.handle, (), (), ())
    empty = zlib.compress(bytes(len(zlib.decompress(kept.numbers))), 1)
    return replace(kept, numbers=empty, names=(), colours=())


def _write(layer: Layer, kept: Shapes | Labels, regions: RegionsLayers) -> None:
    if isinstance(kept, Labels):
        numbers = np.frombuffer(zlib.decompress(kept.numbers), dtype=kept.dtype).reshape(kept.shape)
        changed = np.nonzero(np.asarray(layer.data) != numbers)
        if changed[0].size:
            layer.data_setitem(changed, numbers[changed])
        name_labels(layer, dict(kept.names), dict(kept.colours))
        return
    mode = layer.mode
    layer.mode = "pan_zoom"  # ends a shape that is being drawn
    layer.selected_data = set()
    layer.data = []
    if kept.outlines:
        layer.add([(np.array(points), kind) for kind, points in kept.outlines])
        name_shapes(layer, kept.names, kept.colours)
    layer.feature_defaults = {"name": ""}
    layer.mode = mode
