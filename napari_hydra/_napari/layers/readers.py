"""Files and samples that napari opens: spectral cubes as one stack layer, colour pictures with what was converted."""

import os
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_hydra._napari.layers.scene_layers import (
    cube_layer_arguments,
    layer_metadata,
    picture_layer_arguments,
    picture_metadata,
    stack_of,
)
from napari_hydra._napari.widgets.asking import open_window, read_and_notify
from napari_hydra._napari.widgets.notices import notify_info
from napari_hydra.camera import Picture, for_display
from napari_hydra.io import PictureNotice, is_cube_file, read_picture
from napari_hydra.io.formats.tiff import is_stack

LayerData = tuple[Any, dict[str, Any], str]
Reader = Callable[[Any], list[LayerData]]
Paths = str | os.PathLike[str] | list[str]


def get_cube_reader(path: Paths) -> Reader | None:
    """Return the reader of cubes if every path is one, judged by a look at its head; else None."""
    paths = _paths(path)
    return read_cube_layers if paths and all(is_cube_file(one) for one in paths) else None


def get_picture_reader(path: Paths) -> Reader | None:
    """Return the reader of pictures, for files that are no cube."""
    paths = _paths(path)
    return read_picture_layers if paths and not any(is_cube_file(one) or is_stack(one) for one in paths) else None


def read_cube_layers(path: Paths, ask: bool | None = None) -> list[LayerData]:
    """Read cubes, each as one Image layer (wavelength, y, x); what was done to the numbers is told as notifications.

    Parameters
    ----------
    path : path or list of paths
    ask : bool, optional
        Whether to ask the user for what a file leaves open; where not given, if a window is open. Of a cube about
        which the question is not answered nothing is made.

    Raises
    ------
    HydraError
        Naming the file and what is wrong with it.
    """
    layers: list[LayerData] = []
    for one in _paths(path):
        cube = read_and_notify(one, ask=open_window() is not None if ask is None else ask, others=_open_cubes)
        if cube is None:
            continue
        layers.append((stack_of(cube), cube_layer_arguments(cube, name_of_file(one)), "image"))
    return layers or [(None,)]  # type: ignore[list-item]  # napari then adds no layer


def read_picture_layers(path: Paths) -> list[LayerData]:
    """Read pictures as RGB Image layers; conversions are told as notifications.

    Raises
    ------
    HydraError
        Naming the file and what is wrong with it.
    """
    layers: list[LayerData] = []
    for one in _paths(path):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", PictureNotice)
            picture = read_picture(one)
        for notice in picture.history:
            notify_info(notice)
        layers.append(picture_layer(picture, name_of_file(one), str(one)))
    return layers


def picture_layer(picture: Picture, name: str, source: str) -> LayerData:
    """Return a picture of a file as a layer that shows its colours as screens do."""
    shown = for_display(picture)
    return shown, picture_layer_arguments(name, **picture_metadata(picture, shown, source)), "image"


def name_of_file(path: Path) -> str:
    """Return what a layer read from a file is called."""
    return path.stem if path.suffix else path.name


def color_checker_layers() -> list[LayerData]:
    """Return a ColorChecker scene: its measured cube, hidden, and above it the picture."""
    from napari_hydra.samples import SAMPLE_MARK, color_checker

    picture, cube = color_checker()
    truth = cube_layer_arguments(cube, "ColorChecker cube")
    rendered = {"rendered_from": cube.attrs["source"], "gain": cube.attrs["picture_gain"], "camera": "srgb"}
    return [
        (stack_of(cube), {**truth, "visible": False}, "image"),
        (picture, picture_layer_arguments("ColorChecker", source=f"{SAMPLE_MARK}color_checker", **rendered), "image"),
    ]


def photograph_layers() -> list[LayerData]:
    """Return a photograph, for which no truth is known."""
    from napari_hydra.samples import SAMPLE_MARK, photograph

    return [(photograph(), picture_layer_arguments("Photograph", source=f"{SAMPLE_MARK}photograph"), "image")]


def _open_cubes() -> dict[str, NDArray[np.float64]]:
    """Return names and wavelengths of the cubes that the viewer shows."""
    import napari

    viewer = napari.current_viewer()
    noted = {layer.name: layer_metadata(layer).get("wavelengths_nm") for layer in (viewer.layers if viewer else ())}
    return {name: np.asarray(found, dtype=np.float64) for name, found in noted.items() if found is not None}


def _paths(path: Paths) -> list[Path]:
    several = path if isinstance(path, list | tuple) else [path]
    return [Path(one) for one in several]
