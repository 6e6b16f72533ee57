"""How the spectra are shown: the transform, the pixels that a pin averages, the statistic of regions."""

from collections.abc import Sequence
from typing import Any

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QComboBox, QHBoxLayout, QLabel, QSizePolicy, QWidget

from napari_hydra._napari.state.store import Store
from napari_hydra._napari.widgets.dock_parts import filled
from napari_hydra.workbench.scene.transforms import TRANSFORMS

PIXEL_WINDOWS = (1, 3, 5, 7, 9, 15)
LEVELS = (50, 68, 80, 90, 95, 99)  # per cent
_STATISTICS = (("mean", "mean"), ("median", "median"))


class Chooser(QWidget):
    """A labelled list of choices that is tied to one field of the store, both ways.

    Parameters
    ----------
    store : Store
    field : str
        Of the store.
    label, tooltip : str
        No label where the choices speak for themselves.
    choices : sequence of (words, value)
    """

    def __init__(
        self, store: Store, field: str, label: str, tooltip: str, choices: Sequence[tuple[str, object]]
    ) -> None:
        super().__init__()
        self._store, self._field = store, field
        self.list = QComboBox()
        for words, value in choices:
            self.list.addItem(words, value)
        self.list.setToolTip(tooltip)
        self.list.setStyleSheet("QComboBox { padding-right: 0px; }")  # napari keeps room for two arrows
        self.list.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.list.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        row = filled(QHBoxLayout(self))
        if label:
            caption = QLabel(label)
            caption.setBuddy(self.list)
            caption.setToolTip(tooltip)
            row.addWidget(caption)
        row.addWidget(self.list)
        self._follow(getattr(store, field))
        self.list.currentIndexChanged.connect(self._choose)
        getattr(store.events, field).connect(self._follow)

    def _choose(self, index: int) -> None:
        if index >= 0:  # -1: the store holds a value that is not on the list
            setattr(self._store, self._field, self.list.itemData(index))

    def _follow(self, value: Any) -> None:
        self.list.setCurrentIndex(self.list.findData(value))

    def offer(self, words: str, value: object) -> None:
        """Add a choice that the store holds already, where it is not on the list."""
        if self.list.findData(value) < 0:
            self.list.addItem(words, value)
            self._follow(value)


def choose_transform(store: Store) -> Chooser:
    """Return the list of transforms, each with its explanation."""
    chooser = Chooser(
        store,
        "transform",
        "",
        "Show spectra as: what is done to each before it is drawn; errors stay those of the values as measured.",
        [(name, name) for name in TRANSFORMS],
    )
    for index, transform in enumerate(TRANSFORMS.values()):
        chooser.list.setItemData(index, transform.about, Qt.ItemDataRole.ToolTipRole)
    return chooser


def choose_pixel_window(store: Store) -> Chooser:
    """Return the list of pixel windows."""
    tooltip = "Pins and the cursor show the mean of this many pixels around them (keys W and Shift+W on the canvas)."
    return Chooser(
        store, "pixel_window", "", tooltip, [("1 px", 1), *((f"{n} × {n} px", n) for n in PIXEL_WINDOWS[1:])]
    )


def choose_statistic(store: Store) -> Chooser:
    """Return the list of what a region shows of its pixels."""
    tooltip = "What a region shows of its pixels: mean and standard deviation, or median and quartiles."
    return Chooser(store, "statistic", "", tooltip, _STATISTICS)


def choose_level(store: Store) -> Chooser:
    """Return the list of nominal coverages of the intervals."""
    tooltip = "Interval: how often it is meant to hold the truth."
    chooser = Chooser(store, "level", "", tooltip, [(f"{n} %", n / 100) for n in LEVELS])
    chooser.offer(f"{store.level:.0%}".replace("%", " %"), store.level)
    return chooser
