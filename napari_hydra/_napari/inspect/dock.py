"""The dock with the spectra plot and what one does beside it: draw and paint regions, clear, export."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING
from weakref import ref

from napari.utils.notifications import show_warning
from qtpy.QtCore import Qt
from qtpy.QtGui import QKeySequence, QShortcut
from qtpy.QtWidgets import QVBoxLayout
from superqt import QFlowLayout

from napari_hydra._napari.inspect.curves_button import CurvesButton
from napari_hydra._napari.inspect.draw_button import DrawButton
from napari_hydra._napari.inspect.history import History
from napari_hydra._napari.inspect.keys import KEYS, KeyAction
from napari_hydra._napari.inspect.open_cubes import OpenCubes
from napari_hydra._napari.inspect.panes import SpectraPanes
from napari_hydra._napari.inspect.plot import SpectraPlot
from napari_hydra._napari.inspect.view_options import (
    PIXEL_WINDOWS,
    choose_level,
    choose_pixel_window,
    choose_statistic,
    choose_transform,
)
from napari_hydra._napari.layers.picking import connect_picking, regions_layers_of
from napari_hydra._napari.layers.regions_layers import RegionsLayers
from napari_hydra._napari.layers.scene_view import scene_view_of
from napari_hydra._napari.sessions.export_menu import ExportButton
from napari_hydra._napari.state.preferences import preferences
from napari_hydra._napari.state.store import Store
from napari_hydra._napari.widgets._compat import plain
from napari_hydra._napari.widgets.arrangement import toggle_large
from napari_hydra._napari.widgets.dock_parts import filled, joined, push_button
from napari_hydra._napari.widgets.following_dock import FollowingDock
from napari_hydra._napari.widgets.plot_theme import plot_theme_of
from napari_hydra.errors import HydraError
from napari_hydra.workbench.plot.palette import PlotTheme
from napari_hydra.workbench.scene.scene import Tool

if TYPE_CHECKING:
    import napari


class SpectraDock(FollowingDock):
    """Spectra of pinned pixels and regions, reconstruction beside truth.

    The mouse pins pixels only while the dock is open: napari hides a dock that is closed, and tells nothing else.

    Parameters
    ----------
    viewer : napari.Viewer
    """

    def __init__(self, viewer: "napari.viewer.Viewer") -> None:
        super().__init__(viewer)
        viewer = plain(viewer)
        self.plot = SpectraPlot(self._store, plot_theme_of(viewer), self)
        self.history = History(viewer, self._store)
        self.cubes = OpenCubes(viewer, self._store)
        self._connection = _Connection(self.history)
        self.destroyed.connect(self._connection.close)
        self.destroyed.connect(self.cubes.disconnect)
        chosen = preferences()
        self.draw_button = DrawButton(self.draw, chosen.tool)
        self.paint_button = push_button(
            "Paint",
            "Paint a region with the brush (key Shift+D on the canvas); each label is a region of its own.",
            self.paint,
        )
        self.clear_button = push_button(
            "Clear pins", "Remove every pinned pixel; Undo brings them back.", self.clear_pins
        )
        self.undo_button = push_button("↶", "Undo the last change of pins and regions (Ctrl+Z).", self.undo)
        self.redo_button = push_button("↷", "Do again what was undone (Ctrl+Shift+Z).", self.redo)
        for button in (self.undo_button, self.redo_button):
            button.setFixedWidth(28)
        self.curves_button = CurvesButton(self._store, self.cubes)
        self.table_button = push_button(
            "Table", "Show a table of names, colours and errors beside the plot.", is_checkable=True
        )
        self.export_button = ExportButton(viewer)
        self.large_button = push_button(
            "⤢", "Give the plot most of the window, or the room that it had (key E on the canvas).", self.toggle_large
        )
        self.large_button.setFixedWidth(28)
        self.transform, self.pixel_window = choose_transform(self._store), choose_pixel_window(self._store)
        self.statistic, self.level = choose_statistic(self._store), choose_level(self._store)
        row = QFlowLayout()
        row.setHorizontalSpacing(6)
        row.setVerticalSpacing(4)
        for widget in (
            joined(self.draw_button, self.draw_button.arrow),
            self.paint_button,
            self.clear_button,
            joined(self.undo_button, self.redo_button),
            self.curves_button,
            self.table_button,
            self.export_button,
            self.large_button,
            self.transform,
            self.pixel_window,
            self.statistic,
            self.level,
        ):
            row.addWidget(widget)
        self.panes = SpectraPanes(self._store, self.plot)
        self.table_button.toggled.connect(self.panes.show_table)
        self.table_button.setChecked(chosen.table)
        filled(QVBoxLayout(self), row, self.panes, self.export_button.progress, grows=self.panes, margin=4)
        self._follow(self._store.events, ("scene", "pins"), self._draw)
        self._follow(self.history, ("changed",), self._draw)
        for keys, action in (("Ctrl+Z", self.undo), ("Ctrl+Shift+Z", self.redo)):
            shortcut = QShortcut(QKeySequence(keys), self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(action)
        self._draw()
        self._connect()

    def flush(self) -> None:
        """Draw at once what is scheduled, and wait until everything is read and drawn, in plot and table as well."""
        super().flush()
        self.plot.flush()
        self.panes.table.flush()

    def _opened(self) -> None:
        viewer = self._viewer()
        if viewer is not None:
            self._connection.open(viewer, self._store, self)

    def _closed(self) -> None:
        self._connection.close()

    def _draw(self) -> None:
        has_scene = self._store.scene is not None
        self.draw_button.setEnabled(has_scene)
        self.paint_button.setEnabled(has_scene)
        self.clear_button.setEnabled(bool(self._store.pins))
        self.undo_button.setEnabled(self.history.can_undo)
        self.redo_button.setEnabled(self.history.can_redo)

    def _take_theme(self, theme: PlotTheme) -> None:
        self.plot.set_theme(theme)

    # -- what buttons, keys and menu entries do ----------------------------------------------------------------

    def draw(self, tool: Tool | None = None) -> None:
        """Begin a region; without a tool with the one used last."""
        if tool is None or tool != self.draw_button.tool:
            self.draw_button.start(tool or self.draw_button.tool)
        else:
            self._try(partial(RegionsLayers.draw, tool=tool))

    def paint(self) -> None:
        """Begin a region with the brush."""
        self._try(RegionsLayers.paint)

    def pick(self) -> None:
        """Leave drawing and painting: clicks on the picture pin pixels again."""
        viewer = self._viewer()
        if viewer is not None:
            for layer in viewer.layers.selection:
                layer.mode = "pan_zoom"
            estimate = scene_view_of(viewer).estimate
            if estimate is not None:
                viewer.layers.selection.active = estimate

    def clear_pins(self) -> None:
        """Remove every pin."""
        self._store.pins = ()

    def undo(self) -> None:
        """Take back the last change of pins and regions."""
        self.history.undo()

    def redo(self) -> None:
        """Do again what was taken back."""
        self.history.redo()

    def toggle_large(self) -> None:
        """Give the plot most of the window, or the room that it had."""
        if self.frame is not None:
            toggle_large(self.frame)

    def step_pixel_window(self, step: int) -> None:
        """Average a larger or a smaller window of pixels."""
        wider = [
            size
            for size in PIXEL_WINDOWS
            if (size > self._store.pixel_window) == (step > 0) and size != self._store.pixel_window
        ]
        if wider:
            self._store.pixel_window = min(wider) if step > 0 else max(wider)

    def toggle_encoded_truth(self) -> None:
        """Show or hide the encoded truth."""
        scene = self._store.scene
        if scene is None or scene.encoder is None:
            show_warning("There is no truth to code; choose a measured cube as Truth and press Run.")
        else:
            self._store.encoded_truth = not self._store.encoded_truth

    def toggle_statistic(self) -> None:
        """Change between mean and median of regions."""
        self._store.statistic = "median" if self._store.statistic == "mean" else "mean"

    def _try(self, action: Callable[[RegionsLayers], None]) -> None:
        regions = regions_layers_of(self._viewer())
        if regions is not None:
            try:
                action(regions)
            except HydraError as error:
                show_warning(str(error))


class _Connection:
    """The dock's hold on the mouse and the keys, which outlives the dock just long enough to be let go."""

    def __init__(self, history: History) -> None:
        self._history = history
        self._viewer: ref[napari.Viewer] | None = None
        self._disconnect: Callable[[], None] | None = None

    def open(self, viewer: "napari.Viewer", store: Store, dock: SpectraDock) -> None:
        """Take mouse and keys, unless they are held."""
        if self._disconnect is None:
            self._viewer = ref(viewer)
            self._disconnect = connect_picking(viewer, store)
            self._history.open()
            for action in KEYS:
                viewer.bind_key(action.key, _on_key(ref(dock), action), overwrite=True)

    def close(self) -> None:
        """Let go."""
        if self._disconnect is not None:
            self._history.close()
            self._disconnect()
            self._disconnect = None
            viewer = None if self._viewer is None else self._viewer()
            if viewer is not None:
                for action in KEYS:
                    viewer.bind_key(action.key, None, overwrite=True)


def _on_key(dock: "ref[SpectraDock]", action: KeyAction) -> "Callable[[napari.Viewer], None]":
    def run(viewer: "napari.Viewer") -> None:
        there = dock()
        if there is not None:
            action.run(there)

    return run
