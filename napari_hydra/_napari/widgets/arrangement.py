"""Where our docks stand in napari's window: curves below, over its whole width, and the form in its left column.

So the plot has a third of a small window, and the picture more than that. Each dock is placed once, when it is first
shown; afterwards it stays where the user puts it. What is private in napari's window and concerns docks is used here.
"""

import itertools
from typing import Literal

from qtpy.compat import isalive
from qtpy.QtCore import Qt, QTimer
from qtpy.QtWidgets import QDockWidget, QMainWindow

from napari_hydra._napari.widgets.dock_parts import single_shot
from napari_hydra.distribution import DISTRIBUTION

Place = Literal["below", "left"]
_PLACE, _ASIDE, _HEIGHT = "napari_hydra_place", "napari_hydra_aside", "napari_hydra_height"
_SHARE = 0.365  # of the window's height, for the plot
_BESIDE_PLOT = 66  # pixels of buttons, key and margins above and below it
_BARS = 110  # pixels of menu, status bar, tabs and titles
_LARGE = 0.8  # of the window's height, for a large plot
_BELOW, _LEFT = Qt.DockWidgetArea.BottomDockWidgetArea, Qt.DockWidgetArea.LeftDockWidgetArea


def place(frame: QDockWidget, where: Place) -> None:
    """Put a dock where it belongs, in front of its neighbours, unless that was done before.

    Parameters
    ----------
    frame : QDockWidget
        As napari made it.
    where : str
        "below" or "left".
    """
    main = frame.parent()
    if not isinstance(main, QMainWindow) or frame.isFloating() or frame.property(_PLACE):
        return
    # napari may have put it there already: it remembers the sides of docks.
    area = _LEFT if where == "left" else _BELOW
    neighbours = [other for other in _in_area(main, area) if other is not frame]
    frame.setProperty(_PLACE, where)
    frame.setWindowTitle(frame.windowTitle().removesuffix(f" ({DISTRIBUTION})"))
    if where == "left":
        _tabify(main, neighbours, frame, area)
    else:
        for corner in (Qt.Corner.BottomLeftCorner, Qt.Corner.BottomRightCorner):
            main.setCorner(corner, _BELOW)
        ours = [other for other in neighbours if other.property(_PLACE)]
        _tabify(main, ours, frame, area)
        if not ours:
            _fold_left_column(main)
            _resize(main, frame, _height_below(main))
    turn_to(frame)


def toggle_large(frame: QDockWidget) -> None:
    """Give a dock most of the window's height, or the height that it had."""
    main = frame.parent()
    if not isinstance(main, QMainWindow) or frame.isFloating():
        return
    aside = [dock for dock in main.findChildren(QDockWidget) if dock.property(_ASIDE)]
    if not aside:
        main.setProperty(_HEIGHT, frame.height())
        for dock in _in_area(main, _LEFT):
            dock.setProperty(_ASIDE, True)
            dock.hide()
    for dock in aside:
        dock.setProperty(_ASIDE, False)
        dock.show()
    height = int(main.property(_HEIGHT)) if aside else round(_LARGE * main.height())
    _resize(main, frame, height)
    turn_to(frame)


def is_set_aside(frame: QDockWidget | None) -> bool:
    """Return whether a dock is hidden for a large plot alone: nobody closed it."""
    return frame is not None and bool(frame.property(_ASIDE))


def _resize(main: QMainWindow, frame: QDockWidget, height: int) -> None:
    def resize() -> None:
        if isalive(main) and isalive(frame):
            main.resizeDocks([frame], [height], Qt.Orientation.Vertical)

    resize()
    QTimer.singleShot(0, resize)  # once its neighbours have come or gone, and let it


def turn_to(dock: QDockWidget) -> None:
    """Bring a dock to the front of its tabs."""
    dock.raise_()
    single_shot(dock, dock.raise_).start()  # tabs that are not drawn yet cannot be turned to


def _tabify(main: QMainWindow, neighbours: list[QDockWidget], frame: QDockWidget, area: Qt.DockWidgetArea) -> None:
    main.addDockWidget(area, frame)
    if neighbours:
        main.tabifyDockWidget(neighbours[-1], frame)


def _fold_left_column(main: QMainWindow) -> None:
    """Lay the docks of the left column behind one another where there is no height for all of them."""
    docks = _in_area(main, _LEFT)
    groups = {frozenset([dock, *main.tabifiedDockWidgets(dock)]) for dock in docks}
    needed = sum(max(dock.minimumSizeHint().height() for dock in group) for group in groups)
    if main.height() - _height_below(main) - _BARS < needed:
        for first, second in itertools.pairwise(docks):
            main.tabifyDockWidget(first, second)
        ours = [dock for dock in docks if dock.property(_PLACE)]
        for dock in ours or docks[:1]:
            turn_to(dock)


def _height_below(main: QMainWindow) -> int:
    return round(_SHARE * main.height()) + _BESIDE_PLOT


def _in_area(main: QMainWindow, area: Qt.DockWidgetArea) -> list[QDockWidget]:
    docks = main.findChildren(QDockWidget, options=Qt.FindChildOption.FindDirectChildrenOnly)
    there = [dock for dock in docks if main.dockWidgetArea(dock) == area]
    return [dock for dock in there if not _is_closed(dock) and not dock.isFloating()]


def _is_closed(dock: QDockWidget) -> bool:
    # Until the window draws itself, a new dock is hidden, though nobody closed it.
    return dock.isHidden() and dock.testAttribute(Qt.WidgetAttribute.WA_WState_ExplicitShowHide)
