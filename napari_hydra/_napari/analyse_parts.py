"""Small widgets that the pages of the dock Analyse share."""

from collections.abc import Callable
from typing import Any

from qtpy.QtWidgets import QLabel, QPushButton, QSizePolicy


def push_button(text: str, tooltip: str, action: Callable[[], Any]) -> QPushButton:
    """Return a button."""
    button = QPushButton(text)
    button.setToolTip(tooltip)
    button.clicked.connect(lambda: action())
    return button


def one_line() -> QLabel:
    """Return a label whose text never decides how wide or high the dock is; see `show_line`."""
    label = QLabel()
    label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
    return label


def show_line(label: QLabel, text: str) -> None:
    """Show a text, whole in the tooltip."""
    label.setText(text)
    label.setToolTip(text)
