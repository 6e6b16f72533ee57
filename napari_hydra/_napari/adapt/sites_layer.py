"""The Points layer "Where to measure": numbered places, drawn from the store."""

from typing import TYPE_CHECKING, Any

from napari_hydra._napari.layers.pixels import add_marks, scene_layer, to_points
from napari_hydra._napari.layers.scene_layers import Layer, layers_of, role
from napari_hydra._napari.state.store import Store
from napari_hydra._napari.state.viewer_part import ViewerPart

if TYPE_CHECKING:
    import napari

ROLE = "places"
NAME = "Where to measure"
COLOUR = "#f0e442"  # the yellow of Okabe and Ito, which no pin has


class SitesLayer(ViewerPart):
    """Draws ``store.sites``; whoever removes the layer removes the sites.

    Parameters
    ----------
    viewer : napari.Viewer
    store : Store
    """

    def __init__(self, viewer: "napari.Viewer", store: Store) -> None:
        super().__init__(viewer, store)
        self._links.add(store.events, ("sites",), self.draw)
        self._links.add(viewer.layers.events, ("removed",), self._on_removed)

    def connect(self) -> None:
        """Follow the store and the viewer, and draw what there is."""
        self._links.connect()
        self.draw()

    @property
    def layer(self) -> Layer | None:
        """The Points layer, if there is one."""
        return next(iter(layers_of(self._viewer(), ROLE)), None)

    def draw(self, *_: Any) -> None:
        """Put a ring with its number on every place."""
        viewer, sites, scene = self._viewer(), self._store.sites, self._store.scene
        if viewer is None:
            return
        with self._working():
            if (old := self.layer) is not None:
                viewer.layers.remove(old)
            if not sites or scene is None:
                return
            layer = add_marks(
                viewer,
                scene,
                ROLE,
                share=1 / 40,
                name=NAME,
                canvas_size_limits=(11, 15),
                symbol="square",
                face_color="transparent",
                border_color=COLOUR,
                border_width=0.15,
            )
            layer.data = to_points(layer, [(site.y, site.x) for site in sites], scene_layer(viewer, scene))
            layer.features = {"number": [site.number for site in sites]}
            layer.text = {"string": "\u2002{number}", "size": 11, "anchor": "upper_left", "color": COLOUR}
            layer.selected_data = set()
            layer.editable = False  # the numbers say where to go; pins are there to be moved

    def _on_removed(self, event: Any) -> None:
        if not self._busy and role(event.value) == ROLE:
            self._store.sites = ()
