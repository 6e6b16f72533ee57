"""The plot and its table: side by side where there is width, one above the other where there is height."""

from qtpy.QtCore import Qt
from qtpy.QtGui import QResizeEvent
from qtpy.QtWidgets import QLabel, QSizePolicy, QVBoxLayout, QWidget

from napari_hydra._napari.inspect.plot import SpectraPlot
from napari_hydra._napari.inspect.table import SpectraTable
from napari_hydra._napari.state.store import Store
from napari_hydra._napari.widgets.dock_parts import filled, splitter
from napari_hydra.workbench.plot.plot_state import PlotState

_SAMPLES = {
    "estimate and interval": "▬",
    "estimate": "━",
    "truth": "╍",
    "spread": "┈",
    "coded": "━·",
    "measured": "┈▽┈",
    "cube 1": "─○─",
    "cube 2": "─□─",
    "cube 3": "─△─",
    "cube 4": "─◇─",
    "unused bands": "▒",
}


class SpectraPanes(QWidget):
    """Holds the plot, beside it the table, and below both the key of the lines or the pixel under the cursor.

    Parameters
    ----------
    store : Store
    plot : SpectraPlot
    """

    def __init__(self, store: Store, plot: SpectraPlot) -> None:
        super().__init__()
        self.table = SpectraTable(store)
        self.caption = QLabel()
        self.caption.setWordWrap(True)
        self.caption.setTextFormat(Qt.TextFormat.PlainText)
        self.caption.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.caption.setStyleSheet("QLabel { font-size: 11px; }")  # napari's style sheet passes over a font
        self.splitter = splitter(plot, self.table, sizes=(640, 300), stretch=(1, 0))
        filled(QVBoxLayout(self), self.splitter, self.caption, grows=self.splitter, spacing=2)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.table.hide()
        plot.resolved.connect(self._caption)
        plot.reader.read.connect(self.table.schedule)

    def show_table(self, shown: bool) -> None:
        """Show the table, or leave its room to the plot."""
        self.table.setVisible(shown)

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        """Stand the table below the plot in a tall dock."""
        super().resizeEvent(event)
        is_tall = self.height() > self.width()
        wanted = Qt.Orientation.Vertical if is_tall else Qt.Orientation.Horizontal
        if self.splitter.orientation() != wanted:
            self.splitter.setOrientation(wanted)

    def _caption(self, state: PlotState) -> None:
        self.caption.setText(words_of(state))


def words_of(state: PlotState) -> str:
    """Return what the legend says besides the pins and regions: the pixel under the cursor, or the key."""
    if state.live_row is not None:
        return f"Cursor {state.live_row.text}"
    rows = [row for row in state.rows if not row.is_item]
    return "  ·  ".join(f"{_SAMPLES[row.kind]} {row.text}" if row.kind else row.text for row in rows)
