"""What a form asks for, as a request that can be run."""

from collections.abc import Iterable
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from napari_hydra._napari.layers.scene_layers import Layer, cube_of, good_wavelengths, layer_metadata, picture_of
from napari_hydra._napari.reconstruct.form import Form
from napari_hydra._napari.state.scene_adaptation import OwnModel
from napari_hydra.camera import Picture
from napari_hydra.camera.colour_picture import white_of
from napari_hydra.hydra.default_model import DefaultModel, default_model
from napari_hydra.hydra.files.registry import ModelSummary
from napari_hydra.hydra.palette import count_colours
from napari_hydra.workbench.scene.run_request import RunRequest, check, grid

# Of each layer the numbers that were counted, and how many colours they have: the form asks at each of its changes.
_counted: WeakKeyDictionary[Layer, tuple[Any, int | None]] = WeakKeyDictionary()


def chosen_model(form: Form) -> tuple[ModelSummary, str]:
    """Return the model of a form, and for "automatic" why it fits wavelengths and picture.

    Raises
    ------
    HydraError
        If no model fits.
    """
    offered = {model.name: model for model in form.models}
    if form.model.value in offered:
        return offered[form.model.value], ""
    choice = form.wavelength_choice()
    wanted = None
    if choice.kind == "grid":
        wanted = grid(choice)
    elif choice.kind == "truth" and form.truth.value is not None:
        wanted = good_wavelengths(form.truth.value)
    layer = form.picture.value

    def count(picture: NDArray[Any]) -> int | None:
        if layer not in _counted or _counted[layer][0] is not layer.data:
            _counted[layer] = layer.data, count_colours(picture)
        return _counted[layer][1]

    chosen: DefaultModel = default_model(
        wanted,
        None if layer is None else picture_of(layer),
        partly=choice.kind == "truth",
        models=form.models,
        count=count,
    )
    return offered[chosen.name], chosen.reason


def request_of(form: Form, own_models: Iterable[OwnModel]) -> RunRequest:
    """Return what a form asks for.

    Raises
    ------
    HydraError
        If it cannot be run.
    """
    picture, truth = form.picture.value, form.truth.value
    noted = {} if picture is None else layer_metadata(picture)
    cube = None if truth is None else cube_of(truth)
    ours = cube is not None and noted.get("gain") and noted.get("rendered_from") == cube.attrs["source"]
    source = picture if picture is not None else truth
    pixels = None if picture is None else picture_of(picture)
    model, reason = chosen_model(form)
    request = RunRequest(
        name="" if source is None else source.name.removesuffix(" picture"),
        picture=pixels,
        picture_source=str(noted.get("source", "")),
        truth=cube,
        gain=float(noted["gain"]) if ours else None,
        camera=form.camera.value,
        illuminant=form.illuminant.value,
        white_level=_white_level(form, pixels),
        model=model.name,
        model_reason=reason,
        loaded=next((own.model for own in own_models if own.name == model.name), None),
        wavelengths=form.wavelength_choice(),
        matched=bool(form.scale.value),
        device=form.device.value,
    )
    check(request)
    return request


def _white_level(form: Form, picture: Picture | None) -> float | None:
    """Return the number of white of the form; its 0 stands for full scale even where the file was taken otherwise."""
    if form.white_level.value or picture is None or picture.white_level is None:
        return float(form.white_level.value) or None
    return white_of(np.asarray(picture))
