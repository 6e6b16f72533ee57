"""The pins of the store as a Points layer, and the user's edits of that layer as pins of the store."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from weakref import ref

import numpy as np
from numpy.typing import NDArray

from napari_hydra._napari.layers.pixels import add_marks, scene_layer, to_pixels, to_points
from napari_hydra._napari.layers.region_shapes import hex_colour
from napari_hydra._napari.layers.scene_layers import Layer, layers_of
from napari_hydra._napari.state.store import Pin, Store
from napari_hydra._napari.state.viewer_part import ViewerPart
from napari_hydra.workbench.plot.palette import next_colour, next_name

if TYPE_CHECKING:
    import napari

ROLE = "pins"
# A drag is told by `features` alone, a new colour of the selected points by `current_face_color` alone.
_EVENTS = ("data", "features", "face_color", "current_face_color")


class PinsLayer(ViewerPart):
    """Keeps the Points layer "Pins" and ``store.pins`` alike; neither side echoes the other.

    Parameters
    ----------
    viewer : napari.Viewer
    store : Store
    """

    def __init__(self, viewer: "napari.Viewer", store: Store) -> None:
        super().__init__(viewer, store)
        self._layer: ref[Layer] | None = None
        self._links.add(viewer.layers.events, ("inserted",), self._on_inserted)
        self._links.add(viewer.layers.events, ("removed",), self._on_removed)
        self._links.add(store.events, ("pins",), self._show_pins)
        self._links.add(store.events, ("scene",), self._on_scene)
        self._links.connect()
        for layer in layers_of(viewer, ROLE):
            self._adopt(layer)
        self._show_pins()

    def disconnect(self) -> None:
        """Stop following; the layer stays as it is."""
        super().disconnect()
        self._release()

    @property
    def layer(self) -> Layer | None:
        """The Points layer, if there is one."""
        return None if self._layer is None else self._layer()

    # -- store to layer -----------------------------------------------------------------------------------

    def _show_pins(self) -> None:
        viewer, pins = self._viewer(), self._store.pins
        if self._busy or viewer is None or (self.layer is None and not pins):
            return
        with self._working():
            layer = self.layer or self._add_layer(viewer)
            reference = scene_layer(viewer, self._store.scene)
            layer.selected_data = set()
            layer.data = to_points(layer, [(pin.y, pin.x) for pin in pins], reference)
            if not layer.visible:  # napari does not slice a hidden layer, and its text would name points that are gone
                layer.set_view_slice()
            _label(layer, [pin.name for pin in pins], [pin.colour for pin in pins])
            if pins:
                layer.shown = [pin.visible for pin in pins]

    def _add_layer(self, viewer: "napari.Viewer") -> Layer:
        layer = add_marks(
            viewer,
            self._store.scene,
            ROLE,
            share=1 / 50,
            name="Pins",
            canvas_size_limits=(9, 13),
            symbol="disc",
            features={"name": np.array([], dtype=object)},
            text={"string": "\u2002{name}", "size": 11, "anchor": "upper_left"},
        )
        self._adopt(layer)
        return layer

    # -- layer to store -----------------------------------------------------------------------------------

    def _read_layer(self) -> None:
        viewer, layer, scene = self._viewer(), self.layer, self._store.scene
        if self._busy or viewer is None or layer is None or scene is None:
            return
        with self._working():
            points = np.asarray(layer.data, dtype=float).reshape(-1, layer.ndim)
            pixels = to_pixels(layer, points, scene_layer(viewer, scene))
            pins = _pins_of(layer, pixels, self._store.pins, scene.size)
            names, colours = [pin.name for pin in pins], [pin.colour for pin in pins]
            if names != _names(layer) or not colours == _colours(layer.face_color) == _colours(layer.border_color):
                _label(layer, names, colours)
            self._store.pins = pins

    # -- following ----------------------------------------------------------------------------------------

    def _adopt(self, layer: Layer) -> None:
        self._release()
        self._layer = ref(layer)
        for name in _EVENTS:
            layer.events.emitters[name].connect(self._on_edited)

    def _release(self) -> None:
        layer, self._layer = self.layer, None
        if layer is not None:
            for name in _EVENTS:
                layer.events.emitters[name].disconnect(self._on_edited)

    def _on_edited(self, event: Any = None) -> None:
        layer = self.layer
        # Between the stages of an edit the table of names and the points may differ in length.
        if layer is not None and len(layer.features) == len(layer.data) == len(layer.face_color):
            self._read_layer()

    def _on_scene(self) -> None:
        scene = self._store.scene
        if scene is not None:
            height, width = scene.size
            self._store.pins = tuple(pin for pin in self._store.pins if pin.y < height and pin.x < width)
            self._show_pins()

    def _on_inserted(self, event: Any) -> None:
        """Keep the pins above images that come later."""
        viewer, layer = self._viewer(), self.layer
        if viewer is None or layer is None or layer not in viewer.layers or type(event.value).__name__ != "Image":
            return
        if viewer.layers.index(layer) < viewer.layers.index(event.value):
            viewer.layers.move(viewer.layers.index(layer), len(viewer.layers))

    def _on_removed(self, event: Any) -> None:
        if self.layer is not None and event.value is self.layer:
            self._release()
            self._store.pins = ()


def _pins_of(
    layer: Layer, pixels: NDArray[np.float64], before: Sequence[Pin], shape: tuple[int, ...]
) -> tuple[Pin, ...]:
    """Return the layer's points as pins; a point with no name of its own is new and gets the next."""
    pins: list[Pin] = []
    hidden = {pin.name for pin in before if not pin.visible}
    for name, colour, (y, x) in zip(_names(layer), _colours(layer.face_color), pixels, strict=True):
        if not name or any(pin.name == name for pin in pins):
            name = next_name("P", [*_names(layer), *(p.name for p in (*pins, *before))])
            colour = next_colour(pin.colour for pin in pins)
        y, x = (int(np.clip(np.round(v), 0, n - 1)) for v, n in zip((y, x), shape, strict=True))
        pins.append(Pin(name, y, x, colour, visible=name not in hidden))
    return tuple(pins)


def _label(layer: Layer, names: Sequence[str], colours: Sequence[str]) -> None:
    layer.features = {"name": np.array(names, dtype=object)}
    if colours:
        layer.face_color = list(colours)
        layer.border_color = list(colours)  # napari draws it as wide as it likes where it limits the size
        layer.text.color = list(colours)
    layer.feature_defaults = {"name": ""}
    layer.refresh_text()


def _names(layer: Layer) -> list[str]:
    return [name if isinstance(name, str) else "" for name in layer.features.get("name", ())]


def _colours(rgba: NDArray[np.floating]) -> list[str]:
    return [hex_colour(colour) for colour in np.reshape(rgba, (-1, 4))]
