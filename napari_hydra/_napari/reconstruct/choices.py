"""Which layers of the viewer the form chooses by itself: the first picture, and the cube that can be its truth."""

from collections.abc import Iterable

from napari_hydra._napari.layers.scene_layers import Layer, is_cube, is_picture, layer_metadata
from napari_hydra._napari.reconstruct.form import Form
from napari_hydra._napari.reconstruct.line_up import can_line_up


def choose_first(form: Form, layers: Iterable[Layer]) -> None:
    """Choose the topmost picture, and a cube that fits it."""
    layers = list(layers)
    pictures = [layer for layer in layers if is_picture(layer)]
    if pictures:
        form.picture.value = pictures[-1]
    for layer in layers:
        suggest_truth(form, layers, layer)


def suggest_truth(form: Form, layers: Iterable[Layer], layer: Layer) -> None:
    """Choose a cube as truth if none is chosen and its size is the picture's.

    A picture that arrives after its cube makes the cube its truth.
    """
    cubes = [layer] if is_cube(layer) else [one for one in layers if is_cube(one)] if is_picture(layer) else []
    for cube in cubes:
        picture = form.picture.value
        if form.truth.value is None and (picture is None or can_line_up(picture, cube)):
            form.truth.value = cube


def drop_picture_of_another_size(form: Form) -> None:
    """Unchoose a rendered picture that cannot be the partner of the truth: that stands for itself."""
    picture, truth = form.picture.value, form.truth.value
    if picture is None or truth is None or not layer_metadata(picture).get("rendered_from"):
        return
    if not can_line_up(picture, truth):
        form.picture.value = None


def choose_wavelengths(form: Form, truth: Layer | None) -> None:
    """Take the wavelengths that a truth brings; without one there are none to take."""
    chooser = form.wavelengths
    if truth is not None and chooser.value == "model":
        chooser.value = "truth"
    elif truth is None and chooser.value == "truth":
        chooser.value = "model"
