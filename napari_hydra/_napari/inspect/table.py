"""The table beside the plot: what is drawn, in which colour, how far off; names, colours and ticks are edited in it."""

from napari.utils.notifications import show_warning
from qtpy.QtCore import QPoint, QSize, Qt, QTimer
from qtpy.QtGui import QColor, QKeyEvent, QShowEvent
from qtpy.QtWidgets import (
    QAbstractItemView,
    QColorDialog,
    QHeaderView,
    QMenu,
    QSizePolicy,
    QTableWidget,
    QTableWidgetItem,
    QWidget,
)

from napari_hydra._napari.inspect.table_rows import TableRow, table_rows
from napari_hydra._napari.state.edits import Item, recolour, remove, rename, set_visible
from napari_hydra._napari.state.store import Store
from napari_hydra.errors import HydraError

SHOW, NAME, PLACE, PIXELS, RMSE, ANGLE, BOUND, FLAGS = range(8)
_HEADERS = (
    ("Show", "Tick: on the plot. Double-click the colour to choose another."),
    ("Name", "Double-click to rename."),
    ("y, x", "The pixel of a pin."),
    ("Pixels", "How many pixels are averaged."),
    ("RMSE", "Root mean square error against the truth, in the unit of the scene."),
    ("Angle °", "Spectral angle to the truth, in degrees."),
    (
        "Bound",
        "RMSE of the teacher's own coding of the truth: the least that this model can reach. Drawn with the curve.",
    ),
    ("Flags", "What makes the reconstruction doubtful there."),
)
_FIELDS = ("scene", "pins", "regions", "level", "pixel_window", "statistic", "encoded_truth", "cubes")


class SpectraTable(QTableWidget):
    """A row for each pin and region of a store.

    Parameters
    ----------
    store : Store
    parent : QWidget, optional
    """

    def __init__(self, store: Store, parent: QWidget | None = None) -> None:
        super().__init__(0, len(_HEADERS), parent)
        self._store = store
        self._rows: tuple[TableRow, ...] = ()
        self._stale = False
        for column, (words, tooltip) in enumerate(_HEADERS):
            header = QTableWidgetItem(words)
            header.setToolTip(tooltip)
            self.setHorizontalHeaderItem(column, header)
        columns = self.horizontalHeader()
        assert columns is not None
        columns.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        columns.setSectionResizeMode(FLAGS, QHeaderView.ResizeMode.Stretch)
        columns.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        lines = self.verticalHeader()
        assert lines is not None
        lines.hide()
        lines.setDefaultSectionSize(24)
        self.setShowGrid(False)
        self.setIconSize(QSize(12, 12))
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setEditTriggers(QAbstractItemView.EditTrigger.DoubleClicked | QAbstractItemView.EditTrigger.EditKeyPressed)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.customContextMenuRequested.connect(self._open_menu)
        self.setMinimumSize(150, 60)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.refresh)
        self.itemChanged.connect(self._on_edited)
        self.cellDoubleClicked.connect(self._on_double_clicked)
        for name in _FIELDS:
            getattr(store.events, name).connect(self.schedule)
        self.refresh()

    @property
    def rows(self) -> tuple[TableRow, ...]:
        """What is shown."""
        return self._rows

    def refresh(self) -> None:
        """Show the store as it is now."""
        self._timer.stop()
        rows = table_rows(self._store)
        if self.isColumnHidden(BOUND) == self._store.encoded_truth:
            self.setColumnHidden(BOUND, not self._store.encoded_truth)
        if rows == self._rows and not self._stale:
            return
        self._rows, self._stale = rows, False
        self.blockSignals(True)
        self.setRowCount(len(rows))
        for index, row in enumerate(rows):
            self._fill(index, row)
        self.blockSignals(False)
        self.viewport().update()

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        """Remove the selected rows on Delete or Backspace."""
        if event is not None and event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.remove_selected()
            return
        super().keyPressEvent(event)

    def remove_selected(self) -> None:
        """Take the selected pins and regions away."""
        remove(self._store, *self._selected())

    def choose_colour(self, row: int) -> None:
        """Ask for the colour of a row."""
        item = self._rows[row].item
        colour = QColorDialog.getColor(QColor(item.colour), self, f"Colour of {item.name}")
        if colour.isValid():
            recolour(self._store, item, colour.name())

    def schedule(self) -> None:
        """Show the store soon; while the legend stands in its place, not before it is shown."""
        if self.isVisible() and not self._timer.isActive():
            self._timer.start(0)

    def showEvent(self, event: QShowEvent | None) -> None:
        """Catch up."""
        super().showEvent(event)
        self.refresh()

    def _fill(self, index: int, row: TableRow) -> None:
        shown = QTableWidgetItem()
        shown.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsUserCheckable)
        shown.setCheckState(Qt.CheckState.Checked if row.item.visible else Qt.CheckState.Unchecked)
        shown.setData(Qt.ItemDataRole.DecorationRole, QColor(row.item.colour))
        self.setItem(index, SHOW, shown)
        for column, words in (
            (NAME, row.item.name),
            (PLACE, row.place),
            (PIXELS, row.pixels),
            (RMSE, row.rmse),
            (ANGLE, row.angle),
            (BOUND, row.bound),
            (FLAGS, row.flags),
        ):
            cell = QTableWidgetItem(words)
            cell.setToolTip(words)
            if column != NAME:
                cell.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable)
            self.setItem(index, column, cell)

    def _on_edited(self, cell: QTableWidgetItem) -> None:
        item = self._rows[cell.row()].item
        try:
            if cell.column() == SHOW:
                set_visible(self._store, item, cell.checkState() == Qt.CheckState.Checked)
            elif cell.column() == NAME:
                rename(self._store, item, cell.text())
        except HydraError as error:
            show_warning(str(error))
        # Also where the name was refused: the cell must say what holds.
        self._stale = True
        self.schedule()

    def _on_double_clicked(self, row: int, column: int) -> None:
        if column == SHOW:
            self.choose_colour(row)

    def _selected(self) -> list[Item]:
        return [self._rows[row].item for row in sorted({index.row() for index in self.selectedIndexes()})]

    def _open_menu(self, where: QPoint) -> None:
        index = self.indexAt(where)
        if index.isValid():
            menu = self.menu_of(index.row())
            menu.exec(self.mapToGlobal(where))
            menu.deleteLater()

    def menu_of(self, row: int) -> QMenu:
        """Return the menu of a row."""
        menu = QMenu(self)
        for words, action in (
            ("Rename", lambda: self.editItem(self.item(row, NAME))),
            ("Colour…", lambda: self.choose_colour(row)),
            ("Remove", self.remove_selected),
        ):
            entry = menu.addAction(words)
            assert entry is not None
            entry.triggered.connect(lambda _=False, action=action: action())
        return menu
