"""Small widgets of the docks: sections, buttons, bars, lines of text."""

from collections.abc import Callable
from typing import Any

from qtpy.QtCore import Qt
from qtpy.QtGui import QIcon
from qtpy.QtWidgets import (
    QLabel,
    QProgressBar,
    QPushButton,
    QSizePolicy,
    QWidget,
)
from superqt import QCollapsible


class _NoIcon(QIcon):
    """A null icon that counts as given: superqt asks for its truth, and PySide6 takes a null one for false."""

    def __bool__(self) -> bool:
        return True


def collapsible(content: QWidget) -> QCollapsible:
    """Return a closed section that holds `content`; its owner writes the title."""
    # The arrow stands in the title: superqt draws its own in black, whatever the theme.
    section = QCollapsible("", expandedIcon=_NoIcon(), collapsedIcon=_NoIcon())
    section.setDuration(0)
    section.addWidget(content)
    for layout, left in ((section.layout(), 0), (section.content().layout(), 4)):
        if layout is not None:
            layout.setContentsMargins(left, 0, 0, 0)
            layout.setSpacing(0)
    # A long title must not decide the width of the dock.
    section.toggleButton().setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
    section.toggleButton().setStyleSheet(
        "QPushButton, QPushButton:checked {text-align: left; border: none; background: transparent;"
        " font-weight: bold; padding: 4px 2px;}"
    )
    return section


def push_button(text: str, tooltip: str, action: Callable[[], Any] | None = None) -> QPushButton:
    """Return a button with a tooltip that calls `action` when clicked."""
    button = QPushButton(text)
    button.setToolTip(tooltip)
    if action is not None:
        button.clicked.connect(lambda: action())
    return button


BAR_STEPS = 1000


def narrow_bar(width: int) -> QProgressBar:
    """Return a progress bar of at most `width` pixels and `BAR_STEPS` steps, no higher than a line of text."""
    bar = QProgressBar()
    bar.setRange(0, BAR_STEPS)
    bar.setTextVisible(False)
    bar.setMaximumSize(width, 12)
    return bar


def text_line() -> QLabel:
    """Return a label that breaks its lines and lets the text be copied."""
    label = QLabel()
    label.setWordWrap(True)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
    return label


def one_line() -> QLabel:
    """Return a label whose text never decides how wide or high the dock is; see `show_line`."""
    label = QLabel()
    label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
    return label


def show_line(label: QLabel, text: str) -> None:
    """Show a text, whole in the tooltip."""
    label.setText(text)
    label.setToolTip(text)
