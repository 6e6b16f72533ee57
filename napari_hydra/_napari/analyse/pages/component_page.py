"""The page "Components" of the dock Analyse: principal components, noise fractions, unmixing."""

from typing import ClassVar

import numpy as np
from qtpy.QtCore import Qt
from qtpy.QtGui import QColor
from qtpy.QtWidgets import (
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from napari_hydra._napari.analyse.pages.page import Page, Shared
from napari_hydra._napari.analyse.results.component_state import (
    EndmemberChoice,
    chosen_endmembers,
    component_words,
    endmember_choices,
    read_endmembers,
)
from napari_hydra._napari.analyse.results.state import cube_of_source
from napari_hydra._napari.widgets.dock_parts import filled, push_button, splitter, text_line
from napari_hydra._napari.widgets.docks import BUSY
from napari_hydra._napari.widgets.table import SWATCH
from napari_hydra.progress import Progress, Steps
from napari_hydra.spectra.components import Components, component_steps
from napari_hydra.spectra.unmixing import Abundances, unmix_steps

TOO_FEW = "Tick two endmembers at least on the page Components: pins, regions or spectra of libraries."
_KEY = Qt.ItemDataRole.UserRole
_MOST = 20
_SPANS = 3.0  # standard deviations from the middle of a component's colours to their ends


class ComponentPage(Page):
    """Components on the left, unmixing on the right; all results are layers."""

    name, title = "components", "Components"
    commands: ClassVar = {"compute_components": ("compute_button", BUSY), "unmix": ("unmix_button", TOO_FEW)}

    def __init__(self, shared: Shared) -> None:
        super().__init__(shared)
        self._choices: tuple[EndmemberChoice, ...] = ()
        self._build()

    def _build(self) -> None:
        self.kind = QComboBox()
        self.kind.addItems(["PCA", "MNF"])
        self.kind.setToolTip(
            "Principal components, ordered by variance; or minimum noise fractions, ordered by signal-to-noise ratio,\n"
            "the noise taken from differences of neighbouring pixels."
        )
        self.count = QSpinBox()
        self.count.setRange(1, _MOST)
        self.count.setValue(4)
        self.count.setSuffix(" components")
        self.count.setToolTip("How many components become layers.")
        self.compute_button = push_button("Compute", "Show the components as layers, the first one seen.", self.compute)
        self.words = text_line()
        self.search = QLineEdit()
        self.search.setPlaceholderText("Endmembers: search pins, regions, libraries")
        self.search.setToolTip("Show only endmembers whose names hold these words; those that are ticked stay.")
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(lambda _: self._list())
        self.members = QListWidget()
        self.members.setToolTip("Tick the spectra that a pixel may be mixed of: pins, regions, spectra of libraries.")
        self.members.setMinimumSize(180, 50)
        self.members.setIconSize(SWATCH)
        self.members.itemChanged.connect(self._on_ticked)
        self.nonnegative = QCheckBox("not negative")
        self.nonnegative.setChecked(True)
        self.nonnegative.setToolTip("No abundance may be below 0.")
        self.sum_to_one = QCheckBox("sum to one")
        self.sum_to_one.setChecked(True)
        self.sum_to_one.setToolTip(
            "Abundances sum to 1: right where pixels and endmembers are lit alike, not in shadow."
        )
        self.unmix_button = push_button(
            "Unmix", "Show the abundance of each endmember, and what is left (RMSE), as layers.", self.unmix
        )
        left, right = QWidget(), QWidget()
        first = filled(QHBoxLayout(), self.kind, self.count, self.compute_button, None)
        second = filled(QHBoxLayout(), self.nonnegative, self.sum_to_one, self.unmix_button, None)
        filled(QVBoxLayout(left), first, self.words, None)
        filled(QVBoxLayout(right), self.search, self.members, second, grows=self.members)
        filled(QVBoxLayout(self), splitter(left, right, sizes=(400, 500)))

    def refresh(self, *, seen: bool) -> None:
        """Show the stores as they are now."""
        self._list()
        has_scene = self._store.scene is not None
        self.compute_button.setEnabled(has_scene)
        self.unmix_button.setEnabled(has_scene and len(chosen_endmembers(self._store, self._analyse)) >= 2)
        if not has_scene:
            self.words.setText("")

    def _list(self) -> None:
        choices = endmember_choices(self._store, self._analyse, self.search.text())
        if choices == self._choices:
            return
        self._choices = choices
        blocked = self.members.blockSignals(True)
        self.members.clear()
        for choice in choices:
            item = QListWidgetItem(choice.words)
            item.setData(_KEY, choice.key)
            item.setToolTip(choice.words)
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
            item.setCheckState(Qt.CheckState.Checked if choice.chosen else Qt.CheckState.Unchecked)
            if choice.colour is not None:
                item.setData(Qt.ItemDataRole.DecorationRole, QColor(choice.colour))
            self.members.addItem(item)
        self.members.blockSignals(blocked)

    def _on_ticked(self, item: QListWidgetItem) -> None:
        key = tuple(item.data(_KEY))
        others = tuple(one for one in self._analyse.endmembers if one != key)
        self._analyse.endmembers = (*others, key) if item.checkState() == Qt.CheckState.Checked else others

    # -- actions -------------------------------------------------------------------------------------------

    def compute(self) -> None:
        """Compute components of the source."""
        scene, source = self._store.scene, self._analyse.source
        if scene is None:
            return
        cube, kind, count = cube_of_source(scene, source), self.kind.currentText(), self.count.value()
        letters = {"PCA": "PC", "MNF": "MNF"}[kind]
        of = "" if source == "estimate" else " of the truth"

        def done(found: Components) -> None:
            if scene is not self._store.scene:
                return
            self._layers.remove(f"{kind} {source} ")
            self.words.setText(component_words(found))
            for i in reversed(range(len(found.maps))):  # the first on top
                std = float(np.nanstd(found.maps[i]))
                reach = _SPANS * std if std > 0 else 1.0
                share = f" ({100 * found.share[i]:.3g} % of variance)" if kind == "PCA" else ""
                self._layers.add_map(
                    scene,
                    f"{kind} {source} {i + 1}",
                    found.maps[i],
                    name=f"{letters} {i + 1}{share}{of}",
                    limits=(-reach, reach),
                    colormap="gray",
                    visible=i == 0,
                )

        self._compute(f"Computing {kind}", lambda: component_steps(cube, kind, count), done)

    def unmix(self) -> None:
        """Unmix the source into the endmembers that are ticked."""
        scene, source = self._store.scene, self._analyse.source
        if scene is None:
            return
        cube, keys = cube_of_source(scene, source), chosen_endmembers(self._store, self._analyse)
        constraints = {"nonnegative": self.nonnegative.isChecked(), "sum_to_one": self.sum_to_one.isChecked()}
        of = "" if source == "estimate" else " of the truth"

        def steps() -> Steps[Abundances]:
            names, spectra = read_endmembers(scene, source, self._store, self._analyse, keys)
            yield Progress(0.0, "unmixing")
            return (yield from unmix_steps(cube, names, spectra, **constraints))

        def done(found: Abundances) -> None:
            if scene is not self._store.scene:
                return
            self._layers.remove(f"abundance {source} ")
            self._add_residual(found, source, of)
            for i in reversed(range(len(found.names))):  # the first on top
                self._layers.add_map(
                    scene,
                    f"abundance {source} {i + 1}",
                    found.maps[i],
                    name=f"abundance of {found.names[i]}{of}",
                    limits=(0.0, 1.0),
                    visible=i == 0,
                )

        self._compute("Unmixing", steps, done)

    def _add_residual(self, found: Abundances, source: str, of: str) -> None:
        scene = self._store.scene
        known = found.rmse[np.isfinite(found.rmse)]
        if scene is None or not known.size:
            return
        top = float(np.percentile(known, 99))
        self._layers.add_map(
            scene,
            f"abundance {source} residual",
            found.rmse,
            name=f"RMSE of unmixing ({scene.quantity}){of}",
            limits=(0.0, top if top > 0 else 1.0),
            colormap="inferno",
            visible=False,
        )
