"""What the pages of indices and of band maths share: the values of pins and regions, and the map."""

from typing import TYPE_CHECKING

import numpy as np
from qtpy.QtWidgets import QCheckBox, QHBoxLayout, QVBoxLayout, QWidget

from napari_hydra._napari.analyse.pages.page import Page, Shared
from napari_hydra._napari.analyse.results.formula_values import (
    FormulaKey,
    FormulaValue,
    formula_keys,
    formula_rows,
    mix_of,
    prepared_formula,
)
from napari_hydra._napari.analyse.results.state import cube_of_source
from napari_hydra._napari.widgets.dock_parts import filled, push_button, splitter, text_line
from napari_hydra._napari.widgets.results import Results
from napari_hydra._napari.widgets.table import ROW_HEIGHT, Table, row_columns
from napari_hydra.hydra.latent.index_maps import index_map_steps

if TYPE_CHECKING:
    from napari_hydra.hydra.latent.index_maps import Floats, IndexMap
    from napari_hydra.spectra.formulas import Formula

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
_SHOWN = (2.0, 98.0)  # percentiles of the values, between which the colours of a map lie


class FormulaPage(Page):
    """The values of a formula at pins and in regions, and its map; what chooses the formula is the left side."""

    def __init__(self, shared: Shared) -> None:
        super().__init__(shared)
        self.values: Results[FormulaKey, FormulaValue] = Results(shared.background, prepared_formula)
        self.values.changed.connect(shared.schedule)

    def formula(self) -> "Formula | None":
        """Return the formula that is chosen."""
        raise NotImplementedError

    def note_text(self) -> str:
        """Return the line below the table."""
        raise NotImplementedError

    def _build(self, left: QWidget, *beside_map: QWidget) -> None:
        self.with_interval = QCheckBox("with interval")
        self.with_interval.setChecked(True)
        self.with_interval.setToolTip(
            "Make a second layer of half the width of the interval; without it the map is quicker."
        )
        self.map_button = push_button("Map", "Show the value of every pixel as a layer.", self.make_map)
        self.table = Table(row_columns(_HEADERS, is_elastic=True), narrowest=44)
        self.table.setMinimumSize(200, 2 * ROW_HEIGHT + 12)
        self.copy_button = push_button("Copy table", "Copy the table, tab-separated (Ctrl+C).", self.table.copy)
        self.note = text_line()
        right = QWidget()
        row = filled(QHBoxLayout(), *beside_map, self.map_button, self.with_interval, None, self.copy_button)
        filled(QVBoxLayout(right), row, self.table, self.note, grows=self.table)
        filled(QVBoxLayout(self), splitter(left, right, sizes=(300, 500)))

    def refresh(self, *, seen: bool) -> None:
        """Show the stores as they are now; compute what is missing if the page is seen."""
        if seen:
            self.read()
        known = {key.item: self.values.of(key) for key in self._keys()}
        self.table.show_rows(formula_rows(self._store, known.get) if known else ())
        self.note.setText(self.note_text())
        formula = self.formula()
        possible = formula is not None and not isinstance(mix_of(self._store, self._analyse, formula), str)
        self.map_button.setEnabled(possible)
        self.with_interval.setEnabled(self._analyse.source == "estimate")

    def read(self, *, asked: bool = False) -> None:
        """Compute what is missing; `asked` if the user asks for what was cancelled."""
        self.values.follow(self._keys(), asked=asked)

    def _keys(self) -> list[FormulaKey]:
        return formula_keys(self._store, self._analyse, self.formula())

    def make_map(self) -> None:
        """Compute the formula of every pixel, and show it."""
        scene, formula = self._store.scene, self.formula()
        if scene is None or formula is None:
            return
        source, method, level = self._analyse.source, self._analyse.method, self._store.level
        cube, interval = cube_of_source(scene, source), self.with_interval.isChecked() and source == "estimate"
        of = "" if source == "estimate" else " of the truth"

        def done(found: "IndexMap") -> None:
            half, limits = found.half_width, formula.limits or _limits(found.values)
            if half is not None:
                self._layers.add_map(
                    scene,
                    f"{formula.name} interval {source}",
                    half,
                    name=f"{formula.name}, half-width of its {level:.0%} interval".replace("%", " %"),
                    limits=(0.0, (limits[1] - limits[0]) / 4),
                    colormap="inferno",
                    visible=False,
                )
            self._layers.add_map(
                scene, f"{formula.name} {source}", found.values, name=f"{formula.name}{of}", limits=limits
            )

        self._compute(
            f"Mapping {formula.name}",
            lambda: index_map_steps(cube, formula, method=method, level=level, interval=interval),
            done,
        )


def _limits(values: "Floats") -> tuple[float, float]:
    """Return display limits of values whose formula gives none."""
    known = values[np.isfinite(values)]
    if not known.size:
        return 0.0, 1.0
    low, high = (float(end) for end in np.percentile(known, _SHOWN))
    return (low, high) if high > low else (low, low + 1.0)
