"""A napari window with the docks open and files loaded, for the command line, the docs and the tests."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_hydra.distribution import DISTRIBUTION
from napari_hydra.errors import HydraError

if TYPE_CHECKING:
    import napari

    from napari_hydra._napari.reconstruct.dock import ReconstructDock

_PATIENCE_S = 600.0
_DOCKS = ("Reconstruct", "Spectra", "Compare", "Adapt", "Analyse")
_ROOMY = (1500, 940)  # pixels: the form, the canvas beside it and curves below
_TITLE_BAR = 40  # pixels


def open_window(
    picture: str | Path | None = None,
    truth: str | Path | None = None,
    *,
    sample: str | None = None,
    session: str | Path | None = None,
    allow_outside: bool = False,
    size: tuple[int, int] | None = None,
    theme: str | None = None,
    show: bool = True,
) -> "napari.Viewer":
    """Open napari with the docks Reconstruct, Spectra, Compare, Adapt and Analyse, and load files.

    Parameters
    ----------
    picture, truth : path, optional
        Chosen in the form as picture and truth.
    sample : str, optional
        Key of a sample to open: "color_checker" or "photograph".
    session : path, optional
        A saved session; it is read and run while the window is open already.
    allow_outside : bool
        Whether the session may open files outside of its folder without asking.
    size : (int, int), optional
        Width and height of the window in pixels; where not given, wide enough for the docks if the screen is.
    theme : str, optional
        "dark" or "light"; the user's own where not given.
    show : bool
        Whether the window is shown.

    Returns
    -------
    napari.Viewer

    Raises
    ------
    HydraError
        If a file cannot be used.
    """
    import napari
    from napari.qt import get_qapp

    from napari_hydra._napari.layers.readers import read_cube_layers, read_picture_layers

    # Read first, so that a bad file leaves no window behind; a question needs Qt all the same.
    get_qapp()
    layers = [
        *(read_cube_layers(truth, ask=show) if truth is not None else ()),
        *(read_picture_layers(picture) if picture is not None else ()),
    ]
    layers = [layer for layer in layers if len(layer) > 1]  # without those about which a question was not answered
    if len(layers) > 1:
        _refuse_another_field(layers)
    viewer = napari.Viewer(title="napari-hydra", show=show)
    if theme is not None:
        viewer.theme = theme
    viewer.window.resize(*(size or _roomy_size(viewer)))
    open_docks(viewer)
    for data, arguments, _ in layers:
        viewer.add_image(data, **arguments)
    if sample is not None:
        viewer.open_sample(DISTRIBUTION, sample)
    if show:
        settle(0.2)  # the canvas has its size only once the docks have theirs
    viewer.reset_view()
    if session is not None:
        from napari_hydra._napari.sessions.commands import export_button_of

        export_button_of(viewer).open_session_file(session, allow_outside=allow_outside)
    return viewer


def _roomy_size(viewer: "napari.Viewer") -> tuple[int, int]:
    """Return the window's own size, or as much of a roomy one as the screen has: napari's first is for a canvas."""
    main = viewer.window._qt_window
    screen = main.screen().availableGeometry()
    room = screen.width(), screen.height() - _TITLE_BAR
    return max(main.width(), min(_ROOMY[0], room[0])), max(main.height(), min(_ROOMY[1], room[1]))


def _refuse_another_field(layers: list[Any]) -> None:
    """Refuse a truth that cannot line up with its picture, before a window opens that would leave it out."""
    from napari.layers import Image

    from napari_hydra._napari.reconstruct.line_up import message_about

    cube, picture = (Image(data, **arguments) for data, arguments, _ in layers)
    message = message_about(picture, cube)
    if message:
        raise HydraError(message)


def open_docks(viewer: "napari.Viewer") -> "ReconstructDock":
    """Open the docks of the plugin, Compare, Adapt and Analyse behind Spectra; return the one with the form."""
    from napari_hydra._napari.widgets.arrangement import turn_to

    opened = {name: viewer.window.add_plugin_dock_widget(DISTRIBUTION, name) for name in _DOCKS}
    for _, dock in opened.values():
        dock.place()
    turn_to(opened["Spectra"][0])
    form: ReconstructDock = opened["Reconstruct"][1]
    return form


def run_to_end(viewer: "napari.Viewer", *, patience: float = _PATIENCE_S) -> None:
    """Press Run and wait until the result is shown, for scripts without an event loop.

    Raises
    ------
    HydraError
        If the run fails or takes longer than `patience` seconds.
    """
    from qtpy.QtWidgets import QApplication

    from napari_hydra._napari.reconstruct.commands import dock_of

    dock = dock_of(viewer)
    failures: list[Exception] = []
    dock.failed.connect(failures.append)
    try:
        dock.start()
        deadline = time.monotonic() + patience
        while dock.running and time.monotonic() < deadline:
            QApplication.processEvents()
            time.sleep(0.005)
    finally:
        dock.failed.disconnect(failures.append)
    if failures:
        raise failures[0]
    if dock.running:
        dock.cancel()
        raise HydraError(f"The reconstruction took longer than {patience:g} s; try a smaller picture.")
    settle()


def settle(seconds: float = 0.5, until: Callable[[], bool] | None = None) -> None:
    """Let the window draw itself."""
    from qtpy.QtWidgets import QApplication

    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and not (until is not None and until()):
        QApplication.processEvents()
        time.sleep(0.01)


def screenshot(viewer: "napari.Viewer", path: str | Path | None = None) -> np.ndarray[Any, Any]:
    """Return a picture of the whole window, (H, W, 4) uint8, and write it where a path is given."""
    settle()
    image = viewer.screenshot(canvas_only=False, flash=False)
    if path is not None:
        from PIL import Image

        Image.fromarray(image[..., :3]).save(path)
    return image
