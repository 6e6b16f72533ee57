"""The error maps of a scene: made in the background, one seen at a time."""

from typing import TYPE_CHECKING, Any

from psygnal import Signal

from napari_hydra._napari.compare.error_map_layers import add_error_map
from napari_hydra._napari.layers.result_layers import ERROR_MAP, hide_results
from napari_hydra._napari.layers.scene_layers import Layer, layer_metadata, layers_of, role
from napari_hydra._napari.layers.scene_view import scene_view_of
from napari_hydra._napari.state.store import Scene, Store
from napari_hydra._napari.state.viewer_part import ViewerPart
from napari_hydra._napari.widgets.background import Background, Task
from napari_hydra._napari.widgets.notices import notify_failure
from napari_hydra.evaluation.comparison import map_steps
from napari_hydra.evaluation.maps import ERROR_MAPS, ErrorMap
from napari_hydra.progress import drained
from napari_hydra.workbench.scene.compare_pair import Pair, pair_of

if TYPE_CHECKING:
    import napari


class ErrorMaps(ViewerPart):
    """The error maps of a viewer's scene.

    Holds no layer: the user may delete, rename and restyle them. A new scene takes over the map that is seen and
    drops the others.

    Parameters
    ----------
    viewer : napari.Viewer or ViewerModel
    store : Store
    background : Background
    """

    changed = Signal()  # another map, or none, is seen or being made

    def __init__(self, viewer: "napari.Viewer", store: Store, background: Background) -> None:
        super().__init__(viewer, store)
        self._background = background
        self._wanted = ""
        self._making: set[str] = set()
        self._links.add(viewer.layers.events, ("inserted", "removed"), self._on_layers)
        self._links.add(scene_view_of(viewer), ("arranged",), self._on_arranged)

    def connect(self) -> None:
        """Follow the viewer's layers."""
        self._links.connect()
        for layer in self._layers():
            self._watch(layer)
        self.changed.emit()

    def disconnect(self) -> None:
        """Stop following; the layers stay as they are."""
        super().disconnect()
        for layer in self._layers():
            layer.events.visible.disconnect(self._on_visible)

    def layer(self, key: str) -> Layer | None:
        """Return the layer of a kind of map, if there is one."""
        return next((one for one in self._layers() if _key_of(one) == key), None)

    @property
    def seen(self) -> str:
        """The kind of map that is seen or being made, "" for none."""
        if self._wanted:
            return self._wanted
        return next((_key_of(layer) for layer in self._layers() if layer.visible), "")

    def show(self, key: str) -> None:
        """Show a map, making it where there is none, and hide the others."""
        scene = self._store.scene
        pair = None if scene is None else pair_of(scene)
        if scene is None or pair is None:
            return
        self._wanted = ""
        self._set_visible(key)
        if self.layer(key) is None:
            self._make(scene, pair, ERROR_MAPS[key])
        self.changed.emit()

    def hide(self) -> None:
        """Hide the map that is seen; a map that is being made will not be shown."""
        self._wanted = ""
        self._set_visible("")
        self.changed.emit()

    def stop(self) -> None:
        """Forget the maps that are being made: the background was cancelled."""
        self._wanted = ""
        self._making.clear()
        self.changed.emit()

    def take_scene(self) -> None:
        """Drop the maps of an earlier scene, after the background was cancelled, and make the one seen anew."""
        viewer, seen = self._viewer(), self.seen
        if viewer is None:
            return
        self.stop()
        for layer in self._layers():
            viewer.layers.remove(layer)
        if seen:
            self.show(seen)

    # -- making ----------------------------------------------------------------------------------------------

    def _make(self, scene: Scene, pair: Pair, kind: ErrorMap) -> None:
        viewer = self._viewer()
        if viewer is None:
            return
        if kind.by_band:
            add_error_map(viewer, scene, pair, kind)
            return
        self._wanted = kind.key
        if kind.key in self._making:
            return
        self._making.add(kind.key)

        def done(values: Any) -> None:
            self._making.discard(kind.key)
            seen = self._wanted == kind.key
            if seen:
                self._wanted = ""
            add_error_map(viewer, scene, pair, kind, values, visible=seen)
            self.changed.emit()

        def failed(error: Exception) -> None:
            self.stop()
            notify_failure(error)

        self._background.submit(
            Task(
                label=f"Making the {kind.title} map",
                compute=drained(lambda: map_steps(pair.estimate, pair.truth, kind.key, gain=pair.gain)),
                done=done,
                failed=failed,
            )
        )

    # -- following -------------------------------------------------------------------------------------------

    def _set_visible(self, key: str) -> None:
        viewer = self._viewer()
        with self._working():
            for layer in self._layers():
                layer.visible = _key_of(layer) == key
            if viewer is not None and key:
                hide_results(viewer, but=self.layer(key))
        self._caption()

    def _layers(self) -> list[Layer]:
        return layers_of(self._viewer(), ERROR_MAP)

    def _caption(self) -> None:
        viewer = self._viewer()
        if viewer is not None:
            scene_view_of(viewer).write_caption()

    def _watch(self, layer: Layer) -> None:
        layer.events.visible.connect(self._on_visible)

    def _on_layers(self, event: Any) -> None:
        if role(event.value) == ERROR_MAP:
            if event.type == "inserted":
                self._watch(event.value)
            else:
                event.value.events.visible.disconnect(self._on_visible)
            self.changed.emit()

    def _on_visible(self, event: Any = None) -> None:
        if not self._busy:
            self._caption()
            self.changed.emit()

    def _on_arranged(self, arrangement: str) -> None:
        """A map lies over the reconstruction: who asks for the truth in its place wants to see that."""
        if arrangement != "side by side":
            self.hide()


def _key_of(layer: Layer) -> str:
    return str(layer_metadata(layer).get("map", ""))
