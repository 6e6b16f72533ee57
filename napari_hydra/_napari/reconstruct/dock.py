"""The dock "Reconstruct": the form, Run and Cancel, and which stack is seen."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from qtpy.QtCore import Signal
from qtpy.QtGui import QDragEnterEvent, QDropEvent
from qtpy.QtWidgets import QSizePolicy, QVBoxLayout

from napari_hydra._napari.layers.placement import Placement
from napari_hydra._napari.layers.scene_layers import is_picture, layer_metadata
from napari_hydra._napari.layers.scene_view import scene_view_of
from napari_hydra._napari.reconstruct.arrangement_bar import ArrangementBar
from napari_hydra._napari.reconstruct.choices import choose_first, choose_wavelengths, suggest_truth
from napari_hydra._napari.reconstruct.files import ask_for, use_file
from napari_hydra._napari.reconstruct.form import AUTOMATIC, Form, FormArea
from napari_hydra._napari.reconstruct.form_info import info_text, run_summary
from napari_hydra._napari.reconstruct.line_up import line_up
from napari_hydra._napari.reconstruct.requests import chosen_model, request_of
from napari_hydra._napari.reconstruct.run_panel import RunPanel
from napari_hydra._napari.reconstruct.source_files import read_source
from napari_hydra._napari.reconstruct.warm_up import WarmUp
from napari_hydra._napari.widgets._compat import plain
from napari_hydra._napari.widgets.dock_parts import filled, scrolled, text_line
from napari_hydra._napari.widgets.following_dock import FollowingDock
from napari_hydra._napari.widgets.notices import notify_failure, notify_info, notifying
from napari_hydra.errors import HydraError
from napari_hydra.hydra.files.registry import ModelSummary
from napari_hydra.workbench.scene.run import RunResult
from napari_hydra.workbench.scene.run_request import RunRequest

if TYPE_CHECKING:
    import napari


class ReconstructDock(FollowingDock):
    """Reconstructs a picture of the viewer; napari makes one from the manifest.

    Parameters
    ----------
    napari_viewer : napari.Viewer
    """

    where: ClassVar = "left"
    finished = Signal()  # a run has shown its result
    failed = Signal(object)  # a run could not be started or done: the exception

    def __init__(self, napari_viewer: "napari.Viewer") -> None:
        super().__init__(napari_viewer)
        viewer = plain(napari_viewer)
        self._layers = viewer.layers
        self._view = scene_view_of(viewer)
        self._placement = Placement()
        self._showing_result = False
        self.warm_up = WarmUp(self)
        self.form = Form(lambda: list(self._layers), self.browse)
        self._build()
        self.form.picture.changed.connect(self._read_source)
        self.form.truth.changed.connect(partial(choose_wavelengths, self.form))
        for chooser in (self.form.truth, self.form.picture):
            chooser.changed.connect(self._line_up)
        self.form.connect(self.refresh)
        self._follow(viewer.layers.events, ("inserted",), self._on_inserted)
        self._follow(viewer.layers.events, ("removed", "renamed", "reordered"), self._on_layers)
        self._follow(self._store.events, ("scene",), self._on_scene)
        self._follow(self._store.events, ("models",), self._offer_models)
        self._follow(self._view, ("arranged",), self.arrangements.show_chosen)
        self._connect()
        choose_first(self.form, self._layers)
        self.refresh()

    # -- layout --------------------------------------------------------------------------------------------

    def _build(self) -> None:
        self.setAcceptDrops(True)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)
        self.setMinimumWidth(300)
        self.form_area = FormArea(self.form)
        self.panel = RunPanel()
        self.panel.pressed.connect(self.start)
        self.panel.running_changed.connect(self._on_running)
        self.panel.succeeded.connect(self._on_result)
        self.panel.failed.connect(self._on_failure)
        self.arrangements = ArrangementBar()
        self.arrangements.chosen.connect(self._view.arrange)
        self.info = text_line()
        parts = (self.form_area, self.panel, self.arrangements, info_area := scrolled(self.info))
        filled(QVBoxLayout(self), *parts, grows=info_area, spacing=6, margin=4)
        self.refresh()

    # -- following the viewer --------------------------------------------------------------------------------

    def _opened(self) -> None:
        self.form.refresh_layers()
        self._offer_models()
        self.warm_up.wait()

    def _stop(self) -> None:
        super()._stop()
        if self.running:
            self.cancel()
            notify_info("The reconstruction was stopped because its dock was closed.")

    def _line_up(self, *_: Any) -> None:
        """Lay a truth of larger or smaller pixels over its picture, so that the two can be looked at before a run."""
        picture, truth = self.form.picture.value, self.form.truth.value
        viewer = self._viewer()
        if viewer is not None and picture is not None and truth is not None and line_up(picture, truth):
            viewer.reset_view()

    def _read_source(self, layer: Any) -> None:
        """Ask the file of a picture that another reader opened what that reader left out."""
        for sentence in read_source(layer):
            notify_info(sentence)
        self.form.follow_picture(layer)

    def _on_layers(self, event: Any = None) -> None:
        self.form.refresh_layers()
        self.refresh()

    def _on_inserted(self, event: Any) -> None:
        self.form.refresh_layers()
        layer = event.value
        if is_picture(layer) and self.form.picture.value is None and not self._showing_result:
            self.form.picture.value = layer
        suggest_truth(self.form, self._layers, layer)
        self.refresh()

    def _on_scene(self, scene: Any) -> None:
        if scene is None and not self.running:
            self.panel.status.setText("")
        self.refresh()

    def _offer_models(self, *_: Any) -> None:
        self.form.offer_models(
            tuple(
                ModelSummary(own.name, card.wavelength_range, str(card.trained_on), str(card.licence))
                for own in self._store.models
                for card in [own.model.card]
            )
        )

    # -- the info line ---------------------------------------------------------------------------------------

    def _draw(self) -> None:
        """Say what a run would do, and offer only what can be done."""
        self.warm_up.wait()
        self.form_area.refresh_titles()
        scene = self._store.scene
        has_truth = scene is not None and scene.truth is not None
        self.arrangements.setVisible(has_truth)
        self.arrangements.show_chosen(self._view.arrangement)
        if scene is not None and not self.running and self.form.truth.value is not None:
            self._view.match(bool(self.form.scale.value))
        try:
            model, reason = chosen_model(self.form)
        except HydraError as error:
            self.info.setText(str(error))
            return
        truth = self.form.truth.value
        self.info.setText(
            info_text(
                model,
                reason=reason,
                automatic=self.form.model.value == AUTOMATIC,
                choice=self.form.wavelength_choice(),
                quantity=layer_metadata(truth).get("quantity", "reflectance") if truth is not None else None,
                matched=bool(self.form.scale.value),
            )
        )

    def chosen_model(self) -> ModelSummary:
        """Return the model of the form; for "automatic" the one that fits wavelengths and picture.

        Raises
        ------
        HydraError
            If no model fits.
        """
        return chosen_model(self.form)[0]

    # -- files -----------------------------------------------------------------------------------------------

    def browse(self, what: str) -> None:
        """Ask for a file and use it as `what`: "picture", "truth", "truth folder", "model" or "camera"."""
        path = ask_for(self, what)
        if path:
            self.use_file(path, "truth" if what == "truth folder" else what)

    def use_file(self, path: str | Path, what: str = "") -> None:
        """Load a file and choose it; without `what` its content decides between picture, truth and model."""
        viewer = self._viewer()
        if viewer is not None:
            with notifying():
                use_file(viewer, self.form, Path(path), what)
            self.refresh()

    def dragEnterEvent(self, event: QDragEnterEvent | None) -> None:
        """Accept files."""
        if event is not None and (data := event.mimeData()) is not None and data.hasUrls():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent | None) -> None:
        """Use dropped files, each for what it is."""
        if event is None or (data := event.mimeData()) is None:
            return
        event.acceptProposedAction()
        for url in data.urls():
            self.use_file(url.toLocalFile())

    # -- running ---------------------------------------------------------------------------------------------

    @property
    def running(self) -> bool:
        """Whether a run is under way."""
        return self.panel.running

    def request(self) -> RunRequest:
        """Return what the form asks for.

        Raises
        ------
        HydraError
            If it cannot be run.
        """
        return request_of(self.form, self._store.models)

    def start(self) -> None:
        """Start a run; does nothing while one is under way."""
        if self.running:
            return
        try:
            request = self.request()
        except HydraError as error:
            self.panel.show_failure(error)
            self._on_failure(error)
            return
        source = self.form.picture.value if request.picture is not None else self.form.truth.value
        self._placement = Placement.of(source)
        if request.picture is not None and source.data[0].shape[-1] == 4 and "picture" not in layer_metadata(source):
            notify_info(f"The transparency of {source.name} is left out; its colours are taken as they are.")
        self.panel.start(request)

    def cancel(self) -> None:
        """Stop the run under way; the viewer stays as it was."""
        self.panel.cancel()

    def _on_running(self, running: bool) -> None:
        self.form.set_enabled(not running)
        if not running:
            self.form.refresh_devices()  # PyTorch is loaded by now and knows them

    def _on_result(self, result: RunResult, seconds: float) -> None:
        self._showing_result = True
        try:
            self._view.show(result, self._placement, keep_earlier=self.form.keep_earlier.value)
        finally:
            self._showing_result = False
        self.panel.status.setText(run_summary(result, seconds))
        self.refresh()
        self.finished.emit()

    def _on_failure(self, error: Exception) -> None:
        self.failed.emit(error)
        notify_failure(error)
