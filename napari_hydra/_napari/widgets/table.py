"""The tables of the docks: flat, compact, a row an object; columns say what stands in them and what can be changed."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

from qtpy.QtCore import QAbstractTableModel, QModelIndex, QSize, Qt, Signal
from qtpy.QtGui import QColor, QKeyEvent, QKeySequence
from qtpy.QtWidgets import QAbstractItemView, QApplication, QHeaderView, QShortcut, QSizePolicy, QTableView

from napari_hydra._napari.state.rows import Row

ROW_HEIGHT = 22
SWATCH = QSize(10, 10)
_WIDEST = 260  # pixels of a column that does not take what is left; a longer text is elided, and whole in its tooltip
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_Role = Qt.ItemDataRole


@dataclass(frozen=True, eq=False, kw_only=True)
class Column:
    """What stands in a column; functions take the object of a row.

    Attributes
    ----------
    title, about : str
        The heading, and its tooltip.
    text : callable or None
        Returns the words; a column without them is not copied.
    tooltip : callable or None
        Returns the tooltip; without it the words are.
    colour : callable or None
        Returns the colour of a small square, "#rrggbb", or None.
    checked, check : callable or None
        Return whether the box is ticked; take the row and the new state.
    rename : callable or None
        Takes the row and the words that were typed.
    is_number : bool
        Whether words stand on the right.
    fills : bool
        Whether the column takes the width that is left.
    copied : str
        The heading on the clipboard where it is another.
    """

    title: str
    about: str = ""
    text: Callable[[Any], str] | None = None
    tooltip: Callable[[Any], str] | None = None
    colour: Callable[[Any], str | None] | None = None
    checked: Callable[[Any], bool] | None = None
    check: Callable[[Any, bool], None] | None = None
    rename: Callable[[Any, str], None] | None = None
    is_number: bool = False
    fills: bool = False
    copied: str = ""


def row_columns(headings: Sequence[tuple[str, str]], *, hint: str = "", fills: bool = False) -> tuple[Column, ...]:
    """Return columns for `Row` objects: the name with its colour, then the cells, as numbers.

    Parameters
    ----------
    headings : sequence of (str, str)
        Title and tooltip of each column, the name's first.
    hint : str
        The tooltip of rows without a remark; without it a cell's own words are.
    fills : bool
        Whether names take the width that is left.
    """

    def column(index: int, title: str, about: str) -> Column:
        def text(row: Row) -> str:
            return row.cells[index - 1] if index else row.name

        return Column(
            title=title,
            about=about,
            text=text,
            tooltip=lambda row: row.remark or hint or text(row),
            colour=None if index else attrgetter("colour"),
            is_number=index > 0,
            fills=fills and not index,
        )

    return tuple(column(index, *heading) for index, heading in enumerate(headings))


def tab_separated(columns: Iterable[Column], rows: Iterable[Any]) -> str:
    """Return a table as text: a line a row, the titles first; columns without words are left out."""
    worded = [(one.copied or one.title, one.text) for one in columns if one.text is not None]
    lines = [[title for title, _ in worded], *([text(row) for _, text in worded] for row in rows)]
    return "\n".join("\t".join(line) for line in lines) + "\n"


class RowsModel(QAbstractTableModel):
    """Objects as the rows of a table.

    Parameters
    ----------
    columns : sequence of Column
    """

    def __init__(self, columns: Sequence[Column]) -> None:
        super().__init__()
        self.columns = tuple(columns)
        self.rows: tuple[Any, ...] = ()

    def show_rows(self, rows: Iterable[Any]) -> None:
        """Take other rows; nothing is touched where nothing changed, and the selection stays where it is."""
        rows = tuple(rows)
        before, count = self.rows, len(self.rows)
        if len(rows) > count:
            self.beginInsertRows(QModelIndex(), count, len(rows) - 1)
            self.rows = rows
            self.endInsertRows()
        elif len(rows) < count:
            self.beginRemoveRows(QModelIndex(), len(rows), count - 1)
            self.rows = rows
            self.endRemoveRows()
        self.rows = rows
        for index, (new, old) in enumerate(zip(rows, before, strict=False)):
            if new != old:
                self.dataChanged.emit(self.index(index, 0), self.index(index, len(self.columns) - 1))

    def show_columns(self, columns: Sequence[Column]) -> None:
        """Take other headings of as many columns."""
        self.columns = tuple(columns)
        self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, len(self.columns) - 1)

    def rowCount(self, parent: QModelIndex | None = None) -> int:
        """Return the number of objects."""
        return len(self.rows)

    def columnCount(self, parent: QModelIndex | None = None) -> int:
        """Return the number of columns."""
        return len(self.columns)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = _Role.DisplayRole) -> Any:
        """Return a heading."""
        if orientation == Qt.Orientation.Horizontal:
            column = self.columns[section]
            return {_Role.DisplayRole: column.title, _Role.ToolTipRole: column.about}.get(role)
        return None

    def data(self, index: QModelIndex, role: int = _Role.DisplayRole) -> Any:
        """Return what a cell says, and how."""
        column, row = self.columns[index.column()], self.rows[index.row()]
        if role in (_Role.DisplayRole, _Role.EditRole):
            return None if column.text is None else column.text(row)
        if role == _Role.ToolTipRole:
            words = column.tooltip or column.text
            return None if words is None else words(row)
        if role == _Role.TextAlignmentRole:
            return _RIGHT if column.is_number else _LEFT
        if role == _Role.CheckStateRole and column.checked is not None:
            return Qt.CheckState.Checked if column.checked(row) else Qt.CheckState.Unchecked
        if role == _Role.DecorationRole and column.colour is not None and (colour := column.colour(row)):
            return QColor(colour)
        return None

    def flags(self, index: QModelIndex) -> Qt.ItemFlag:
        """Return what the user may do with a cell."""
        column = self.columns[index.column()]
        flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        if column.check is not None:
            flags |= Qt.ItemFlag.ItemIsUserCheckable
        return flags if column.rename is None else flags | Qt.ItemFlag.ItemIsEditable

    def setData(self, index: QModelIndex, value: Any, role: int = _Role.EditRole) -> bool:
        """Hand on what the user typed or ticked; the cell changes when the row does."""
        column, row = self.columns[index.column()], self.rows[index.row()]
        if role == _Role.CheckStateRole and column.check is not None:
            column.check(row, Qt.CheckState(value) == Qt.CheckState.Checked)
        elif role == _Role.EditRole and column.rename is not None:
            column.rename(row, value)
        else:
            return False
        return True


class Table(QTableView):
    """Shows rows; Ctrl+C copies all of them as tab-separated text.

    Parameters
    ----------
    columns : sequence of Column
    narrowest : int
        No column is narrower, in pixels.
    """

    removed = Signal(list)  # Delete or Backspace: the numbers of the selected rows
    selected = Signal()  # other rows are selected

    def __init__(self, columns: Sequence[Column], narrowest: int = 24) -> None:
        super().__init__()
        self._model = RowsModel(columns)
        self.setModel(self._model)
        self.setEditTriggers(QAbstractItemView.EditTrigger.DoubleClicked | QAbstractItemView.EditTrigger.EditKeyPressed)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setIconSize(SWATCH)
        lines, heading = self.verticalHeader(), self.horizontalHeader()
        assert lines is not None
        assert heading is not None
        lines.setVisible(False)
        lines.setMinimumSectionSize(ROW_HEIGHT)
        lines.setDefaultSectionSize(ROW_HEIGHT)
        heading.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        heading.setMinimumSectionSize(narrowest)
        heading.setHighlightSections(False)
        for index, column in enumerate(columns):
            if column.fills:
                heading.setSectionResizeMode(index, QHeaderView.ResizeMode.Stretch)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        shortcut = QShortcut(QKeySequence(QKeySequence.StandardKey.Copy), self, self.copy)
        shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)

    @property
    def rows(self) -> tuple[Any, ...]:
        """The objects that are shown."""
        return self._model.rows

    def show_rows(self, rows: Iterable[Any], columns: Sequence[Column] | None = None) -> None:
        """Show objects, and other headings if there are any."""
        if columns is not None:
            self._model.show_columns(columns)
        self._model.show_rows(rows)

    def index(self, row: int, column: int) -> QModelIndex:
        """Return where a cell is, for its model and for `visualRect`."""
        return self._model.index(row, column)

    def texts(self) -> list[list[str]]:
        """Return what stands in the rows, "" where a column has no words."""
        return [["" if one.text is None else one.text(row) for one in self._model.columns] for row in self.rows]

    def selected_rows(self) -> list[int]:
        """Return the numbers of the rows that are selected."""
        return sorted({index.row() for index in self.selectedIndexes()})

    def selectionChanged(self, *changes: Any) -> None:
        """Tell of it."""
        super().selectionChanged(*changes)
        self.selected.emit()

    def sizeHintForColumn(self, column: int) -> int:
        """Return the width of the longest text, within limits."""
        return min(super().sizeHintForColumn(column), _WIDEST)

    def copy(self) -> None:
        """Put the columns that are shown onto the clipboard, tab-separated, a line a row, the titles first."""
        columns = [one for i, one in enumerate(self._model.columns) if not self.isColumnHidden(i)]
        clipboard = QApplication.clipboard()
        if clipboard is not None:
            clipboard.setText(tab_separated(columns, self.rows))

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        """Tell of Delete and Backspace."""
        if event is not None and event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.removed.emit(self.selected_rows())
        else:
            super().keyPressEvent(event)
