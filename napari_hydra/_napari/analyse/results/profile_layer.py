"""The line of a profile on the canvas: a Shapes layer that is there while its page is seen."""

import numpy as np

from napari_hydra._napari.analyse.results.line_profile import ProfileKey
from napari_hydra._napari.layers.pixels import scene_layer
from napari_hydra._napari.layers.placement import Placement
from napari_hydra._napari.layers.scene_layers import KEY, layers_of
from napari_hydra._napari.state.viewer_part import ViewerPart

ROLE = "line profile"
COLOUR = "#f0e442"  # the yellow of Okabe and Ito, which no pin has
_WIDTH = 1 / 200  # of the scene's larger side


class ProfileLayer(ViewerPart):
    """Draws the line between two pins; who deletes it sees it again when it has other ends."""

    _drawn: ProfileKey | None = None

    def show(self, key: ProfileKey | None) -> None:
        """Draw the line of a key, or none."""
        viewer, drawn = self._viewer(), self._drawn
        if viewer is None:
            return
        if key is not None and drawn is not None and (key.scene, key.start, key.end) == _place(drawn):
            return
        self._drawn = key
        active = viewer.layers.selection.active
        for layer in layers_of(viewer, ROLE):
            viewer.layers.remove(layer)
        if key is not None:
            line = viewer.add_shapes(
                [np.array([key.start, key.end], dtype=float)],
                shape_type="line",
                name="Line profile",
                edge_color=COLOUR,
                edge_width=max(0.5, _WIDTH * max(key.scene.estimate.shape[1:])),
                metadata={KEY: {"role": ROLE}},
                **Placement.of(scene_layer(viewer, key.scene)).arguments(),
            )
            line.editable = False  # its pins are there to be moved
        if active is not None and active in viewer.layers:
            viewer.layers.selection.active = active


def _place(key: ProfileKey) -> tuple[object, tuple[int, int], tuple[int, int]]:
    return key.scene, key.start, key.end
