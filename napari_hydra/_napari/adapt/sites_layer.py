"""The Points layer "Where to measure": numbered places, drawn from the store."""

from typing import TYPE_CHECKING, Any
from weakref import ref

import numpy as np

from napari_hydra._napari.layers.pixels import scene_layer, to_points
from napari_hydra._napari.layers.placement import Placement
from napari_hydra._napari.layers.scene_layers import KEY, Layer, layer_metadata
from napari_hydra._napari.state.store import Store

if TYPE_CHECKING:
    import napari

ROLE = "places"
NAME = "Where to measure"
COLOUR = "#f0e442"  # the yellow of Okabe and Ito, which no pin has


class SitesLayer:
    """Draws ``store.places``; whoever removes the layer removes the places.

    Parameters
    ----------
    viewer : napari.Viewer
    store : Store
    """

    def __init__(self, viewer: "napari.Viewer", store: Store) -> None:
        self._viewer = ref(viewer)
        self._store = store
        self._busy = False

    def connect(self) -> None:
        """Follow the store and the viewer, and draw what there is."""
        viewer = self._viewer()
        if viewer is not None:
            self._store.events.sites.connect(self.draw)
            viewer.layers.events.removed.connect(self._on_removed)
            self.draw()

    def disconnect(self) -> None:
        """Stop following; the layer stays as it is."""
        self._store.events.sites.disconnect(self.draw, missing_ok=True)
        viewer = self._viewer()
        if viewer is not None:
            viewer.layers.events.removed.disconnect(self._on_removed)

    @property
    def layer(self) -> Layer | None:
        """The Points layer, if there is one."""
        viewer = self._viewer()
        return (
            None
            if viewer is None
            else next((one for one in viewer.layers if layer_metadata(one).get("role") == ROLE), None)
        )

    def draw(self, *_: Any) -> None:
        """Put a ring with its number on every place."""
        viewer, sites, scene = self._viewer(), self._store.sites, self._store.scene
        if viewer is None:
            return
        self._busy = True
        try:
            if (old := self.layer) is not None:
                viewer.layers.remove(old)
            if not sites or scene is None:
                return
            active = viewer.layers.selection.active
            reference = scene_layer(viewer, scene)
            layer = viewer.add_points(
                np.zeros((0, 2)),
                name=NAME,
                ndim=2,
                size=max(1.0, max(scene.picture.shape[:2]) / 40),
                canvas_size_limits=(11, 15),
                symbol="square",
                face_color="transparent",
                border_color=COLOUR,
                border_width=0.15,
                metadata={KEY: {"role": ROLE}},
                **Placement.of(reference).arguments(),
            )
            layer.data = to_points(layer, [(site.y, site.x) for site in sites], reference)
            layer.features = {"number": [site.number for site in sites]}
            layer.text = {"string": "\u2002{number}", "size": 11, "anchor": "upper_left", "color": COLOUR}
            layer.selected_data = set()
            layer.editable = False  # the numbers say where to go; pins are there to be moved
            viewer.layers.selection.active = active
        finally:
            self._busy = False

    def _on_removed(self, event: Any) -> None:
        if not self._busy and layer_metadata(event.value).get("role") == ROLE:
            self._store.sites = ()
