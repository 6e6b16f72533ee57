"""The table beside the plot: what is drawn, in which colour, how far off; names, colours and ticks are edited in it."""

from operator import attrgetter

from qtpy.QtCore import QModelIndex, QPoint, Qt
from qtpy.QtGui import QColor, QShowEvent
from qtpy.QtWidgets import QColorDialog, QMenu

from napari_hydra._napari.inspect.table_rows import TableRow, table_rows
from napari_hydra._napari.state.edits import recolour, remove, rename, set_visible
from napari_hydra._napari.state.store import Store
from napari_hydra._napari.widgets.dock_parts import menu_entry, single_shot
from napari_hydra._napari.widgets.notices import notify_warning
from napari_hydra._napari.widgets.table import Column, Table
from napari_hydra.errors import HydraError

SHOW, NAME, PLACE, PIXELS, RMSE, ANGLE, BOUND, FLAGS = range(8)
_FIGURES = (
    ("y, x", "The pixel of a pin.", "place"),
    ("Pixels", "How many pixels are averaged.", "pixels"),
    ("RMSE", "Root mean square error against the truth, in the unit of the scene.", "rmse"),
    ("Angle °", "Spectral angle to the truth, in degrees.", "angle"),
    (
        "Bound",
        "RMSE of the encoded truth: the least that this model can reach. Drawn with the curve.",
        "bound",
    ),
    ("Flags", "Why the reconstruction is less certain there.", "flags"),
)
_FIELDS = ("scene", "pins", "regions", "level", "pixel_window", "statistic", "encoded_truth", "cubes")


class SpectraTable(Table):
    """A row for each pin and region of a store.

    Parameters
    ----------
    store : Store
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        super().__init__(
            [
                Column(
                    title="Show",
                    about="Tick: on the plot. Double-click the colour to choose another.",
                    colour=attrgetter("item.colour"),
                    checked=attrgetter("item.visible"),
                    check=lambda row, visible: set_visible(store, row.item, visible),
                ),
                Column(
                    title="Name", about="Double-click to rename.", text=attrgetter("item.name"), rename=self._rename
                ),
                *(
                    Column(title=title, about=about, text=attrgetter(field), is_elastic=field == "flags")
                    for title, about, field in _FIGURES
                ),
            ]
        )
        lines, heading = self.verticalHeader(), self.horizontalHeader()
        assert lines is not None
        assert heading is not None
        heading.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        lines.setDefaultSectionSize(24)  # names are typed into it
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.customContextMenuRequested.connect(self._open_menu)
        self.setMinimumSize(150, 60)
        self._timer = single_shot(self, self.refresh)
        self.doubleClicked.connect(self._on_double_clicked)
        self.removed.connect(self.remove_selected)
        for name in _FIELDS:
            getattr(store.events, name).connect(self.schedule)
        self.refresh()

    def refresh(self) -> None:
        """Show the store as it is now."""
        self._timer.stop()
        self.setColumnHidden(BOUND, not self._store.encoded_truth)
        self.show_rows(table_rows(self._store))

    def remove_selected(self) -> None:
        """Take the selected pins and regions away."""
        remove(self._store, *(self.rows[row].item for row in self.selected_rows()))

    def choose_colour(self, row: int) -> None:
        """Ask for the colour of a row."""
        item = self.rows[row].item
        colour = QColorDialog.getColor(QColor(item.colour), self, f"Colour of {item.name}")
        if colour.isValid():
            recolour(self._store, item, colour.name())

    def schedule(self) -> None:
        """Show the store soon; while the legend stands in its place, not before it is shown."""
        if self.isVisible() and not self._timer.isActive():
            self._timer.start()

    def flush(self) -> None:
        """Show at once what is scheduled."""
        if self._timer.isActive():
            self.refresh()

    def showEvent(self, event: QShowEvent | None) -> None:
        """Catch up."""
        super().showEvent(event)
        self.refresh()

    def _rename(self, row: TableRow, name: str) -> None:
        try:
            rename(self._store, row.item, name)
        except HydraError as error:
            notify_warning(str(error))

    def _on_double_clicked(self, index: QModelIndex) -> None:
        if index.column() == SHOW:
            self.choose_colour(index.row())

    def _open_menu(self, where: QPoint) -> None:
        index = self.indexAt(where)
        if index.isValid():
            menu = self.menu_of(index.row())
            menu.exec(self.mapToGlobal(where))
            menu.deleteLater()

    def menu_of(self, row: int) -> QMenu:
        """Return the menu of a row."""
        menu = QMenu(self)
        menu_entry(menu, "Rename", lambda: self.edit(self.index(row, NAME)))
        menu_entry(menu, "Colour…", lambda: self.choose_colour(row))
        menu_entry(menu, "Remove", self.remove_selected)
        return menu
