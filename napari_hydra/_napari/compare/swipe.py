"""The truth to the right of a line, the reconstruction to its left, in one view."""

from typing import TYPE_CHECKING, Any

import numpy as np

from napari_hydra._napari.layers.placement import Placement
from napari_hydra._napari.layers.scene_layers import AXES, KEY, Layer, layer_metadata, layers_of
from napari_hydra._napari.layers.scene_view import scene_view_of
from napari_hydra._napari.state.store import Store
from napari_hydra._napari.state.viewer_part import ViewerPart

if TYPE_CHECKING:
    import napari

ROLE, LINE = "swipe", "swipe line"


class Swipe(ViewerPart):
    """Two layers over the reconstruction: the right part of the truth, and the line where it begins.

    Parameters
    ----------
    viewer : napari.Viewer or ViewerModel
    store : Store
    """

    def __init__(self, viewer: "napari.Viewer", store: Store) -> None:
        super().__init__(viewer, store)
        self._column = -1

    @property
    def is_on(self) -> bool:
        """Whether it is seen."""
        return self._layer(ROLE) is not None

    def show(self, fraction: float) -> None:
        """Put the line at a fraction of the width, 0 (truth alone) to 1 (reconstruction alone)."""
        viewer, scene = self._viewer(), self._store.scene
        view = None if viewer is None else scene_view_of(viewer)
        if viewer is None or scene is None or view is None or view.estimate is None or view.truth is None:
            return
        stack = view.truth.data
        column = round(fraction * stack.shape[2])
        layer, line = self._layer(ROLE), self._layer(LINE)
        if layer is not None and line is not None and column == self._column:
            return
        self._column = column
        data = stack[:, :, min(column, stack.shape[2] - 1) :]
        if layer is None or line is None:
            self.hide()
            view.arrange("estimate")
            layer = self._add_truth(viewer, view.estimate, view.truth, data)
            line = self._add_line(viewer, max(stack.shape[1:]))
        else:
            layer.data = data
        _, height, width = stack.shape
        place = Placement.of(view.truth)
        place.resized((0, min(column, width - 1)), (1, 1)).put(layer)
        layer.visible = column < width
        place.put(line)
        line.data = np.array([[[-0.5, column - 0.5], [height, 0.0]]])

    def hide(self) -> None:
        """Take the layers away."""
        viewer = self._viewer()
        if viewer is None:
            return
        estimate = scene_view_of(viewer).estimate
        for one in (ROLE, LINE):
            layer = self._layer(one)
            if layer is not None:
                if one == ROLE and estimate is not None:
                    viewer.layers.unlink_layers([layer])
                viewer.layers.remove(layer)

    def _layer(self, wanted: str) -> Layer | None:
        return next(iter(layers_of(self._viewer(), wanted)), None)

    def _add_truth(self, viewer: "napari.Viewer", estimate: Layer, truth: Layer, data: Any) -> Layer:
        scene = self._store.scene
        assert scene is not None
        looks = estimate if scene.matched else truth
        active = viewer.layers.selection.active
        layer = viewer.add_image(
            data,
            name=f"{scene.name} truth, right of the line",
            rgb=False,
            axis_labels=AXES,
            translate=(truth.translate[0], 0.0, 0.0),
            contrast_limits=looks.contrast_limits,
            gamma=looks.gamma,
            colormap=looks.colormap,
            metadata={
                KEY: {
                    "role": ROLE,
                    "wavelengths_nm": layer_metadata(truth)["wavelengths_nm"],
                    "caption": "reconstruction left, truth right",
                }
            },
        )
        viewer.layers.move(viewer.layers.index(layer), viewer.layers.index(estimate) + 1)
        if scene.matched:
            viewer.layers.link_layers([estimate, layer], ("contrast_limits", "gamma", "colormap"))
        viewer.layers.selection.active = active
        return layer

    def _add_line(self, viewer: "napari.Viewer", size: int) -> Layer:
        active = viewer.layers.selection.active
        layer = viewer.add_vectors(
            np.zeros((1, 2, 2)),
            name="Swipe line",
            vector_style="line",
            edge_width=0.004 * size,
            edge_color="#ffffff",
            opacity=0.8,
            metadata={KEY: {"role": LINE}},
        )
        viewer.layers.selection.active = active
        return layer
