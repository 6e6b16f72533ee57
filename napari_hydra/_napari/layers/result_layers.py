"""Which of the pictures that are laid over the reconstruction is seen, and what the canvas says of what is seen.

Composites, error maps and maps of analyses are made by parts that do not know of each other: the last one asked for is
seen, below what is drawn.
"""

from typing import TYPE_CHECKING, Any

import numpy as np

from napari_hydra._napari.layers.scene_layers import Layer, layer_metadata, role
from napari_hydra._napari.widgets._compat import canvas_text

if TYPE_CHECKING:
    import napari

COMPOSITE, ERROR_MAP, ANALYSIS = "composite", "error map", "analysis"
_ROLES = (COMPOSITE, ERROR_MAP, ANALYSIS)
_MARK = "\u200b"  # invisible: tells our caption from a text that somebody else put on the canvas


def add_result(viewer: "napari.Viewer", data: Any, *, has_bar: bool = True, **arguments: Any) -> Layer:
    """Add a map over the reconstruction, with a colour bar where napari has them; what is selected stays so."""
    active = viewer.layers.selection.active
    layer = viewer.add_image(data, rgb=False, **arguments)
    lay_over(viewer, layer)
    if active is not None:
        viewer.layers.selection.active = active
    colorbar = getattr(layer, "colorbar", None)  # napari 0.6.5
    if colorbar is not None and has_bar:
        colorbar.visible = True
    return layer


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


def caption(viewer: "napari.Viewer", step: int, pair: tuple[Layer | None, Layer | None] | None = None) -> str:
    """Return the band that is seen and of what, "" where there is nothing to say.

    Parameters
    ----------
    viewer : napari.Viewer or ViewerModel
    step : int
        Of the slider of bands.
    pair : (Layer or None, Layer or None) or None
        Reconstruction and truth where they stand side by side.
    """
    shown = [
        layer
        for layer in viewer.layers
        if layer.visible and layer.ndim == 3 and layer_metadata(layer).get("wavelengths_nm")
    ]
    if not shown or viewer.dims.ndisplay == 3:
        return ""
    flat = [
        layer for layer in viewer.layers if layer.visible and layer.ndim == 2 and layer_metadata(layer).get("caption")
    ]
    if flat:
        return str(layer_metadata(flat[-1])["caption"])
    top: Layer = pair[0] if pair is not None and pair[0] in shown else shown[-1]
    wavelengths = layer_metadata(top)["wavelengths_nm"]
    index = step - round(float(top.translate[0]))
    if not 0 <= index < len(wavelengths) or not np.isfinite(wavelengths[index]):
        return "no band here"
    what = {"estimate": "reconstruction", "truth": "truth"}.get(role(top), str(layer_metadata(top).get("caption", "")))
    if pair is not None and all(one in shown for one in pair):
        what = "reconstruction left, truth right"
    parts = [f"{round(wavelengths[index], 1):g} nm", f"band {index + 1} of {len(wavelengths)}"]
    return "   ".join([*parts, what] if what else parts)


def write_on_canvas(viewer: "napari.Viewer", words: str) -> None:
    """Write onto the canvas; without words, take away what we wrote."""
    overlay = canvas_text(viewer)
    if words or overlay.text.startswith(_MARK):
        overlay.text = _MARK + words if words else ""
        overlay.visible = bool(words)
