"""A small table that is read only: a name with its colour, then cells of text."""

from collections.abc import Sequence

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QHeaderView, QTableWidget, QTableWidgetItem, QWidget

from napari_hydra._napari.widgets.plain_table import ROW_HEIGHT, copy_on_key, make_plain, swatch, to_clipboard

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
        make_plain(self, 44)
        for column, (title, tooltip) in enumerate(headers):
            header = QTableWidgetItem(title)
            header.setToolTip(tooltip)
            self.setHorizontalHeaderItem(column, header)
        columns = self.horizontalHeader()
        if columns is not None:
            columns.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.setMinimumSize(200, 2 * ROW_HEIGHT + 12)
        copy_on_key(self, self.copy)

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
        to_clipboard("\n".join("\t".join(line) for line in lines) + "\n")
