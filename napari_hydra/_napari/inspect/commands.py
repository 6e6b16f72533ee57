"""What one does with pins, regions and curves, as menu entries: they open the dock Spectra where it is closed."""

from typing import TYPE_CHECKING

import napari
from napari.viewer import Viewer

from napari_hydra._napari.widgets.docks import Action, command_name, opened
from napari_hydra.workbench.scene.transforms import TRANSFORMS

if TYPE_CHECKING:
    from napari_hydra._napari.inspect.dock import SpectraDock


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


def toggle_encoded_truth(viewer: Viewer) -> None:
    """Show or hide the teacher's coding of the truth."""
    _dock(viewer).toggle_encoded_truth()


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


def _transforming(transform: str) -> Action:
    """Return the action that chooses a transform of the list in the dock Spectra."""

    def choose(viewer: Viewer) -> None:
        opened(viewer, "Spectra").transform.list.setCurrentText(transform)

    return choose


globals().update({command_name("show", name): _transforming(name) for name in TRANSFORMS})  # show_as_measured, ...
