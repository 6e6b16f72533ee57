"""Docks behind the tab of another dock: Qt moves them aside and tells them neither of hiding nor of showing."""

from qtpy.QtCore import QObject, Signal
from qtpy.QtWidgets import QDockWidget, QWidget


def is_seen(widget: QWidget) -> bool:
    """Whether a part of the widget is on the screen: not closed, not behind another tab."""
    return widget.isVisible() and not widget.visibleRegion().isEmpty()


class Tab(QObject):
    """Emits `raised` when the dock that holds a widget comes to be seen.

    Parameters
    ----------
    widget : QWidget
        Calls `follow` in its ``showEvent``; before that it is in no dock.
    """

    raised = Signal()

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget)
        self._widget = widget
        self._dock: QDockWidget | None = None

    def follow(self) -> None:
        """Listen to the dock that the widget is in now."""
        here: QWidget | None = self._widget
        while here is not None and not isinstance(here, QDockWidget):
            here = here.parentWidget()
        if here is not None and here is not self._dock:
            self._dock = here
            here.visibilityChanged.connect(self._on_visible)

    def _on_visible(self, visible: bool) -> None:
        if visible:
            self.raised.emit()
