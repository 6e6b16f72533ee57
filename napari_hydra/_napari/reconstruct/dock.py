"""The dock "Reconstruct": the form, Run and Cancel, and which stack is seen."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import Signal
from qtpy.QtGui import QDragEnterEvent, QDropEvent, QHideEvent, QShowEvent
from qtpy.QtWidgets import QFileDialog, QSizePolicy, QVBoxLayout, QWidget

from napari_hydra._napari.layers.placement import Placement
from napari_hydra._napari.layers.readers import read_cube_layers, read_picture_layers
from napari_hydra._napari.layers.scene_layers import (
    Layer,
    cube_of,
    good_wavelengths,
    is_cube,
    is_picture,
    layer_metadata,
    picture_of,
)
from napari_hydra._napari.layers.scene_view import scene_view_of
from napari_hydra._napari.reconstruct.arrangement_bar import ArrangementBar
from napari_hydra._napari.reconstruct.form import AUTOMATIC, Form, FormArea
from napari_hydra._napari.reconstruct.form_info import info_text, run_summary
from napari_hydra._napari.reconstruct.line_up import can_line_up, line_up
from napari_hydra._napari.reconstruct.run_panel import RunPanel
from napari_hydra._napari.state.store import store_of
from napari_hydra._napari.widgets._compat import plain
from napari_hydra._napari.widgets.dock_parts import is_closed, text_line
from napari_hydra._napari.widgets.notices import notify_failure, notify_info, notifying
from napari_hydra.errors import HydraError
from napari_hydra.hydra.registry import ModelSummary, choose_model
from napari_hydra.io import is_cube_file
from napari_hydra.workbench.scene.run import RunResult
from napari_hydra.workbench.scene.run_request import RunRequest, check, grid

if TYPE_CHECKING:
    import napari

_FILTERS = {
    "picture": ("Open a colour picture", "Pictures (*.png *.jpg *.jpeg *.tif *.tiff *.bmp);;All files (*)"),
    "truth": (
        "Open a measured cube",
        "Spectral cubes (*.hdr *.mat *.tif *.tiff *.nc *.npz *.npy *.h5 *.zarr);;All files (*)",
    ),
    "model": ("Open a trained model", "Models (*.safetensors)"),
    "camera": ("Open a sensitivity table", "Tables (*.csv *.txt *.tsv *.dat);;All files (*)"),
}


class ReconstructDock(QWidget):
    """Reconstructs a picture of the viewer; napari makes one from the manifest.

    Parameters
    ----------
    napari_viewer : napari.Viewer
    """

    finished = Signal()  # a run has shown its result
    failed = Signal(object)  # a run could not be started or done: the exception

    def __init__(self, napari_viewer: "napari.Viewer") -> None:
        super().__init__()
        self._viewer = plain(napari_viewer)
        self._view = scene_view_of(self._viewer)
        self._store = store_of(self._viewer)
        self._placement = Placement()
        self._showing_result = False
        self.form = Form(self._layers, self.browse)
        self._build()
        self.form.truth.changed.connect(self._on_truth)
        for chooser in (self.form.truth, self.form.picture):
            chooser.changed.connect(self._line_up)
        self.form.connect(self.refresh)
        self._connected = False
        self._connect()
        self._choose_first()

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
        layout = QVBoxLayout(self)
        layout.setContentsMargins(4, 4, 4, 4)
        for widget in (self.form_area, self.panel, self.arrangements, self.info):
            layout.addWidget(widget)
        layout.addStretch(1)
        self.refresh()

    # -- following the viewer --------------------------------------------------------------------------------

    def _layers(self) -> list[Layer]:
        return list(self._viewer.layers)

    def _connect(self) -> None:
        if self._connected:
            return
        events = self._viewer.layers.events
        events.inserted.connect(self._on_inserted)
        for emitter in (events.removed, events.renamed, events.reordered):
            emitter.connect(self._on_layers)
        self._store.events.scene.connect(self._on_scene)
        self._store.events.models.connect(self._on_models)
        self._on_models()
        self._view.arranged.connect(self.arrangements.show_chosen)
        self._connected = True

    def _disconnect(self) -> None:
        if not self._connected:
            return
        events = self._viewer.layers.events
        events.inserted.disconnect(self._on_inserted)
        for emitter in (events.removed, events.renamed, events.reordered):
            emitter.disconnect(self._on_layers)
        self._store.events.scene.disconnect(self._on_scene)
        self._store.events.models.disconnect(self._on_models)
        self._view.arranged.disconnect(self.arrangements.show_chosen)
        self._connected = False

    def _on_truth(self, truth: Layer | None) -> None:
        """A truth brings its wavelengths; without one there are none to take."""
        chooser = self.form.wavelengths
        if truth is not None and chooser.value == "model":
            chooser.value = "truth"
        elif truth is None and chooser.value == "truth":
            chooser.value = "model"

    def _line_up(self, *_: Any) -> None:
        """Lay a truth of larger or smaller pixels over its picture, so that the two can be looked at before a run."""
        picture, truth = self.form.picture.value, self.form.truth.value
        if picture is not None and truth is not None and line_up(picture, truth):
            self._viewer.reset_view()

    def _on_layers(self, event: Any = None) -> None:
        self.form.refresh_layers()
        self.refresh()

    def _on_inserted(self, event: Any) -> None:
        self.form.refresh_layers()
        layer = event.value
        if is_picture(layer) and self.form.picture.value is None and not self._showing_result:
            self.form.picture.value = layer
        self._suggest_truth(layer)
        self.refresh()

    def _choose_first(self) -> None:
        """Choose the topmost picture, and a cube that fits it."""
        pictures = [layer for layer in self._layers() if is_picture(layer)]
        if pictures:
            self.form.picture.value = pictures[-1]
        for layer in self._layers():
            self._suggest_truth(layer)
        self.refresh()

    def _suggest_truth(self, layer: Layer) -> None:
        """Choose a cube as truth if none is chosen and its size is the picture's."""
        if not is_cube(layer):
            # A picture that arrives after its cube makes the cube its truth.
            if is_picture(layer) and self.form.truth.value is None:
                for cube in (one for one in self._layers() if is_cube(one)):
                    self._suggest_truth(cube)
            return
        picture = self.form.picture.value
        if self.form.truth.value is None and (picture is None or can_line_up(picture, layer)):
            self.form.truth.value = layer

    def _on_scene(self, scene: Any) -> None:
        if scene is None and not self.running:
            self.panel.status.setText("")
        self.refresh()

    def _on_models(self, *_: Any) -> None:
        self.form.offer_models(
            tuple(
                ModelSummary(own.name, card.wavelength_range, str(card.trained_on), str(card.licence))
                for own in self._store.models
                for card in [own.model.card]
            )
        )

    # -- the info line ---------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Say what a run would do, and offer only what can be done."""
        self.form_area.refresh_titles()
        scene = self._store.scene
        has_truth = scene is not None and scene.truth is not None
        self.arrangements.setVisible(has_truth)
        self.arrangements.show_chosen(self._view.arrangement)
        if scene is not None and not self.running and self.form.truth.value is not None:
            self._view.match(bool(self.form.scale.value))
        try:
            model = self.chosen_model()
        except HydraError as error:
            self.info.setText(str(error))
            return
        truth = self.form.truth.value
        self.info.setText(
            info_text(
                model,
                automatic=self.form.model.value == AUTOMATIC,
                choice=self.form.wavelength_choice(),
                quantity=layer_metadata(truth).get("quantity", "reflectance") if truth is not None else None,
                matched=bool(self.form.scale.value),
            )
        )

    def chosen_model(self) -> ModelSummary:
        """Return the model of the form; for "automatic" the one that fits the wavelengths.

        Raises
        ------
        HydraError
            If no model fits.
        """
        offered = {model.name: model for model in self.form.models}
        if self.form.model.value in offered:
            return offered[self.form.model.value]
        choice = self.form.wavelength_choice()
        wanted = None
        if choice.kind == "grid":
            wanted = grid(choice)
        elif choice.kind == "truth" and self.form.truth.value is not None:
            wanted = good_wavelengths(self.form.truth.value)
        return offered[choose_model(wanted, partly=choice.kind == "truth", models=self.form.models)]

    # -- files -----------------------------------------------------------------------------------------------

    def browse(self, what: str) -> None:
        """Ask for a file and use it as `what`: "picture", "truth", "truth folder", "model" or "camera"."""
        if what == "truth folder":
            path = QFileDialog.getExistingDirectory(self, "Open a folder of band images, or a Zarr store")
        else:
            title, patterns = _FILTERS[what]
            path, _ = QFileDialog.getOpenFileName(self, title, "", patterns)
        if path:
            self.use_file(path, "truth" if what == "truth folder" else what)

    def use_file(self, path: str | Path, what: str = "") -> None:
        """Load a file and choose it; without `what` its content decides between picture, truth and model."""
        path = Path(path)
        with notifying():
            what = what or _kind_of(path)
            if what == "model":
                self.form.add_model(str(path))
            elif what == "camera":
                self._use_camera(path)
            elif what == "truth":
                self._add_layer(read_cube_layers(path), self.form.truth)
                self._drop_picture_of_another_size()
            else:
                self._add_layer(read_picture_layers(path), self.form.picture)
                self._suggest_truth(self.form.picture.value)
        self.refresh()

    def _use_camera(self, path: Path) -> None:
        from napari_hydra.camera import read_sensitivities

        read_sensitivities(path)
        self.form.add_camera(str(path))

    def _add_layer(self, layers: list[tuple[Any, dict[str, Any], str]], chooser: Any) -> None:
        data, arguments, _ = layers[0]
        layer = self._viewer.add_image(data, **arguments)
        self.form.refresh_layers()
        chooser.value = layer

    def _drop_picture_of_another_size(self) -> None:
        """A truth of its own stands for itself: a picture that cannot be its partner is unchosen."""
        picture, truth = self.form.picture.value, self.form.truth.value
        if picture is None or truth is None or not layer_metadata(picture).get("rendered_from"):
            return
        if not can_line_up(picture, truth):
            self.form.picture.value = None

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
        form = self.form
        picture, truth = form.picture.value, form.truth.value
        noted = {} if picture is None else layer_metadata(picture)
        cube = None if truth is None else cube_of(truth)
        ours = cube is not None and noted.get("gain") and noted.get("rendered_from") == cube.attrs["source"]
        source = picture if picture is not None else truth
        request = RunRequest(
            name="" if source is None else source.name.removesuffix(" picture"),
            picture=None if picture is None else picture_of(picture),
            picture_source=str(noted.get("source", "")),
            truth=cube,
            gain=float(noted["gain"]) if ours else None,
            camera=form.camera.value,
            illuminant=form.illuminant.value,
            white_level=noted.get("white_level") or float(form.white_level.value) or None,
            model=(name := self.chosen_model().name),
            loaded=next((own.model for own in self._store.models if own.name == name), None),
            wavelengths=form.wavelength_choice(),
            matched=bool(form.scale.value),
            device=form.device.value,
        )
        check(request)
        return request

    def start(self) -> None:
        """Start a run; does nothing while one is under way."""
        if self.running:
            return
        try:
            request = self.request()
        except HydraError as error:
            self.panel.status.setText("Not run.")
            self._on_failure(error)
            return
        source = self.form.picture.value if request.picture is not None else self.form.truth.value
        self._placement = Placement.of(source)
        if request.picture is not None and source.data[0].shape[-1] == 4:
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

    # -- coming and going ------------------------------------------------------------------------------------

    def showEvent(self, event: QShowEvent | None) -> None:
        """Follow the viewer again."""
        super().showEvent(event)
        if not self._connected:
            self._connect()
            self._on_layers()

    def hideEvent(self, event: QHideEvent | None) -> None:
        """Stop the run when the dock or the window is closed, not when it is minimised or another tab is raised."""
        super().hideEvent(event)
        if (event is None or not event.spontaneous()) and is_closed(self):
            if self.running:
                self.cancel()
                notify_info("The reconstruction was stopped because its dock was closed.")
            self._disconnect()


def _kind_of(path: Path) -> str:
    if path.suffix.lower() == ".safetensors":
        return "model"
    return "truth" if is_cube_file(path) else "picture"
