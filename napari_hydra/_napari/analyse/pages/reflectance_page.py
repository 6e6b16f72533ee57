"""The page "Reflectance" of the dock Analyse: counts of a cube divided by a white panel, or an empirical line."""

from pathlib import Path
from typing import Any, ClassVar
from weakref import ref

from qtpy.QtWidgets import QComboBox, QFileDialog, QHBoxLayout, QLabel, QVBoxLayout

from napari_hydra._napari.analyse.pages.page import Page, Shared
from napari_hydra._napari.analyse.pages.reflectance_plot import ReflectancePlot, ReflectancePlotState
from napari_hydra._napari.analyse.results.reflectance_state import (
    BeforeAfter,
    CalibrationJob,
    calibration_steps,
    cube_layers,
    regions_on,
)
from napari_hydra._napari.layers.placement import Placement
from napari_hydra._napari.layers.scene_layers import Layer, cube_layer_arguments, cube_of, stack_of
from napari_hydra._napari.widgets.dock_parts import filled, push_button, text_line
from napari_hydra._napari.widgets.file_filters import filter_of
from napari_hydra._napari.widgets.notices import notifying
from napari_hydra.io import SpectralLibrary, read_library
from napari_hydra.workbench.plot.palette import PlotTheme

NO_PANEL = "Open a cube in counts, and choose its white panel on the page Reflectance: a cube, or a region drawn on it."
_LINE = ("line", "")
_BEFORE = "Choose the cube in counts and its white panel, and press Calibrate: the spectra before and after stand here."


class ReflectancePage(Page):
    """Counts to reflectance; the result is a further cube of the viewer."""

    name, title = "reflectance", "Reflectance"
    commands: ClassVar = {"calibrate": ("calibrate_button", NO_PANEL)}
    needs_scene: ClassVar = False  # open cubes will do

    def __init__(self, shared: Shared) -> None:
        super().__init__(shared)
        self._viewer = ref(shared.viewer)
        self._events = [getattr(shared.viewer.layers.events, name) for name in ("inserted", "removed")]
        self._schedule = shared.schedule
        for event in self._events:
            event.connect(shared.schedule)
        self._table: SpectralLibrary | None = None
        self.counts, self.white, self.dark = QComboBox(), QComboBox(), QComboBox()
        self.counts.setToolTip("The cube in counts.")
        self.white.setToolTip(
            "The white panel: a cube of its own, or a region drawn on the cube; or an empirical line through regions\n"
            "that are named as the spectra of the table of known reflectances."
        )
        self.dark.setToolTip("The dark frame: counts with the shutter closed.")
        for box in (self.counts, self.white, self.dark):
            box.setMinimumContentsLength(8)
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            box.activated.connect(shared.schedule)
        self.table_button = push_button(
            "Known reflectance…",
            "Open a table: the panel's own reflectance (1 without one), or the known spectra of regions.",
            self._ask_table,
        )
        self.calibrate_button = push_button("Calibrate", "Add the cube in reflectance as a layer.", self.calibrate)
        self.words = text_line()
        self.plot = ReflectancePlot(shared.theme)
        self.plot.show_state(ReflectancePlotState(message=_BEFORE))
        choices = (QLabel("counts"), self.counts, QLabel("white"), self.white, QLabel("dark"), self.dark)
        row = filled(QHBoxLayout(), *choices, self.table_button, None, self.calibrate_button, spacing=6)
        filled(QVBoxLayout(self), row, self.words, self.plot, grows=self.plot)

    def refresh(self, *, seen: bool) -> None:
        """List cubes and regions as they are now."""
        if not seen:
            return
        cubes = cube_layers(self._viewer())
        _list(self.counts, [(layer.name, ("cube", layer.name)) for layer in cubes])
        counts = self._layer(self.counts)
        regions = {} if counts is None else regions_on(self._viewer(), counts)
        others = [(layer.name, ("cube", layer.name)) for layer in cubes if layer is not counts]
        drawn = [(f"region {name}", ("region", name)) for name in regions]
        line = [("empirical line", _LINE)] if len(regions) > 1 else []
        _list(self.white, [*others, *drawn, *line])
        _list(self.dark, [("none", ("none", "")), *others])
        self.calibrate_button.setEnabled(counts is not None and self.white.count() > 0)

    def _layer(self, box: QComboBox) -> Layer | None:
        kind, name = box.currentData() or ("", "")
        found = [layer for layer in cube_layers(self._viewer()) if kind == "cube" and layer.name == name]
        return found[0] if found else None

    def _ask_table(self) -> None:
        path, _ = QFileDialog.getOpenFileName(self, "Open known reflectances", "", filter_of("Spectra", "spectra"))
        if path:
            with notifying():
                self._table = read_library(path)
                names = ", ".join(self._table.names[:4])
                self.words.setText(f"Known reflectance: {names} of {Path(path).name}.")

    def calibrate(self) -> None:
        """Compute reflectance of what is chosen, and add it as a layer."""
        counts, white, dark = (self._layer(box) for box in (self.counts, self.white, self.dark))
        if counts is None:
            return
        kind, name = self.white.currentData() or ("", "")
        regions = regions_on(self._viewer(), counts)
        with notifying():
            job = CalibrationJob(
                counts=cube_of(counts),
                white=None if white is None else (white.name, cube_of(white)),
                dark=None if dark is None else (dark.name, cube_of(dark)),
                regions={name: regions[name]} if kind == "region" else regions,
                is_line=kind == "line",
                table=self._table,
            )
            place, title = Placement.of(counts), f"{counts.name} reflectance"

            def done(found: BeforeAfter) -> None:
                self._show(found, place, title)

            self._compute("Computing reflectance", lambda: calibration_steps(job), done)

    def _show(self, found: BeforeAfter, place: Placement, title: str) -> None:
        viewer, cube = self._viewer(), found.calibrated.cube
        if viewer is None:
            return
        arguments: dict[str, Any] = cube_layer_arguments(cube, title)
        viewer.add_image(stack_of(cube), **arguments, **place.arguments(3))
        self.words.setText(". ".join(said[:1].upper() + said[1:] for said in found.said) + ".")
        self.plot.show_state(ReflectancePlotState(found))

    def take_theme(self, theme: PlotTheme) -> None:
        """Draw in other colours."""
        self.plot.set_theme(theme)

    def closed(self) -> None:
        """Follow the layers no longer."""
        for event in self._events:
            event.disconnect(self._schedule)


def _list(box: QComboBox, entries: list[tuple[str, tuple[str, str]]]) -> None:
    """Put entries into a list; what was chosen stays so while it is there."""
    if [(box.itemText(i), box.itemData(i)) for i in range(box.count())] == entries:
        return
    chosen = box.currentData()
    box.clear()
    for words, key in entries:
        box.addItem(words, key)
    at = next((i for i, (_, key) in enumerate(entries) if key == chosen), 0)
    box.setCurrentIndex(at if entries else -1)
