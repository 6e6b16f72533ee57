"""A scene in the viewer: its layers, the shown band, the wavelength on the canvas.

One `SceneView` belongs to one viewer and outlives the dock, so that the wavelength stays right when the form is
closed. It holds no layer and not the viewer itself, only weak references.
"""

from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary, ref

import numpy as np
from numpy.typing import NDArray
from psygnal import Signal

from napari_hydra._napari.layers.guarded_cube import GuardedCube
from napari_hydra._napari.layers.placement import Placement
from napari_hydra._napari.layers.result_layers import COMPOSITE, hide_results
from napari_hydra._napari.layers.scene_layers import (
    AXES,
    KEY,
    Layer,
    cube_layer_arguments,
    layer_metadata,
    picture_layer_arguments,
    role,
    stack_of,
)
from napari_hydra._napari.layers.side_by_side import SideBySide
from napari_hydra._napari.state.store import Scene, Store, store_of
from napari_hydra._napari.widgets._compat import canvas_text, plain
from napari_hydra.workbench.scene.run import RunResult, display_limits, displayed_truth, rescaled
from napari_hydra.workbench.scene.scene import Arrangement

if TYPE_CHECKING:
    import napari

FIRST_BAND_NM = 550.0  # green: the band that looks most like the picture
_LOOKS = ("contrast_limits", "gamma", "colormap")


class SceneView:
    """The layers of a viewer's scene; use `scene_view_of`.

    Parameters
    ----------
    viewer : napari.Viewer or ViewerModel
    store : Store
    """

    arranged = Signal(str)  # another `Arrangement` is shown

    def __init__(self, viewer: "napari.Viewer", store: Store) -> None:
        self._viewer = ref(viewer)
        self._store = store
        self._estimate: ref[Layer] | None = None
        self._truth: ref[Layer] | None = None
        self._arrangement: Arrangement = "estimate"
        self._tiles = SideBySide(viewer, store, self._leave_tiles)
        self._replacing = False
        viewer.dims.events.current_step.connect(self._follow_dims)
        viewer.layers.events.removed.connect(self._follow_removal)
        viewer.layers.events.inserted.connect(self._follow_dims)
        store.events.band.connect(self._follow_band)

    # -- layers --------------------------------------------------------------------------------------------

    @property
    def estimate(self) -> Layer | None:
        """The layer of the reconstruction, if it is there."""
        return None if self._estimate is None else self._estimate()

    @property
    def truth(self) -> Layer | None:
        """The layer of the truth that is compared, if there is one."""
        return None if self._truth is None else self._truth()

    def show(self, result: RunResult, placement: Placement, *, keep_earlier: bool = False) -> None:
        """Add the layers of a run and make its scene the viewer's.

        Parameters
        ----------
        result : RunResult
        placement : Placement
        keep_earlier : bool
            Hide the layers of the run before instead of removing them.
        """
        viewer, scene = self._viewer(), result.scene
        if viewer is None:
            return
        wavelength = self._shown_wavelength()
        self._replacing = True
        try:
            self._put_away_earlier(result, keep_earlier)
            if result.rendered:
                self._add_picture(result, placement)
            truth = self._add_truth(result, placement) if scene.truth is not None else None
            estimate = self._add_estimate(result, placement)
            self._estimate, self._truth = ref(estimate), None if truth is None else ref(truth)
            _hide_cubes_below(viewer, (estimate, truth))
        finally:
            self._replacing = False
        self._link_looks(scene.matched)
        self._store.scene = scene
        self.arrange(self._arrangement if truth is not None else "estimate")
        viewer.layers.selection.active = estimate
        self.go_to(FIRST_BAND_NM if wavelength is None else wavelength)
        self._follow_dims()

    def _put_away_earlier(self, result: RunResult, keep: bool) -> None:
        viewer = self._viewer()
        assert viewer is not None
        for layer in [layer for layer in viewer.layers if role(layer) in ("estimate", "truth")]:
            if keep:
                layer.visible = False
            elif layer in (self.estimate, self.truth):
                viewer.layers.remove(layer)
        if not keep and result.rendered:
            rendered_from = result.scene.settings["truth"]
            for layer in [one for one in viewer.layers if layer_metadata(one).get("rendered_from") == rendered_from]:
                viewer.layers.remove(layer)

    def _add_picture(self, result: RunResult, placement: Placement) -> None:
        scene = result.scene
        noted = {
            "source": f"rendered from {scene.settings['truth'] or scene.name}",
            "rendered_from": scene.settings["truth"],
            "gain": result.gain,
            "white_level": result.white_level,
            "camera": scene.settings["camera"],
            "illuminant": scene.settings["illuminant"],
        }
        self._add(
            scene.picture,
            **picture_layer_arguments(f"{scene.name} picture", **noted),
            **placement.arguments(),
        )

    def _add_truth(self, result: RunResult, placement: Placement) -> Layer | None:
        scene, shown = result.scene, displayed_truth(result.scene)
        if shown is None:
            return None
        arguments = cube_layer_arguments(shown, f"{scene.name} truth", role="truth")
        arguments["contrast_limits"] = result.truth_limits
        first = _nearest(scene.estimate.wavelengths, float(shown["wavelength"].values[0]))
        if scene.coarse_truth is not None and scene.overlay is not None:
            placement = placement.over(scene.overlay)
        return self._add(stack_of(shown), **arguments, **placement.arguments(3, first))

    def _add_estimate(self, result: RunResult, placement: Placement) -> Layer:
        scene = result.scene
        arguments = {
            "name": f"{scene.name} reconstruction",
            "rgb": False,
            "axis_labels": AXES,
            "contrast_limits": result.limits,
            "metadata": {KEY: estimate_metadata(scene)},
        }
        return self._add(GuardedCube(scene.estimate, self.leave_volume), **arguments, **placement.arguments(3))

    def _add(self, data: Any, **arguments: Any) -> Layer:
        """Add an image below everything that is drawn on images."""
        viewer = self._viewer()
        assert viewer is not None
        layer = viewer.add_image(data, **arguments)
        drawn = [i for i, other in enumerate(viewer.layers) if type(other).__name__ != "Image"]
        if drawn:
            viewer.layers.move(viewer.layers.index(layer), drawn[0])
        return layer

    # -- what is shown -------------------------------------------------------------------------------------

    @property
    def arrangement(self) -> Arrangement:
        """Which of the two stacks is seen."""
        return self._arrangement

    def arrange(self, arrangement: Arrangement) -> None:
        """Show the reconstruction, the truth in its place, or both in two linked views."""
        is_new = arrangement != self._arrangement
        changes_view = is_new and "side by side" in (arrangement, self._arrangement)
        self._arrangement = arrangement
        estimate, truth = self.estimate, self.truth
        if estimate is None:
            self._tiles.leave()
            return
        if arrangement != "side by side" or truth is None:
            self._tiles.leave()
        estimate.visible = arrangement != "truth" or truth is None
        if truth is not None:
            truth.visible = arrangement != "estimate"
            if arrangement == "side by side":
                self._tiles.enter(truth)
        viewer = self._viewer()
        if viewer is not None and is_new and arrangement != "side by side":
            hide_results(viewer, roles=(COMPOSITE,))  # it would hide what is asked for
        if changes_view and viewer is not None:
            viewer.reset_view()  # the views have another size now
        self._follow_dims()
        if is_new:
            self.arranged.emit(arrangement)

    def blink(self) -> None:
        """Show the truth in the place of the reconstruction, or the reconstruction again."""
        self.arrange("estimate" if self._arrangement == "truth" else "truth")

    def match(self, matched: bool) -> None:
        """Show the estimate in the truth's unit, or as it is, without a new run."""
        scene, estimate, truth = self._store.scene, self.estimate, self.truth
        if scene is None or estimate is None or scene.truth is None or scene.matched == matched:
            return
        self._link_looks(False)  # the two have their own limits for a moment
        scene = rescaled(scene, scene.matching_factor if matched else 1.0, matched=matched)
        limits, truth_limits = display_limits(scene)
        if truth is not None:
            truth.contrast_limits = truth_limits
        self.replace_estimate(scene)
        estimate.contrast_limits = limits
        self._link_looks(matched)

    def replace_estimate(self, scene: Scene) -> None:
        """Show another reconstruction of the same picture in the place of the one that is there."""
        estimate = self.estimate
        if estimate is not None:
            estimate.data = GuardedCube(scene.estimate, self.leave_volume)
            estimate.metadata = {**estimate.metadata, KEY: estimate_metadata(scene)}
            self._store.scene = scene

    def _link_looks(self, linked: bool) -> None:
        """Give both stacks the same contrast, whichever is changed, while they are in the same unit."""
        viewer, pair = self._viewer(), [one for one in (self.estimate, self.truth) if one is not None]
        if viewer is None or len(pair) < 2 or not all(one in viewer.layers for one in pair):
            return
        if linked:
            viewer.layers.link_layers(pair, _LOOKS)
        else:
            viewer.layers.unlink_layers(pair, _LOOKS)

    def _leave_tiles(self) -> None:
        if not self._replacing:
            self.arrange("estimate")

    def go_to(self, wavelength: float) -> None:
        """Show the band nearest to a wavelength in nm."""
        estimate, viewer = self.estimate, self._viewer()
        if estimate is None or viewer is None:
            return
        self._set_step(_nearest(estimate.data.wavelengths, wavelength))

    def _set_step(self, band: int) -> None:
        viewer = self._viewer()
        if viewer is not None and viewer.dims.ndim >= 3:
            viewer.dims.set_current_step(viewer.dims.ndim - 3, band)

    def _step(self) -> int:
        viewer = self._viewer()
        if viewer is None or viewer.dims.ndim < 3:
            return 0
        return round(float(viewer.dims.point[viewer.dims.ndim - 3]))

    def _shown_wavelength(self) -> float | None:
        estimate = self.estimate
        if estimate is None:
            return None
        wavelengths = estimate.data.wavelengths
        return float(wavelengths[min(self._step(), len(wavelengths) - 1)])

    # -- following -----------------------------------------------------------------------------------------

    def _follow_dims(self, event: Any = None) -> None:
        viewer = self._viewer()
        if viewer is None or self._replacing:
            return
        step, estimate = self._step(), self.estimate
        if estimate is not None and viewer.dims.ndisplay == 2:
            last = estimate.data.shape[0] - 1
            if step > last and not any(layer.visible and role(layer) == "cube" for layer in viewer.layers):
                # A hidden layer with more bands lengthens the slider beyond what there is to see.
                self._set_step(last)
                return
            self._store.band = min(step, last)
        self.write_caption()

    def write_caption(self, *_: Any) -> None:
        """Write onto the canvas what is seen."""
        viewer = self._viewer()
        if viewer is None:
            return
        overlay = canvas_text(viewer)
        text = self._caption(self._step())
        if text:
            overlay.text = text
            overlay.visible = True
        elif overlay.text.startswith(_MARK):
            overlay.text = ""
            overlay.visible = False

    def _follow_band(self, band: int) -> None:
        if self.estimate is not None and self._step() != band:
            self._set_step(band)

    def _caption(self, step: int) -> str:
        viewer = self._viewer()
        shown = [
            layer
            for layer in (() if viewer is None else viewer.layers)
            if layer.visible and layer.ndim == 3 and layer_metadata(layer).get("wavelengths_nm")
        ]
        if not shown or viewer is None or viewer.dims.ndisplay == 3:
            return ""
        flat = [
            layer
            for layer in viewer.layers
            if layer.visible and layer.ndim == 2 and layer_metadata(layer).get("caption")
        ]
        if flat:
            return f"{_MARK}{layer_metadata(flat[-1])['caption']}"
        top = shown[-1]
        if self._arrangement == "side by side" and self.estimate in shown:
            top = self.estimate
        wavelengths = layer_metadata(top)["wavelengths_nm"]
        index = step - round(float(top.translate[0]))
        if not 0 <= index < len(wavelengths) or not np.isfinite(wavelengths[index]):
            return f"{_MARK}no band here"
        what = {"estimate": "reconstruction", "truth": "truth"}.get(
            role(top), str(layer_metadata(top).get("caption", ""))
        )
        if self._arrangement == "side by side" and self.truth in shown and self.estimate in shown:
            what = "reconstruction left, truth right"
        parts = [f"{round(wavelengths[index], 1):g} nm", f"band {index + 1} of {len(wavelengths)}"]
        return _MARK + "   ".join([*parts, what] if what else parts)

    def _follow_removal(self, event: Any) -> None:
        if self._replacing:
            return
        if self._estimate is not None and event.value is self.estimate:
            self._estimate = self._truth = None
            self._store.scene = None
        self._follow_dims()

    def leave_volume(self) -> None:
        """Leave the 3-D view that asked for more than fits: napari has switched before it slices, and cannot go on."""
        from qtpy.QtCore import QTimer

        QTimer.singleShot(0, self._show_bands)

    def _show_bands(self) -> None:
        viewer = self._viewer()
        if viewer is not None:
            viewer.dims.ndisplay = 2


_MARK = "\u200b"  # invisible: tells our caption from a text that somebody else put on the canvas
_VIEWS: "WeakKeyDictionary[Any, SceneView]" = WeakKeyDictionary()


def scene_view_of(viewer: "napari.Viewer") -> SceneView:
    """Return the view of a viewer's scene; one viewer has one."""
    viewer = plain(viewer)
    if viewer not in _VIEWS:
        _VIEWS[viewer] = SceneView(viewer, store_of(viewer))
    return _VIEWS[viewer]


def estimate_metadata(scene: Scene) -> dict[str, Any]:
    """Return what is noted on the layer of a reconstruction."""
    return {
        "role": "estimate",
        "wavelengths_nm": tuple(np.asarray(scene.estimate.wavelengths, dtype=float).tolist()),
        "quantity": scene.quantity,
        "factor": scene.factor,
        "matched": scene.matched,
        "source": str(scene.estimate.attrs.get("source", "")),
        "history": tuple(scene.estimate.attrs.get("history", ())),
        **{key: scene.settings.get(key) for key in ("model", "camera", "illuminant")},
    }


def _nearest(wavelengths: NDArray[np.float64], wavelength: float) -> int:
    return int(np.abs(np.asarray(wavelengths, dtype=float) - wavelength).argmin())


def _hide_cubes_below(viewer: Any, ours: tuple[Layer | None, ...]) -> None:
    """Hide the cubes as they were read: their bands are others than those compared."""
    for layer in viewer.layers:
        if role(layer) == "cube" and not any(layer is one for one in ours):
            layer.visible = False
