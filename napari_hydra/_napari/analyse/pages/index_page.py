"""The page "Indices" of the dock Analyse."""

from typing import TYPE_CHECKING, Any, ClassVar

from qtpy.QtCore import Qt
from qtpy.QtGui import QStandardItem, QStandardItemModel
from qtpy.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QLineEdit,
    QListView,
    QVBoxLayout,
    QWidget,
)

from napari_hydra._napari.analyse.pages.page import Page, Shared
from napari_hydra._napari.analyse.results.index_state import (
    IndexChoice,
    IndexValue,
    index_choices,
    index_note,
    index_rows,
)
from napari_hydra._napari.analyse.results.index_values import IndexKey, index_keys, prepared_index
from napari_hydra._napari.analyse.results.state import cube_of_source
from napari_hydra._napari.widgets.dock_parts import filled, push_button, splitter, text_line
from napari_hydra._napari.widgets.results import Results
from napari_hydra._napari.widgets.table import ROW_HEIGHT, Table, row_columns
from napari_hydra.hydra.latent.index_maps import index_map_steps
from napari_hydra.spectra.indices import find_index

if TYPE_CHECKING:
    from napari_hydra.hydra.latent.index_maps import IndexMap

_NAME = Qt.ItemDataRole.UserRole
NO_INDEX = "Choose an index for which the cube has the wavelengths: there is none to map yet."
_HEADERS = (
    ("", "Pin or region."),
    ("Value", "Of a region: the mean of its pixels' values."),
    (
        "Interval",
        "Where the value lies; none for a measured cube. Of a region: the mean of its pixels' intervals.",
    ),
    ("SD", "Standard deviation between the pixels of a region."),
    ("Pixels", "Pixels with a value."),
)


class IndexPage(Page):
    """A list of indices, the values of pins and regions, and the map."""

    name, title = "indices", "Indices"
    commands: ClassVar = {"map_index": ("map_button", NO_INDEX)}

    def __init__(self, shared: Shared) -> None:
        super().__init__(shared)
        self.values: Results[IndexKey, IndexValue] = Results(shared.background, prepared_index)
        self.values.changed.connect(shared.schedule)
        self._choices: tuple[IndexChoice, ...] = ()
        self._build()

    def _build(self) -> None:
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
        self.list.clicked.connect(lambda _: self._read(asked=True))
        self.method = QComboBox()
        self.method.addItem("interpolated bands", "interpolated")
        self.method.addItem("nearest bands", "nearest")
        self.method.setToolTip("At the wavelengths of the formula, between two bands; or the nearest band of the cube.")
        self.method.currentIndexChanged.connect(self._on_method)
        self.with_interval = QCheckBox("with interval")
        self.with_interval.setChecked(True)
        self.with_interval.setToolTip(
            "Make a second layer of half the width of the interval; without it the map is quicker."
        )
        self.map_button = push_button(
            "Map", "Show the index of every pixel as a layer, its colours fixed by the formula.", self.make_map
        )
        self.table = Table(row_columns(_HEADERS, is_elastic=True), narrowest=44)
        self.table.setMinimumSize(200, 2 * ROW_HEIGHT + 12)
        self.copy_button = push_button("Copy table", "Copy the table, tab-separated (Ctrl+C).", self.table.copy)
        self.note = text_line()

        left, right = QWidget(), QWidget()
        row = filled(QHBoxLayout(), self.method, self.map_button, self.with_interval, None, self.copy_button)
        filled(QVBoxLayout(left), self.search, self.list, grows=self.list)
        filled(QVBoxLayout(right), row, self.table, self.note, grows=self.table)
        filled(QVBoxLayout(self), splitter(left, right, sizes=(300, 500)))

    def refresh(self, *, seen: bool) -> None:
        """Show the stores as they are now; compute what is missing if the page is seen."""
        self._list()
        if seen:
            self._read()
        known = {key.item: self.values.of(key) for key in index_keys(self._store, self._analyse)}
        self.table.show_rows(index_rows(self._store, known.get) if known else ())
        self.note.setText(index_note(self._store, self._analyse))
        possible = {choice.name for choice in self._choices if not choice.reason}
        chosen = self._analyse.index
        self.map_button.setEnabled(
            self._store.scene is not None and bool(chosen) and self._is_possible(chosen, possible)
        )
        self.with_interval.setEnabled(self._analyse.source == "estimate")

    def _read(self, *, asked: bool = False) -> None:
        self.values.follow(index_keys(self._store, self._analyse), asked=asked)

    def _is_possible(self, name: str, listed: set[str]) -> bool:
        return name in listed or any(c.name == name and not c.reason for c in index_choices(self._store, self._analyse))

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

    def make_map(self) -> None:
        """Compute the chosen index of every pixel, and show it."""
        scene = self._store.scene
        if scene is None or not self._analyse.index:
            return
        index, source = find_index(self._analyse.index), self._analyse.source
        cube, method, level = cube_of_source(scene, source), self._analyse.method, self._store.level
        interval = self.with_interval.isChecked() and source == "estimate"
        of = "" if source == "estimate" else " of the truth"

        def done(found: "IndexMap") -> None:
            half = found.half_width
            if half is not None:
                self._layers.add_map(
                    scene,
                    f"{index.name} interval {source}",
                    half,
                    name=f"{index.name}, half-width of its {level:.0%} interval".replace("%", " %"),
                    limits=(0.0, (index.limits[1] - index.limits[0]) / 4),
                    colormap="inferno",
                    visible=False,
                )
            self._layers.add_map(
                scene, f"{index.name} {source}", found.values, name=f"{index.name}{of}", limits=index.limits
            )

        self._compute(
            f"Mapping {index.name}",
            lambda: index_map_steps(cube, index, method=method, level=level, interval=interval),
            done,
        )
