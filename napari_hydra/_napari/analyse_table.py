"""A small table that is read only: a name with its colour, then cells of text."""

from collections.abc import Sequence

from qtpy.QtCore import Qt
from qtpy.QtGui import QColor, QIcon, QKeySequence, QPixmap
from qtpy.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QHeaderView,
    QShortcut,
    QSizePolicy,
    QTableWidget,
    QTableWidgetItem,
    QWidget,
)

_ROW_HEIGHT = 22
Cells = tuple[str, str | None, tuple[str, ...], str]  # name, colour, cells, tooltip


class AnalyseTable(QTableWidget):
    """Shows rows; Ctrl+C copies all of them, tab-separated.

    Parameters
    ----------
    headers : sequence of (str, str)
        Title and tooltip of each column, the name's first.
    """

    def __init__(self, headers: Sequence[tuple[str, str]], parent: QWidget | None = None) -> None:
        super().__init__(0, len(headers), parent)
        self._rows: tuple[Cells, ...] = ()
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setShowGrid(False)
        self.setWordWrap(False)
        for column, (title, tooltip) in enumerate(headers):
            header = QTableWidgetItem(title)
            header.setToolTip(tooltip)
            self.setHorizontalHeaderItem(column, header)
        rows, columns = self.verticalHeader(), self.horizontalHeader()
        if rows is not None:
            rows.setVisible(False)
            rows.setDefaultSectionSize(_ROW_HEIGHT)
            rows.setMinimumSectionSize(_ROW_HEIGHT)
        if columns is not None:
            columns.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
            columns.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
            columns.setMinimumSectionSize(44)
            columns.setHighlightSections(False)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(200, 2 * _ROW_HEIGHT + 12)
        shortcut = QShortcut(QKeySequence(QKeySequence.StandardKey.Copy), self, self.copy)
        shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)

    def show_rows(self, rows: Sequence[Cells]) -> None:
        """Fill the table; nothing is touched where nothing changed."""
        if tuple(rows) == self._rows:
            return
        same_names = [row[0] for row in rows] == [row[0] for row in self._rows]
        self._rows = tuple(rows)
        blocked = self.blockSignals(True)
        if not same_names:
            self.clearSelection()
        self.setRowCount(len(rows))
        for index, (name, colour, cells, tooltip) in enumerate(rows):
            for column, text in enumerate((name, *cells)):
                item = QTableWidgetItem(text)
                item.setToolTip(tooltip or text)
                if column:
                    item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
                elif colour is not None:
                    item.setIcon(swatch(colour))
                self.setItem(index, column, item)
        self.blockSignals(blocked)

    def copy(self) -> None:
        """Put the table onto the clipboard."""
        titles = [item.text() for i in range(self.columnCount()) if (item := self.horizontalHeaderItem(i)) is not None]
        lines = [titles, *([name, *cells] for name, _, cells, _ in self._rows)]
        clipboard = QApplication.clipboard()
        if clipboard is not None:
            clipboard.setText("\n".join("\t".join(line) for line in lines) + "\n")


def swatch(colour: str) -> QIcon:
    """Return a small square of a colour."""
    pixmap = QPixmap(10, 10)
    pixmap.fill(QColor(colour))
    return QIcon(pixmap)
