"""Error maps as layers: made in the background, placed over the reconstruction, one seen at a time."""

from typing import TYPE_CHECKING, Any
from weakref import ref

import numpy as np
from napari.utils.colormaps import Colormap
from psygnal import Signal

from napari_hydra._napari.compare.error_stack import ErrorStack
from napari_hydra._napari.layers.guarded_cube import GuardedCube
from napari_hydra._napari.layers.pixels import scene_layer
from napari_hydra._napari.layers.placement import Placement
from napari_hydra._napari.layers.result_layers import ERROR_MAP, hide_results, lay_over
from napari_hydra._napari.layers.scene_layers import AXES, KEY, Layer, layer_metadata, role
from napari_hydra._napari.layers.scene_view import scene_view_of
from napari_hydra._napari.state.store import Scene, Store
from napari_hydra._napari.widgets.background import Background, Task
from napari_hydra._napari.widgets.notices import notify_failure
from napari_hydra.evaluation.comparison import map_steps
from napari_hydra.evaluation.maps import ERROR_MAPS, ErrorMap
from napari_hydra.workbench.scene.compare_pair import Pair, pair_of
from napari_hydra.workbench.scene.limits import cube_limits

if TYPE_CHECKING:
    import napari

ROLE = ERROR_MAP
_ERROR_SHARE = 0.1  # of the truth's range: what the maps in its unit reach to
_ABOVE, _BELOW = "#e69f00", "#56b4e9"  # Okabe and Ito


class ErrorMaps:
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
        self._viewer = ref(viewer)
        self._store = store
        self._background = background
        self._scene: Scene | None = store.scene
        self._wanted = ""
        self._making: set[str] = set()
        self._busy = False
        self._connected = False

    def connect(self) -> None:
        """Follow the viewer's layers."""
        viewer = self._viewer()
        if viewer is None or self._connected:
            return
        self._connected = True
        viewer.layers.events.inserted.connect(self._on_layers)
        viewer.layers.events.removed.connect(self._on_layers)
        scene_view_of(viewer).arranged.connect(self._on_arranged)
        for key in ERROR_MAPS:
            layer = self.layer(key)
            if layer is not None:
                self._watch(layer)
        self.changed.emit()

    def disconnect(self) -> None:
        """Stop following; the layers stay as they are."""
        viewer = self._viewer()
        if viewer is None or not self._connected:
            return
        self._connected = False
        viewer.layers.events.inserted.disconnect(self._on_layers)
        viewer.layers.events.removed.disconnect(self._on_layers)
        scene_view_of(viewer).arranged.disconnect(self._on_arranged, missing_ok=True)
        for key in ERROR_MAPS:
            layer = self.layer(key)
            if layer is not None:
                layer.events.visible.disconnect(self._on_visible)

    def layer(self, key: str) -> Layer | None:
        """Return the layer of a kind of map, if there is one."""
        viewer = self._viewer()
        layers = () if viewer is None else tuple(viewer.layers)
        return next((one for one in layers if role(one) == ROLE and layer_metadata(one).get("map") == key), None)

    @property
    def seen(self) -> str:
        """The kind of map that is seen or being made, "" for none."""
        if self._wanted:
            return self._wanted
        for key in ERROR_MAPS:
            layer = self.layer(key)
            if layer is not None and layer.visible:
                return key
        return ""

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
        scene, viewer = self._store.scene, self._viewer()
        if viewer is None or scene is self._scene:
            return
        self._scene, seen = scene, self.seen
        self.stop()
        for key in ERROR_MAPS:
            layer = self.layer(key)
            if layer is not None:
                viewer.layers.remove(layer)
        if seen:
            self.show(seen)

    # -- making ----------------------------------------------------------------------------------------------

    def _make(self, scene: Scene, pair: Pair, kind: ErrorMap) -> None:
        viewer = self._viewer()
        if viewer is not None and (kind.by_band):
            partners = pair.partners(np.asarray(scene.estimate.wavelengths, dtype=float))
            stack: Any = ErrorStack(kind.key, pair.estimate, pair.stack, partners=partners)
            self._add(scene, pair, kind, GuardedCube(stack, scene_view_of(viewer).leave_volume))
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
            self._add(scene, pair, kind, values, visible=seen)
            self.changed.emit()

        def failed(error: Exception) -> None:
            self.stop()
            notify_failure(error)

        self._background.submit(
            Task(
                label=f"Making the {kind.title} map",
                steps=lambda: map_steps(pair.estimate, pair.truth, kind.key, gain=pair.gain),
                done=done,
                failed=failed,
            )
        )

    def _add(self, scene: Scene, pair: Pair, kind: ErrorMap, data: Any, *, visible: bool = True) -> None:
        viewer = self._viewer()
        if viewer is None:
            return
        place = Placement.of(scene_view_of(viewer).estimate or scene_layer(viewer, scene))
        words = kind.label.format(unit=scene.quantity)
        if pair.overlay is not None:
            place = place.over(pair.overlay)
        axes = AXES if kind.by_band else AXES[1:]
        noted: dict[str, Any] = {
            "role": ROLE,
            "map": kind.key,
            "caption": words if kind.by_band or "bands" in words else f"{words}, all bands",
        }
        if kind.by_band:
            partners = pair.partners(np.asarray(scene.estimate.wavelengths, dtype=float))
            noted["wavelengths_nm"] = tuple(np.where(partners < 0, np.nan, pair.wavelengths[partners]).tolist())
        active = viewer.layers.selection.active
        layer = viewer.add_image(
            data,
            name=f"{scene.name} {words}",
            rgb=False,
            colormap=_colormap(kind),
            contrast_limits=kind.limits or error_limits(pair, is_signed=kind.scale == "signed"),
            axis_labels=axes,
            visible=visible,
            metadata={KEY: noted},
            **place.arguments(len(axes)),
        )
        lay_over(viewer, layer)
        if active is not None:
            viewer.layers.selection.active = active
        colorbar = getattr(layer, "colorbar", None)  # napari 0.6.5
        if colorbar is not None:
            colorbar.visible = True

    # -- following -------------------------------------------------------------------------------------------

    def _set_visible(self, key: str) -> None:
        viewer = self._viewer()
        self._busy = True
        try:
            for other in ERROR_MAPS:
                layer = self.layer(other)
                if layer is not None:
                    layer.visible = other == key
            if viewer is not None and key:
                hide_results(viewer, but=self.layer(key))
        finally:
            self._busy = False
        self._caption()

    def _caption(self) -> None:
        viewer = self._viewer()
        if viewer is not None:
            scene_view_of(viewer).write_caption()

    def _watch(self, layer: Layer) -> None:
        layer.events.visible.connect(self._on_visible)

    def _on_layers(self, event: Any) -> None:
        if role(event.value) == ROLE:
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


def error_limits(pair: Pair, *, is_signed: bool) -> tuple[float, float]:
    """Return contrast limits in the truth's unit: 0.1 of a reflectance of 1, or a tenth of the truth's range.

    They do not depend on the errors, so that maps of several models and scenes can be compared.
    """
    top = cube_limits(pair.truth)[1]
    is_ratio = pair.truth.attrs.get("quantity") == "reflectance" and top <= 2.0
    reach = _ERROR_SHARE * (1.0 if is_ratio else _rounded(top))
    return (-reach if is_signed else 0.0, reach)


def _rounded(value: float) -> float:
    """Return the nearest of 1, 2, 5, 10, ... to a positive value."""
    if not value > 0:
        return 1.0
    scale = 10.0 ** np.floor(np.log10(value))
    return float(min((1 * scale, 2 * scale, 5 * scale, 10 * scale), key=lambda step: abs(np.log(step / value))))


def _colormap(kind: ErrorMap) -> Any:
    if kind.scale == "side":
        clear = (0.0, 0.0, 0.0, 0.0)  # inside the interval the picture below is seen
        return Colormap(
            [_BELOW, clear, _ABOVE], name="below, inside, above", controls=[0, 1 / 3, 2 / 3, 1], interpolation="zero"
        )
    return "RdBu_r" if kind.scale == "signed" else "inferno"
