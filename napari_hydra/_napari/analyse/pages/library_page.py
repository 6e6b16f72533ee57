"""The page "Library" of the dock Analyse."""

from typing import Any

import numpy as np
from qtpy.QtCore import Qt
from qtpy.QtWidgets import (
    QComboBox,
    QDoubleSpinBox,
    QFileDialog,
    QHBoxLayout,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from napari_hydra._napari.analyse.pages.match_plot import MatchPlot
from napari_hydra._napari.analyse.results.layers import AnalyseLayers
from napari_hydra._napari.analyse.results.library_matches import LibraryMatches, Ranking, library_of_regions
from napari_hydra._napari.analyse.results.library_state import (
    DRAWN,
    OTHERS,
    PALETTE,
    MatchPlotState,
    by_frequency,
    colours_by_name,
    library_words,
    match_rows,
    scaled_to,
    subject_of,
)
from napari_hydra._napari.analyse.results.state import AnalyseStore, items_of
from napari_hydra._napari.analyse.results.table import AnalyseTable
from napari_hydra._napari.state.store import Region, Scene, Store
from napari_hydra._napari.widgets.background import Background, Steps, Task
from napari_hydra._napari.widgets.dock_parts import one_line, push_button, show_line
from napari_hydra._napari.widgets.notices import notify_failure
from napari_hydra.errors import HydraError
from napari_hydra.io import LIBRARY_SUFFIXES, SpectralLibrary, read_libraries
from napari_hydra.spectra.matching import MatchMap
from napari_hydra.workbench.plot.palette import CYCLE, PlotTheme

_HEADERS = (
    ("Spectrum", "Of the library, the nearest by spectral angle first. Select some to draw them."),
    ("Angle °", "Spectral angle to the pin or region: shape, not brightness."),
    ("SID", "Spectral information divergence (Chang 2000): 0 for the same shape."),
    ("Bands", "Bands compared."),
    ("Map", "Share of the pixels that are nearest to it, once there is a map."),
    ("Library", "Where it is from."),
)
_WIDEST_DEG = 90.0


class LibraryPage(QWidget):
    """Libraries, the ranking of a pin or region with its plot, and the map.

    Parameters
    ----------
    store : Store
    analyse : AnalyseStore
    background : Background
    layers : AnalyseLayers
    theme : PlotTheme
    schedule : callable
        Called when something is to be shown anew.
    """

    def __init__(
        self,
        store: Store,
        analyse: AnalyseStore,
        background: Background,
        layers: AnalyseLayers,
        theme: PlotTheme,
        schedule: Any,
    ) -> None:
        super().__init__()
        self._store, self._analyse, self._background, self._layers = store, analyse, background, layers
        self.matches = LibraryMatches(store, analyse, background)
        self.matches.changed.connect(schedule)
        self._folder = ""
        self._build(theme)

    def _build(self, theme: PlotTheme) -> None:
        self.open_button = push_button(
            "Open library…", "Read spectra from files: ENVI .sli, ECOSTRESS, USGS, CSV.", self._open
        )
        self.regions_button = push_button(
            "Regions as library",
            "Take the mean spectra of the regions, as they are now, as a library.",
            self._take_regions,
        )
        self.clear_button = push_button("Clear", "Forget every library.", self._clear)
        self.subject = QComboBox()
        self.subject.setToolTip("The pin or region whose spectrum is compared with the libraries.")
        self.subject.setMinimumContentsLength(8)
        self.subject.activated.connect(self._on_subject)
        self.map_button = push_button(
            "Map", "Show the nearest spectrum of each pixel, and the angle to it, as layers.", self.make_map
        )
        self.largest = QDoubleSpinBox()
        self.largest.setRange(0.1, _WIDEST_DEG)
        self.largest.setValue(10.0)
        self.largest.setDecimals(1)
        self.largest.setPrefix("within ")
        self.largest.setSuffix(" °")
        self.largest.setToolTip("Pixels further than this from every spectrum of the libraries stay without one.")
        self.table = AnalyseTable(_HEADERS)
        self.table.itemSelectionChanged.connect(self._draw)
        self.plot = MatchPlot(theme)
        self.note = one_line()
        row = QHBoxLayout()
        row.setSpacing(4)
        for widget in (
            self.open_button,
            self.regions_button,
            self.clear_button,
            self.subject,
            self.map_button,
            self.largest,
        ):
            row.addWidget(widget)
        row.addStretch()
        splitter = QSplitter(Qt.Orientation.Horizontal)
        splitter.setChildrenCollapsible(False)
        splitter.addWidget(self.table)
        splitter.addWidget(self.plot)
        splitter.setSizes([480, 420])
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addLayout(row)
        layout.addWidget(splitter, 1)
        layout.addWidget(self.note)

    def refresh(self, *, seen: bool) -> None:
        """Show the stores as they are now; rank if the page is seen."""
        if seen:
            self.matches.follow()
        items, subject = items_of(self._store), subject_of(self._store, self._analyse)
        names = [item.name for item in items]
        if names != [self.subject.itemText(i) for i in range(self.subject.count())]:
            self.subject.clear()
            self.subject.addItems(names)
        self.subject.setCurrentText("" if subject is None else subject.name)
        self.subject.setEnabled(bool(items))
        has_libraries = bool(self._analyse.libraries)
        self.clear_button.setEnabled(has_libraries)
        self.map_button.setEnabled(has_libraries and self._store.scene is not None)
        self.regions_button.setEnabled(any(isinstance(item, Region) for item in items))
        ranking = self.matches.ranking
        ranked = ranking.matches if isinstance(ranking, Ranking) else []
        listed = [name for library in self._analyse.libraries for name in library.names]
        drawn = {name: colour for name, colour, _ in self.plot_state().matches}
        self.table.show_rows(match_rows(ranked, listed, self.matches.map, drawn))
        words = library_words(self._store, self._analyse, ranking.left_out if isinstance(ranking, Ranking) else 0)
        show_line(self.note, str(ranking) if isinstance(ranking, HydraError) else words)
        self._draw()

    def _draw(self) -> None:
        self.plot.show_state(self.plot_state())

    def plot_state(self) -> MatchPlotState:
        """Return what the plot shows: the selected matches, or the nearest."""
        ranking, subject, scene = self.matches.ranking, subject_of(self._store, self._analyse), self._store.scene
        if not isinstance(ranking, Ranking) or subject is None or scene is None:
            return MatchPlotState(message="The spectrum and its nearest matches\nare drawn here.")
        selection = self.table.selectionModel()
        rows = sorted({index.row() for index in selection.selectedRows()}) if selection is not None else []
        chosen = [ranking.matches[i] for i in rows if i < len(ranking.matches)] or ranking.matches[:DRAWN]
        # As the map and the table, so that a colour says one thing.
        mapped = {} if self.matches.map is None else colours_by_name(self.matches.map)
        others = [one for one in CYCLE if one != subject.colour.lower() and one not in mapped.values()] or CYCLE
        spectrum = ranking.spectrum
        values = np.asarray(spectrum.values)
        return MatchPlotState(
            name=subject.name,
            wavelengths=np.asarray(spectrum.wavelengths),
            values=values,
            low=spectrum.low,
            high=spectrum.high,
            colour=subject.colour,
            unit=scene.quantity,
            matches=tuple(
                (match.name, mapped.get(match.name, others[i % len(others)]), scaled_to(match.values, values))
                for i, match in enumerate(chosen)
            ),
        )

    # -- actions -------------------------------------------------------------------------------------------

    def _open(self) -> None:
        patterns = " ".join(f"*{suffix}" for suffix in LIBRARY_SUFFIXES)
        paths, _ = QFileDialog.getOpenFileNames(
            self, "Open spectral libraries", self._folder, f"Spectral libraries ({patterns});;All files (*)"
        )
        if paths:
            self.open(paths)

    def open(self, paths: list[str]) -> None:
        """Read libraries and add them to those there are."""
        from pathlib import Path

        self._folder = str(Path(paths[0]).parent)

        def steps() -> Steps:
            yield 0.1
            return read_libraries(paths)

        def done(found: list[SpectralLibrary]) -> None:
            known = {library.source for library in found}  # a file that is opened again is read anew
            others = [one for one in self._analyse.libraries if one.source not in known]
            self._analyse.libraries = (*others, *found)

        self._background.submit(Task(label="Reading spectra", steps=steps, done=done, failed=notify_failure))

    def _take_regions(self) -> None:
        scene, source, level = self._store.scene, self._analyse.source, self._store.level
        regions = [item for item in items_of(self._store) if isinstance(item, Region)]
        if scene is None:
            return

        def done(library: SpectralLibrary) -> None:
            others = [one for one in self._analyse.libraries if one.source != library.source]
            self._analyse.libraries = (*others, library)

        self._background.submit(
            Task(
                label="Averaging regions",
                steps=lambda: library_of_regions(scene, source, list(regions), level),
                done=done,
                failed=notify_failure,
            )
        )

    def _clear(self) -> None:
        self._analyse.libraries = ()

    def _on_subject(self, _index: int) -> None:
        self._analyse.subject = self.subject.currentText()
        self.matches.follow(asked=True)

    def make_map(self) -> None:
        """Find the nearest spectrum of each pixel."""
        self.matches.make_map(self.largest.value(), self._show_map)

    def _show_map(self, scene: Scene, source: str, found: MatchMap) -> None:
        of = "" if source == "estimate" else " of the truth"
        self._layers.add_map(
            scene,
            f"angle {source}",
            found.angle,
            name=f"angle to the nearest spectrum (°){of}",
            limits=(0.0, 20.0),
            colormap="inferno",
            visible=False,
        )
        ranks, names = by_frequency(found)
        layer = self._layers.add_classes(
            scene, f"match {source}", ranks, name=f"nearest spectrum{of}", colours=(*PALETTE, OTHERS)
        )
        if layer is not None:
            layer.metadata = {**layer.metadata, "spectra": names}
