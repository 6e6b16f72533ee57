"""How long the window waits while one inspects spectra.

A truth of 512 x 512 pixels and 204 bands is rendered and reconstructed in the real window. Then the mouse moves with
Shift held, pixels are pinned, a region of 100 x 100 is drawn, the band slides, and so on. Printed is, of each action,
how long the window's thread computed at a stretch before it came back to its event loop: napari's own drawing (in
software under Xvfb) and the plot are in it. It is processor time, which other programs on the machine do not lengthen.
Before it, plain napari does the same, where it can, with the same arrays. Needs a screen, or Xvfb:

    QT_QPA_PLATFORM=xcb xvfb-run -a -s "-screen 0 1600x1000x24" python -m benchmarks speed window
"""

import argparse
import time
from collections.abc import Callable
from statistics import median
from typing import Any

import napari
import numpy as np
from qtpy.QtCore import QEvent, QPointF, Qt
from qtpy.QtGui import QMouseEvent
from qtpy.QtWidgets import QApplication

from benchmarks.rows import keep_row, provenance
from benchmarks.speed import KEY, machine
from napari_hydra._napari.layers.scene_layers import cube_layer_arguments, stack_of
from napari_hydra._napari.reconstruct.commands import dock_of
from napari_hydra._napari.state.edits import pin_pixel
from napari_hydra._napari.state.store import store_of
from napari_hydra._napari.window import open_window, run_to_end, settle
from napari_hydra.cube import make_cube
from napari_hydra.distribution import DISTRIBUTION

SIZE, BANDS = 512, 204


def truth() -> Any:
    """Return a cube of smooth spectra with some noise."""
    random = np.random.default_rng(0)
    wavelengths = np.linspace(400.0, 1000.0, BANDS)
    ys, xs = np.mgrid[:SIZE, :SIZE] / SIZE
    values = np.empty((SIZE, SIZE, BANDS), np.float32)
    for band, w in enumerate(wavelengths):
        share = (w - 400) / 600
        values[:, :, band] = 0.1 + 0.5 * ys * share + 0.4 * xs * np.exp(-(((w - 550) / 60) ** 2))
    values += random.normal(0, 0.005, values.shape).astype(np.float32)
    return make_cube(np.abs(values), wavelengths, source="made", bad_bands=(100, 101, 102))


def measured(action: Callable[[int], None], times: int, drawn: Callable[[], bool] | None = None) -> list[float]:
    """Do an action some times and return for how many milliseconds the thread computed at a stretch, each time."""
    waits = []
    for number in range(times):
        end = time.monotonic() + 0.5
        start = time.thread_time()
        action(number)
        worst, last = time.thread_time() - start, time.thread_time()
        while True:
            QApplication.processEvents()
            now = time.thread_time()
            worst, last = max(worst, now - last), now
            if time.monotonic() > end and (drawn is None or drawn()):
                break
            time.sleep(0.001)
            last = time.thread_time()
        waits.append(1000 * worst)
    return waits


def move_to(viewer: Any, y: int, x: int) -> None:
    """Move the mouse to a pixel, with Shift held."""
    canvas = viewer.window._qt_viewer.canvas
    transform = canvas.view.scene.node_transform(canvas._scene_canvas.scene)
    point = transform.map([float(x), float(y), 0, 1])
    there = QPointF(float(point[0] / point[3]), float(point[1] / point[3]))
    none = Qt.MouseButton.NoButton
    shift = Qt.KeyboardModifier.ShiftModifier
    where = QPointF(canvas.native.mapToGlobal(there.toPoint()))
    QApplication.sendEvent(canvas.native, QMouseEvent(QEvent.Type.MouseMove, there, where, none, none, shift))


def plain_napari(cube: Any) -> dict[str, float]:
    """Return what plain napari takes for what it can do too, with two stacks of the cube's size in memory."""
    viewer = napari.Viewer()
    viewer.window.resize(1280, 800)
    stack, random = np.ascontiguousarray(stack_of(cube)), np.random.default_rng(1)
    settle(2)
    found = {"run, and its result shown": measured(lambda _: [viewer.add_image(stack) for _ in range(2)], 1)}
    points = viewer.add_points(np.zeros((0, 2)), ndim=2)
    shapes = viewer.add_shapes(ndim=2)
    settle(2)
    found["hover"] = measured(lambda _: move_to(viewer, *random.integers(40, SIZE - 40, 2)), 20)
    found["pin"] = measured(lambda _: points.add(random.integers(0, SIZE, 2)), 8)
    found["band"] = measured(lambda number: viewer.dims.set_current_step(0, 17 * number % BANDS), 20)
    box = np.array([[0, 0], [0, 99], [99, 99], [99, 0]])
    found["region of 100 x 100"] = measured(lambda number: shapes.add(box + 30 * number, shape_type="polygon"), 4)
    viewer.close()
    return {name: median(waits) for name, waits in found.items()}


def run(options: argparse.Namespace) -> None:
    """Measure, keep the rows and print them."""
    made = provenance(options.command) | {"machine": machine()}
    cube = truth()
    plain = plain_napari(cube)

    def measure(name: str, *what: Any) -> None:
        waits = measured(*what)
        known = {"median_ms": median(waits), "longest_ms": max(waits), "plain_ms": plain.get(name)}
        row = {"what": "window", "action": name, "picture": "made", "model": name, "bands": BANDS, "height": SIZE}
        keep_row(options.results, made | row | known, KEY)
        print(f"{name:42s}", *(f"{key} {value:7.1f}" for key, value in known.items() if value), flush=True)

    viewer = open_window(size=(1280, 800))
    viewer.add_image(stack_of(cube), **cube_layer_arguments(cube, "made"))
    dock_of(viewer).form.model.value = "vnir"
    settle(1)
    measure("run, and its result shown", lambda _: run_to_end(viewer), 1)
    store, dock = store_of(viewer), viewer.window.add_plugin_dock_widget(DISTRIBUTION, "Spectra")[1]
    assert store.scene is not None
    assert store.scene.estimate.shape == (BANDS - 3, SIZE, SIZE)
    settle(2)
    random = np.random.default_rng(1)

    def hover(_: int) -> None:
        move_to(viewer, *random.integers(40, SIZE - 40, 2))

    def pin(number: int) -> None:
        pin_pixel(store, *(int(v) for v in random.integers(0, SIZE, 2)))

    def region(number: int) -> None:
        top, left = 10 + 30 * number, 20 + 25 * number
        box = np.array([[0, 0], [0, 99], [99, 99], [99, 0]]) + np.array([top, left])
        viewer.layers["Drawn regions"].add(box, shape_type="polygon")

    def band(number: int) -> None:
        store.band = 17 * number % BANDS

    def averaged() -> bool:
        return not dock.plot.drawing.state.pending

    def stroke(number: int) -> None:
        viewer.layers.selection.active.paint((100 + 20 * number, 300), 1)

    measure("hover", hover, 40)
    measure("hover, window of 15 x 15", lambda n: (setattr(store, "pixel_window", 15), hover(n))[1], 20)
    store.pixel_window = 1
    measure("pin", pin, 8)
    measure("hover over 8 pins", hover, 40)
    measure("band", band, 40)
    dock.draw("polygon")
    settle(1)
    measure("region of 100 x 100", region, 4, averaged)
    measure("mean to median and back", lambda _: dock.toggle_statistic(), 4, averaged)
    measure("encoded truth on and off", lambda _: dock.toggle_encoded_truth(), 4, averaged)
    store.encoded_truth = True
    dock.cubes.show(dock.cubes.layers()[0], True)
    settle(2, until=averaged)
    measure("hover, encoded truth and a further cube", hover, 40)
    measure("transform", lambda n: setattr(store, "transform", ("SNV", "continuum removed")[n % 2]), 4, averaged)
    store.transform = "as measured"
    measure("interval", lambda n: setattr(store, "level", (0.5, 0.9)[n % 2]), 4, averaged)
    measure("undo", lambda _: dock.history.undo(), 4, averaged)
    measure("redo", lambda _: dock.history.redo(), 4, averaged)
    dock.paint()
    settle(1)
    measure("stroke of the brush", stroke, 6, averaged)
    dock.pick()
    viewer.close()
