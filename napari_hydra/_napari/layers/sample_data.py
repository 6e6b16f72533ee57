"""Entries of File > Open Sample."""

from typing import Any

from napari_hydra._napari.layers.scene_layers import cube_layer_arguments, picture_layer_arguments, stack_of

LayerData = tuple[Any, dict[str, Any], str]


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
