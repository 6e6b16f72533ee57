"""The page "Indices" of the dock Analyse."""

from typing import Any, ClassVar

from qtpy.QtCore import Qt
from qtpy.QtGui import QStandardItem, QStandardItemModel
from qtpy.QtWidgets import QAbstractItemView, QComboBox, QLineEdit, QListView, QVBoxLayout, QWidget

from napari_hydra._napari.analyse.pages.formula_page import FormulaPage
from napari_hydra._napari.analyse.pages.page import Shared
from napari_hydra._napari.analyse.results.index_state import IndexChoice, index_choices, index_note
from napari_hydra._napari.widgets.dock_parts import filled
from napari_hydra.spectra.indices import SpectralIndex, find_index

_NAME = Qt.ItemDataRole.UserRole
NO_INDEX = "Choose an index for which the cube has the wavelengths: there is none to map yet."


class IndexPage(FormulaPage):
    """A list of indices, the values of pins and regions, and the map."""

    name, title = "indices", "Indices"
    commands: ClassVar = {"map_index": ("map_button", NO_INDEX)}

    def __init__(self, shared: Shared) -> None:
        super().__init__(shared)
        self._choices: tuple[IndexChoice, ...] = ()
        self.search = QLineEdit()
        self.search.setPlaceholderText("Search: name, words, vegetation, water, …")
        self.search.setToolTip("Show only the indices whose name, words or domain hold these words.")
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(lambda _: self._list())
        self.model = QStandardItemModel(self)
        self.list = QListView()
        self.list.setModel(self.model)
        self.list.setUniformItemSizes(True)
        self.list.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.list.setToolTip("Indices; those in grey need wavelengths that the cube does not have.")
        self.list.setMinimumSize(180, 60)
        self.list.selectionModel().currentChanged.connect(self._on_chosen)
        self.list.clicked.connect(lambda _: self.read(asked=True))
        self.method = QComboBox()
        self.method.addItem("interpolated bands", "interpolated")
        self.method.addItem("nearest bands", "nearest")
        self.method.setToolTip("At the wavelengths of the formula, between two bands; or the nearest band of the cube.")
        self.method.currentIndexChanged.connect(self._on_method)
        left = QWidget()
        filled(QVBoxLayout(left), self.search, self.list, grows=self.list)
        self._build(left, self.method)

    def formula(self) -> SpectralIndex | None:
        """Return the chosen index."""
        return find_index(self._analyse.index) if self._analyse.index else None

    def note_text(self) -> str:
        """Say where its bands are taken."""
        return index_note(self._store, self._analyse)

    def refresh(self, *, seen: bool) -> None:
        """Show the list too."""
        self._list()
        super().refresh(seen=seen)

    def _list(self) -> None:
        choices = index_choices(self._store, self._analyse, self.search.text())
        if choices == self._choices:
            return
        self._choices = choices
        selection = self.list.selectionModel()
        blocked = selection.blockSignals(True)
        self.model.clear()
        for choice in choices:
            item = QStandardItem(choice.words)
            item.setToolTip(choice.tooltip)
            item.setData(choice.name, _NAME)
            item.setEnabled(not choice.reason)
            self.model.appendRow(item)
            if choice.name == self._analyse.index:
                self.list.setCurrentIndex(item.index())
        selection.blockSignals(blocked)

    def _on_chosen(self, current: Any, _previous: Any) -> None:
        name = current.data(_NAME) if current.isValid() else None
        if name:
            self._analyse.index = name

    def _on_method(self, _index: int) -> None:
        self._analyse.method = self.method.currentData()
