"""What one does with pins, regions and curves, as menu entries and as keys on the canvas.

Menu entries open the dock Spectra where it is closed; keys hold while it is open.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import napari
from napari.viewer import Viewer

from napari_hydra._napari.dock_actions import opened

if TYPE_CHECKING:
    from napari_hydra._napari.spectra_dock import SpectraDock


@dataclass(frozen=True)
class KeyAction:
    """A key on the canvas.

    Attributes
    ----------
    key : str
        As napari spells it.
    words : str
        What it does.
    run : callable
        Takes the dock.
    """

    key: str
    words: str
    run: "Callable[[SpectraDock], None]"


KEYS = (
    KeyAction("D", "draw a region with the tool used last", lambda dock: dock.draw()),
    KeyAction("Shift-D", "paint a region", lambda dock: dock.paint()),
    KeyAction("Q", "leave drawing and painting: clicks pin pixels again", lambda dock: dock.pick()),
    KeyAction("Control-Z", "undo the last change of pins and regions", lambda dock: dock.undo()),
    KeyAction("Control-Shift-Z", "do again what was undone", lambda dock: dock.redo()),
    KeyAction("W", "average a larger window of pixels", lambda dock: dock.step_window(1)),
    KeyAction("Shift-W", "average a smaller window of pixels", lambda dock: dock.step_window(-1)),
    KeyAction("U", "show or hide the teacher's coding of the truth", lambda dock: dock.toggle_coded()),
)


def draw_lasso(viewer: Viewer) -> None:
    """Begin a region with the lasso."""
    _dock(viewer).draw("lasso")


def draw_polygon(viewer: Viewer) -> None:
    """Begin a region as a polygon."""
    _dock(viewer).draw("polygon")


def draw_rectangle(viewer: Viewer) -> None:
    """Begin a region as a rectangle."""
    _dock(viewer).draw("rectangle")


def draw_ellipse(viewer: Viewer) -> None:
    """Begin a region as an ellipse."""
    _dock(viewer).draw("ellipse")


def paint_region(viewer: Viewer) -> None:
    """Begin a region with the brush."""
    _dock(viewer).paint()


def pick_pixels(viewer: Viewer) -> None:
    """Leave drawing and painting, so that clicks pin pixels."""
    _dock(viewer).pick()


def clear_pins(viewer: Viewer) -> None:
    """Remove every pin."""
    _dock(viewer).clear_pins()


def undo(viewer: Viewer) -> None:
    """Undo the last change of pins and regions."""
    _dock(viewer).undo()


def redo(viewer: Viewer) -> None:
    """Do again what was undone."""
    _dock(viewer).redo()


def toggle_coded(viewer: Viewer) -> None:
    """Show or hide the teacher's coding of the truth."""
    _dock(viewer).toggle_coded()


def toggle_table(viewer: Viewer) -> None:
    """Show the table in place of the legend, or the legend."""
    _dock(viewer).table_button.toggle()


def toggle_statistic(viewer: Viewer) -> None:
    """Change between mean and median of regions."""
    _dock(viewer).toggle_statistic()


def show_all_wavelengths(viewer: Viewer) -> None:
    """Zoom the plot out."""
    _dock(viewer).plot.show_everything()


def _dock(viewer: "napari.Viewer") -> "SpectraDock":
    """Return the dock Spectra, opened where it is not."""
    spectra: SpectraDock = opened(viewer, "Spectra")
    return spectra
