"""A picture and a truth of larger or smaller pixels on the same place of the world, before they are compared."""

from typing import TYPE_CHECKING

import numpy as np

from napari_hydra._napari.layers.placement import Placement
from napari_hydra._napari.layers.scene_layers import Layer, layer_metadata
from napari_hydra.errors import HydraError
from napari_hydra.io.files.map_info import map_info_of

if TYPE_CHECKING:
    from napari_hydra.evaluation.overlay import Overlay


def can_line_up(picture: Layer, cube: Layer) -> bool:
    """Whether a cube's layer can be the truth of a picture's: the same pixels, or pixels of another size."""
    return not message_about(picture, cube)


def message_about(picture: Layer, cube: Layer) -> str:
    """Return why the two cannot show the same field, "" if they can."""
    try:
        _overlay(picture, cube)
    except HydraError as error:
        return str(error)
    return ""


def line_up(picture: Layer, cube: Layer) -> bool:
    """Put a cube of larger or smaller pixels onto the picture; a layer that the user placed stays where it is.

    Where the cube's map info tells the size of its pixels, the world is measured in the map's unit from then on.

    Returns
    -------
    bool
        Whether anything was moved.
    """
    try:
        overlay = _overlay(picture, cube)
    except HydraError:
        return False
    if overlay is None or not _is_untouched(cube):
        return False
    place = map_info_of(layer_metadata(cube))
    if _is_untouched(picture) and place is not None:
        steps = np.array([overlay.ys.step, overlay.xs.step])
        size = np.array([place.height, place.width])
        picture.scale = tuple(size / steps if overlay.fine_grid == "estimate" else size * steps)
    lies = Placement.of(picture)
    (lies.over(overlay) if overlay.fine_grid == "estimate" else lies.under(overlay)).put(cube)
    return True


def _overlay(picture: Layer, cube: Layer) -> "Overlay | None":
    data = picture.data[0] if getattr(picture, "multiscale", False) else picture.data
    if data.shape[:2] == tuple(cube.data.shape[1:]):
        return None
    from napari_hydra.evaluation.overlay import overlay_of

    return overlay_of(
        data.shape,
        tuple(cube.data.shape[1:]),
        truth_on=map_info_of(layer_metadata(cube)),
        what=f"The picture {picture.name}",
        which=f"the truth {cube.name}",
        remedy="crop one of them to the other's field of view, or choose no truth",
    )


def _is_untouched(layer: Layer) -> bool:
    return Placement.of(layer) == Placement()
