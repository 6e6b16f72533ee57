"""The Export button: folders of regions, reports, the whole cube, and sessions; all on a thread of their own."""

import threading
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import ref

from napari.utils.notifications import show_error
from qtpy.QtGui import QKeySequence
from qtpy.QtWidgets import QFileDialog, QMenu, QMessageBox, QPushButton

from napari_hydra._napari.layers.scene_view import scene_view_of
from napari_hydra._napari.sessions.export_progress import ExportProgress
from napari_hydra._napari.sessions.region_opening import ask_coordinates, read_onto, show_regions
from napari_hydra._napari.state.store import Store, store_of
from napari_hydra._napari.widgets.dock_parts import menu_entry
from napari_hydra._napari.widgets.file_filters import ask_to_save, filter_of
from napari_hydra.errors import HydraError
from napari_hydra.io import WRITABLE, FileRegions
from napari_hydra.io.regions.geojson import CoordinatesUnclear
from napari_hydra.io.regions.reader import Coordinates
from napari_hydra.workbench.export.export import CubeFormat, export_cube, export_regions, refuse_foreign_folder
from napari_hydra.workbench.export.file_names import file_stem
from napari_hydra.workbench.scene.view_snapshot import ViewSnapshot
from napari_hydra.workbench.session.saving import save_session

if TYPE_CHECKING:
    import napari

    from napari_hydra._napari.sessions.session_opening import SessionLayers
    from napari_hydra.workbench.session.session import Session
    from napari_hydra.workbench.session.source_paths import OutsideFolder

WITH_INTERVAL = (".hdr", ".zarr", ".nc", ".tif")
EXPORT_KEY, SAVE_KEY = "Ctrl+Shift+E", "Ctrl+Alt+Shift+S"


class ExportButton(QPushButton):
    """Opens a menu of what the window can write, and of sessions.

    Parameters
    ----------
    viewer : napari.Viewer

    Attributes
    ----------
    progress : ExportProgress
        To be placed by the owner; hidden while nothing is written.
    """

    def __init__(self, viewer: "napari.Viewer") -> None:
        super().__init__("Export")
        self._viewer = ref(viewer)
        self._store: Store = store_of(viewer)
        self.progress = ExportProgress()
        self.setToolTip("Write regions, a report or the cube to files; save and open sessions.")
        menu = QMenu(self)
        menu.setToolTipsVisible(True)
        self.regions_action = menu_entry(
            menu,
            "Export regions and pins…",
            self.export_regions,
            "One folder: spectra (CSV, ENVI .sli), sub-cubes (ENVI), masks, plots, figures and a manifest.",
        )
        self.zarr_action = menu_entry(
            menu,
            "Export regions and pins, cubes as Zarr…",
            lambda: self.export_regions("zarr"),
            "The same folder, its sub-cubes as Zarr.",
        )
        self.report_action = menu_entry(
            menu,
            "Report (HTML)…",
            self.write_report,
            "One page with figures, errors, settings and what to keep in mind; needs no other file.",
        )
        self.cube_action = menu_entry(
            menu, "Reconstructed cube…", self.save_cube, "The whole reconstruction: ENVI, Zarr, MATLAB, TIFF, …"
        )
        self.interval_action = menu_entry(
            menu,
            "Reconstructed cube with its interval…",
            lambda: self.save_cube(with_interval=True),
            "The same, with both ends of the interval that is drawn and the flags of the pixels:\n"
            "variables in Zarr and NetCDF, files beside ENVI and TIFF.",
        )
        menu.addSeparator()
        self.save_action = menu_entry(
            menu,
            "Save session…",
            self.save_session,
            "A small file with paths, pins, regions and settings, to go on later or without a window.",
        )
        self.open_action = menu_entry(
            menu,
            "Open session…",
            self.open_session,
            "Bring back what a session file says: files, settings, pins, regions.",
        )
        self.open_regions_action = menu_entry(
            menu,
            "Open regions…",
            self.open_regions,
            "Regions that were drawn elsewhere: GeoJSON (QGIS), ENVI and ImageJ regions, masks (TIFF, PNG).",
        )
        self.regions_action.setShortcut(QKeySequence(EXPORT_KEY))
        self.save_action.setShortcut(QKeySequence(SAVE_KEY))
        self.addActions([self.regions_action, self.save_action])  # so that their keys work while the menu is closed
        menu.aboutToShow.connect(self._enable)
        for name in ("scene", "pins", "regions"):
            getattr(self._store.events, name).connect(self._enable)
        self.setMenu(menu)
        self._enable()

    def export_regions(self, cube_format: CubeFormat = "envi") -> None:
        """Ask for a folder and write pins and regions into a new one in it."""
        snapshot = ViewSnapshot.of(self._store)
        if snapshot is None or not (snapshot.pins or snapshot.regions):
            show_error("There are no pins or regions to export; click a pixel or draw a region first.")
            return
        parent = QFileDialog.getExistingDirectory(self, "Export regions: choose where to put the new folder")
        if not parent:
            return
        folder = Path(parent) / f"{file_stem(snapshot.scene.name)}_regions"
        overwrite = folder.exists()
        try:
            refuse_foreign_folder(folder, overwrite)
        except HydraError as error:
            show_error(str(error))
            return
        if overwrite and not self._may_replace(folder, "an earlier export"):
            return
        self.progress.start(
            lambda progress, cancel: export_regions(
                snapshot, folder, cube_format=cube_format, overwrite=overwrite, progress=progress, cancel=cancel
            )
        )

    def write_report(self) -> None:
        """Ask for a file and write a page about the scene."""
        snapshot = ViewSnapshot.of(self._store)
        path, overwrite = self._ask("Write a report", "report", (".html",))
        if snapshot is None or path is None:
            return

        def task(progress: Any, cancel: threading.Event) -> Path:
            from napari_hydra.workbench.report.report import write_report

            return write_report(snapshot, path, overwrite=overwrite, progress=progress, cancel=cancel)

        self.progress.start(task)

    def save_cube(self, *, with_interval: bool = False) -> None:
        """Ask for a file and write the whole reconstruction, with the interval that is drawn where asked for."""
        scene, level = self._store.scene, self._store.level if with_interval else None
        suffixes = WITH_INTERVAL if with_interval else WRITABLE
        path, overwrite = self._ask("Export the reconstructed cube", "reconstruction", suffixes)
        if path is not None and scene is not None:
            self.progress.start(
                lambda progress, cancel: export_cube(
                    path, scene, interval=level, overwrite=overwrite, progress=progress, cancel=cancel
                )
            )

    def save_session(self) -> None:
        """Ask for a file and write the session there."""
        viewer = self._viewer()
        snapshot = None if viewer is None else ViewSnapshot.of(self._store, scene_view_of(viewer).arrangement)
        if snapshot is None:
            show_error("There is no reconstruction to save yet; choose a picture and press Run.")
            return
        path, overwrite = self._ask("Save the session", "session", (".json",))
        if path is not None:
            self.progress.start(
                lambda progress, cancel: save_session(
                    snapshot, path, overwrite=overwrite, progress=progress, cancel=cancel
                )
            )

    def open_session(self) -> None:
        """Ask for a session and bring it back."""
        chosen, _ = QFileDialog.getOpenFileName(self, "Open a session", "", "Sessions (*.json);;All files (*)")
        if chosen:
            self.open_session_file(chosen)

    def open_session_file(self, path: str | Path, *, allow_outside: bool = False) -> None:
        """Read a session and its files on a thread, then show it; ask before files outside of its folder are opened."""

        def task(_progress: Any, _cancel: threading.Event) -> "tuple[Session, SessionLayers] | OutsideFolder":
            from napari_hydra._napari.sessions.session_opening import read_layers
            from napari_hydra.workbench.session.reopening import SessionNotice, load_session
            from napari_hydra.workbench.session.source_paths import OutsideFolder

            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore", SessionNotice)  # told in the window
                    session = load_session(path, allow_outside=allow_outside)
            except OutsideFolder as outside:
                return outside
            return session, read_layers(session)

        def show(found: "tuple[Session, SessionLayers] | OutsideFolder") -> None:
            from napari_hydra._napari.sessions.session_opening import show_session

            viewer = self._viewer()
            if viewer is None:
                return
            if isinstance(found, tuple):
                show_session(viewer, *found)
            elif self._may_open(path, found.files):
                self.open_session_file(path, allow_outside=True)

        self.progress.start(task, show, "Reading the session")

    def open_regions(self) -> None:
        """Ask for a file of regions and open it onto the scene."""
        chosen, _ = QFileDialog.getOpenFileName(self, "Open regions", "", filter_of("Regions", "regions"))
        if chosen:
            self.open_regions_file(chosen)

    def open_regions_file(self, path: str | Path, coordinates: Coordinates = "auto") -> None:
        """Read regions on a thread, then show them; ask what their coordinates are where that is unclear."""
        file, scene = Path(path), self._store.scene

        def task(_progress: Any, _cancel: threading.Event) -> "FileRegions | CoordinatesUnclear":
            try:
                return read_onto(scene, file, coordinates)
            except CoordinatesUnclear as unclear:
                return unclear

        def show(found: "FileRegions | CoordinatesUnclear") -> None:
            viewer = self._viewer()
            if viewer is None or self._store.scene is not scene:
                return
            if isinstance(found, FileRegions):
                show_regions(viewer, found, file.stem)
            elif (answer := ask_coordinates(self, found)) is not None:
                self.open_regions_file(file, answer)

        self.progress.start(task, show, "Reading the regions")

    def _may_open(self, path: str | Path, files: list[str]) -> bool:
        question = f"{Path(path).name} opens files that do not lie in its folder:\n\n" + "\n".join(files)
        answer = QMessageBox.question(
            self, "Open files elsewhere?", f"{question}\n\nOpen them if you trust the session."
        )
        return answer == QMessageBox.StandardButton.Yes

    def _enable(self) -> None:
        store, idle = self._store, not self.progress.busy
        has_scene = store.scene is not None
        for action in (self.regions_action, self.zarr_action):
            action.setEnabled(has_scene and bool(store.pins or store.regions) and idle)
        for action in (self.report_action, self.cube_action, self.interval_action, self.save_action):
            action.setEnabled(has_scene and idle)
        self.open_action.setEnabled(idle)
        self.open_regions_action.setEnabled(has_scene and idle)

    def _ask(self, title: str, name: str, suffixes: tuple[str, ...]) -> tuple[Path | None, bool]:
        """Return the file chosen, and whether the dialog was told to replace it."""
        scene = self._store.scene
        stem = f"{file_stem(scene.name)}_{name}" if scene is not None else name
        return ask_to_save(self, title, stem, suffixes)

    def _may_replace(self, folder: Path, what: str) -> bool:
        answer = QMessageBox.question(
            self, "Replace the folder?", f"{folder} holds {what}. Replace it with everything in it?"
        )
        return answer == QMessageBox.StandardButton.Yes
