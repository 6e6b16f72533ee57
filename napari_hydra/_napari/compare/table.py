"""The table of figures: the whole scene, then each pin and region."""

from qtpy.QtCore import QSize, Qt, Signal
from qtpy.QtWidgets import QAbstractItemView, QTableWidget, QTableWidgetItem, QWidget

from napari_hydra._napari.compare.state import COLUMNS, CompareState, Row, table_text
from napari_hydra._napari.widgets.plain_table import ROW_HEIGHT, copy_on_key, make_plain, swatch, to_clipboard


class CompareTable(QTableWidget):
    """Emits `chosen` with the name of the row that the user selects; Ctrl+C copies the whole table."""

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(0, 1 + len(COLUMNS), parent)
        self._state = CompareState()
        self._filling = False
        make_plain(self, 34)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setHorizontalHeaderLabels(["", *(title for title, _ in COLUMNS)])
        self.setMinimumSize(220, 3 * ROW_HEIGHT)
        self.itemSelectionChanged.connect(self._on_selected)
        copy_on_key(self, self.copy)

    def sizeHint(self) -> QSize:
        """Return a size at which no column is cut."""
        columns = self.horizontalHeader()
        return QSize(20 + (360 if columns is None else columns.length()), 6 * ROW_HEIGHT)

    def copy(self) -> None:
        """Put the table onto the clipboard, tab-separated."""
        to_clipboard(table_text(self._state))

    def show_state(self, state: CompareState) -> None:
        """Fill the table; nothing is touched where nothing changed."""
        old, self._state = self._state, state
        if (old.rows, old.selected, old.unit) == (state.rows, state.selected, state.unit):
            return
        self._filling = True
        try:
            for index, (_, explanation) in enumerate(COLUMNS, start=1):
                header = self.horizontalHeaderItem(index)
                if header is not None:
                    header.setToolTip(explanation.format(unit=state.unit))
            self.setRowCount(len(state.rows))
            for index, row in enumerate(state.rows):
                self._fill(index, row)
            if state.rows:
                self.selectRow(state.selected)
        finally:
            self._filling = False

    def _fill(self, index: int, row: Row) -> None:
        for column, text in enumerate((row.name, *row.cells)):
            item = QTableWidgetItem(text)
            item.setToolTip(row.remark or "Select to see its errors against wavelength.")
            if column:
                item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            elif row.colour is not None:
                item.setIcon(swatch(row.colour))
            self.setItem(index, column, item)

    def _on_selected(self) -> None:
        index = self.currentRow()
        if not self._filling and 0 <= index < len(self._state.rows):
            self.chosen.emit(self._state.rows[index].name)
