"""The table of figures: the whole scene, then each pin and region."""

from dataclasses import replace

from qtpy.QtCore import QSize, Signal
from qtpy.QtWidgets import QAbstractItemView

from napari_hydra._napari.compare.state import COLUMNS, CompareState
from napari_hydra._napari.widgets.table import ROW_HEIGHT, Column, Table, row_columns


class CompareTable(Table):
    """Emits `chosen` with the name of the row that the user selects."""

    chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__(columns_in(""), narrowest=34)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setMinimumSize(220, 3 * ROW_HEIGHT)
        self.selected.connect(self._on_selected)

    def sizeHint(self) -> QSize:
        """Return a size at which no column is cut."""
        heading = self.horizontalHeader()
        return QSize(20 + (360 if heading is None else heading.length()), 6 * ROW_HEIGHT)

    def show_state(self, state: CompareState) -> None:
        """Show the rows of a state, and select its own."""
        blocked = self.blockSignals(True)
        self.show_rows(state.rows, columns_in(state.unit))
        if state.rows and self.selected_rows() != [state.selected]:
            self.selectRow(state.selected)
        self.blockSignals(blocked)

    def _on_selected(self) -> None:
        for index in self.selected_rows():
            self.chosen.emit(self.rows[index].name)


def columns_in(unit: str) -> tuple[Column, ...]:
    """Return the columns for errors in a unit."""
    headings = [("", ""), *((title, about.format(unit=unit)) for title, about in COLUMNS)]
    columns = row_columns(headings, hint="Select to see its errors against wavelength.")
    return tuple(replace(one, copied=f"RMSE ({unit})") if one.title == "RMSE" else one for one in columns)
