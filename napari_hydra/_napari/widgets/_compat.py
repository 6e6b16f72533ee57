"""What napari has moved: the new place where it exists, the old one before."""

from typing import Any


def canvas_text(viewer: Any) -> Any:
    """Return the text overlay that stands still on the canvas (napari 0.9 moved it from the viewer)."""
    canvas = getattr(viewer, "canvas", None)
    return viewer.text_overlay if canvas is None else canvas.overlays.text


def canvas_grid(viewer: Any) -> Any:
    """Return the grid settings (napari 0.9 moved them from the viewer)."""
    canvas = getattr(viewer, "canvas", None)
    return viewer.grid if canvas is None else canvas.grid


def plain(viewer: Any) -> Any:
    """Return the viewer itself; napari hands widgets a proxy that cannot be a key of weak dictionaries."""
    return getattr(viewer, "__wrapped__", viewer)
