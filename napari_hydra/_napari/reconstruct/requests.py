"""What a form asks for, as a request that can be run."""

from collections.abc import Iterable

import numpy as np

from napari_hydra._napari.layers.scene_layers import cube_of, good_wavelengths, layer_metadata, picture_of
from napari_hydra._napari.reconstruct.form import Form
from napari_hydra._napari.state.scene_adaptation import OwnModel
from napari_hydra.camera import Picture
from napari_hydra.camera.colour_picture import white_of
from napari_hydra.hydra.files.registry import ModelSummary, choose_model
from napari_hydra.workbench.scene.run_request import RunRequest, check, grid


def chosen_model(form: Form) -> ModelSummary:
    """Return the model of a form; for "automatic" the one that fits the wavelengths.

    Raises
    ------
    HydraError
        If no model fits.
    """
    offered = {model.name: model for model in form.models}
    if form.model.value in offered:
        return offered[form.model.value]
    choice = form.wavelength_choice()
    wanted = None
    if choice.kind == "grid":
        wanted = grid(choice)
    elif choice.kind == "truth" and form.truth.value is not None:
        wanted = good_wavelengths(form.truth.value)
    return offered[choose_model(wanted, partly=choice.kind == "truth", models=form.models)]


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
    request = RunRequest(
        name="" if source is None else source.name.removesuffix(" picture"),
        picture=pixels,
        picture_source=str(noted.get("source", "")),
        truth=cube,
        gain=float(noted["gain"]) if ours else None,
        camera=form.camera.value,
        illuminant=form.illuminant.value,
        white_level=_white_level(form, pixels),
        model=(name := chosen_model(form).name),
        loaded=next((own.model for own in own_models if own.name == name), None),
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
