"""The dock with the spectra plot and what one does beside it: draw and paint regions, clear, export."""

from collections.abc import Callable
from typing import TYPE_CHECKING
from weakref import ref

from napari.utils.notifications import show_warning
from qtpy.QtCore import QTimer
from qtpy.QtGui import QHideEvent, QShowEvent
from qtpy.QtWidgets import QPushButton, QSizePolicy, QVBoxLayout, QWidget
from superqt import QFlowLayout

from napari_hydra._napari._compat import plain
from napari_hydra._napari.export_menu import ExportButton
from napari_hydra._napari.picking import connect_picking, picking_of
from napari_hydra._napari.plot_theme import plot_theme_of
from napari_hydra._napari.regions_layers import RegionsLayers
from napari_hydra._napari.spectra_panes import SpectraPanes
from napari_hydra._napari.spectra_plot import SpectraPlot
from napari_hydra._napari.store import Store, store_of
from napari_hydra._napari.view_options import choose_statistic, choose_transform, choose_window
from napari_hydra.errors import HydraError

if TYPE_CHECKING:
    import napari


class SpectraDock(QWidget):
    """Spectra of pinned pixels and regions, reconstruction beside truth.

    The mouse pins pixels only while the dock is open: napari hides a dock that is closed, and tells nothing else.

    Parameters
    ----------
    viewer : napari.Viewer
    """

    def __init__(self, viewer: "napari.viewer.Viewer") -> None:
        super().__init__()
        viewer = plain(viewer)
        self._viewer = ref(viewer)
        self._store = store_of(viewer)
        self._connection = _Connection()
        self.destroyed.connect(self._connection.close)
        self.plot = SpectraPlot(self._store, plot_theme_of(viewer), self)
        self.draw_button = _button(
            "Draw region", "Draw around an area of the picture; its mean spectrum joins the plot.", self._draw
        )
        self.paint_button = _button(
            "Paint region", "Paint an area with the brush; each label is a region of its own.", self._paint
        )
        self.clear_button = _button("Clear pins", "Remove every pinned pixel.", self._clear_pins)
        self.table_button = _button("Table", "Show a table of names, colours and errors in place of the legend.")
        self.table_button.setCheckable(True)
        self.export_button = ExportButton(viewer)
        self.transform, self.window_size = choose_transform(self._store), choose_window(self._store)
        self.statistic = choose_statistic(self._store)
        row = QFlowLayout()
        row.setHorizontalSpacing(8)
        row.setVerticalSpacing(4)
        for widget in (
            self.draw_button,
            self.paint_button,
            self.clear_button,
            self.table_button,
            self.export_button,
            self.transform,
            self.window_size,
            self.statistic,
        ):
            row.addWidget(widget)
        self.panes = SpectraPanes(self._store, self.plot)
        self.table_button.toggled.connect(self.panes.show_table)
        self.table_button.setChecked(True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(4, 4, 4, 4)
        layout.setSpacing(4)
        layout.addLayout(row)
        layout.addWidget(self.panes, 1)
        layout.addWidget(self.export_button.progress)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        for name in ("scene", "pins"):
            getattr(self._store.events, name).connect(self._enable)
        viewer.events.theme.connect(self._on_theme)
        self._enable()
        self._connect()

    def disconnect(self) -> None:
        """Let go of the mouse; the plot stays as it is until the dock is shown again."""
        self._connection.close()

    def showEvent(self, event: QShowEvent | None) -> None:
        """Take the mouse when the dock is opened."""
        super().showEvent(event)
        self._connect()

    def hideEvent(self, event: QHideEvent | None) -> None:
        """Let go of the mouse when the dock is closed, not when the whole window is minimised."""
        super().hideEvent(event)
        if event is None or not event.spontaneous():
            self.disconnect()

    def _connect(self) -> None:
        viewer = self._viewer()
        if viewer is not None:
            self._connection.open(viewer, self._store)

    def _regions(self) -> RegionsLayers | None:
        viewer = self._viewer()
        picking = None if viewer is None else picking_of(viewer)
        return None if picking is None else picking.regions

    def _draw(self) -> None:
        self._try(RegionsLayers.draw)

    def _paint(self) -> None:
        self._try(RegionsLayers.paint)

    def _try(self, action: Callable[[RegionsLayers], None]) -> None:
        regions = self._regions()
        if regions is not None:
            try:
                action(regions)
            except HydraError as error:
                show_warning(str(error))

    def _clear_pins(self) -> None:
        self._store.pins = ()

    def _enable(self) -> None:
        has_scene = self._store.scene is not None
        self.draw_button.setEnabled(has_scene)
        self.paint_button.setEnabled(has_scene)
        self.clear_button.setEnabled(bool(self._store.pins))

    def _on_theme(self) -> None:
        # napari tells of the theme before its own windows have taken it over.
        QTimer.singleShot(0, self._take_theme)

    def _take_theme(self) -> None:
        viewer = self._viewer()
        if viewer is not None:
            self.plot.set_theme(plot_theme_of(viewer))


class _Connection:
    """The dock's hold on the mouse, which outlives the dock just long enough to be let go."""

    def __init__(self) -> None:
        self._disconnect: Callable[[], None] | None = None

    def open(self, viewer: "napari.Viewer", store: Store) -> None:
        """Take the mouse, unless it is held."""
        if self._disconnect is None:
            self._disconnect = connect_picking(viewer, store)

    def close(self) -> None:
        """Let go."""
        if self._disconnect is not None:
            self._disconnect()
            self._disconnect = None


def _button(text: str, tooltip: str, action: Callable[[], None] | None = None) -> QPushButton:
    button = QPushButton(text)
    button.setToolTip(tooltip)
    if action is not None:
        button.clicked.connect(lambda: action())
    return button
