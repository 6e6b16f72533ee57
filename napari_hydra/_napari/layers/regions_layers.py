"""Drawn shapes and painted labels as the regions of the store."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary, ref

import numpy as np

from napari_hydra._napari.layers.pixels import scene_layer
from napari_hydra._napari.layers.placement import Placement
from napari_hydra._napari.layers.region_shapes import MOST_LABELS, read_regions, region_colours, write_regions
from napari_hydra._napari.layers.scene_layers import KEY, Layer, layers_of
from napari_hydra._napari.state.store import Region, Scene, Store
from napari_hydra._napari.state.viewer_part import ViewerPart
from napari_hydra.errors import HydraError
from napari_hydra.workbench.scene.scene import Tool

if TYPE_CHECKING:
    import napari

ROLE = "regions"
TOOLS: dict[Tool, str] = {  # and napari's mode of each
    "lasso": "add_polygon_lasso",
    "polygon": "add_polygon",
    "rectangle": "add_rectangle",
    "ellipse": "add_ellipse",
}
_EVENTS = {
    "Shapes": ("data", "features", "edge_color"),
    "Labels": ("paint", "labels_update", "data", "set_data", "colormap"),
}


class RegionsLayers(ViewerPart):
    """Turns layers of regions into ``store.regions``, whenever they change.

    Parameters
    ----------
    viewer : napari.Viewer
    store : Store
    """

    def __init__(self, viewer: "napari.Viewer", store: Store) -> None:
        super().__init__(viewer, store)
        self._expect_labels = False
        self.strokes = 0  # of brushes and buckets so far; an undo of napari's is none
        self._followed: WeakKeyDictionary[Layer, tuple[int, ...]] = WeakKeyDictionary()
        # Where each region of the store comes from: its layer, and the index of the shape or the label.
        self._sources: list[tuple[Region, ref[Layer], int]] = []
        self._links.add(viewer.layers.events, ("removed",), self._on_removed)
        self._links.add(store.events, ("scene",), self._read)
        self._links.add(store.events, ("regions",), self._write)
        self._links.connect()
        for layer in layers_of(viewer, ROLE):
            self._follow(layer)
        self._read()

    def disconnect(self) -> None:
        """Stop following; layers and regions stay as they are."""
        super().disconnect()
        for layer in list(self._followed):
            self._unfollow(layer)

    # -- what the buttons do ------------------------------------------------------------------------------

    def draw(self, tool: Tool = "lasso") -> None:
        """Make a Shapes layer ready for drawing: the selected one, the one there is, or a new one.

        Parameters
        ----------
        tool : str
            One of `TOOLS`.

        Raises
        ------
        HydraError
            If there is no scene yet.
        """
        viewer, _ = self._ready()
        layer = self._layer_for(viewer, "Shapes")
        if layer is None:
            layer = self.new_shapes()
        self._take(layer)
        viewer.layers.selection.active = layer
        layer.mode = TOOLS[tool]

    def new_shapes(self) -> Layer:
        """Add an empty Shapes layer for regions and return it.

        Raises
        ------
        HydraError
            If there is no scene yet.
        """
        viewer, scene = self._ready()
        layer = viewer.add_shapes(
            ndim=2,
            name="Drawn regions",
            face_color="transparent",
            edge_width=max(scene.size) / 200,
            features={"name": np.array([], dtype=object)},
            text={"string": "{name}", "size": 11, "color": "white", "anchor": "upper_left"},
            **Placement.of(scene_layer(viewer, scene)).arguments(),
        )
        self._take(layer)
        return layer

    def paint(self) -> None:
        """Make a Labels layer ready for painting the next region.

        Raises
        ------
        HydraError
            If there is no scene yet, or the selected Labels layer has another size than the picture or more
            labels than can be told apart.
        """
        viewer, scene = self._ready()
        layer = self._layer_for(viewer, "Labels")
        if layer is None:
            layer = self.new_labels()
        elif tuple(layer.data.shape) != scene.size:
            raise HydraError(
                f"The layer {layer.name} has shape {tuple(layer.data.shape)} but the picture is "
                f"{scene.size[0]} x {scene.size[1]}; select another layer to paint a new one."
            )
        labels = np.count_nonzero(np.unique(np.asarray(layer.data)))
        if labels >= MOST_LABELS:
            raise HydraError(
                f"The layer {layer.name} has {labels} labels and at most {MOST_LABELS} can be compared; "
                "erase some, or select another layer to paint a new one."
            )
        self._take(layer)
        viewer.layers.selection.active = layer
        layer.selected_label = min(int(np.max(layer.data)) + 1, np.iinfo(np.uint8).max)
        layer.mode = "paint"

    def new_labels(self) -> Layer:
        """Add an empty Labels layer for regions and return it.

        Raises
        ------
        HydraError
            If there is no scene yet.
        """
        viewer, scene = self._ready()
        layer = viewer.add_labels(
            np.zeros(scene.size, dtype=np.uint8),
            name="Painted regions",
            opacity=0.5,
            colormap=region_colours(),
            **Placement.of(scene_layer(viewer, scene)).arguments(),
        )
        layer.brush_size = max(3, max(scene.size) // 25)
        self._take(layer)
        return layer

    # -- for undo -----------------------------------------------------------------------------------------

    def layers(self) -> list[Layer]:
        """Return the layers of regions, in the order of the viewer."""
        viewer = self._viewer()
        return [] if viewer is None else [layer for layer in viewer.layers if layer in self._followed]

    def labels_of(self, layer: Layer) -> dict[int, Region]:
        """Return the regions of a Labels layer by their numbers."""
        now = {id(region.mask): region for region in self._store.regions}
        return {key: now.get(id(region.mask), region) for region, of, key in self._sources if of() is layer}

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Let somebody write to the layers; they are read once, at the end."""
        with self._working():
            yield
        self._read()

    def _ready(self) -> "tuple[napari.Viewer, Scene]":
        viewer, scene = self._viewer(), self._store.scene
        if viewer is None or scene is None:
            raise HydraError(
                "There is no scene to draw on yet; click a spectral cube, or choose a picture and press Run."
            )
        return viewer, scene

    def _layer_for(self, viewer: "napari.Viewer", kind: str) -> Layer | None:
        """Return the selected layer of a kind, so that a user's own shapes serve as regions, or our own."""
        active = viewer.layers.selection.active
        if type(active).__name__ == kind:
            return active
        return next((layer for layer in self._followed if type(layer).__name__ == kind), None)

    # -- layers to store ----------------------------------------------------------------------------------

    def _read(self) -> None:
        viewer, scene = self._viewer(), self._store.scene
        if self._busy or viewer is None:
            return
        with self._working():
            sources: list[tuple[Region, ref[Layer], int]] = []
            if scene is not None:
                for layer in [layer for layer in viewer.layers if layer in self._followed]:
                    found = read_regions(viewer, scene, layer, self._store)
                    sources += [(region, ref(layer), key) for region, key in found]
            self._sources = sources
            regions = tuple(region for region, _, _ in sources)
            if regions != self._store.regions:
                self._store.regions = regions

    # -- store to layers ----------------------------------------------------------------------------------

    def _write(self) -> None:
        """Give the layers the names and colours of the store, and take away what it no longer has."""
        if self._busy:
            return
        with self._working():
            kept = {id(region.mask): region for region in self._store.regions}
            for layer in {id(layer): layer for _, of, _ in self._sources if (layer := of()) is not None}.values():
                write_regions(layer, {key: kept.get(id(old.mask)) for old, of, key in self._sources if of() is layer})
        if any(id(region.mask) not in kept for region, _, _ in self._sources):
            self._read()  # shapes that are left have other indices now

    def _on_edited(self, event: Any) -> None:
        viewer, layer = self._viewer(), event.source
        if viewer is None or layer not in self._followed:
            return
        if event.type == "labels_update" and not self._expect_labels:
            return  # in the middle of a stroke, whose end is told by `paint`
        self.strokes += event.type == "paint"
        self._expect_labels = event.type == "paint"  # of a bucket or an undo, told before the labels change
        if event.type == "set_data":
            # Also sent for every band that is shown; only an undo says so by this event alone.
            step = tuple(viewer.dims.current_step)
            stepped, self._followed[layer] = step != self._followed[layer], step
            if stepped:
                return
        if getattr(event, "action", None) is None or str(event.action) in ("added", "changed", "removed"):
            self._read()

    def _take(self, layer: Layer) -> None:
        noted = layer.metadata.get(KEY)
        layer.metadata = {**layer.metadata, KEY: {**(noted if isinstance(noted, dict) else {}), "role": ROLE}}
        self._follow(layer)
        self._read()

    def _follow(self, layer: Layer) -> None:
        viewer = self._viewer()
        if viewer is None or layer in self._followed or type(layer).__name__ not in _EVENTS:
            return
        self._followed[layer] = tuple(viewer.dims.current_step)
        for name in _EVENTS[type(layer).__name__]:
            if name in layer.events.emitters:
                layer.events.emitters[name].connect(self._on_edited)

    def _unfollow(self, layer: Layer) -> None:
        self._followed.pop(layer, None)
        for name in _EVENTS[type(layer).__name__]:
            if name in layer.events.emitters:
                layer.events.emitters[name].disconnect(self._on_edited)

    def _on_removed(self, event: Any) -> None:
        if event.value in self._followed:
            self._unfollow(event.value)
            self._read()
