"""The Export button: asks where to, writes long files on a thread of their own."""

import contextlib
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from napari.qt.threading import create_worker
from napari.utils.notifications import show_error, show_info
from qtpy.QtCore import Signal
from qtpy.QtGui import QAction
from qtpy.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QMenu,
    QMessageBox,
    QProgressBar,
    QPushButton,
    QWidget,
)

from napari_hydra._napari.run_thread import Failure
from napari_hydra._napari.store import Store, Transform
from napari_hydra.errors import Cancelled, HydraError
from napari_hydra.io import WRITABLE
from napari_hydra.workbench.export import (
    PLOT_SUFFIXES,
    export_cube,
    export_plot,
    export_regions,
    export_spectra,
    region_files,
)
from napari_hydra.workbench.plot_state import resolve

Task = Callable[[Callable[[float, str], None], threading.Event], "Path | list[Path]"]


class ExportButton(QPushButton):
    """Opens a menu of what the store can write.

    Parameters
    ----------
    store : Store
    parent : QWidget, optional

    Attributes
    ----------
    progress : ExportProgress
        To be placed by the owner; hidden while nothing is written.
    """

    def __init__(self, store: Store, parent: QWidget | None = None) -> None:
        super().__init__("Export", parent)
        self._store = store
        self.progress = ExportProgress()
        self.setToolTip("Write spectra, regions, the plot or the cube to files.")
        menu = QMenu(self)
        self.spectra_action = _action(menu, "Spectra (CSV)…", self.save_spectra)
        self.shown_action = _action(menu, "Spectra as shown (CSV)…", self.save_shown_spectra)
        self.plot_action = _action(menu, "Plot (PNG, SVG, PDF)…", self.save_plot)
        self.regions_action = _action(menu, "Regions (ENVI cubes and masks)…", self.save_regions)
        self.cube_action = _action(menu, "Reconstructed cube…", self.save_cube)
        menu.aboutToShow.connect(self._enable)
        self.setMenu(menu)

    def save_spectra(self) -> None:
        """Ask for a file and write the spectra of pins and regions as they were measured."""
        self._save_spectra("Export spectra", "spectra", "as measured")

    def save_shown_spectra(self) -> None:
        """Ask for a file and write the spectra of pins and regions as the plot shows them."""
        transform = self._store.transform
        self._save_spectra("Export spectra as shown", "spectra_" + transform.replace(" ", "_"), transform)

    def _save_spectra(self, title: str, name: str, transform: Transform) -> None:
        store, scene = self._store, self._store.scene
        path, overwrite = self._ask(title, name, (".csv",))
        if path is not None and scene is not None:
            self._now(
                lambda: export_spectra(
                    path,
                    scene,
                    store.pins,
                    store.regions,
                    level=store.level,
                    window=store.window,
                    statistic=store.statistic,
                    transform=transform,
                    overwrite=overwrite,
                )
            )

    def save_plot(self) -> None:
        """Ask for a file and write the plot, on white."""
        path, overwrite = self._ask("Export plot", "plot", PLOT_SUFFIXES)
        if path is not None:
            self._now(lambda: export_plot(path, resolve(self._store), overwrite=overwrite))

    def save_regions(self) -> None:
        """Ask for a folder and write the regions there."""
        scene, regions = self._store.scene, self._store.regions
        folder = QFileDialog.getExistingDirectory(self, "Export regions to a folder")
        if not folder or scene is None:
            return
        try:
            existing = [path.name for path in region_files(Path(folder), scene, regions) if path.exists()]
        except HydraError as error:
            show_error(str(error))
            return
        if existing and not self._confirm(existing):
            return
        self.progress.start(
            lambda progress, cancel: export_regions(
                folder, scene, regions, overwrite=bool(existing), progress=progress, cancel=cancel
            )
        )

    def save_cube(self) -> None:
        """Ask for a file and write the whole reconstruction."""
        scene = self._store.scene
        path, overwrite = self._ask("Export the reconstructed cube", "reconstruction", WRITABLE)
        if path is not None and scene is not None:
            self.progress.start(
                lambda progress, cancel: export_cube(path, scene, overwrite=overwrite, progress=progress, cancel=cancel)
            )

    def _enable(self) -> None:
        store = self._store
        has_spectra = store.scene is not None and bool(store.pins or store.regions)
        is_transformed = store.transform != "as measured"
        self.spectra_action.setEnabled(has_spectra)
        self.spectra_action.setText("Spectra as measured (CSV)…" if is_transformed else "Spectra (CSV)…")
        self.shown_action.setVisible(is_transformed)
        self.shown_action.setText(f"Spectra as shown: {store.transform} (CSV)…")
        self.shown_action.setEnabled(has_spectra)
        self.plot_action.setEnabled(has_spectra)
        self.regions_action.setEnabled(store.scene is not None and bool(store.regions) and not self.progress.busy)
        self.cube_action.setEnabled(store.scene is not None and not self.progress.busy)

    def _ask(self, title: str, name: str, suffixes: tuple[str, ...]) -> tuple[Path | None, bool]:
        """Return the file chosen, and whether the dialog was told to replace it."""
        scene = self._store.scene
        stem = f"{Path(scene.name).stem}_{name}" if scene is not None else name
        filters = ";;".join(f"*{suffix}" for suffix in suffixes)
        chosen, used = QFileDialog.getSaveFileName(self, title, stem + suffixes[0], filters)
        if not chosen:
            return None, False
        path = Path(chosen)
        if path.suffix.lower() in suffixes:
            return path, path.exists()
        # The dialog asked about the name without its suffix, so nobody agreed to replace the one with it.
        suffix = used.lstrip("*") if used.lstrip("*") in suffixes else suffixes[0]
        return path.with_name(path.name + suffix), False

    def _confirm(self, existing: list[str]) -> bool:
        answer = QMessageBox.question(
            self, "Replace files?", f"{len(existing)} files exist already, for example {existing[0]}. Replace them?"
        )
        return answer == QMessageBox.StandardButton.Yes

    def _now(self, write: Callable[[], Path]) -> None:
        try:
            show_info(f"Written: {write()}")
        except HydraError as error:
            show_error(str(error))


class ExportProgress(QWidget):
    """A bar with Cancel while files are written on a thread."""

    _reported = Signal(float, str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._cancel: threading.Event | None = None
        self.bar = QProgressBar()
        self.bar.setRange(0, 1000)
        self.label = QLabel()
        self.cancel_button = QPushButton("Cancel")
        self.cancel_button.clicked.connect(lambda: self.cancel())
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        for widget in (self.label, self.bar, self.cancel_button):
            layout.addWidget(widget)
        self._reported.connect(self._on_reported)
        self.hide()

    @property
    def busy(self) -> bool:
        """Whether something is being written."""
        return self._cancel is not None

    def start(self, task: Task) -> None:
        """Run ``task(progress, cancel)`` on a thread and tell how it ended."""
        if self.busy:
            show_error("Files are being written already; wait for them or cancel.")
            return
        cancel = self._cancel = threading.Event()
        self.destroyed.connect(cancel.set)
        report = _Reporter(self._reported)
        self.bar.setValue(0)
        self.label.setText("writing")
        self.show()
        create_worker(_outcome, task, report, cancel, _connect={"returned": self._on_done}, _start_thread=True)

    def cancel(self) -> None:
        """Ask the thread to stop; what it wrote is removed."""
        if self._cancel is not None:
            self._cancel.set()

    def _on_reported(self, fraction: float, stage: str) -> None:
        self.bar.setValue(round(1000 * fraction))
        self.label.setText(stage)

    def _on_done(self, outcome: Any) -> None:
        self._cancel = None
        self.hide()
        if not isinstance(outcome, Failure):
            show_info(f"Written: {outcome[0].parent if isinstance(outcome, list) else outcome}")
        elif isinstance(outcome.error, Cancelled):
            show_info("Cancelled; nothing was written.")
        elif isinstance(outcome.error, HydraError):
            show_error(str(outcome.error))
        else:
            raise outcome.error


def _action(menu: QMenu, text: str, triggered: Callable[[], None]) -> QAction:
    action = QAction(text, menu)
    action.triggered.connect(lambda: triggered())
    menu.addAction(action)
    return action


def _outcome(
    task: Task, report: Callable[[float, str], None], cancel: threading.Event
) -> "Path | list[Path] | Failure":
    """Return what the task returns, or what it raised: the thread's own way swallows some exceptions."""
    try:
        return task(report, cancel)
    except Exception as error:
        return Failure(error)


class _Reporter:
    """Sends progress from the writing thread to the window, as long as that is there."""

    def __init__(self, signal: Any) -> None:
        self._signal = signal

    def __call__(self, fraction: float, stage: str) -> None:
        """Report the fraction done and what is being done."""
        with contextlib.suppress(RuntimeError):  # the dock was deleted; the file is written all the same
            self._signal.emit(fraction, stage)
