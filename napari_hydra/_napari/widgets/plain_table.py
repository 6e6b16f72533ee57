"""What our tables of figures have in common: flat, compact, read only, each column as wide as its words."""

from collections.abc import Callable

from qtpy.QtCore import Qt
from qtpy.QtGui import QColor, QIcon, QKeySequence, QPixmap
from qtpy.QtWidgets import QAbstractItemView, QApplication, QHeaderView, QShortcut, QSizePolicy, QTableWidget

ROW_HEIGHT = 22


def make_plain(table: QTableWidget, narrowest: int) -> None:
    """Give a table the looks of the others; no column is narrower than `narrowest` pixels."""
    table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    table.setShowGrid(False)
    table.setWordWrap(False)
    rows, columns = table.verticalHeader(), table.horizontalHeader()
    if rows is not None:
        rows.setVisible(False)
        rows.setDefaultSectionSize(ROW_HEIGHT)
        rows.setMinimumSectionSize(ROW_HEIGHT)
    if columns is not None:
        columns.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        columns.setMinimumSectionSize(narrowest)
        columns.setHighlightSections(False)
    table.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)


def copy_on_key(table: QTableWidget, copy: Callable[[], None]) -> None:
    """Call `copy` at Ctrl+C while the table has the keyboard."""
    shortcut = QShortcut(QKeySequence(QKeySequence.StandardKey.Copy), table, copy)
    shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)


def to_clipboard(text: str) -> None:
    """Put a text onto the clipboard."""
    clipboard = QApplication.clipboard()
    if clipboard is not None:
        clipboard.setText(text)


def swatch(colour: str) -> QIcon:
    """Return a small square of a colour."""
    pixmap = QPixmap(10, 10)
    pixmap.fill(QColor(colour))
    return QIcon(pixmap)
