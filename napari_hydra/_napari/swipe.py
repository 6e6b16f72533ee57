"""The truth to the right of a line, the reconstruction to its left, in one view."""

from typing import TYPE_CHECKING, Any
from weakref import ref

import numpy as np

from napari_hydra._napari.pixels import Layer
from napari_hydra._napari.scene_layers import AXES, KEY, role
from napari_hydra._napari.scene_view import scene_view_of
from napari_hydra._napari.store import Store
from napari_hydra.workbench.compare_pair import pair_of

if TYPE_CHECKING:
    import napari

ROLE, LINE = "swipe", "swipe line"


class Swipe:
    """Two layers over the reconstruction: the right part of the truth, and the line where it begins.

    Parameters
    ----------
    viewer : napari.Viewer or ViewerModel
    store : Store
    """

    def __init__(self, viewer: "napari.Viewer", store: Store) -> None:
        self._viewer = ref(viewer)
        self._store = store
        self._column = -1

    @property
    def is_on(self) -> bool:
        """Whether it is seen."""
        return self._layer(ROLE) is not None

    def show(self, fraction: float) -> None:
        """Put the line at a fraction of the width, 0 (truth alone) to 1 (reconstruction alone)."""
        viewer, scene = self._viewer(), self._store.scene
        pair = None if scene is None else pair_of(scene)
        view = None if viewer is None else scene_view_of(viewer)
        if viewer is None or scene is None or pair is None or view is None or view.estimate is None:
            return
        column = round(fraction * pair.stack.shape[2])
        layer, line = self._layer(ROLE), self._layer(LINE)
        if layer is not None and line is not None and column == self._column:
            return
        self._column = column
        data = pair.stack[:, :, min(column, pair.stack.shape[2] - 1) :]
        if layer is None or line is None:
            self.hide()
            view.arrange("estimate")
            layer = self._add_truth(viewer, data)
            line = self._add_line(viewer)
        else:
            layer.data = data
        estimate = view.estimate
        _, height, width = pair.stack.shape
        sy, sx = estimate.scale[-2:]
        ty, tx = estimate.translate[-2:]
        first = float(np.abs(scene.estimate.wavelengths - pair.wavelengths[0]).argmin())
        layer.scale = (1.0, sy, sx)
        layer.translate = (first, ty, tx + sx * min(column, width - 1))
        layer.visible = column < width
        line.data = np.array([[[ty - 0.5 * sy, tx + sx * (column - 0.5)], [height * sy, 0.0]]])

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
                    viewer.layers.unlink_layers([estimate, layer])
                viewer.layers.remove(layer)

    def _layer(self, wanted: str) -> Layer | None:
        viewer = self._viewer()
        return next((one for one in (() if viewer is None else viewer.layers) if role(one) == wanted), None)

    def _add_truth(self, viewer: "napari.Viewer", data: Any) -> Layer:
        scene, view = self._store.scene, scene_view_of(viewer)
        assert scene is not None
        pair = pair_of(scene)
        assert pair is not None
        assert view.estimate is not None
        looks: Layer = view.estimate if scene.matched or view.truth is None else view.truth
        active = viewer.layers.selection.active
        layer = viewer.add_image(
            data,
            name=f"{scene.name} truth, right of the line",
            rgb=False,
            axis_labels=AXES,
            contrast_limits=looks.contrast_limits,
            gamma=looks.gamma,
            colormap=looks.colormap,
            metadata={
                KEY: {
                    "role": ROLE,
                    "wavelengths_nm": tuple(pair.wavelengths.tolist()),
                    "caption": "reconstruction left, truth right",
                }
            },
        )
        viewer.layers.move(viewer.layers.index(layer), viewer.layers.index(view.estimate) + 1)
        if scene.matched:
            viewer.layers.link_layers([view.estimate, layer], ("contrast_limits", "gamma", "colormap"))
        viewer.layers.selection.active = active
        return layer

    def _add_line(self, viewer: "napari.Viewer") -> Layer:
        active = viewer.layers.selection.active
        estimate = scene_view_of(viewer).estimate
        layer = viewer.add_vectors(
            np.zeros((1, 2, 2)),
            name="Swipe line",
            vector_style="line",
            edge_width=0.004 * float(np.max(np.multiply(estimate.data.shape[1:], estimate.scale[1:]))),  # type: ignore[union-attr]
            edge_color="#ffffff",
            opacity=0.8,
            metadata={KEY: {"role": LINE}},
        )
        viewer.layers.selection.active = active
        return layer
