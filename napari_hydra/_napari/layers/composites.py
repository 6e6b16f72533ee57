"""Menu entries that show the selected cube as a colour picture."""

from collections.abc import Callable
from typing import Any

import napari
import numpy as np
from napari.utils.notifications import show_warning
from numpy.typing import NDArray
from qtpy.QtWidgets import QInputDialog

from napari_hydra._napari.layers.guarded_cube import unguarded
from napari_hydra._napari.layers.placement import Placement
from napari_hydra._napari.layers.result_layers import COMPOSITE, lay_over
from napari_hydra._napari.layers.scene_layers import KEY, Layer, cube_of, layer_metadata
from napari_hydra._napari.layers.scene_view import scene_view_of
from napari_hydra._napari.state.preferences import preferences
from napari_hydra._napari.widgets._compat import plain
from napari_hydra._napari.widgets.background import Background, Task
from napari_hydra._napari.widgets.notices import notify_failure
from napari_hydra.errors import HydraError
from napari_hydra.spectra.composite import COLOUR_INFRARED, three_bands, true_colour
from napari_hydra.spectral_cube import SpectralCube

Picture = NDArray[np.uint8]
_LAST = (650.0, 550.0, 450.0)


def add_true_colour(viewer: napari.viewer.Viewer) -> None:
    """Show the selected cube as an sRGB camera sees it."""
    _add(viewer, lambda cube: (true_colour(cube), "true colour"))


def add_colour_infrared(viewer: napari.viewer.Viewer) -> None:
    """Show near infrared, red and green of the selected cube as red, green and blue."""
    cut = preferences().stretch
    _add(
        viewer,
        lambda cube: _named("colour infrared", three_bands(cube, COLOUR_INFRARED, low=cut, high=100 - cut)),
    )


def add_three_wavelengths(viewer: napari.viewer.Viewer) -> None:
    """Ask for three wavelengths, and show those of the selected cube as red, green and blue."""
    cut = preferences().stretch
    text, accepted = QInputDialog.getText(
        None,
        "Composite of three wavelengths",
        "Wavelengths in nm shown as red, green, blue\n"
        f"(each stretched between its percentiles {cut:g} and {100 - cut:g}; see napari's Preferences):",
        text=", ".join(f"{w:g}" for w in _LAST),
    )
    if not accepted:
        return
    try:
        wanted = parse_wavelengths(text)
    except HydraError as error:
        show_warning(str(error))
        return
    _add(viewer, lambda cube: _named("composite", three_bands(cube, wanted, low=cut, high=100 - cut)))


def parse_wavelengths(text: str) -> tuple[float, float, float]:
    """Return three wavelengths in nm that were typed with commas or spaces between them.

    Raises
    ------
    HydraError
        If there are not three positive numbers.
    """
    try:
        red, green, blue = (float(word) for word in text.replace(",", " ").replace(";", " ").split())
    except ValueError:
        raise HydraError(f"'{text}' is not three wavelengths; type for example 650, 550, 450.") from None
    if not min(red, green, blue) > 0:
        raise HydraError(f"'{text}' holds a wavelength that is not positive; type for example 650, 550, 450.")
    return red, green, blue


def _named(name: str, made: tuple[Picture, tuple[float, float, float]]) -> tuple[Picture, str]:
    picture, taken = made
    return picture, f"{name} ({', '.join(f'{round(w, 1):g}' for w in taken)} nm)"


def _add(viewer: Any, make: Callable[[Any], tuple[Picture, str]]) -> None:
    """Make a picture of the selected cube on a thread and lay it over that cube."""
    viewer = plain(viewer)
    layer = viewer.layers.selection.active
    try:
        cube = _cube_of(layer)
    except HydraError as error:
        show_warning(str(error))
        return

    def show(made: tuple[Picture, str]) -> None:
        picture, name = made
        added = viewer.add_image(
            picture,
            name=f"{layer.name}: {name}",
            rgb=True,
            metadata={KEY: {"role": COMPOSITE, "caption": name}},
            **Placement.of(layer).arguments(),
        )
        view = scene_view_of(viewer)
        added.events.visible.connect(view.write_caption)
        lay_over(viewer, added)
        view.write_caption()

    task = Task(
        label="Making a composite",
        compute=lambda _progress, _cancel: make(cube),
        done=show,
        failed=notify_failure,
    )
    Background(viewer.window._qt_window).submit(task)


def _cube_of(layer: Layer | None) -> Any:
    """Return what a layer shows: a reconstruction as it is, a cube as a DataArray."""
    if layer is None or "wavelengths_nm" not in layer_metadata(layer):
        raise HydraError("No cube is selected; select a layer with wavelengths in the layer list.")
    data = unguarded(layer.data)
    return data if isinstance(data, SpectralCube) else cube_of(layer)
