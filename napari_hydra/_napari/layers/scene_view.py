"""A scene in the viewer: its layers, the shown band, the wavelength on the canvas.

One `SceneView` belongs to one viewer and outlives the dock, so that the wavelength stays right when the form is
closed. It holds no layer and not the viewer itself, only weak references.
"""

from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary, ref

from psygnal import Signal

from napari_hydra._napari.layers.guarded_cube import GuardedCube
from napari_hydra._napari.layers.placement import Placement
from napari_hydra._napari.layers.result_layers import COMPOSITE, caption, hide_results, write_on_canvas
from napari_hydra._napari.layers.run_layers import add_run, estimate_metadata, nearest_band, put_away_earlier
from napari_hydra._napari.layers.scene_layers import KEY, Layer, role
from napari_hydra._napari.layers.side_by_side import SideBySide
from napari_hydra._napari.state.store import Scene, Store, store_of
from napari_hydra._napari.state.viewer_part import ViewerPart
from napari_hydra._napari.widgets._compat import plain
from napari_hydra.workbench.scene.run import RunResult, display_limits, rescaled
from napari_hydra.workbench.scene.scene import Arrangement

if TYPE_CHECKING:
    import napari

FIRST_BAND_NM = 550.0  # green: the band that looks most like the picture
_LOOKS = ("contrast_limits", "gamma", "colormap")


class SceneView(ViewerPart):
    """The layers of a viewer's scene; use `scene_view_of`.

    Parameters
    ----------
    viewer : napari.Viewer or ViewerModel
    store : Store
    """

    arranged = Signal(str)  # another `Arrangement` is shown

    def __init__(self, viewer: "napari.Viewer", store: Store) -> None:
        super().__init__(viewer, store)
        self._estimate: ref[Layer] | None = None
        self._truth: ref[Layer] | None = None
        self._arrangement: Arrangement = "estimate"
        self._tiles = SideBySide(viewer, store, self._leave_tiles)
        self._replacing = False
        self._links.add(viewer.dims.events, ("current_step",), self._follow_dims)
        self._links.add(viewer.layers.events, ("removed",), self._follow_removal)
        self._links.add(viewer.layers.events, ("inserted",), self._follow_dims)
        self._links.add(store.events, ("band",), self._follow_band)
        self._links.connect()

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
            put_away_earlier(viewer, result, (self.estimate, self.truth), keep=keep_earlier)
            estimate, truth = add_run(viewer, result, placement, self.leave_volume)
            self._estimate, self._truth = ref(estimate), None if truth is None else ref(truth)
        finally:
            self._replacing = False
        self._link_looks(scene.matched)
        self._store.scene = scene
        self.arrange(self._arrangement if truth is not None else "estimate")
        viewer.layers.selection.active = estimate
        self.go_to(FIRST_BAND_NM if wavelength is None else wavelength)
        self._follow_dims()

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
            estimate.data = GuardedCube(scene.reconstruction, self.leave_volume)
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
        self._set_step(nearest_band(estimate.data.wavelengths, wavelength))

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
        pair = (self.estimate, self.truth) if self._arrangement == "side by side" else None
        write_on_canvas(viewer, caption(viewer, self._step(), pair))

    def _follow_band(self, band: int) -> None:
        if self.estimate is not None and self._step() != band:
            self._set_step(band)

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


_VIEWS: "WeakKeyDictionary[Any, SceneView]" = WeakKeyDictionary()


def scene_view_of(viewer: "napari.Viewer") -> SceneView:
    """Return the view of a viewer's scene; one viewer has one."""
    viewer = plain(viewer)
    if viewer not in _VIEWS:
        _VIEWS[viewer] = SceneView(viewer, store_of(viewer))
    return _VIEWS[viewer]
