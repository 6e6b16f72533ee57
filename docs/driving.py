"""Hands and a camera for the scripts that photograph the window: mouse, keys, menus, dialogs, pictures."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from qtpy.QtCore import QPoint, Qt
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QComboBox, QFileDialog, QMenu, QPushButton

from napari_hydra._napari.reconstruct.commands import dock_of
from napari_hydra._napari.window import screenshot, settle
from napari_hydra.distribution import DISTRIBUTION

IMAGES = Path(__file__).parent / "images"
PATIENCE_S = 90.0
_LARGEST = 150_000  # bytes of a picture in the repository


def photograph(viewer: Any, name: str, *, all_colours: bool = False) -> None:
    """Write a picture of the window; 256 colours do, and keep the repository small.

    With `all_colours` they are kept unless the file would be too large: a palette roughens colour bars.
    """
    image = Image.fromarray(screenshot(viewer)[..., :3])
    if all_colours:
        whole = _png(image)
        if len(whole) <= _LARGEST:
            (IMAGES / name).write_bytes(whole)
            return
    (IMAGES / name).write_bytes(
        _png(image.quantize(256, Image.Quantize.MAXCOVERAGE, kmeans=1, dither=Image.Dither.NONE))
    )


def _png(image: Image.Image) -> bytes:
    stream = BytesIO()
    image.save(stream, "PNG", optimize=True)
    return stream.getvalue()


def wait(until: Any, what: str) -> None:
    """Let the window work until something is so.

    Raises
    ------
    RuntimeError
        If it does not become so.
    """
    settle(PATIENCE_S, until=until)
    if not until():
        raise RuntimeError(f"{what} took longer than {PATIENCE_S:g} s.")
    settle(0.2)


def open_dock(viewer: Any, name: str) -> Any:
    """Raise one of the plugin's docks and return it."""
    dock = viewer.window.add_plugin_dock_widget(DISTRIBUTION, name)[1]
    if name != "Reconstruct":
        dock.parent().raise_()
    settle(0.3)
    return dock


def press(button: QPushButton) -> None:
    """Press a button with the mouse.

    Raises
    ------
    RuntimeError
        If it cannot be pressed.
    """
    if not (button.isEnabled() and button.isVisible()):
        raise RuntimeError(f"The button '{button.text()}' cannot be pressed.")
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    settle(0.1)


def choose(menu: QMenu | None, words: str) -> None:
    """Choose the entry of a menu that holds these words, as its event does; an open menu would stop the script.

    Raises
    ------
    RuntimeError
        If there is none, or it is disabled.
    """
    assert menu is not None
    menu.aboutToShow.emit()
    for action in menu.actions():
        if words in action.text():
            if not action.isEnabled():
                break
            action.trigger()
            settle(0.1)
            return
    raise RuntimeError(f"The entry '{words}' cannot be chosen; there are {[a.text() for a in menu.actions()]}.")


def menu_of(viewer: Any, *titles: str) -> QMenu:
    """Return a menu of napari's menu bar: ``menu_of(viewer, "Layers", "Visualize")``."""
    actions = viewer.window._qt_window.menuBar().actions()
    menu: QMenu | None = None
    for title in titles:
        menu = next(a.menu() for a in actions if a.text().replace("&", "") == title)
        menu.aboutToShow.emit()
        actions = menu.actions()
    assert menu is not None
    return menu


def choose_in(box: QComboBox, words: str) -> None:
    """Choose the entry of a list by its first letters, with the keyboard."""
    QTest.keyClicks(box, words)
    settle(0.1)
    if not box.currentText().startswith(words):
        raise RuntimeError(f"The list has no '{words}'.")


def key(viewer: Any, which: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    """Press a key on the canvas."""
    QTest.keyClick(_canvas(viewer).native, which, modifier)
    settle(0.1)


def click(viewer: Any, y: float, x: float) -> None:
    """Click the pixel (y, x) of the reconstruction."""
    QTest.mouseClick(_canvas(viewer).native, Qt.MouseButton.LeftButton, pos=_point(viewer, y, x))
    settle(0.15)


def drag(viewer: Any, corners: Sequence[tuple[float, float]]) -> None:
    """Drag the mouse through pixels (y, x), the button held down."""
    canvas = _canvas(viewer).native
    points = [_point(viewer, y, x) for y, x in corners]
    QTest.mousePress(canvas, Qt.MouseButton.LeftButton, pos=points[0])
    for point in points[1:]:
        QTest.mouseMove(canvas, point)
        settle(0.03)
    QTest.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=points[-1])
    settle(0.3)


def circle(y: float, x: float, radius_y: float, radius_x: float, count: int = 24) -> list[tuple[float, float]]:
    """Return the points of an ellipse around (y, x)."""
    angles = np.linspace(0, 2 * np.pi, count)
    return [(y + radius_y * np.sin(a), x + radius_x * np.cos(a)) for a in angles]


@contextmanager
def answering(path: str | Path) -> Iterator[None]:
    """Answer every file dialog with a path: they are the system's own, and hold no widgets of ours."""
    names = ("getOpenFileName", "getOpenFileNames", "getSaveFileName", "getExistingDirectory")
    before = {name: getattr(QFileDialog, name) for name in names}
    QFileDialog.getOpenFileName = QFileDialog.getSaveFileName = lambda *_a, **_k: (str(path), "")
    QFileDialog.getOpenFileNames = lambda *_a, **_k: ([str(path)], "")
    QFileDialog.getExistingDirectory = lambda *_a, **_k: str(path)
    try:
        yield
    finally:
        for name, function in before.items():
            setattr(QFileDialog, name, function)


def run(viewer: Any) -> None:
    """Press Run and wait for the result."""
    dock = dock_of(viewer)
    press(dock.panel.button)
    wait(lambda: not dock.running, "The reconstruction")


def _canvas(viewer: Any) -> Any:
    return viewer.window._qt_viewer.canvas


def _point(viewer: Any, y: float, x: float) -> QPoint:
    """Return where the pixel (y, x) of the reconstruction is on the canvas."""
    canvas = _canvas(viewer)
    layer = next(one for one in viewer.layers if one.name.endswith("reconstruction"))
    world = np.asarray(layer.data_to_world((0, y, x)))[-2:]
    is_grid = canvas.grid_views and viewer.canvas.grid.enabled
    view = canvas.grid_views[0] if is_grid else canvas.view
    at = {c: np.asarray(canvas._map_canvas2world(c, view))[-2:] for c in ((0, 0), (100, 0), (0, 100))}
    # The window shows a plane: two steps of 100 canvas pixels say how world and canvas go together.
    steps = np.stack([at[100, 0] - at[0, 0], at[0, 100] - at[0, 0]], axis=1) / 100
    across, down = np.linalg.solve(steps, world - at[0, 0])
    return QPoint(round(float(across)), round(float(down)))
