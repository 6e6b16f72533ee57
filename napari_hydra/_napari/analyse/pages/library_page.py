"""The page "Library" of the dock Analyse."""

from pathlib import Path
from typing import ClassVar

import numpy as np
from qtpy.QtWidgets import QComboBox, QDoubleSpinBox, QFileDialog, QHBoxLayout, QVBoxLayout

from napari_hydra._napari.analyse.pages.match_plot import MatchPlot
from napari_hydra._napari.analyse.pages.page import Page, Shared
from napari_hydra._napari.analyse.results.library_matches import (
    Ranking,
    RankingKey,
    library_of_regions,
    match_steps,
    prepared_ranking,
    ranking_keys,
)
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
from napari_hydra._napari.analyse.results.state import items_of
from napari_hydra._napari.state.store import Region, Scene
from napari_hydra._napari.widgets.dock_parts import filled, one_line, push_button, show_line, splitter
from napari_hydra._napari.widgets.file_filters import filter_of
from napari_hydra._napari.widgets.notices import notify_info
from napari_hydra._napari.widgets.results import Results
from napari_hydra._napari.widgets.table import ROW_HEIGHT, Table, row_columns
from napari_hydra.errors import HydraError
from napari_hydra.io import SpectralLibrary
from napari_hydra.io.libraries.spectra_files import libraries_of
from napari_hydra.io.libraries.spectral_library import notices
from napari_hydra.progress import Progress, Steps
from napari_hydra.spectra.matching import MatchMap
from napari_hydra.workbench.plot.palette import CYCLE, PlotTheme

NO_LIBRARY = "Open a spectral library first, or take the regions as one: there is none to match."
NO_REGIONS = "Draw or paint a region first: there is none to take as a library."
_HEADERS = (
    ("Spectrum", "Of the library, the nearest by spectral angle first. Select some to draw them."),
    ("Angle °", "Spectral angle to the pin or region: shape, not brightness."),
    ("SID", "Spectral information divergence (Chang 2000): 0 for the same shape."),
    ("Bands", "Bands compared."),
    ("Map", "Share of the pixels that are nearest to it, once there is a map."),
    ("Library", "Where it is from."),
)
_WIDEST_DEG = 90.0


class LibraryPage(Page):
    """Libraries, the ranking of a pin or region with its plot, and the map."""

    name, title = "library", "Library"
    commands: ClassVar = {
        "open_library": ("open_button", ""),
        "map_library": ("map_button", NO_LIBRARY),
        "regions_as_library": ("regions_button", NO_REGIONS),
    }

    def __init__(self, shared: Shared) -> None:
        super().__init__(shared)
        self._rankings: Results[RankingKey, Ranking] = Results(shared.background, prepared_ranking)
        self._rankings.changed.connect(shared.schedule)
        self._schedule = shared.schedule
        self._mapped: tuple[Scene | None, tuple[SpectralLibrary, ...], MatchMap | None] = (None, (), None)
        self._folder = ""
        self._build(shared.theme)

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
        self.table = Table(row_columns(_HEADERS, is_elastic=True), narrowest=44)
        self.table.setMinimumSize(200, 2 * ROW_HEIGHT + 12)
        self.table.selected.connect(self._draw)
        self.plot = MatchPlot(theme)
        self.note = one_line()
        buttons = (self.open_button, self.regions_button, self.clear_button)
        row = filled(QHBoxLayout(), *buttons, self.subject, self.map_button, self.largest, None)
        parts = splitter(self.table, self.plot, sizes=(480, 420))
        filled(QVBoxLayout(self), row, parts, self.note, grows=parts)

    def refresh(self, *, seen: bool) -> None:
        """Show the stores as they are now; rank if the page is seen."""
        if seen:
            self._rank()
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
        ranking = self.ranking
        ranked = ranking.matches if isinstance(ranking, Ranking) else []
        listed = [name for library in self._analyse.libraries for name in library.names]
        drawn = {name: colour for name, colour, _ in self.plot_state().matches}
        rows = match_rows(ranked, listed, self.map, drawn)
        if [row.name for row in rows] != [row.name for row in self.table.rows]:
            self.table.clearSelection()
        self.table.show_rows(rows)
        words = library_words(self._store, self._analyse, ranking.left_out if isinstance(ranking, Ranking) else 0)
        show_line(self.note, str(ranking) if isinstance(ranking, HydraError) else words)
        self._draw()

    @property
    def ranking(self) -> Ranking | HydraError | None:
        """The spectra of the libraries in order; None while they are not ranked."""
        return next((self._rankings.of(key) for key in ranking_keys(self._store, self._analyse)), None)

    @property
    def map(self) -> MatchMap | None:
        """The nearest spectrum of each pixel, if it was computed of this scene and these libraries."""
        scene, libraries, found = self._mapped
        return found if scene is self._store.scene and libraries is self._analyse.libraries else None

    def take_theme(self, theme: PlotTheme) -> None:
        """Draw in other colours."""
        self.plot.set_theme(theme)

    def _rank(self, *, asked: bool = False) -> None:
        self._rankings.follow(ranking_keys(self._store, self._analyse), asked=asked)

    def _draw(self) -> None:
        self.plot.show_state(self.plot_state())

    def plot_state(self) -> MatchPlotState:
        """Return what the plot shows: the selected matches, or the nearest."""
        ranking, found = self.ranking, self.map
        subject, scene = subject_of(self._store, self._analyse), self._store.scene
        if not isinstance(ranking, Ranking) or subject is None or scene is None:
            return MatchPlotState(message="The spectrum and its nearest matches\nare drawn here.")
        rows = self.table.selected_rows()
        chosen = [ranking.matches[i] for i in rows if i < len(ranking.matches)] or ranking.matches[:DRAWN]
        # As the map and the table, so that a colour says one thing.
        mapped = {} if found is None else colours_by_name(found)
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
        paths, _ = QFileDialog.getOpenFileNames(
            self, "Open spectral libraries", self._folder, filter_of("Spectral libraries", "spectra")
        )
        if paths:
            self.open(paths)

    def open(self, paths: list[str]) -> None:
        """Read libraries and add them to those there are."""
        self._folder = str(Path(paths[0]).parent)

        def steps() -> Steps[list[SpectralLibrary]]:
            yield Progress(0.1, "reading")
            return libraries_of(paths)

        def done(found: list[SpectralLibrary]) -> None:
            for sentence in dict.fromkeys(line for library in found for line in notices(library)):
                notify_info(sentence)
            known = {library.source for library in found}  # a file that is opened again is read anew
            others = [one for one in self._analyse.libraries if one.source not in known]
            self._analyse.libraries = (*others, *found)

        self._compute("Reading spectra", steps, done)

    def _take_regions(self) -> None:
        scene, source, level = self._store.scene, self._analyse.source, self._store.level
        regions = [item for item in items_of(self._store) if isinstance(item, Region)]
        if scene is None:
            return

        def done(library: SpectralLibrary) -> None:
            others = [one for one in self._analyse.libraries if one.source != library.source]
            self._analyse.libraries = (*others, library)

        self._compute("Averaging regions", lambda: library_of_regions(scene, source, list(regions), level), done)

    def _clear(self) -> None:
        self._analyse.libraries = ()

    def _on_subject(self, _index: int) -> None:
        self._analyse.subject = self.subject.currentText()
        self._rank(asked=True)

    def make_map(self) -> None:
        """Find the nearest spectrum of each pixel."""
        scene, source, libraries = self._store.scene, self._analyse.source, self._analyse.libraries
        if scene is None or not libraries:
            return
        largest = self.largest.value()

        def done(found: MatchMap) -> None:
            if scene is self._store.scene:
                self._mapped = (scene, libraries, found)
                self._show_map(scene, source, found)
                self._schedule()

        self._compute("Matching each pixel", lambda: match_steps(scene, source, libraries, largest), done)

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
