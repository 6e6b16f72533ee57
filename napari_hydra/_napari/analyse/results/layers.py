"""Results of the dock Analyse as layers over the scene's pixels, the last one seen."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from napari_hydra._napari.layers.pixels import scene_layer
from napari_hydra._napari.layers.placement import Placement
from napari_hydra._napari.layers.result_layers import ANALYSIS, add_result
from napari_hydra._napari.layers.scene_layers import AXES, KEY, Layer, layer_metadata, layers_of
from napari_hydra._napari.layers.scene_view import scene_view_of
from napari_hydra._napari.state.store import Scene
from napari_hydra._napari.state.viewer_part import ViewerPart

ROLE = ANALYSIS


class AnalyseLayers(ViewerPart):
    """Adds results, and removes them when their scene is gone.

    Holds no layer: the user may delete, rename and restyle them.

    Parameters
    ----------
    viewer : napari.Viewer or ViewerModel
    store : Store
    """

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

        return self._add(scene, key, data, name=name, colormap=colormap, contrast_limits=limits, visible=visible)

    def add_classes(self, scene: Scene, key: str, ranks: Any, *, name: str, colours: Sequence[str]) -> Layer | None:
        """Add a map (H, W) of whole numbers: 0 is clear, 1 has the first colour, and the last is that of all others."""
        from napari.utils.colormaps import Colormap

        clear = (0.0, 0.0, 0.0, 0.0)
        controls = np.linspace(0.0, 1.0, len(colours) + 2)
        colormap = Colormap([clear, *colours], name="nearest spectra", controls=controls, interpolation="zero")
        limits = (-0.5, len(colours) + 0.5)
        looks = {"colormap": colormap, "contrast_limits": limits, "opacity": 0.8, "has_bar": False}
        return self._add(scene, key, ranks, name=name, **looks)

    def _add(self, scene: Scene, key: str, data: Any, *, name: str, **looks: Any) -> Layer | None:
        viewer = self._viewer()
        if viewer is None or scene is not self._store.scene:
            return None
        earlier = self.layer(key)
        if earlier is not None:
            viewer.layers.remove(earlier)
        layer = add_result(
            viewer,
            data,
            name=f"{scene.name} {name}",
            axis_labels=AXES[1:],
            metadata={KEY: {"role": ROLE, "analysis": key, "caption": name}},
            **Placement.of(scene_view_of(viewer).estimate or scene_layer(viewer, scene)).arguments(),
            **looks,
        )
        self._caption()
        return layer

    def _layers(self) -> list[Layer]:
        return layers_of(self._viewer(), ROLE)

    def _caption(self) -> None:
        viewer = self._viewer()
        if viewer is not None:
            scene_view_of(viewer).write_caption()
