"""The question for the wavelengths of a cube that does not say them."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from qtpy.QtWidgets import (
    QButtonGroup,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QDoubleSpinBox,
    QFileDialog,
    QFormLayout,
    QLabel,
    QPlainTextEdit,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from napari_hydra._napari.widgets.dock_parts import filled, joined, push_button, text_line
from napari_hydra._napari.widgets.file_filters import filter_of
from napari_hydra._napari.widgets.notices import notifying, sentence
from napari_hydra.errors import HydraError
from napari_hydra.io.files.text import read_text
from napari_hydra.io.formats.registry import wavelengths_in
from napari_hydra.io.numbers.typed_wavelengths import grid, wavelengths_in_text

_TYPED, _LISTED, _OTHER = range(3)
_MARGIN = 10
_LARGEST_LIST = 4 * 2**20


class WavelengthsDialog(QDialog):
    """Asks for one wavelength a band: typed as a grid, pasted or loaded as a list, or those of another cube.

    Parameters
    ----------
    problem : str
        Why it asks: "scene.mat does not say its wavelengths".
    lengths : sequence of int
        How many bands it may have, the likeliest first.
    others : mapping of str to (B,) array
        Names and wavelengths of the cubes that are open.
    parent : QWidget, optional
    """

    def __init__(
        self,
        problem: str,
        lengths: Sequence[int],
        others: Mapping[str, NDArray[np.float64]],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Wavelengths")
        self._lengths = tuple(lengths)
        self._others = {key: values for key, values in others.items() if values.size in self._lengths}
        self.wavelengths: NDArray[np.float64] | None = None
        self._build(problem)
        self._follow()
        self._check()

    def _build(self, problem: str) -> None:
        count = self._lengths[0]
        further = f" (or {' or '.join(map(str, self._lengths[1:]))})" if len(self._lengths) > 1 else ""
        question = QLabel(f"{problem}. Which are the wavelengths of its {count}{further} bands?")
        question.setWordWrap(True)
        self.ways = QButtonGroup(self)
        buttons = [
            QRadioButton(words) for words in ("Evenly spaced", "A list of numbers or a table", "Those of another cube")
        ]
        for number, button in enumerate(buttons):
            self.ways.addButton(button, number)
        buttons[_OTHER if self._others else _TYPED].setChecked(True)

        self.start, self.stop = _nanometres(400.0), _nanometres(700.0)
        self.step = _nanometres(300.0 / max(1, count - 1))
        typed = QWidget()
        fields = QFormLayout(typed)
        for words, box in (("From", self.start), ("To", self.stop), ("In steps of", self.step)):
            fields.addRow(words, box)
        self.list_text = QPlainTextEdit()
        self.list_text.setPlaceholderText(f"{count} numbers in nm or µm, across or down")
        self.list_text.setMaximumHeight(90)
        self.list_text.setStyleSheet("QPlainTextEdit {border: 1px solid rgba(128, 128, 128, 0.6);}")
        load = push_button("Load a list...", "Read the list from a text file or table", self._load)
        self.other = QComboBox()
        self.other.addItems(list(self._others))
        browse = push_button("Open...", "Take the wavelengths of a cube on disk", self._browse)

        self.note = text_line()
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        parts = (
            typed,
            joined(self.list_text, load, grows=self.list_text, spacing=4),
            joined(self.other, browse, grows=self.other, spacing=4),
        )
        rows = [part for pair in zip(buttons, parts, strict=True) for part in pair]
        filled(QVBoxLayout(self), question, *rows, self.note, self.buttons, spacing=6, margin=_MARGIN)
        self.setMinimumWidth(420)

    def _follow(self) -> None:
        self.start.valueChanged.connect(self._fit_step)
        self.stop.valueChanged.connect(self._fit_step)
        self.step.valueChanged.connect(lambda: self.choose(_TYPED))
        self.list_text.textChanged.connect(lambda: self.choose(_LISTED))
        self.other.currentIndexChanged.connect(lambda: self.choose(_OTHER))
        self.ways.idToggled.connect(lambda _id, chosen: self._check() if chosen else None)

    def _fit_step(self) -> None:
        """Let the step give as many bands as the cube has."""
        if (fitting := abs(self.stop.value() - self.start.value()) / max(1, self._lengths[0] - 1)) > 0:
            self.step.setValue(fitting)
        self.choose(_TYPED)

    def _check(self) -> None:
        """Offer OK only where there is one wavelength a band, and say what is missing else."""
        try:
            self.wavelengths = self._chosen()
            first, last = self.wavelengths[0], self.wavelengths[-1]
            self.note.setText(f"{self.wavelengths.size} bands, {first:g} to {last:g} nm.")
        except HydraError as error:
            self.wavelengths = None
            self.note.setText(sentence(error))
        ok = self.buttons.button(QDialogButtonBox.StandardButton.Ok)
        if ok is not None:
            ok.setEnabled(self.wavelengths is not None)

    def _chosen(self) -> NDArray[np.float64]:
        way = self.ways.checkedId()
        if way == _LISTED:
            return wavelengths_in_text(self.list_text.toPlainText(), self._lengths)
        if way == _OTHER:
            if not self._others:
                raise HydraError(f"No other cube of {self._lengths[0]} bands is open; open one from disk.")
            return self._others[self.other.currentText()]
        # the box rounds the step, so that it is taken from its ends where it fits
        start, stop = self.start.value(), self.stop.value()
        fitting = abs(stop - start) / max(1, self._lengths[0] - 1)
        if round(fitting, self.step.decimals()) == self.step.value() and fitting > 0:
            return np.linspace(start, stop, self._lengths[0])
        return grid(start, stop, self.step.value(), self._lengths)

    def _load(self) -> None:
        path, _ = QFileDialog.getOpenFileName(self, "Load wavelengths", "", "Tables (*.csv *.txt *.tsv *.dat);;All (*)")
        if path:
            with notifying():
                self.load_list(Path(path))

    def load_list(self, path: Path) -> None:
        """Show the text of a file as the list.

        Raises
        ------
        HydraError
            If it cannot be read.
        """
        text = read_text(path, _LARGEST_LIST)
        self.list_text.setPlainText(text)

    def _browse(self) -> None:
        path, _ = QFileDialog.getOpenFileName(self, "Open a cube", "", filter_of("Spectral cubes", "cube"))
        if path:
            with notifying():
                self.take_from(Path(path))

    def take_from(self, path: Path) -> None:
        """Offer the wavelengths of a cube on disk, and choose them.

        Raises
        ------
        HydraError
            If it says none, or another number.
        """
        found = wavelengths_in(path)
        if found.size not in self._lengths:
            raise HydraError(f"{path} has {found.size} bands, not {self._lengths[0]}; choose another cube.")
        self._others[path.name] = found
        if self.other.findText(path.name) < 0:
            self.other.addItem(path.name)
        self.other.setCurrentText(path.name)
        self.choose(_OTHER)

    def choose(self, way: int) -> None:
        """Choose one of the three ways by its place from above."""
        button = self.ways.button(way)
        if button is not None:
            button.setChecked(True)
        self._check()


def _nanometres(value: float) -> QDoubleSpinBox:
    box = QDoubleSpinBox()
    box.setRange(0.001, 100_000.0)
    box.setDecimals(3)
    box.setSuffix(" nm")
    box.setValue(value)
    return box
