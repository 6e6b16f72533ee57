"""Small widgets of the docks: a form that scrolls when it must, sections, buttons, bars, lines of text."""

from collections.abc import Callable
from typing import Any

from qtpy.QtCore import QEvent, QSize, Qt
from qtpy.QtGui import QIcon
from qtpy.QtWidgets import (
    QFrame,
    QLabel,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)
from superqt import QCollapsible

from napari_hydra._napari.form import Form


class FormArea(QScrollArea):
    """As high as the form where there is room, and scrolled where there is not."""

    def __init__(self, form: Form) -> None:
        super().__init__()
        self._form = form
        self._sections: dict[str, QCollapsible] = {}
        content = self._build_sections()
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self.setMinimumHeight(120)
        self._content = content
        self.setWidget(content)
        content.installEventFilter(self)

    def _build_sections(self) -> QWidget:
        content = QWidget()
        layout = QVBoxLayout(content)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        for title, container, expanded in self._form.sections:
            section = collapsible(container.native)
            if expanded:
                section.expand(animate=False)
            section.toggled.connect(self.refresh_titles)
            layout.addWidget(section)
            self._sections[title] = section
        layout.addStretch()
        return content

    def section(self, title: str) -> QCollapsible:
        """Return the section of a title."""
        return self._sections[title]

    def refresh_titles(self, *_: Any) -> None:
        """Write the titles anew; a closed section says what is chosen in it."""
        for title, section in self._sections.items():
            is_open = section.isExpanded()
            section.setText(f"▾  {title}" if is_open else f"▸  {self._form.summary(title)}")

    def sizeHint(self) -> QSize:
        """Return the form's own size."""
        return self._content.sizeHint() + QSize(0, 4)  # the border that napari's style sheet draws

    def eventFilter(self, watched: Any, event: QEvent | None) -> bool:
        """Grow and shrink when a section is opened or closed."""
        if event is not None and event.type() == QEvent.Type.LayoutRequest:
            self.updateGeometry()
        return False


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


def is_closed(widget: QWidget) -> bool:
    """Whether the widget, its dock or its window was hidden on purpose (a tab behind another one is not)."""
    here: QWidget | None = widget
    while here is not None:
        if here.isHidden():
            return True
        here = here.parentWidget()
    return False
