"""The tables of the dock Adapt: places to measure, measured spectra, figures before and after."""

from collections.abc import Sequence

from qtpy.QtCore import Qt, Signal
from qtpy.QtGui import QKeyEvent
from qtpy.QtWidgets import QAbstractItemView, QTableWidget, QTableWidgetItem

from napari_hydra._napari.adapt.state import ResultRow, measured_cells
from napari_hydra._napari.widgets.plain_table import ROW_HEIGHT, make_plain
from napari_hydra.io import MeasuredSpectrum
from napari_hydra.workbench.scene.measured_spectra import SampleSite

_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_READ_ONLY = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable


class _Table(QTableWidget):
    """A flat table of texts; `tips` explain its columns."""

    def __init__(self, titles: Sequence[str], tips: Sequence[str]) -> None:
        super().__init__(0, len(titles))
        self.setHorizontalHeaderLabels(list(titles))
        for index, tip in enumerate(tips):
            header = self.horizontalHeaderItem(index)
            if header is not None:
                header.setToolTip(tip)
        make_plain(self, 24)
        self.setMinimumSize(90, 2 * ROW_HEIGHT)

    def _put(self, row: int, column: int, text: str, *, right: bool = False, tip: str = "") -> QTableWidgetItem:
        item = QTableWidgetItem(text)
        item.setFlags(_READ_ONLY)
        item.setToolTip(tip or text)
        if right:
            item.setTextAlignment(_RIGHT)
        self.setItem(row, column, item)
        return item


class SitesTable(_Table):
    """Places by their numbers; a double click asks to pin one."""

    asked = Signal(int)  # the row

    def __init__(self) -> None:
        super().__init__(
            ("No.", "y", "x"), ("1 helps most.", "Row of the pixel, from 0.", "Column of the pixel, from 0.")
        )
        self.itemDoubleClicked.connect(lambda item: self.asked.emit(item.row()))

    def show_sites(self, sites: Sequence[SampleSite]) -> None:
        """Fill the table."""
        self.setRowCount(len(sites))
        for row, site in enumerate(sites):
            for column, number in enumerate((site.number, site.y, site.x)):
                self._put(row, column, str(number), right=True, tip="Double-click to pin this pixel.")


class MeasuredTable(_Table):
    """Measured spectra; a check mark says which are used, Delete removes the selected ones."""

    used = Signal(int, bool)
    removed = Signal(list)

    def __init__(self) -> None:
        super().__init__(
            ("Spectrum", "(y, x)", "From", "nm, values"),
            (
                "Checked: adapting uses it. Delete removes the selected rows.",
                "The pixel it was measured at.",
                "The truth, or a file.",
                "Range of its wavelengths in nm, and how many values.",
            ),
        )
        self._filling = False
        self.itemChanged.connect(self._on_changed)

    def show_measured(self, measured: Sequence[MeasuredSpectrum]) -> None:
        """Fill the table."""
        self._filling = True
        try:
            self.setRowCount(len(measured))
            for row, one in enumerate(measured):
                for column, text in enumerate(measured_cells(one)):
                    item = self._put(row, column, text)
                    if column == 0:
                        item.setFlags(_READ_ONLY | Qt.ItemFlag.ItemIsUserCheckable)
                        item.setCheckState(Qt.CheckState.Checked if one.used else Qt.CheckState.Unchecked)
        finally:
            self._filling = False

    def selected_rows(self) -> list[int]:
        """Return the rows that are selected."""
        return sorted({index.row() for index in self.selectedIndexes()})

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        """Remove the selected rows at Delete or Backspace."""
        if event is not None and event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.removed.emit(self.selected_rows())
            return
        super().keyPressEvent(event)

    def _on_changed(self, item: QTableWidgetItem) -> None:
        if not self._filling and item.column() == 0:
            self.used.emit(item.row(), item.checkState() == Qt.CheckState.Checked)


class ResultTable(_Table):
    """Figures before and after adapting."""

    def __init__(self) -> None:
        super().__init__(
            ("Error", "Before", "After", "Change"),
            (
                "Elsewhere: on the pixels that were not measured.",
                "Of the reconstruction before adapting.",
                "Of the adapted reconstruction.",
                "After against before; less is better.",
            ),
        )
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)

    def show_rows(self, rows: Sequence[ResultRow]) -> None:
        """Fill the table."""
        self.setRowCount(len(rows))
        for index, row in enumerate(rows):
            for column, text in enumerate((row.title, row.before, row.after, row.change)):
                self._put(index, column, text, right=column > 0, tip=row.explanation)
