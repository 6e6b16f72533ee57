"""Which of the two stacks is seen: three buttons of which one is down."""

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QButtonGroup, QHBoxLayout, QPushButton, QWidget

from napari_hydra.workbench.scene.scene import Arrangement

_BUTTONS: tuple[tuple[str, Arrangement, str], ...] = (
    ("Reconstruction", "estimate", "Show the reconstruction alone."),
    ("Truth", "truth", "Show the truth in the place of the reconstruction."),
    (
        "Side by side",
        "side by side",
        "Show both in two linked views: same zoom, wavelength and contrast, pins in both.",
    ),
)


class ArrangementBar(QWidget):
    """Emits `chosen` with an `Arrangement` when a button is pressed."""

    chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._group = QButtonGroup(self)
        self._buttons: dict[str, QPushButton] = {}
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2)
        for title, arrangement, tooltip in _BUTTONS:
            button = QPushButton(title)
            button.setCheckable(True)
            button.setToolTip(tooltip)
            button.clicked.connect(lambda _=False, a=arrangement: self.chosen.emit(a))
            self._group.addButton(button)
            self._buttons[arrangement] = button
            row.addWidget(button)
        self.show_chosen("estimate")

    def button(self, arrangement: Arrangement) -> QPushButton:
        """Return the button of an arrangement."""
        return self._buttons[arrangement]

    def show_chosen(self, arrangement: Arrangement) -> None:
        """Press a button without telling anyone."""
        self._buttons[arrangement].setChecked(True)
