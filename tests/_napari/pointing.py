"""A mouse for `ViewerModel`: the events that napari makes of a press, moves and a release."""

from types import SimpleNamespace

from napari.utils._proxies import ReadOnlyWrapper
from napari.utils.interactions import mouse_move_callbacks, mouse_press_callbacks, mouse_release_callbacks

from napari_hydra._napari.widgets._compat import canvas_grid


def tile_of(viewer, index):
    """Return row and column of a layer's tile in the grid."""
    layers = viewer.layers if hasattr(viewer, "canvas") else len(viewer.layers)  # napari before 0.9 wants their number
    return canvas_grid(viewer).position(index, layers)


def _event(kind, position, **keywords):
    defaults = {
        "type": kind,
        "position": position,
        "pos": (100.0, 100.0),
        "button": 1,
        "modifiers": [],
        "is_dragging": False,
        "handled": False,
    }
    # napari hands on the event in a wrapper, and puts the next event into the wrapper that a callback holds
    return ReadOnlyWrapper(SimpleNamespace(**{**defaults, **keywords}), exceptions=("handled",))


def click(viewer, position, *, drift=(0.0, 0.0), **keywords):
    """Press at a world position and release, the cursor having drifted some canvas pixels."""
    end = (100.0 + drift[0], 100.0 + drift[1])
    mouse_press_callbacks(viewer, _event("mouse_press", position, **keywords))
    if any(drift):
        mouse_move_callbacks(viewer, _event("mouse_move", position, pos=end, is_dragging=True, **keywords))
    mouse_release_callbacks(viewer, _event("mouse_release", position, pos=end, **keywords))


def move(viewer, position, *, modifiers=()):
    """Move the cursor to a world position with no button down."""
    mouse_move_callbacks(viewer, _event("mouse_move", position, button=None, modifiers=list(modifiers)))
