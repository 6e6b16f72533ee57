"""Looking with the mouse: a click pins a pixel, Shift-hover shows it, drawn and painted regions are averaged."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary, ref

import numpy as np

from napari_hydra._napari.layers.pins_layer import PinsLayer
from napari_hydra._napari.layers.pixels import pixel_at
from napari_hydra._napari.layers.regions_layers import RegionsLayers
from napari_hydra._napari.state.edits import pin_pixel
from napari_hydra._napari.state.store import Store
from napari_hydra._napari.state.viewer_part import ViewerPart
from napari_hydra._napari.widgets._compat import plain

if TYPE_CHECKING:
    import napari

_CLICK_PIXELS = 4.0  # a hand trembles: less than this on the canvas is a click, not a drag
_CLICK_MODIFIERS = {"Shift"}  # Shift-hover, then click to keep what one sees


class Picking(ViewerPart):
    """The mouse and the layers of one viewer, connected to its store; use `connect_picking`.

    Parameters
    ----------
    viewer : napari.Viewer
    store : Store
    """

    def __init__(self, viewer: "napari.Viewer", store: Store) -> None:
        super().__init__(viewer, store)
        self.users = 0
        self.pins = PinsLayer(viewer, store)
        self.regions = RegionsLayers(viewer, store)
        viewer.mouse_drag_callbacks.append(self._on_press)
        viewer.mouse_move_callbacks.append(self._on_move)

    def disconnect(self) -> None:
        """Let go of the mouse and the layers."""
        viewer = self._viewer()
        if viewer is not None:
            viewer.mouse_drag_callbacks.remove(self._on_press)
            viewer.mouse_move_callbacks.remove(self._on_move)
        self.pins.disconnect()
        self.regions.disconnect()
        self._store.hover = None

    def _on_press(self, viewer: "napari.Viewer", event: Any) -> Iterator[None]:
        if not _is_plain_click(viewer, event):
            return
        start = np.asarray(event.pos, dtype=float)
        moved = False
        yield
        while event.type == "mouse_move":
            moved = moved or float(np.linalg.norm(np.asarray(event.pos) - start)) > _CLICK_PIXELS
            yield
        scene = self._store.scene
        pixel = None if moved or scene is None else pixel_at(viewer, scene, event.position)
        if pixel is not None:
            pin_pixel(self._store, *pixel)

    def _on_move(self, viewer: "napari.Viewer", event: Any) -> None:
        scene = self._store.scene
        looking = "Shift" in event.modifiers and scene is not None and viewer.dims.ndisplay == 2
        self._store.hover = pixel_at(viewer, scene, event.position) if looking and scene is not None else None


def connect_picking(viewer: "napari.Viewer", store: Store) -> Callable[[], None]:
    """Let the mouse pin and show pixels of the store's scene.

    May be called by several widgets: the viewer is connected once, until the last of them disconnects.

    Returns
    -------
    callable
        Disconnects; calling it again does nothing.
    """
    viewer = plain(viewer)
    picking = picking_of(viewer) or _CONNECTED.setdefault(viewer, Picking(viewer, store))
    picking.users += 1
    state = {"connected": True}
    viewer_ref = ref(viewer)

    def disconnect() -> None:
        if not state["connected"]:
            return
        state["connected"] = False
        picking.users -= 1
        if picking.users == 0:
            picking.disconnect()
            alive = viewer_ref()
            if alive is not None:
                _CONNECTED.pop(alive, None)

    return disconnect


def picking_of(viewer: "napari.Viewer") -> Picking | None:
    """Return what is connected to a viewer, if anything."""
    return _CONNECTED.get(plain(viewer))


def regions_layers_of(viewer: "napari.Viewer | None") -> RegionsLayers | None:
    """Return what draws regions in a viewer that is connected."""
    picking = None if viewer is None else picking_of(viewer)
    return None if picking is None else picking.regions


_CONNECTED: "WeakKeyDictionary[napari.Viewer, Picking]" = WeakKeyDictionary()


def _is_plain_click(viewer: "napari.Viewer", event: Any) -> bool:
    """Whether a press may become a pin: not while another tool (brush, polygon, select) has the mouse."""
    if event.button != 1 or viewer.dims.ndisplay != 2:
        return False
    if any(str(getattr(m, "name", m)) not in _CLICK_MODIFIERS for m in event.modifiers):
        return False
    active = viewer.layers.selection.active
    return active is None or str(getattr(active, "mode", "pan_zoom")) == "pan_zoom"
