"""Regions that were drawn elsewhere, opened onto the scene; told what was read and what was left out."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from qtpy.QtWidgets import QMessageBox, QWidget

from napari_hydra._napari.scenes.picking import regions_layers_of
from napari_hydra._napari.sessions.region_restoring import add_regions
from napari_hydra._napari.state.store import Pin, Region, Scene, Store, store_of
from napari_hydra._napari.widgets.notices import notify_info, notify_warning
from napari_hydra.errors import HydraError
from napari_hydra.io import FileRegion, FileRegions, read_regions
from napari_hydra.io.files.map_info import map_info_of
from napari_hydra.io.regions.geojson import CoordinatesUnclear
from napari_hydra.io.regions.reader import Coordinates
from napari_hydra.workbench.plot.palette import next_colour
from napari_hydra.workbench.scene.scene import Outline

if TYPE_CHECKING:
    import napari

NO_SCENE = "There is no reconstruction to put regions on yet; choose a picture, press Run, and open them again."


def read_onto(scene: Scene | None, path: Path, coordinates: Coordinates = "auto") -> FileRegions:
    """Read the regions of a file onto a scene.

    Raises
    ------
    HydraError
        If there is no scene, or the file cannot be used.
    """
    if scene is None:
        raise HydraError(NO_SCENE)
    height, width = scene.size
    truth = scene.truth
    on_map = truth is not None and map_info_of(truth.attrs, truth.shape) is not None
    return read_regions(path, truth if truth is not None and on_map else (height, width), coordinates=coordinates)


def show_regions(viewer: "napari.Viewer", found: FileRegions, name: str) -> None:
    """Add regions of a file to those that there are, and say what was left out.

    Raises
    ------
    HydraError
        If there is no scene.
    """
    store, layers = store_of(viewer), regions_layers_of(viewer)
    if store.scene is None or layers is None:
        raise HydraError(NO_SCENE)
    add_regions(layers, _as_regions(found, store), name)
    for sentence in found.left_out:
        notify_warning(f"{name}: {sentence}.")
    if found.regions:
        notify_info(f"{name}: " + "; ".join((f"{len(found.regions)} regions", *found.history)) + ".")


def ask_coordinates(parent: QWidget | None, unclear: CoordinatesUnclear) -> Coordinates | None:
    """Ask what the coordinates of a file are, None to leave it."""
    box = QMessageBox(QMessageBox.Icon.Question, "Coordinates of the regions", f"{unclear.question}.", parent=parent)
    box.setInformativeText("What are they?")
    answers: dict[Any, Coordinates] = {
        box.addButton("Pixels (x right, y down)", QMessageBox.ButtonRole.AcceptRole): "pixels"
    }
    if unclear.has_map:
        answers[box.addButton("The scene's map", QMessageBox.ButtonRole.AcceptRole)] = "map"
    box.addButton(QMessageBox.StandardButton.Cancel)
    box.exec()
    return answers.get(box.clickedButton())


def _as_regions(found: FileRegions, store: Store) -> list[Region]:
    there: list[Pin | Region] = [*store.pins, *store.regions]
    taken, colours = [one.name for one in there], [one.colour for one in there]
    regions: list[Region] = []
    for one in found.regions:
        name = next(n for n in (one.name, *(f"{one.name} {i}" for i in range(2, len(taken) + 3))) if n not in taken)
        colour = one.colour or next_colour(colours)
        taken.append(name)
        colours.append(colour)
        regions.append(Region(name, colour, one.mask, outline=_outline(one)))
    return regions


def _outline(one: FileRegion) -> Outline | None:
    return None if one.kind is None or one.vertices is None else Outline(one.kind, one.vertices)
