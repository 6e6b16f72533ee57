"""What one does with pins, regions and curves, as menu entries: they open the dock Spectra where it is closed."""

from collections.abc import Callable
from typing import Any

from napari.viewer import Viewer

from napari_hydra._napari.widgets.docks import Action, command_name, opened
from napari_hydra.workbench.scene.transforms import TRANSFORMS


def _doing(act: Callable[[Any], object]) -> Action:
    """Return the action that does something with the dock Spectra, opened where it is not."""

    def do(viewer: Viewer) -> None:
        act(opened(viewer, "Spectra"))

    return do


def _transforming(transform: str) -> Action:
    """Return the action that chooses a transform of the list."""
    return _doing(lambda dock: dock.transform.list.setCurrentText(transform))


draw_lasso = _doing(lambda dock: dock.draw("lasso"))
draw_polygon = _doing(lambda dock: dock.draw("polygon"))
draw_rectangle = _doing(lambda dock: dock.draw("rectangle"))
draw_ellipse = _doing(lambda dock: dock.draw("ellipse"))
paint_region = _doing(lambda dock: dock.paint())
pick_pixels = _doing(lambda dock: dock.pick())
clear_pins = _doing(lambda dock: dock.clear_pins())
undo = _doing(lambda dock: dock.undo())
redo = _doing(lambda dock: dock.redo())
toggle_encoded_truth = _doing(lambda dock: dock.toggle_encoded_truth())
toggle_table = _doing(lambda dock: dock.table_button.toggle())
toggle_large = _doing(lambda dock: dock.toggle_large())
toggle_statistic = _doing(lambda dock: dock.toggle_statistic())
show_all_wavelengths = _doing(lambda dock: dock.plot.show_everything())
globals().update({command_name("show", name): _transforming(name) for name in TRANSFORMS})  # show_as_measured, ...
