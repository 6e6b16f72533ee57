"""The page "Line profile" of the dock Analyse."""

from typing import ClassVar

from qtpy.QtGui import QGuiApplication
from qtpy.QtWidgets import QComboBox, QHBoxLayout, QLabel, QVBoxLayout

from napari_hydra._napari.analyse.pages.page import Page, Shared
from napari_hydra._napari.analyse.pages.profile_plot import ProfilePlot, ProfilePlotState
from napari_hydra._napari.analyse.results.line_profile import (
    LineProfile,
    ProfileKey,
    as_table,
    ends_of,
    prepared_profile,
    profile_key,
    profile_label,
)
from napari_hydra._napari.analyse.results.profile_layer import ProfileLayer
from napari_hydra._napari.state.shown_pixels import pins_of
from napari_hydra._napari.widgets.dock_parts import filled, push_button
from napari_hydra._napari.widgets.results import Results
from napari_hydra.workbench.plot.palette import PlotTheme

NO_PROFILE = "Pin two pixels first: there is no line profile to copy yet."
_CHOICES = (("the band on the slider", "band"), ("the chosen index", "index"), ("band maths", "formula"))


class ProfilePage(Page):
    """Values along the line between two pins, of the reconstruction with its interval and of the truth."""

    name, title = "profile", "Line profile"
    commands: ClassVar = {"copy_profile": ("copy_button", NO_PROFILE)}

    def __init__(self, shared: Shared) -> None:
        super().__init__(shared)
        self.profiles: Results[ProfileKey, LineProfile] = Results(shared.background, prepared_profile)
        self.profiles.changed.connect(shared.schedule)
        self.line = ProfileLayer(shared.viewer, shared.store)
        self.start, self.end, self.profiled = QComboBox(), QComboBox(), QComboBox()
        for box in (self.start, self.end):
            box.setToolTip("A pin at which the line ends; drag the pin to move it.")
            box.setMinimumContentsLength(4)
            box.activated.connect(self._on_end)
        for words, value in _CHOICES:
            self.profiled.addItem(words, value)
        self.profiled.setToolTip("What is drawn: a band, or what the pages Indices and Band maths compute.")
        self.profiled.activated.connect(self._on_profiled)
        self.copy_button = push_button("Copy", "Copy the values, tab-separated, a row for each pixel.", self.copy)
        self.plot = ProfilePlot(shared.theme)
        between = (QLabel("from"), self.start, QLabel("to"), self.end, QLabel("of"), self.profiled)
        row = filled(QHBoxLayout(), *between, None, self.copy_button, spacing=6)
        filled(QVBoxLayout(self), row, self.plot, grows=self.plot)

    def refresh(self, *, seen: bool) -> None:
        """Show the stores as they are now; compute what is missing and draw the line if the page is seen."""
        key = profile_key(self._store, self._analyse)
        self._list_pins()
        self.profiled.setCurrentIndex(self.profiled.findData(self._analyse.profiled))
        if isinstance(key, str):
            self.profiles.follow([])
            self.line.show(None)
            self.copy_button.setEnabled(False)
            self.plot.show_state(ProfilePlotState(message=key))
            return
        if seen:
            self.profiles.follow([key])
        self.line.show(key if seen else None)
        found = self.profiles.of(key)
        self.copy_button.setEnabled(isinstance(found, LineProfile))
        ends = (self.start.currentText(), self.end.currentText())
        if isinstance(found, LineProfile):
            self.plot.show_state(ProfilePlotState(found, profile_label(key, self._analyse), ends))
        else:
            self.plot.show_state(ProfilePlotState(message=str(found or "")))

    def _list_pins(self) -> None:
        scene, ends = self._store.scene, ends_of(self._store, self._analyse)
        names = [] if scene is None else [pin.name for pin in pins_of(scene, self._store)]
        for box, pin in zip((self.start, self.end), ends or (None, None), strict=True):
            if [box.itemText(i) for i in range(box.count())] != names:
                box.clear()
                box.addItems(names)
            box.setCurrentText("" if pin is None else pin.name)
            box.setEnabled(ends is not None)

    def _on_end(self, _index: int) -> None:
        self._analyse.ends = (self.start.currentText(), self.end.currentText())

    def _on_profiled(self, _index: int) -> None:
        self._analyse.profiled = self.profiled.currentData()

    def copy(self) -> None:
        """Put the values on the clipboard."""
        key = profile_key(self._store, self._analyse)
        found = self.profiles.of(key) if isinstance(key, ProfileKey) else None
        if isinstance(found, LineProfile):
            QGuiApplication.clipboard().setText(as_table(found))

    def take_theme(self, theme: PlotTheme) -> None:
        """Draw in other colours."""
        self.plot.set_theme(theme)

    def closed(self) -> None:
        """Take the line from the canvas."""
        self.line.show(None)
