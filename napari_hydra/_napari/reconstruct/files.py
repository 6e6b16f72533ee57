"""Files that are opened from the form or dropped onto it: pictures, cubes, models, sensitivities."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from qtpy.QtWidgets import QFileDialog, QWidget

from napari_hydra._napari.layers.readers import read_cube_layers, read_picture_layers
from napari_hydra._napari.reconstruct.choices import drop_picture_of_another_size, suggest_truth
from napari_hydra._napari.reconstruct.form import Form
from napari_hydra._napari.widgets.file_filters import filter_of
from napari_hydra.file_formats import by_suffix
from napari_hydra.io import is_cube_file
from napari_hydra.io.formats.tiff import is_stack

if TYPE_CHECKING:
    import napari

_FILTERS = {
    "picture": ("Open a colour picture", filter_of("Pictures", "picture")),
    "truth": ("Open a measured cube", filter_of("Spectral cubes", "cube")),
    "model": ("Open a trained model", "Models (*.safetensors)"),
    "camera": ("Open a sensitivity table", "Tables (*.csv *.txt *.tsv *.dat);;All files (*)"),
}


def ask_for(parent: QWidget, what: str) -> str:
    """Ask for a file, or for "truth folder" for a folder; "" if none is chosen."""
    if what == "truth folder":
        return QFileDialog.getExistingDirectory(parent, "Open a folder of band images, or a Zarr store")
    title, patterns = _FILTERS[what]
    return QFileDialog.getOpenFileName(parent, title, "", patterns)[0]


def use_file(viewer: "napari.Viewer", form: Form, path: Path, what: str = "") -> None:
    """Load a file and choose it in the form.

    Parameters
    ----------
    viewer : napari.Viewer
    form : Form
    path : Path
    what : str
        "picture", "truth", "model" or "camera"; "" to go by the content: picture, truth or model.

    Raises
    ------
    HydraError
        If it cannot be read.
    """
    what = what or _kind_of(path)
    if what == "model":
        form.add_model(str(path))
    elif what == "camera":
        from napari_hydra.camera import read_sensitivities

        read_sensitivities(path)
        form.add_camera(str(path))
    elif what == "truth":
        _add_layer(viewer, form, read_cube_layers(path, ask=True), form.truth)
        drop_picture_of_another_size(form)
    else:
        _add_layer(viewer, form, read_picture_layers(path), form.picture)
        suggest_truth(form, viewer.layers, form.picture.value)


def _add_layer(
    viewer: "napari.Viewer", form: Form, layers: list[tuple[Any, dict[str, Any], str]], chooser: Any
) -> None:
    if len(layers[0]) == 1:  # a question was not answered
        return
    data, arguments, _ = layers[0]
    layer = viewer.add_image(data, **arguments)
    form.refresh_layers()
    chooser.value = layer


def _kind_of(path: Path) -> str:
    if path.suffix.lower() == ".safetensors":
        return "model"
    return "picture" if by_suffix("picture", path) and not (is_cube_file(path) or is_stack(path)) else "truth"
