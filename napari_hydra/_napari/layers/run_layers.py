"""The layers of a run: the rendered picture, the truth at the bands that are compared, the reconstruction."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from napari_hydra._napari.layers.guarded_cube import GuardedCube
from napari_hydra._napari.layers.placement import Placement
from napari_hydra._napari.layers.scene_layers import (
    AXES,
    KEY,
    Layer,
    cube_layer_arguments,
    layer_metadata,
    picture_layer_arguments,
    role,
    stack_of,
)
from napari_hydra.workbench.scene.run import RunResult, displayed_truth
from napari_hydra.workbench.scene.scene import Scene

if TYPE_CHECKING:
    import napari


def add_run(
    viewer: "napari.Viewer", result: RunResult, placement: Placement, leave_volume: Callable[[], None]
) -> tuple[Layer, Layer | None]:
    """Add the layers of a run below everything that is drawn, and hide the cubes as they were read.

    Parameters
    ----------
    viewer : napari.Viewer or ViewerModel
    result : RunResult
    placement : Placement
    leave_volume : callable
        Called when the 3-D view asks for more of the reconstruction than fits.

    Returns
    -------
    estimate, truth : Layer, and Layer or None
    """
    scene = result.scene
    if result.rendered:
        _add(viewer, scene.picture, **_picture_arguments(result), **placement.arguments())
    truth = _add_truth(viewer, result, placement)
    estimate = _add(
        viewer,
        GuardedCube(scene.reconstruction, leave_volume),
        name=f"{scene.name} reconstruction",
        rgb=False,
        axis_labels=AXES,
        contrast_limits=result.limits,
        metadata={KEY: estimate_metadata(scene)},
        **placement.arguments(3),
    )
    for layer in viewer.layers:  # their bands are others than those compared
        if role(layer) == "cube":
            layer.visible = False
    return estimate, truth


def put_away_earlier(
    viewer: "napari.Viewer", result: RunResult, shown: tuple[Layer | None, ...], *, keep: bool
) -> None:
    """Remove the layers of the run before, those that are `shown`, and the picture of the same truth; or hide them."""
    for layer in [layer for layer in viewer.layers if role(layer) in ("estimate", "truth")]:
        if keep:
            layer.visible = False
        elif layer in shown:
            viewer.layers.remove(layer)
    if not keep and result.rendered:
        rendered_from = result.scene.settings["truth"]
        for layer in [one for one in viewer.layers if layer_metadata(one).get("rendered_from") == rendered_from]:
            viewer.layers.remove(layer)


def estimate_metadata(scene: Scene) -> dict[str, Any]:
    """Return what is noted on the layer of a reconstruction."""
    return {
        "role": "estimate",
        "wavelengths_nm": tuple(np.asarray(scene.estimate.wavelengths, dtype=float).tolist()),
        "quantity": scene.quantity,
        "factor": scene.factor,
        "matched": scene.matched,
        "source": str(scene.estimate.attrs.get("source", "")),
        "history": tuple(scene.estimate.attrs.get("history", ())),
        **{key: scene.settings.get(key) for key in ("model", "camera", "illuminant")},
    }


def nearest_band(wavelengths: NDArray[np.float64], wavelength: float) -> int:
    """Return the number of the band nearest to a wavelength in nm."""
    return int(np.abs(np.asarray(wavelengths, dtype=float) - wavelength).argmin())


def _picture_arguments(result: RunResult) -> dict[str, Any]:
    scene = result.scene
    return picture_layer_arguments(
        f"{scene.name} picture",
        source=f"rendered from {scene.settings['truth'] or scene.name}",
        rendered_from=scene.settings["truth"],
        gain=scene.gain,
        white_level=scene.white_level,
        camera=scene.settings["camera"],
        illuminant=scene.settings["illuminant"],
    )


def _add_truth(viewer: "napari.Viewer", result: RunResult, placement: Placement) -> Layer | None:
    scene = result.scene
    shown = None if scene.truth is None else displayed_truth(scene)
    if shown is None:
        return None
    arguments = cube_layer_arguments(shown, f"{scene.name} truth", role="truth")
    arguments["contrast_limits"] = result.truth_limits
    first = nearest_band(scene.estimate.wavelengths, float(shown["wavelength"].values[0]))
    if scene.coarse_truth is not None and scene.overlay is not None:
        placement = placement.over(scene.overlay)
    return _add(viewer, stack_of(shown), **arguments, **placement.arguments(3, first))


def _add(viewer: "napari.Viewer", data: Any, **arguments: Any) -> Layer:
    layer = viewer.add_image(data, **arguments)
    drawn = [i for i, other in enumerate(viewer.layers) if type(other).__name__ != "Image"]
    if drawn:
        viewer.layers.move(viewer.layers.index(layer), drawn[0])
    return layer
