"""Which of the two stacks is seen: three buttons of which one is down."""

from functools import partial

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QButtonGroup, QHBoxLayout, QPushButton, QWidget

from napari_hydra._napari.widgets.dock_parts import filled, push_button
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
        for title, arrangement, tooltip in _BUTTONS:
            button = push_button(title, tooltip, partial(self.chosen.emit, arrangement), is_checkable=True)
            self._group.addButton(button)
            self._buttons[arrangement] = button
        filled(QHBoxLayout(self), *self._buttons.values(), spacing=2)
        self.show_chosen("estimate")

    def button(self, arrangement: Arrangement) -> QPushButton:
        """Return the button of an arrangement."""
        return self._buttons[arrangement]

    def show_chosen(self, arrangement: Arrangement) -> None:
        """Press a button without telling anyone."""
        self._buttons[arrangement].setChecked(True)
