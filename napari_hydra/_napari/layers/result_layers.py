"""Which of the pictures that are laid over the reconstruction is seen: the last one asked for, below what is drawn.

Composites, error maps and maps of analyses are made by parts that do not know of each other.
"""

from typing import TYPE_CHECKING, Any

from napari_hydra._napari.layers.scene_layers import Layer, role

if TYPE_CHECKING:
    import napari

COMPOSITE, ERROR_MAP, ANALYSIS = "composite", "error map", "analysis"
_ROLES = (COMPOSITE, ERROR_MAP, ANALYSIS)


def lay_over(viewer: "napari.Viewer", layer: Layer) -> None:
    """Move a new result over every image and below pins and regions; hide the others if it is seen."""
    drawn = [i for i, other in enumerate(viewer.layers) if type(other).__name__ != "Image"]
    if drawn and drawn[0] < viewer.layers.index(layer):
        viewer.layers.move(viewer.layers.index(layer), drawn[0])
    if layer.visible:
        hide_results(viewer, but=layer)


def hide_results(viewer: "napari.Viewer", *, roles: tuple[str, ...] = _ROLES, but: Any = None) -> None:
    """Hide every result of some roles but one."""
    for layer in viewer.layers:
        if role(layer) in roles and layer is not but:
            layer.visible = False
