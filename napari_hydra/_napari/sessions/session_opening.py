"""A saved session in the window: its files, its form, a run, and then its pins and regions."""

from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QObject, QTimer

from napari_hydra._napari.layers.picking import picking_of
from napari_hydra._napari.layers.readers import (
    LayerData,
    color_checker_layers,
    name_of_file,
    photograph_layers,
    picture_layer,
    read_cube_layers,
)
from napari_hydra._napari.layers.scene_layers import Layer, layer_metadata, role
from napari_hydra._napari.layers.scene_view import scene_view_of
from napari_hydra._napari.reconstruct.commands import dock_of
from napari_hydra._napari.reconstruct.dock import ReconstructDock
from napari_hydra._napari.sessions.region_restoring import restore_regions
from napari_hydra._napari.state.store import store_of
from napari_hydra._napari.widgets.notices import notify_info, notify_warning, notifying
from napari_hydra.distribution import DISTRIBUTION
from napari_hydra.workbench.scene.view_settings import settings_of
from napari_hydra.workbench.session.reopening import check_size, problem_sentences, read_quietly
from napari_hydra.workbench.session.session import Session
from napari_hydra.workbench.session.sources import Source

if TYPE_CHECKING:
    import napari

SessionLayers = tuple[LayerData | None, LayerData | None]  # of the picture and the truth; None: there is none


def read_layers(session: Session) -> SessionLayers:
    """Read a session's picture and truth as layers, on any thread.

    Raises
    ------
    HydraError
        If a file cannot be used, or the picture has another size than it had.
    """
    picture, truth = _picture_layer(session.picture), None if session.truth is None else _truth_layer(session.truth)
    if picture is not None:
        check_size(session, picture[0])
    named = truth if picture is None else picture
    if named is not None:
        named[1]["name"] = session.name  # a run calls its scene by this layer
    return picture, truth


def show_session(viewer: "napari.Viewer", session: Session, layers: SessionLayers) -> None:
    """Fill the form with a session, run it, and bring back its pins and regions when it is done.

    Layers that show the same files are used again.
    """
    dock = dock_of(viewer)
    dock.cancel()
    picture, truth = (_present(viewer, layer) for layer in layers)
    form = dock.form
    form.refresh_layers()
    with notifying():
        form.truth.value = truth
        form.picture.value = picture
        if session.camera.kind == "file":
            form.add_camera(session.camera.name)
        else:
            form.camera.value = session.camera.name
        form.illuminant.value = session.illuminant
        form.white_level.value = round(session.white_level or 0)
        if session.model.kind == "file":
            form.add_model(session.model.name)
        else:
            form.model.value = session.model.name
        choice = session.wavelengths
        form.wavelengths.value = choice.kind
        for box, value in ((form.start, choice.start), (form.stop, choice.stop), (form.step, choice.step)):
            box.value = value
        form.scale.value = session.matched
        dock.refresh()
        for sentence in (*session.changes, *problem_sentences(session)):
            notify_warning(sentence)
        _Restoring(viewer, dock, session)
        dock.start()


class _Restoring(QObject):
    """Waits for the end of the session's own run; a child of the dock, gone when it is done or the run is not."""

    def __init__(self, viewer: "napari.Viewer", dock: ReconstructDock, session: Session) -> None:
        super().__init__(dock)
        self._viewer, self._dock, self._session = viewer, dock, session
        self._is_waiting = True
        dock.finished.connect(self._restore)
        dock.failed.connect(self._give_up)
        dock.panel.running_changed.connect(self._on_running)

    def _on_running(self, running: bool) -> None:
        if not running:  # told before the result is shown, and all that is told of a run that was cancelled
            QTimer.singleShot(0, self._give_up)

    def _restore(self) -> None:
        session, store = self._session, store_of(self._viewer)
        if not self._let_go():
            return
        scene = store.scene
        if scene is None:
            return
        picking = picking_of(self._viewer)
        if picking is None:
            self._viewer.window.add_plugin_dock_widget(DISTRIBUTION, "Spectra")
            picking = picking_of(self._viewer)
        settings = settings_of(session) | {"encoded_truth": session.encoded_truth and scene.encoder is not None}
        arrangement, band = settings.pop("arrangement"), settings.pop("band")  # once the regions' layers are there
        for name, value in settings.items():
            setattr(store, name, value)
        store.pins = session.pins
        store.sites, store.measurements = session.sites, session.measurements
        if picking is not None:
            restore_regions(picking.regions, store, session.regions, self._viewer)
        view = scene_view_of(self._viewer)
        view.arrange(arrangement if view.truth is not None else "estimate")
        estimate = view.estimate
        if estimate is not None:
            self._viewer.layers.selection.active = estimate
        store.band = min(band, len(scene.estimate.wavelengths) - 1)

    def _give_up(self, *_: Any) -> None:
        if self._let_go() and (self._session.pins or self._session.regions):
            notify_info("The session's run did not end, so its pins and regions are not shown; open it again for them.")

    def _let_go(self) -> bool:
        """Stop waiting; return whether it was waiting still."""
        if not self._is_waiting:
            return False
        self._is_waiting = False
        self._dock.finished.disconnect(self._restore)
        self._dock.failed.disconnect(self._give_up)
        self._dock.panel.running_changed.disconnect(self._on_running)
        self.deleteLater()
        return True


def _picture_layer(source: Source) -> LayerData | None:
    if source.kind == "rendered":
        return None
    if source.kind == "sample":
        return (photograph_layers() if source.name == "photograph" else color_checker_layers())[-1]
    return picture_layer(read_quietly(source.path), name_of_file(source.path), source.name)


def _truth_layer(source: Source) -> LayerData | None:
    if source.kind == "sample":
        return color_checker_layers()[0]
    (layer,) = read_cube_layers(source.path)
    return layer if len(layer) > 1 else None  # a question was not answered


def _present(viewer: "napari.Viewer", wanted: LayerData | None) -> Layer | None:
    """Return the layer that shows the same already, or a new one."""
    if wanted is None:
        return None
    data, arguments, _ = wanted
    noted = next(iter(arguments["metadata"].values()))
    for layer in viewer.layers:
        if role(layer) == noted["role"] and layer_metadata(layer).get("source") == noted["source"]:
            return layer
    return viewer.add_image(data, **arguments)
