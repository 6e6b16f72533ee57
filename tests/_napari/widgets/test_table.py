"""The table of the docks: what is copied, elided, kept selected, ticked and typed."""

from dataclasses import replace

import pytest
from qtpy.QtCore import Qt
from qtpy.QtGui import QGuiApplication
from qtpy.QtWidgets import QLineEdit

from napari_hydra._napari.state.rows import Row
from napari_hydra._napari.widgets.table import Column, Table, row_columns

ROWS = (Row("P1", "#e69f00", ("1", "2.5")), Row("R1", None, ("–", "10"), "why"))
HEADINGS = (("Name", "Of a pin."), ("RMSE", "An error."), ("Pixels", "How many."))


@pytest.fixture
def table(qtbot):
    table = Table(row_columns(HEADINGS, hint="Select it."))
    qtbot.addWidget(table)
    table.show_rows(ROWS)
    table.resize(500, 150)
    table.show()
    table.setFocus()
    return table


def said(table, row, column, role):
    return table.model().data(table.index(row, column), role)


def test_all_rows_are_copied_with_their_titles(table, qtbot):
    qtbot.waitUntil(table.isActiveWindow)
    qtbot.keyClick(table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == "Name\tRMSE\tPixels\nP1\t1\t2.5\nR1\t–\t10\n"


def test_hidden_columns_are_not_copied_and_titles_may_be_others(table):
    columns = row_columns(HEADINGS)
    table.show_rows(ROWS, [columns[0], replace(columns[1], copied="RMSE (counts)"), columns[2]])
    table.setColumnHidden(2, True)
    table.copy()
    assert QGuiApplication.clipboard().text() == "Name\tRMSE (counts)\nP1\t1\nR1\t–\n"


def test_cells_have_colours_sides_and_tooltips(table):
    assert said(table, 0, 0, Qt.ItemDataRole.DecorationRole).name() == "#e69f00"
    assert said(table, 1, 0, Qt.ItemDataRole.DecorationRole) is None
    assert said(table, 0, 1, Qt.ItemDataRole.TextAlignmentRole) & Qt.AlignmentFlag.AlignRight
    assert [said(table, row, 1, Qt.ItemDataRole.ToolTipRole) for row in (0, 1)] == ["Select it.", "why"]
    assert table.model().headerData(1, Qt.Orientation.Horizontal, Qt.ItemDataRole.ToolTipRole) == "An error."


def test_a_long_name_is_elided(table):
    table.show_rows([Row("w" * 300, None, ("1", "2"))])
    assert table.columnWidth(0) <= 260
    assert table.texts() == [["w" * 300, "1", "2"]]


def test_only_rows_that_changed_are_touched_and_the_selection_stays(table, qtbot):
    touched = []
    table.model().dataChanged.connect(lambda first, last: touched.append((first.row(), last.row())))
    table.selectRow(1)
    table.show_rows((replace(ROWS[0], cells=("3", "4")), ROWS[1], ROWS[1]))
    assert touched == [(0, 0)]
    assert table.selected_rows() == [1]
    table.show_rows(ROWS[:1])
    assert table.texts() == [["P1", "1", "2.5"]]
    assert table.selected_rows() == []


def test_ticks_and_names_go_to_the_columns_functions(qtbot):
    calls = []
    columns = [
        Column(title="Use", checked=lambda row: row.colour is None, check=lambda row, on: calls.append((row.name, on))),
        Column(title="Name", text=lambda row: row.name, rename=lambda row, name: calls.append((row.name, name))),
    ]
    table = Table(columns)
    qtbot.addWidget(table)
    table.show_rows(ROWS)
    table.show()
    for row in (0, 1):
        table.setCurrentIndex(table.index(row, 0))
        qtbot.keyClick(table, Qt.Key.Key_Space)
    table.edit(table.index(0, 1))
    editor = table.findChild(QLineEdit)
    editor.setText("leaf")
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    assert calls == [("P1", True), ("R1", False), ("P1", "leaf")]
    assert table.texts() == [["", "P1"], ["", "R1"]]  # what a row says changes with the row
    with qtbot.waitSignal(table.removed) as signal:
        qtbot.keyClick(table, Qt.Key.Key_Delete)
    assert signal.args == [[0]]
