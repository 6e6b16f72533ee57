"""Results of the dock Analyse as layers over the scene's pixels, the last one seen."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any
from weakref import ref

import numpy as np

from napari_hydra._napari.layers.pixels import scene_layer
from napari_hydra._napari.layers.placement import Placement
from napari_hydra._napari.layers.result_layers import ANALYSIS, lay_over
from napari_hydra._napari.layers.scene_layers import AXES, KEY, Layer, layer_metadata, role
from napari_hydra._napari.layers.scene_view import scene_view_of
from napari_hydra._napari.state.store import Scene, Store

if TYPE_CHECKING:
    import napari

ROLE = ANALYSIS


class AnalyseLayers:
    """Adds results, and removes them when their scene is gone.

    Holds no layer: the user may delete, rename and restyle them.

    Parameters
    ----------
    viewer : napari.Viewer or ViewerModel
    store : Store
    """

    def __init__(self, viewer: "napari.Viewer", store: Store) -> None:
        self._viewer = ref(viewer)
        self._store = store

    def layer(self, key: str) -> Layer | None:
        """Return the layer of a result, if there is one."""
        return next((one for one in self._layers() if layer_metadata(one).get("analysis") == key), None)

    def remove(self, prefix: str = "") -> None:
        """Remove the results whose keys begin so."""
        viewer = self._viewer()
        for layer in self._layers():
            if viewer is not None and str(layer_metadata(layer).get("analysis")).startswith(prefix):
                viewer.layers.remove(layer)

    def hide(self) -> None:
        """Hide every result: who blinks or compares wants to see what lies below."""
        for layer in self._layers():
            layer.visible = False
        self._caption()

    def add_map(
        self,
        scene: Scene,
        key: str,
        data: Any,
        *,
        name: str,
        limits: tuple[float, float],
        colormap: str = "viridis",
        visible: bool = True,
    ) -> Layer | None:
        """Add a map (H, W) with a colour bar; what had the same key is replaced."""

        def add(viewer: Any, place: dict[str, Any]) -> Layer:
            layer = viewer.add_image(
                data,
                rgb=False,
                colormap=colormap,
                contrast_limits=limits,
                axis_labels=AXES[1:],
                **place,
            )
            colorbar = getattr(layer, "colorbar", None)  # napari 0.6.5
            if colorbar is not None:
                colorbar.visible = True
            return layer

        return self._add(scene, key, name, add, visible)

    def add_classes(self, scene: Scene, key: str, ranks: Any, *, name: str, colours: Sequence[str]) -> Layer | None:
        """Add a map (H, W) of whole numbers: 0 is clear, 1 has the first colour, and the last is that of all others."""
        from napari.utils.colormaps import Colormap

        clear = (0.0, 0.0, 0.0, 0.0)
        controls = np.linspace(0.0, 1.0, len(colours) + 2)
        colormap = Colormap([clear, *colours], name="nearest spectra", controls=controls, interpolation="zero")

        def add(viewer: Any, place: dict[str, Any]) -> Layer:
            limits = (-0.5, len(colours) + 0.5)
            return viewer.add_image(
                ranks, rgb=False, colormap=colormap, contrast_limits=limits, axis_labels=AXES[1:], opacity=0.8, **place
            )

        return self._add(scene, key, name, add, True)

    def _add(
        self, scene: Scene, key: str, name: str, add: Callable[[Any, dict[str, Any]], Layer], visible: bool
    ) -> Layer | None:
        viewer = self._viewer()
        if viewer is None or scene is not self._store.scene:
            return None
        earlier = self.layer(key)
        if earlier is not None:
            viewer.layers.remove(earlier)
        active = viewer.layers.selection.active
        reference = scene_view_of(viewer).estimate or scene_layer(viewer, scene)
        layer = add(viewer, Placement.of(reference).arguments())
        layer.name, layer.visible = f"{scene.name} {name}", visible
        layer.metadata = {KEY: {"role": ROLE, "analysis": key, "caption": name}}
        lay_over(viewer, layer)
        if active is not None:
            viewer.layers.selection.active = active
        self._caption()
        return layer

    def _layers(self) -> list[Layer]:
        viewer = self._viewer()
        return [] if viewer is None else [layer for layer in viewer.layers if role(layer) == ROLE]

    def _caption(self) -> None:
        viewer = self._viewer()
        if viewer is not None:
            scene_view_of(viewer).write_caption()
