"""Two linked views in one canvas: everything on the reconstruction to the left, the truth to the right, pins on both.

napari's grid does it: its tiles share one camera, so that zoom and place are the same. A tile takes a fixed number of
layers one after the other, so the truth and copies of the pins and regions are kept at the end of the layer list, and
the tile is as long as what comes before.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from weakref import ref

import numpy as np

from napari_hydra._napari.layers.scene_layers import KEY, Layer, layer_metadata, layers_of, role
from napari_hydra._napari.state.store import Store
from napari_hydra._napari.state.viewer_part import ViewerPart
from napari_hydra._napari.widgets._compat import canvas_grid

if TYPE_CHECKING:
    import napari

ROLE = "copy"
_COPIED = ("pins", "regions")
_SPACING = 0.01  # between the tiles, of their size
_SETTINGS = ("stride", "shape", "spacing", "enabled")


class SideBySide(ViewerPart):
    """The grid of a viewer while two stacks are shown in it.

    Parameters
    ----------
    viewer : napari.Viewer or ViewerModel
    store : Store
    closed : callable
        Called when the user leaves the grid by napari's own button.
    """

    def __init__(self, viewer: "napari.Viewer", store: Store, closed: Callable[[], None]) -> None:
        super().__init__(viewer, store)
        self._closed = closed
        self._truth: ref[Layer] | None = None
        self._before: dict[str, Any] = {}
        self._links.add(viewer.layers.events, ("inserted", "removed"), self._on_layers)
        self._links.add(viewer.layers.events, ("reordered",), self._order)
        self._links.add(canvas_grid(viewer).events, ("enabled",), self._on_grid)
        self._links.add(store.events, ("pins", "regions"), self._copy)

    @property
    def is_on(self) -> bool:
        """Whether the grid is ours now."""
        return self._truth is not None

    def enter(self, truth: Layer) -> None:
        """Show a truth in a tile of its own."""
        viewer = self._viewer()
        if viewer is None:
            return
        grid = canvas_grid(viewer)
        if not self.is_on:
            self._before = {name: getattr(grid, name) for name in _SETTINGS}
            self._links.connect()
        self._truth = ref(truth)
        self._copy()

    def leave(self) -> None:
        """Show one view again, the grid as it was before."""
        viewer = self._viewer()
        if not self.is_on:
            return
        truth, self._truth = self._truth and self._truth(), None
        self._links.disconnect()
        if viewer is None:
            return
        grid = canvas_grid(viewer)
        for layer in layers_of(viewer, ROLE):
            viewer.layers.remove(layer)
        for name in _SETTINGS[::-1]:
            setattr(grid, name, self._before[name])
        below = [i for i, one in enumerate(viewer.layers) if role(one) == "estimate"]
        if truth is not None and truth in viewer.layers and below:
            viewer.layers.move(viewer.layers.index(truth), below[0])

    # -- copies ----------------------------------------------------------------------------------------------

    def _copy(self, *_: Any) -> None:
        """Bring the copies of pins and regions up to date."""
        viewer = self._viewer()
        if viewer is None or self._busy or not self.is_on:
            return
        active = viewer.layers.selection.active
        with self._working():
            sources = {(one.name, type(one)): one for one in viewer.layers if role(one) in _COPIED}
            copies = {(layer_metadata(one)["source"], type(one)): one for one in layers_of(viewer, ROLE)}
            for key, copy in copies.items():
                if key not in sources:
                    viewer.layers.remove(copy)
            for key, source in sources.items():
                copy = copies.get(key)
                if copy is None:
                    copy = viewer.add_layer(_copy_of(source))
                    viewer.layers.link_layers([source, copy], ("visible", "opacity"))
                else:
                    _update(copy, source)
                copy.editable = False  # napari resets it whenever the data change
            if viewer.layers.selection.active is not active and (active is None or active in viewer.layers):
                viewer.layers.selection.active = active
        self._order()

    # -- the tiles -------------------------------------------------------------------------------------------

    def _order(self, *_: Any) -> None:
        """Keep the right tile's layers at the end of the list, and the left tile as long as the rest."""
        viewer, truth = self._viewer(), None if self._truth is None else self._truth()
        if viewer is None or truth is None or truth not in viewer.layers or self._busy:
            return
        with self._working():
            right = [truth, *layers_of(viewer, ROLE)]
            for layer in right:
                if viewer.layers[-1] is not layer:
                    viewer.layers.move(viewer.layers.index(layer), len(viewer.layers))
            grid = canvas_grid(viewer)
            wanted = {
                "stride": max(1, len(viewer.layers) - len(right)),
                "shape": (1, 2),
                "spacing": _SPACING,
                "enabled": True,
            }
            for name, value in wanted.items():
                if getattr(grid, name) != value:
                    setattr(grid, name, value)

    def _on_layers(self, event: Any) -> None:
        if self._truth is not None and event.value is self._truth() and event.type == "removed":
            self._closed()
        elif role(event.value) != ROLE:
            self._copy()

    def _on_grid(self, event: Any = None) -> None:
        viewer = self._viewer()
        if viewer is not None and not self._busy and not canvas_grid(viewer).enabled:
            self._closed()


def _copy_of(source: Layer) -> Layer:
    """Return a layer that looks like pins or regions and cannot be edited."""
    data, state, kind = source.as_layer_data_tuple()
    from napari.layers import Layer as NapariLayer

    copy = NapariLayer.create(data, {**state, "metadata": {KEY: {"role": ROLE, "source": source.name}}}, kind)
    copy.name = f"{source.name} on the truth"
    copy.mode = "pan_zoom"
    if kind == "points":
        copy.selected_data = set()
    return copy


def _update(copy: Layer, source: Layer) -> None:
    """Make a copy alike again; what is drawn is taken over whole, because an edit may have touched all of it."""
    kind = type(source).__name__
    if kind == "Labels":
        copy.data = source.data
        copy.colormap = source.colormap
        return
    if kind == "Points":
        copy.data = np.array(source.data)
        copy.features = source.features.copy()
        if len(source.data):
            copy.face_color, copy.border_color = source.face_color, source.border_color
            copy.shown = source.shown
        copy.text.color = source.text.color
    else:
        copy.data = []
        if len(source.data):
            copy.add(list(source.data), shape_type=list(source.shape_type), edge_color=source.edge_color)
        copy.features = source.features.copy()
        copy.text.color = source.text.color
    copy.refresh_text()
