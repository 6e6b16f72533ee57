"""Adapting a scene and suggesting places, on a thread; PyTorch is imported here and nowhere else in the window.

Plain generators that know neither Qt nor layers: they yield `Progress`, and return what they found.
"""

import os
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from napari_hydra._napari.adapt.state import known_gain
from napari_hydra._napari.state.scene_adaptation import SceneAdaptation
from napari_hydra._napari.state.store import Scene
from napari_hydra.evaluation.comparison import compare_steps
from napari_hydra.evaluation.figures import DetailedFigures
from napari_hydra.io import MeasuredSpectrum
from napari_hydra.progress import Progress, Steps, sub_steps
from napari_hydra.workbench.scene.compare_pair import Pair, pair_of
from napari_hydra.workbench.scene.measured_spectra import SampleSite
from napari_hydra.workbench.scene.pairing import matching_factor
from napari_hydra.workbench.scene.run import rescaled

if TYPE_CHECKING:
    from napari_hydra.hydra import HydraModel, LatentCube

_LOADED, _LEARNED, _SHOWN = 0.1, 0.4, 0.7  # shares of the time


def suggest_steps(scene: Scene, count: int) -> Steps[tuple[SampleSite, ...]]:
    """Find where measuring helps most.

    Raises
    ------
    HydraError
        If the model cannot be loaded.
    """
    yield Progress(0.0, "loading the model")
    model = model_of(scene)
    yield Progress(_LOADED, "finding where to measure")
    sites = model.suggest_sites(scene.colour_picture, count, camera=_camera(scene), white_level=scene.white_level)
    return tuple(SampleSite(number, y, x) for number, (y, x) in enumerate(sites, 1))


def adapt_steps(scene: Scene, measured: Sequence[MeasuredSpectrum]) -> Steps[SceneAdaptation | None]:
    """Adapt the scene's model to measured spectra and reconstruct its picture anew.

    Parameters
    ----------
    scene : Scene
        As it was reconstructed before.
    measured : sequence of MeasuredSpectrum

    Returns
    -------
    SceneAdaptation or None
        The value of the generator; None where leaving one spectrum out says that adapting does not help.

    Raises
    ------
    HydraError
        If the spectra are too few or cannot be used.
    """
    yield Progress(0.0, "loading the model")
    model = model_of(scene)
    yield Progress(_LOADED, "learning from the spectra")
    camera, level = _camera(scene), scene.white_level
    gain = known_gain(scene, measured)
    adapted = model.adapt(scene.colour_picture, points=measured, camera=camera, white_level=level, gain=gain)
    if adapted.adaptation is None:
        return None
    yield Progress(_LEARNED, "reconstructing")
    wavelengths = scene.estimate.wavelengths
    steps = adapted.reconstruct_steps(scene.colour_picture, wavelengths, camera, white_level=level)
    latent = yield from sub_steps(steps, _LEARNED, _SHOWN)
    after = _adapted_scene(scene, adapted, latent, len(measured))
    figures = yield from _figures(scene, after, measured)
    return SceneAdaptation(
        before=scene, after=after, spectra=len(measured), left_out=adapted.adaptation.left_out, figures=figures
    )


def model_of(scene: Scene) -> "HydraModel":
    """Return the model that reconstructed a scene, loading it where the scene does not hold it.

    Raises
    ------
    HydraError
        If it is not where it was.
    """
    import torch

    from napari_hydra.hydra import load_model

    torch.set_num_threads(max(1, (os.cpu_count() or 1) - 1))  # one core is left to the window
    settings = scene.settings
    return scene.model or load_model(str(settings["model"]), device=str(settings.get("device", "auto")))


def _camera(scene: Scene) -> Any:
    from napari_hydra.camera import get_camera

    name = str(scene.settings.get("camera", "srgb"))
    return name if name == "unknown" else get_camera(name, str(scene.settings.get("illuminant", "D65")))


def _adapted_scene(scene: Scene, model: "HydraModel", latent: "LatentCube", spectra: int) -> Scene:
    """Return the scene with its new reconstruction, in the unit in which the earlier one is shown."""
    factor = scene.matching_factor
    if scene.truth is not None and not scene.gain:
        factor = matching_factor(latent, scene.truth)
    assert model.adaptation is not None
    before, after = model.adaptation.left_out
    settings = {
        **scene.settings,
        "adapted to": f"{spectra} measured spectra",
        "error of a spectrum left out": f"{before:.4g} before, {after:.4g} after",
    }
    plain = replace(
        scene, estimate=latent, factor=1.0, matched=False, model=model, matching_factor=factor, settings=settings
    )
    if scene.matched:
        return rescaled(plain, factor, matched=True)
    return replace(plain, estimate=latent.scaled(scene.factor), factor=scene.factor)


def _figures(
    before: Scene, after: Scene, measured: Sequence[MeasuredSpectrum]
) -> Steps[tuple[DetailedFigures, DetailedFigures] | None]:
    """Compare both with the truth where it was not measured."""
    if before.truth is None:
        return None
    found = []
    for scene, start in ((before, _SHOWN), (after, (1 + _SHOWN) / 2)):
        # Errors are taken in the truth's unit, however the scene is shown.
        pair = pair_of(
            scene if scene.matched or scene.truth is None else rescaled(scene, scene.matching_factor, matched=True)
        )
        if pair is None or not (elsewhere := _unmeasured(pair, measured)).any():
            return None
        steps = compare_steps(pair.estimate, pair.truth, gain=pair.gain, where=elsewhere)
        found.append((yield from sub_steps(steps, start, start + (1 - _SHOWN) / 2)))
    return found[0], found[1]


def _unmeasured(pair: Pair, measured: Sequence[MeasuredSpectrum]) -> NDArray[np.bool_]:
    """Return the compared pixels in which nothing was measured; they may be larger than the picture's."""
    elsewhere = np.ones(pair.truth.shape[:2], dtype=bool)
    for one in measured:
        at = one.pixel if pair.overlay is None else pair.overlay.coarse_pixel(*one.pixel)
        if at is not None:
            elsewhere[at] = False
    return elsewhere
