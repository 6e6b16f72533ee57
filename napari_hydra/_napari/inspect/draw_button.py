"""The button that begins a region, and the arrow beside it that chooses with which tool."""

from collections.abc import Callable
from functools import partial

from qtpy.QtGui import QActionGroup
from qtpy.QtWidgets import QMenu, QPushButton, QWidget

from napari_hydra._napari.layers.regions_layers import TOOLS
from napari_hydra._napari.widgets.dock_parts import menu_entry
from napari_hydra.workbench.scene.scene import Tool

_TIPS: dict[Tool, str] = {
    "lasso": "Drag around the area.",
    "polygon": "Click its corners; a double click or Enter ends it.",
    "rectangle": "Drag from corner to corner.",
    "ellipse": "Drag from corner to corner of its bounding box.",
}


class DrawButton(QPushButton):
    """Calls back with the tool.

    Parameters
    ----------
    draw : callable
        Takes one of `TOOLS`.
    tool : str
        The one to begin with.
    parent : QWidget, optional

    Attributes
    ----------
    arrow : QPushButton
        Opens the list of tools; to be placed by the owner.
    """

    def __init__(self, draw: Callable[[Tool], None], tool: Tool = "lasso", parent: QWidget | None = None) -> None:
        super().__init__("Draw", parent)
        self._draw = draw
        self.tool = tool
        self.arrow = QPushButton()
        self.arrow.setFixedWidth(22)
        self.arrow.setToolTip("Choose what to draw with: lasso, polygon, rectangle or ellipse.")
        self.clicked.connect(lambda: self.start(self.tool))
        menu = QMenu(self.arrow)
        menu.setToolTipsVisible(True)
        group = QActionGroup(menu)
        self.actions_of = {}
        for name in TOOLS:
            start = partial(self.start, name)
            action = menu_entry(menu, name.capitalize(), start, _TIPS[name])
            action.setCheckable(True)
            group.addAction(action)
            self.actions_of[name] = action
        self.arrow.setMenu(menu)
        self._show_tool()

    def start(self, tool: Tool) -> None:
        """Draw with a tool, and keep it for the next press."""
        self.tool = tool
        self._show_tool()
        self._draw(tool)

    def _show_tool(self) -> None:
        self.actions_of[self.tool].setChecked(True)
        self.setToolTip(
            f"Draw a region of the picture with the {self.tool} (key D on the canvas); its mean joins the plot.\n"
            f"{_TIPS[self.tool]} Key Q leaves drawing."
        )
