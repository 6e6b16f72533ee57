"""Small widgets of the docks: sections, buttons, bars, lines of text."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from qtpy.QtCore import QObject, Qt, QTimer
from qtpy.QtGui import QAction, QIcon
from qtpy.QtWidgets import (
    QBoxLayout,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLayout,
    QMenu,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QSplitter,
    QWidget,
)
from superqt import QCollapsible

Box = TypeVar("Box", bound=QBoxLayout)


def filled(
    box: Box, *parts: QWidget | QLayout | None, grows: QWidget | None = None, spacing: int = 4, margin: int = 0
) -> Box:
    """Put parts into a layout, one after the other, and return it.

    Parameters
    ----------
    box : QHBoxLayout or QVBoxLayout
    *parts : QWidget, QLayout or None
        None stands for room that is left free.
    grows : QWidget, optional
        The one of them that takes the room that is left.
    spacing, margin : int
        In pixels, between the parts and around them.
    """
    box.setContentsMargins(margin, margin, margin, margin)
    box.setSpacing(spacing)
    for part in parts:
        if part is None:
            box.addStretch(1)
        elif isinstance(part, QWidget):
            box.addWidget(part, 1 if part is grows else 0)
        else:
            box.addLayout(part)
    return box


def joined(*widgets: QWidget, grows: QWidget | None = None, spacing: int = 1) -> QWidget:
    """Return widgets side by side as one, which can be hidden and which no line break parts."""
    whole = QWidget()
    filled(QHBoxLayout(whole), *widgets, grows=grows, spacing=spacing)
    return whole


def splitter(*parts: QWidget, sizes: Sequence[int] = (), stretch: Sequence[int] = ()) -> QSplitter:
    """Return widgets side by side with handles between them.

    Parameters
    ----------
    *parts : QWidget
    sizes : sequence of int
        Widths in pixels to begin with.
    stretch : sequence of int
        How much each takes of the room that is left.
    """
    whole = QSplitter(Qt.Orientation.Horizontal)
    whole.setChildrenCollapsible(False)
    for part in parts:
        whole.addWidget(part)
    for index, factor in enumerate(stretch):
        whole.setStretchFactor(index, factor)
    if sizes:
        whole.setSizes(list(sizes))
    return whole


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


def push_button(
    text: str, tooltip: str, action: Callable[[], Any] | None = None, *, is_checkable: bool = False
) -> QPushButton:
    """Return a button with a tooltip that calls `action` when clicked."""
    button = QPushButton(text)
    button.setToolTip(tooltip)
    button.setCheckable(is_checkable)
    if action is not None:
        button.clicked.connect(lambda: action())
    return button


def menu_entry(menu: QMenu, text: str, action: Callable[[], Any] | None = None, tooltip: str = "") -> QAction:
    """Add an entry to a menu and return it; it calls `action` when chosen."""
    entry = QAction(text, menu)
    entry.setToolTip(tooltip)
    if action is not None:
        entry.triggered.connect(lambda: action())
    menu.addAction(entry)
    return entry


def single_shot(owner: QObject, action: Callable[[], None], interval_ms: int = 0) -> QTimer:
    """Return a timer that calls `action` once, some time after each start."""
    timer = QTimer(owner)
    timer.setSingleShot(True)
    timer.setInterval(interval_ms)
    timer.timeout.connect(action)
    return timer


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


def scrolled(content: QWidget) -> QScrollArea:
    """Return an area that holds a widget, however low it is."""
    area = QScrollArea()
    area.setWidget(content)
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setMinimumHeight(24)
    return area


def one_line() -> QLabel:
    """Return a label whose text never decides how wide or high the dock is; see `show_line`."""
    label = QLabel()
    label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
    return label


def show_line(label: QLabel, text: str) -> None:
    """Show a text, whole in the tooltip."""
    label.setText(text)
    label.setToolTip(text)
