"""The tables of the dock Adapt: sample sites, measured spectra, figures before and after."""

from collections.abc import Callable
from operator import attrgetter
from typing import Any

from qtpy.QtWidgets import QAbstractItemView

from napari_hydra._napari.adapt.state import measured_cells
from napari_hydra._napari.widgets.table import ROW_HEIGHT, Column, Table
from napari_hydra.io import MeasuredSpectrum
from napari_hydra.workbench.scene.measured_spectra import SampleSite


def sites_table(pin: Callable[[SampleSite], None]) -> Table:
    """Return a table of sample sites by their numbers; a double click calls `pin` with one."""

    def column(title: str, about: str, field: str) -> Column:
        return Column(
            title=title,
            about=about,
            text=lambda site: str(getattr(site, field)),
            tooltip=lambda _: "Double-click to pin this pixel.",
            is_number=True,
        )

    table = _small(
        column("No.", "1 helps most.", "number"),
        column("y", "Row of the pixel, from 0.", "y"),
        column("x", "Column of the pixel, from 0.", "x"),
    )
    table.doubleClicked.connect(lambda index: pin(table.rows[index.row()]))
    return table


def measured_table(use: Callable[[MeasuredSpectrum, bool], None]) -> Table:
    """Return a table of measured spectra; a check mark says which are used, and calls `use` with one."""

    def cell(index: int) -> Callable[[MeasuredSpectrum], str]:
        return lambda one: measured_cells(one)[index]

    return _small(
        Column(
            title="Spectrum",
            about="Checked: adapting uses it. Delete removes the selected rows.",
            text=cell(0),
            checked=attrgetter("used"),
            check=use,
        ),
        Column(title="(y, x)", about="The pixel it was measured at.", text=cell(1)),
        Column(title="From", about="The truth, or a file.", text=cell(2)),
        Column(title="nm, values", about="Range of its wavelengths in nm, and how many values.", text=cell(3)),
    )


def result_table() -> Table:
    """Return a table of figures before and after adapting."""

    def column(title: str, about: str, field: str, **more: Any) -> Column:
        return Column(title=title, about=about, text=attrgetter(field), tooltip=attrgetter("explanation"), **more)

    table = _small(
        column("Error", "Elsewhere: on the pixels that were not measured.", "title"),
        column("Before", "Of the reconstruction before adapting.", "before", is_number=True),
        column("After", "Of the adapted reconstruction.", "after", is_number=True),
        column("Change", "After against before; less is better.", "change", is_number=True),
    )
    table.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
    return table


def _small(*columns: Column) -> Table:
    table = Table(columns)
    table.setMinimumSize(90, 2 * ROW_HEIGHT)
    return table
