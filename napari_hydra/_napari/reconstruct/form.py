"""The form: which picture, truth, camera, model and wavelengths. It knows widgets and choices, no run."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from magicgui.widgets import CheckBox, ComboBox, Container, FloatSpinBox, Label, PushButton, SpinBox
from qtpy.QtCore import QEvent, QSize, Qt
from qtpy.QtWidgets import QFrame, QMenu, QScrollArea, QSizePolicy, QVBoxLayout, QWidget
from superqt import QCollapsible

from napari_hydra._napari.layers.scene_layers import Layer, is_cube, is_picture, layer_metadata
from napari_hydra._napari.widgets.dock_parts import collapsible
from napari_hydra.camera import camera_names, illuminant_names
from napari_hydra.hydra.files.registry import ModelSummary, shipped_models, summary_of
from napari_hydra.workbench.scene.run_request import WavelengthChoice

AUTOMATIC = "automatic"
_LABEL_WIDTH = 92
WAVELENGTHS = [("model default", "model"), ("start, stop, step (nm)", "grid"), ("like the truth", "truth")]
SCALES = [("matched to the truth", True), ("as it is", False)]


class Form:
    """The widgets of the dock, in `sections` of (title, container, expanded at first).

    Parameters
    ----------
    layers : callable
        Returns the viewer's layers; the choosers of picture and truth follow it.
    browse : callable
        ``browse(what)`` asks the user for a file ("picture", "truth", "model", "camera") or a "truth folder".
    """

    def __init__(self, layers: Callable[[], Any], browse: Callable[[str], None]) -> None:
        self._layers = layers
        self._models: tuple[ModelSummary, ...] = shipped_models()
        self._offered: tuple[ModelSummary, ...] = ()
        self._camera_files: list[str] = []

        self.truth = _chooser(
            self._truth_choices,
            "A measured cube of the same pixels, to compare with. Without a picture, one is rendered from it.",
            nothing="none",
        )
        self.picture = _chooser(
            self._picture_choices,
            "The colour picture to reconstruct: a layer, or a file dropped onto this dock.",
            nothing="none",
        )
        self.camera = _chooser(
            self._camera_choices(),
            "What took the picture. 'sRGB' fits JPEG and PNG pictures;\n"
            "'unknown' does not insist on their exact colours.",
        )
        self.illuminant = _chooser(
            list(illuminant_names()), "The light on the scene; D65 is daylight, A an incandescent lamp."
        )
        self.white_level = SpinBox(
            min=0,
            max=65535,
            value=0,
            tooltip="The number in the picture at which a channel is saturated, e.g. 4095 for 12-bit data.\n"
            "0, full scale: the largest number of the picture's type.",
        )
        self.model = _chooser(
            self._model_choices, "The trained model. 'automatic' takes the one that covers the wavelengths best."
        )
        self.wavelengths = _chooser(WAVELENGTHS, "The wavelengths (nm) at which to show the reconstruction.")
        self.start = _nanometres("First wavelength in nm.", 400)
        self.stop = _nanometres("Last wavelength in nm.", 700)
        self.step = _nanometres("Spacing of the wavelengths in nm.", 10, least=0.1)
        self.scale = _chooser(
            SCALES,
            "'matched' multiplies the estimate by one factor so that it stands in the truth's unit;\n"
            "'as it is' keeps the picture's unit, in which 1 is saturation.",
        )
        self.device = _chooser(self._device_choices, "Where to compute; 'auto' takes the fastest there is.")
        self.keep_earlier = CheckBox(
            text="keep earlier results",
            value=False,
            tooltip="Hide the layers of the run before instead of replacing them.",
        )
        self._grid_row = _row("From, to, by", self.start, self.stop, self.step)
        self.sections = (
            (
                "Picture and truth",
                _section(
                    _row("Picture", self.picture, _button({"Picture file…": "picture"}, browse)),
                    _row(
                        "Truth",
                        self.truth,
                        _button({"Cube file…": "truth", "Cube folder…": "truth folder"}, browse),
                    ),
                ),
                True,
            ),
            (
                "Model and wavelengths",
                _section(
                    _row("Model", self.model, _button({"Model file…": "model"}, browse)),
                    _row("Wavelengths", self.wavelengths),
                    self._grid_row,
                ),
                True,
            ),
            (
                "Camera",
                _section(
                    _row("Camera", self.camera, _button({"Sensitivity table (CSV)…": "camera"}, browse)),
                    _row("Illuminant", self.illuminant),
                    _row("White level", self.white_level, Label(value="0: full scale")),
                ),
                False,
            ),
            (
                "Output",
                _section(_row("Scale", self.scale), _row("Device", self.device), _row("Layers", self.keep_earlier)),
                False,
            ),
        )
        self._found_white_level = 0
        self.picture.changed.connect(self.follow_picture)
        self.wavelengths.changed.connect(self.refresh_enabled)
        self.truth.changed.connect(self.refresh_enabled)
        self.refresh_enabled()

    def connect(self, changed: Callable[[], None]) -> None:
        """Call `changed` whenever a value changes."""
        for _, container, _ in self.sections:
            container.changed.connect(lambda *_: changed())

    def set_enabled(self, enabled: bool) -> None:
        """Let the form be edited, or not (during a run)."""
        for _, container, _ in self.sections:
            container.enabled = enabled
        if enabled:
            self.refresh_enabled()

    def refresh_enabled(self, *_: Any) -> None:
        """Show the grid only where it is asked for; the scale matters only with a truth."""
        self._grid_row.visible = self.wavelengths.value == "grid"
        self.scale.enabled = self.truth.value is not None
        self.picture.null_string = "none" if self.truth.value is None else "from the truth"
        if self.picture.value is None:
            with self.picture.changed.blocked():
                self.picture.reset_choices()
                self.picture.value = None

    def follow_picture(self, layer: Layer | None) -> None:
        """Take the white level of a picture, and the camera and the light with which it was rendered.

        A white level that the user typed stays, unless the picture brings one.
        """
        noted = {} if layer is None else layer_metadata(layer)
        level = round(noted.get("white_level") or 0)
        if level or self.white_level.value == self._found_white_level:
            self.white_level.value = level
        self._found_white_level = level
        if noted.get("rendered_from"):
            for chooser, key in ((self.camera, "camera"), (self.illuminant, "illuminant")):
                if noted.get(key) in chooser.choices:
                    chooser.value = noted[key]

    def summary(self, title: str) -> str:
        """Return what a closed section would say: "Camera: sRGB, D65"."""
        chosen = {
            "Camera": (self.camera.current_choice, self.illuminant.value),
            "Output": (self.scale.current_choice, self.device.value),
        }.get(title, ())
        return f"{title}: {', '.join(map(str, chosen))}" if chosen else title

    # -- choices -------------------------------------------------------------------------------------------

    def refresh_layers(self, *_: Any) -> None:
        """Offer the layers that there are now; what was chosen stays chosen."""
        for chooser in (self.picture, self.truth):
            chosen = chooser.value
            # magicgui keeps a choice by its name, which may be what has changed.
            with chooser.changed.blocked():
                chooser.reset_choices()
                if chosen is not None and chosen in chooser.choices:
                    chooser.value = chosen
                elif chosen is not None and chooser is self.picture and len(chooser.choices) > 1:
                    chooser.value = chooser.choices[1]  # the topmost of those that are left
            if chooser.value is not chosen:
                chooser.changed.emit(chooser.value)

    def refresh_devices(self) -> None:
        """Offer the devices that there are, once that is known."""
        self.device.reset_choices()

    def _picture_choices(self, _: Any = None) -> list[tuple[str, Layer]]:
        pictures = [(layer.name, layer) for layer in self._layers() if is_picture(layer)]
        return pictures[::-1]

    def _truth_choices(self, _: Any = None) -> list[tuple[str, Layer]]:
        return [(layer.name, layer) for layer in self._layers() if is_cube(layer)]

    def _camera_choices(self) -> list[tuple[str, str]]:
        names = [name for name in camera_names() if name != "srgb"]
        files = [(Path(path).stem, path) for path in self._camera_files]
        return [("sRGB", "srgb"), ("unknown", "unknown"), *files, *((name, name) for name in names)]

    def add_camera(self, path: str) -> None:
        """Offer a sensitivity table and choose it."""
        if path not in self._camera_files:
            self._camera_files.append(path)
        self.camera.choices = self._camera_choices()
        self.camera.value = path

    @property
    def models(self) -> tuple[ModelSummary, ...]:
        """The models that are offered."""
        return (*(model for model in self._models if model.name not in {m.name for m in self._offered}), *self._offered)

    def offer_models(self, models: tuple[ModelSummary, ...]) -> None:
        """Offer adapted models besides; one that is chosen and gone gives way to the automatic choice."""
        self._offered = models
        self.model.reset_choices()

    def add_model(self, path: str) -> None:
        """Offer a weights file and choose it.

        Raises
        ------
        HydraError
            If it is no model of this package.
        """
        summary = summary_of(path)
        self._models = (*(model for model in self._models if model.name != summary.name), summary)
        self.model.reset_choices()
        self.model.value = summary.name

    def _model_choices(self, _: Any = None) -> list[tuple[str, str]]:
        return [
            (AUTOMATIC, AUTOMATIC),
            *((f"{model.label} ({model.span[0]:g} to {model.span[1]:g} nm)", model.name) for model in self.models),
        ]

    def _device_choices(self, _: Any = None) -> list[str]:
        # While a worker imports the package, a second import here would wait for it and freeze the window.
        known = getattr(sys.modules.get("napari_hydra.hydra.device"), "devices", None)
        if known is not None:
            return ["auto", *known()]
        return ["auto", "cpu", "mps" if sys.platform == "darwin" else "cuda"]

    # -- values --------------------------------------------------------------------------------------------

    def wavelength_choice(self) -> WavelengthChoice:
        """Return the wavelengths as the form has them."""
        return WavelengthChoice(self.wavelengths.value, self.start.value, self.stop.value, self.step.value)


class FormArea(QScrollArea):
    """As high as the form where there is room, and scrolled where there is not."""

    def __init__(self, form: Form) -> None:
        super().__init__()
        self._form = form
        self._sections: dict[str, QCollapsible] = {}
        content = self._build_sections()
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self.setMinimumHeight(96)
        self._content = content
        self.setWidget(content)
        content.installEventFilter(self)

    def _build_sections(self) -> QWidget:
        content = QWidget()
        layout = QVBoxLayout(content)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        for title, container, expanded in self._form.sections:
            section = collapsible(container.native)
            if expanded:
                section.expand(animate=False)
            section.toggled.connect(self.refresh_titles)
            layout.addWidget(section)
            self._sections[title] = section
        layout.addStretch()
        return content

    def section(self, title: str) -> QCollapsible:
        """Return the section of a title."""
        return self._sections[title]

    def refresh_titles(self, *_: Any) -> None:
        """Write the titles anew; a closed section says what is chosen in it."""
        for title, section in self._sections.items():
            is_open = section.isExpanded()
            section.setText(f"▾  {title}" if is_open else f"▸  {self._form.summary(title)}")

    def sizeHint(self) -> QSize:
        """Return the form's own size."""
        return self._content.sizeHint() + QSize(0, 4)  # the border that napari's style sheet draws

    def eventFilter(self, watched: Any, event: QEvent | None) -> bool:
        """Grow and shrink when a section is opened or closed."""
        if event is not None and event.type() == QEvent.Type.LayoutRequest:
            self.updateGeometry()
        return False


def _chooser(choices: Any, tooltip: str, *, nothing: str = "") -> ComboBox:
    """Return a combo box; with `nothing` the first choice is None, under that name."""
    chooser = ComboBox(choices=choices, tooltip=tooltip, nullable=bool(nothing))
    if nothing:
        chooser.null_string = nothing
        chooser.reset_choices()
    # The longest name must not decide the width of the dock.
    chooser.native.setMinimumContentsLength(8)
    chooser.native.setSizeAdjustPolicy(chooser.native.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    chooser.native.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
    return chooser


def _nanometres(tooltip: str, value: float, least: float = 1.0) -> FloatSpinBox:
    box = FloatSpinBox(min=least, max=20000, step=1, value=value, tooltip=tooltip)
    # Three of them share a row of a narrow dock; the arrow keys and the wheel still step.
    box.native.setButtonSymbols(box.native.ButtonSymbols.NoButtons)
    box.native.setDecimals(1)
    box.native.setStyleSheet("QDoubleSpinBox {min-width: 36px; padding: 2px;}")
    box.native.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
    return box


def _row(label: str, *widgets: Any) -> Container[Any]:
    title = Label(value=label)
    # One width for all: magicgui does not line up the labels of nested rows.
    title.native.setFixedWidth(_LABEL_WIDTH)
    title.tooltip = widgets[0].tooltip
    row = Container(widgets=[title, *widgets], layout="horizontal", labels=False)
    row.margins = (0, 1, 0, 1)
    return row


def _section(*rows: Container[Any]) -> Container[Any]:
    section = Container(widgets=rows, labels=False)
    section.margins = (0, 0, 0, 0)
    section.native.layout().setSpacing(2)
    return section


def _button(entries: dict[str, str], browse: Callable[[str], None]) -> PushButton:
    """Return a small button that browses for a file, by a menu where there is more than one kind."""
    button = PushButton(text="…", tooltip="Browse: " + ", ".join(entries).replace("…", ""))
    button.native.setFixedWidth(34)
    if len(entries) == 1:
        what = next(iter(entries.values()))
        button.clicked.connect(lambda *_: browse(what))
        return button
    menu = QMenu(button.native)
    for title, what in entries.items():
        menu.addAction(title).triggered.connect(lambda *_, what=what: browse(what))
    button.native.setMenu(menu)
    return button
