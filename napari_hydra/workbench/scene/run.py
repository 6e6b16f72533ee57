"""A run: from a `RunRequest` to a `RunResult`, one step after the other.

`run_steps` is a plain generator that knows neither Qt nor layers; the window puts it on a thread. PyTorch is
imported here, on that thread, and nowhere else in the window.
"""

import os
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from napari_hydra.cube import require_finite, wavelengths_of
from napari_hydra.progress import Progress, Steps, sub_steps
from napari_hydra.workbench.scene.limits import cube_limits
from napari_hydra.workbench.scene.pairing import (
    at_wavelengths,
    bad_spans,
    common_bands,
    cut_to,
    matching_factor,
    repeated,
)
from napari_hydra.workbench.scene.run_request import RunRequest, check, overlay_of_request, wanted_wavelengths
from napari_hydra.workbench.scene.scene import Scene

if TYPE_CHECKING:
    from napari_hydra.evaluation.overlay import Overlay
    from napari_hydra.hydra import HydraModel, LatentCube

AS_IT_IS = "relative radiance (1 = saturation)"
_SHARE_BEFORE = 0.15  # of the progress bar, for loading and rendering


@dataclass(frozen=True, eq=False, kw_only=True)
class RunResult:
    """What a run gives to the window.

    Attributes
    ----------
    scene : Scene
    limits, truth_limits : (float, float)
        Display limits of the two stacks; the same where they are in the same unit.
    rendered : bool
        Whether the picture was rendered from the truth by this run, with the scene's `gain`.
    left_out : int
        How many of the truth's bands are not compared (bad ones, and those outside of the model).
    """

    scene: Scene
    limits: tuple[float, float]
    truth_limits: tuple[float, float]
    rendered: bool
    left_out: int


def run_steps(request: RunRequest) -> Steps[RunResult]:
    """Do the run, yielding `Progress` on the way; the generator's value is a `RunResult`.

    Raises
    ------
    HydraError
        For anything that the user can put right.
    """
    check(request)
    yield Progress(0.0, "loading the model")
    import torch

    from napari_hydra.camera import get_camera, render
    from napari_hydra.evaluation.averaging import averaged_cube
    from napari_hydra.hydra import load_model

    # One core is left to the window; with all of them it stutters.
    torch.set_num_threads(max(1, (os.cpu_count() or 1) - 1))
    yield Progress(0.1 * _SHARE_BEFORE, "loading the model")
    model = request.loaded or load_model(request.model, device=request.device)
    yield Progress(0.5 * _SHARE_BEFORE, "reading the truth" if request.truth is not None else "reading the picture")

    camera: Any = "unknown" if request.camera == "unknown" else get_camera(request.camera, request.illuminant)
    picture, gain, white_level = request.picture, request.gain, request.white_level
    compared, overlay = None, overlay_of_request(request)
    if request.truth is not None:
        compared = common_bands(request.truth, model.card.wavelength_range)
        if compared.chunks is None:  # one on disk is not read through for that
            require_finite(compared)
        if overlay is not None and overlay.fine_grid == "truth":
            yield Progress(0.6 * _SHARE_BEFORE, "averaging the truth over the picture's pixels")
            compared = averaged_cube(compared, overlay)
    if picture is None:
        assert request.truth is not None
        yield Progress(0.7 * _SHARE_BEFORE, "rendering the truth through the camera")
        rendering = render(request.truth, get_camera("srgb", request.illuminant) if camera == "unknown" else camera)
        picture, gain, white_level = rendering.picture, rendering.gain, rendering.white_level

    wavelengths = wanted_wavelengths(request, compared, model.card.wavelength_range)
    steps = model.reconstruct_steps(picture, wavelengths, camera, white_level=white_level, device=request.device)
    latent = yield from sub_steps(steps, _SHARE_BEFORE, 1.0)
    yield Progress(1.0, "comparing" if compared is not None else "showing")
    result = finish(request, picture, latent, compared, gain, white_level, overlay, model)
    if result.scene.truth is None:
        return result
    encoder = model.encoder(wavelengths_of(result.scene.truth))
    return replace(result, scene=replace(result.scene, encoder=encoder))


def finish(
    request: RunRequest,
    picture: NDArray[np.generic],
    latent: "LatentCube",
    compared: xr.DataArray | None,
    gain: float | None,
    white_level: float | None = None,
    overlay: "Overlay | None" = None,
    model: "HydraModel | None" = None,
) -> RunResult:
    """Bring estimate and truth into one unit and onto the same pixels."""
    truth = coarse_truth = displayed_truth = None
    factor = 1.0
    left_out = 0
    if compared is not None and request.truth is not None:
        from napari_hydra.evaluation.averaging import AveragedCube

        wavelengths = np.asarray(latent.wavelengths, dtype=np.float64)
        truth = cut_to(compared, wavelengths)
        on_truth: Any = latent
        if truth is not None:
            displayed_truth = at_wavelengths(truth, wavelengths)
            if overlay is not None and overlay.fine_grid == "estimate":
                on_truth, coarse_truth, truth = AveragedCube.of(latent, overlay), truth, repeated(truth, overlay)
            factor = 1 / gain if gain else matching_factor(on_truth, truth if coarse_truth is None else coarse_truth)
        left_out = request.truth.sizes["wavelength"] - compared.sizes["wavelength"]
    scene = Scene(
        name=request.name,
        picture=picture,
        estimate=latent,
        truth=truth,
        coarse_truth=coarse_truth,
        overlay=None if truth is None else overlay,
        displayed_truth=displayed_truth,
        bad_spans=() if request.truth is None else bad_spans(request.truth),
        quantity=AS_IT_IS,
        settings={
            "model": request.model,
            "camera": request.camera,
            "illuminant": request.illuminant,
            "device": request.device,
            "truth": request.truth.attrs.get("source", "") if request.truth is not None else "",
            **({} if truth is None or overlay is None else {"averaging": overlay.words}),
            "picture": "rendered from the truth" if request.picture is None else request.picture_source or request.name,
        },
        model=model,
        gain=gain,
        white_level=white_level,
        matching_factor=factor,
        request=replace(request, gain=gain).without_arrays(),
    )
    if truth is not None and request.matched:
        scene = rescaled(scene, factor, matched=True)
    limits, truth_limits = display_limits(scene)
    return RunResult(
        scene=scene,
        limits=limits,
        truth_limits=truth_limits,
        rendered=request.picture is None,
        left_out=left_out,
    )


def rescaled(scene: Scene, factor: float, *, matched: bool) -> Scene:
    """Return the scene with the estimate as it is multiplied by `factor`."""
    latent = scene.reconstruction.scaled(factor / scene.factor)
    quantity = AS_IT_IS
    if matched and scene.truth is not None:
        quantity = str(scene.truth.attrs.get("quantity", "reflectance"))
        latent = replace(latent, attrs={**latent.attrs, "cube_quantity": quantity})
    return replace(scene, estimate=latent, factor=factor, matched=matched, quantity=quantity)


def displayed_truth(scene: Scene) -> xr.DataArray | None:
    """Return what the viewer shows of a scene's truth."""
    if scene.displayed_truth is not None or scene.truth is None:
        return scene.displayed_truth
    return at_wavelengths(scene.truth, np.asarray(scene.estimate.wavelengths, dtype=np.float64))


def display_limits(scene: Scene) -> tuple[tuple[float, float], tuple[float, float]]:
    """Return the contrast limits of estimate and truth: the same if they are in the same unit."""
    if scene.truth is None:
        limits = scene.estimate.contrast_limits()
        return limits, limits
    truth = cube_limits(scene.truth if scene.coarse_truth is None else scene.coarse_truth)
    return (truth, truth) if scene.matched else (scene.estimate.contrast_limits(), truth)
