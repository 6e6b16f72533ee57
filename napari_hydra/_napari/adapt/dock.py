"""The dock "Adapt": where to measure, what was measured, and the reconstruction before and after learning from it."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import Qt
from qtpy.QtGui import QResizeEvent
from qtpy.QtWidgets import (
    QButtonGroup,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QMenu,
    QPushButton,
    QSizePolicy,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)
from superqt import QFlowLayout

from napari_hydra._napari.adapt.actions import AdaptActions
from napari_hydra._napari.adapt.sites_layer import SitesLayer
from napari_hydra._napari.adapt.state import MIN_SPECTRA, Side, result_rows, shown_side, summary
from napari_hydra._napari.adapt.tables import measured_table, result_table, sites_table
from napari_hydra._napari.layers.scene_view import scene_view_of
from napari_hydra._napari.state.edits import pin_pixel
from napari_hydra._napari.state.shown_pixels import regions_of
from napari_hydra._napari.widgets._compat import plain
from napari_hydra._napari.widgets.dock_parts import (
    BAR_STEPS,
    filled,
    menu_entry,
    narrow_bar,
    push_button,
    splitter,
    text_line,
)
from napari_hydra._napari.widgets.file_filters import ask_to_save, filter_of
from napari_hydra._napari.widgets.following_dock import FollowingDock
from napari_hydra._napari.widgets.notices import notify_info, notifying
from napari_hydra.io import MeasuredSpectrum

if TYPE_CHECKING:
    import napari

_MAX_SITES, _MOST_PIXELS = 100, 300
_WIDTHS = (195, 390, 325)  # pixels, where the dock lies below the canvas of a 1280 pixel screen
_FOLLOWED = ("scene", "pins", "regions", "sites", "measurements", "adaptation")
_SPECTRA_FILTER = filter_of("Measured spectra", "spectra")


class AdaptDock(FollowingDock):
    """Teaches the model the scene that is shown; napari makes one from the manifest.

    Parameters
    ----------
    viewer : napari.Viewer
    """

    def __init__(self, viewer: "napari.viewer.Viewer") -> None:
        super().__init__(viewer)
        viewer = plain(viewer)
        self._said = ""
        self.actions_ = AdaptActions(self._store, scene_view_of(viewer), self.background)
        self.actions_.said.connect(self._on_said)
        self.layer = SitesLayer(viewer, self._store)
        self._build()
        self._follow(self._store.events, _FOLLOWED)
        self._connect()
        self.refresh()

    # -- layout ----------------------------------------------------------------------------------------------

    def _build(self) -> None:
        self._splitter = splitter(self._sites(), self._measured(), self._results(), sizes=_WIDTHS, stretch=_WIDTHS)
        self.note = text_line()
        self.bar = narrow_bar(140)
        self.cancel_button = push_button("Cancel", "Stop; everything stays as it is.", self.background.cancel)
        foot = filled(QHBoxLayout(), self.note, self.bar, self.cancel_button, grows=self.note)
        filled(QVBoxLayout(self), self._splitter, foot, grows=self._splitter, margin=4)

    def _sites(self) -> QWidget:
        self.count = _number(1, _MAX_SITES, 10, "How many sample sites.")
        self.suggest_button = push_button(
            "Suggest",
            "Number the pixels where a measured spectrum would help most, 1 first:\n"
            "away from edges, shadows and saturated pixels.",
            lambda: self._try(self.actions_.suggest, self.count.value()),
        )
        self.sites_button = push_button(
            "Save…", "Write the sample sites as a table (CSV) to take to the field.", self._save_sites
        )
        self.sites_table = sites_table(lambda site: pin_pixel(self._store, site.y, site.x))
        return _part("Where to measure", (self.suggest_button, self.count, self.sites_button), self.sites_table)

    def _measured(self) -> QWidget:
        self.truth_button = QPushButton("From truth")
        self.truth_button.setToolTip("Take spectra of the truth: at the pins, the sample sites, or in a region.")
        self._truth_menu = QMenu(self.truth_button)
        self._truth_menu.aboutToShow.connect(self.fill_truth_menu)
        self.truth_button.setMenu(self._truth_menu)
        self.pixels = _number(
            MIN_SPECTRA, _MOST_PIXELS, 20, "Of a region: how many of its pixels are taken, by chance."
        )
        self.pixels.setSuffix(" px")
        self.open_button = push_button(
            "Open spectra…",
            "Spectra of a point spectrometer: CSV with a row 'y,x,400,410,...' for each spectrum,\n"
            "or with a column for each pin beside the wavelengths, or an ENVI spectral library (.sli).",
            self._open,
        )
        self.remove_button = push_button(
            "Remove", "Remove the selected spectra, or all where none is selected.", self._remove
        )
        self.measured_table = measured_table(self._use)
        self.measured_table.removed.connect(self._remove_rows)
        buttons = (self.truth_button, self.pixels, self.open_button, self.remove_button)
        return _part("Measured spectra", buttons, self.measured_table)

    def _results(self) -> QWidget:
        self.adapt_button = push_button(
            "Adapt",
            f"Fit the model to the checked spectra ({MIN_SPECTRA} at least); curves and maps follow.\n"
            "Where that does not help, everything stays as it is.",
            lambda: self._try(self.actions_.adapt),
        )
        self.side_buttons: dict[Side, QPushButton] = {}
        group = QButtonGroup(self)
        sides: tuple[tuple[Side, str, str], ...] = (
            ("before", "Before", "Show the reconstruction as it was before adapting."),
            ("after", "After", "Show the adapted reconstruction."),
        )
        for side, title, tip in sides:
            button = push_button(title, tip, partial(self.actions_.show, side), is_checkable=True)
            group.addButton(button)
            self.side_buttons[side] = button
        self._group = group
        self.undo_button = push_button(
            "Undo", "Go back to the reconstruction before adapting; the spectra stay.", self.actions_.undo
        )
        self.save_button = push_button(
            "Save model…",
            "Write the adapted model to a small file and offer it for further pictures.",
            self._save_model,
        )
        self.result_table = result_table()
        buttons = (self.adapt_button, *self.side_buttons.values(), self.undo_button, self.save_button)
        return _part("Before and after", buttons, self.result_table)

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        """Stand the parts beside each other in a wide dock, and above each other in a narrow one."""
        super().resizeEvent(event)
        is_wide = self.width() >= max(600, self.height())
        self._splitter.setOrientation(Qt.Orientation.Horizontal if is_wide else Qt.Orientation.Vertical)

    # -- following -------------------------------------------------------------------------------------------

    def _opened(self) -> None:
        self.actions_.connect()
        self.layer.connect()

    def _closed(self) -> None:
        self.layer.disconnect()
        self.actions_.disconnect()

    def _stop(self) -> None:
        if self.background.busy:
            notify_info("Adapting was stopped because its dock was closed.")
        super()._stop()

    def _draw(self) -> None:
        store = self._store
        scene, done, busy = store.scene, store.adaptation, self.background.busy
        self.sites_table.show_rows(store.sites)
        self.measured_table.show_rows(store.measurements)
        self.result_table.show_rows(result_rows(done))
        side = shown_side(store)
        self._group.setExclusive(False)  # an exclusive group keeps its last button down
        for name, button in self.side_buttons.items():
            button.setEnabled(side is not None)
            button.setChecked(side == name)
        self._group.setExclusive(True)
        self.suggest_button.setEnabled(scene is not None and not busy)
        self.sites_button.setEnabled(bool(store.sites))
        self.truth_button.setEnabled(scene is not None and scene.truth is not None)
        self.open_button.setEnabled(scene is not None)
        self.remove_button.setEnabled(bool(store.measurements))
        enough = sum(one.used for one in store.measurements) >= MIN_SPECTRA
        self.adapt_button.setEnabled(scene is not None and enough and not busy)
        self.undo_button.setEnabled(done is not None)
        self.save_button.setEnabled(done is not None)
        self.bar.setVisible(busy)
        self.cancel_button.setVisible(busy)
        if not busy:
            self.note.setText(self._said or summary(store))

    def _on_progress(self, words: str, fraction: float) -> None:
        if words and not self.bar.isVisible():
            self._said = ""
        self.bar.setValue(round(BAR_STEPS * fraction))
        self.refresh()
        if words:
            self.note.setText(words)

    def _on_said(self, words: str) -> None:
        self._said = words
        self.refresh()

    # -- actions ---------------------------------------------------------------------------------------------

    def fill_truth_menu(self) -> None:
        """Offer the pins, the sample sites and each region."""
        store, menu = self._store, self._truth_menu
        menu.clear()
        scene = store.scene
        regions = [] if scene is None else regions_of(scene, store)
        entries: list[tuple[str, bool, Callable[[], None]]] = [
            (f"{len(store.pins)} pins", bool(store.pins), self.actions_.add_pins),
            (f"{len(store.sites)} sample sites", bool(store.sites), self.actions_.add_sites),
        ]
        count = self.pixels.value()
        for region in regions:
            words = f"{min(count, int(region.mask.sum()))} pixels of {region.name}"
            entries.append((words, True, partial(self.actions_.add_region, region, count)))
        if not regions:
            entries.append(("a region: draw or paint one first", False, lambda: None))
        for words, enabled, action in entries:
            menu_entry(menu, words, partial(self._try, action)).setEnabled(enabled)

    def _try(self, action: Callable[..., None], *arguments: Any) -> None:
        self._said = ""
        with notifying():
            action(*arguments)
        self.refresh()

    def _use(self, measured: MeasuredSpectrum, used: bool) -> None:
        store = self._store
        store.measurements = tuple(replace(one, used=used) if one is measured else one for one in store.measurements)

    def _remove(self) -> None:
        self._remove_rows(self.measured_table.selected_rows() or list(range(len(self._store.measurements))))

    def _remove_rows(self, rows: list[int]) -> None:
        store = self._store
        store.measurements = tuple(one for index, one in enumerate(store.measurements) if index not in rows)

    def _open(self) -> None:
        paths, _ = QFileDialog.getOpenFileNames(self, "Open measured spectra", "", _SPECTRA_FILTER)
        if paths:
            self._try(self.actions_.open_files, [Path(path) for path in paths])

    def _save_sites(self) -> None:
        self._save("Save the sample sites", "sites", ".csv", self.actions_.save_sites)

    def _save_model(self) -> None:
        self._save("Save the adapted model", "adapted", ".safetensors", self.actions_.save_model)

    def _save(self, title: str, name: str, suffix: str, write: Callable[..., None]) -> None:
        scene = self._store.scene
        stem = name if scene is None else f"{Path(scene.name).stem}_{name}"
        path, overwrite = ask_to_save(self, title, stem, (suffix,))
        if path is not None:
            with notifying():
                write(path, overwrite=overwrite)


def _number(least: int, most: int, value: int, tooltip: str) -> QSpinBox:
    box = QSpinBox()
    box.setRange(least, most)
    box.setValue(value)
    box.setToolTip(tooltip)
    box.setButtonSymbols(QSpinBox.ButtonSymbols.NoButtons)  # three parts share the width; keys and wheel still step
    box.setStyleSheet("QSpinBox {min-width: 38px; padding: 2px;}")
    return box


def _part(title: str, controls: tuple[QWidget, ...], table: QWidget) -> QWidget:
    """Return a title over a row of controls over a table."""
    part = QWidget()
    label = QLabel(f"<b>{title}</b>")
    label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
    row = QFlowLayout()
    row.setHorizontalSpacing(3)
    row.setVerticalSpacing(3)
    for control in controls:
        row.addWidget(control)
    filled(QVBoxLayout(part), label, row, table, grows=table, spacing=3)
    return part
