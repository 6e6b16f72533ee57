"""Files and samples that napari opens: spectral cubes as one stack layer, colour pictures with what was converted."""

import os
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

from napari_hydra._napari.layers.scene_layers import (
    cube_layer_arguments,
    picture_layer_arguments,
    picture_metadata,
    stack_of,
)
from napari_hydra._napari.widgets.notices import notify_info
from napari_hydra.camera import Picture, for_display
from napari_hydra.io import PictureNotice, is_cube_file, read_cube, read_picture

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
    return read_picture_layers if paths and not any(is_cube_file(one) for one in paths) else None


def read_cube_layers(path: Paths) -> list[LayerData]:
    """Read cubes, each as one Image layer (wavelength, y, x).

    Raises
    ------
    HydraError
        Naming the file and what is wrong with it.
    """
    layers: list[LayerData] = []
    for one in _paths(path):
        cube = read_cube(one)
        layers.append((stack_of(cube), cube_layer_arguments(cube, name_of_file(one)), "image"))
    return layers


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


def _paths(path: Paths) -> list[Path]:
    several = path if isinstance(path, list | tuple) else [path]
    return [Path(one) for one in several]
