"""Take the pictures of the window for the README and the docs: ``make screenshots``.

Drives the real window on the bundled samples and writes into ``docs/images``. Needs a screen, or Xvfb:

    QT_QPA_PLATFORM=xcb xvfb-run -a -s "-screen 0 1600x1000x24" python docs/make_screenshots.py
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import numpy as np
from driving import IMAGES, photograph

from napari_hydra._napari.layers.scene_layers import cube_layer_arguments, picture_layer_arguments, stack_of
from napari_hydra._napari.reconstruct.commands import dock_of
from napari_hydra._napari.state.edits import pin_pixel
from napari_hydra._napari.state.store import store_of
from napari_hydra._napari.window import open_window, run_to_end, settle
from napari_hydra.cube import make_cube
from napari_hydra.distribution import DISTRIBUTION
from napari_hydra.samples import color_checker

SIZE = (1400, 900)
PINS = ((80, 40), (62, 120), (140, 200))  # two patches and a ball of the sample, (y, x)


@contextmanager
def window(sample: str, theme: str, size: tuple[int, int] = SIZE) -> Iterator[Any]:
    """Open the window on a sample and close it again."""
    viewer = open_window(sample=sample, size=size, theme=theme)
    settle(1)
    try:
        yield viewer
    finally:
        viewer.close()


def compared(theme: str, name: str) -> None:
    """Photograph a finished run with pinned pixels, beside its truth."""
    with window("color_checker", theme) as viewer:
        run_to_end(viewer)
        for y, x in PINS:
            pin_pixel(store_of(viewer), y, x)
        dock_of(viewer).arrangements.button("side by side").click()
        photograph(viewer, name)


def region(theme: str, name: str) -> None:
    """Photograph a region's mean and dispersion, at a band of the red."""
    with window("color_checker", theme) as viewer:
        run_to_end(viewer)
        store = store_of(viewer)
        spectra = viewer.window.add_plugin_dock_widget(DISTRIBUTION, "Spectra")[1]
        spectra.draw_button.click()
        angle = np.linspace(0, 2 * np.pi, 40, endpoint=False)
        outline = np.stack([140 + 25 * np.sin(angle), 200 + 25 * np.cos(angle)], axis=1)
        viewer.layers.selection.active.add(outline, shape_type="polygon")
        viewer.layers.selection.active = viewer.layers["ColorChecker reconstruction"]
        store.band = 24
        photograph(viewer, name)


def inspect(theme: str, name: str, transform: str, table: bool) -> None:
    """Photograph pins and a region with the encoded truth, on a small screen."""
    with window("color_checker", theme, (1280, 800)) as viewer:
        run_to_end(viewer)
        store = store_of(viewer)
        for y, x in PINS[1:]:
            pin_pixel(store, y, x)
        spectra = viewer.window.add_plugin_dock_widget(DISTRIBUTION, "Spectra")[1]
        spectra.draw("ellipse")
        box = np.array([[34, 190], [34, 232], [70, 232], [70, 190]])
        viewer.layers.selection.active.add(box, shape_type="ellipse")
        spectra.pick()
        store.encoded_truth, store.transform = True, transform
        spectra.table_button.setChecked(table)
        settle()
        photograph(viewer, name)


def compare(theme: str, name: str) -> None:
    """Photograph the dock Compare with a map of the signed difference, on a small screen."""
    with window("color_checker", theme, (1280, 800)) as viewer:
        run_to_end(viewer)
        for y, x in PINS:
            pin_pixel(store_of(viewer), y, x)
        dock = viewer.window.add_plugin_dock_widget(DISTRIBUTION, "Compare")[1]
        dock.parent().raise_()
        settle(60, until=lambda: dock.results.whole is not None)
        dock.map_buttons["difference"].click()
        settle()
        photograph(viewer, name, all_colours=True)


def analyse(theme: str, name: str) -> None:
    """Photograph the dock Analyse with the map of an index, and its values with their intervals."""
    with window("color_checker", theme, (1280, 800)) as viewer:
        run_to_end(viewer)
        for y, x in PINS:
            pin_pixel(store_of(viewer), y, x)
        dock = viewer.window.add_plugin_dock_widget(DISTRIBUTION, "Analyse")[1]
        dock.parent().raise_()
        settle(1)
        page = dock.pages["indices"]
        page.search.setText("green")
        model = page.model
        found = next(row for row in range(model.rowCount()) if model.item(row).text().startswith("NGRDI"))
        page.list.setCurrentIndex(model.item(found).index())
        settle(1)
        page.map_button.click()
        settle(0.2)
        settle(60, until=lambda: not dock.background.busy)
        photograph(viewer, name, all_colours=True)


def pixel_sizes(theme: str, name: str) -> None:
    """Photograph a picture beside a truth of larger pixels, in two linked views with pins and a region in both."""
    picture, cube = color_checker()
    height, width = (n // 8 * 8 for n in picture.shape[:2])
    values = cube.values[:height, :width].reshape(height // 8, 8, width // 8, 8, -1).mean((1, 3))
    coarse = make_cube(values, cube["wavelength"].values, source="plot.hdr")
    viewer = open_window(size=(1280, 800), theme=theme)
    try:
        viewer.add_image(picture[:height, :width], **picture_layer_arguments("photograph"))
        viewer.add_image(stack_of(coarse), **cube_layer_arguments(coarse, "plot"))
        run_to_end(viewer)
        for y, x in PINS:
            pin_pixel(store_of(viewer), y, x)
        dock = viewer.window.add_plugin_dock_widget(DISTRIBUTION, "Compare")[1]
        dock.parent().raise_()
        settle(60, until=lambda: dock.results.whole is not None)
        dock_of(viewer).arrangements.button("side by side").click()
        photograph(viewer, name)
    finally:
        viewer.close()


def adapt(theme: str, name: str) -> None:
    """Photograph the dock Adapt after adapting to the truth at sample sites, on a small screen."""
    with window("color_checker", theme, (1280, 800)) as viewer:
        run_to_end(viewer)
        dock = viewer.window.add_plugin_dock_widget(DISTRIBUTION, "Adapt")[1]
        dock.parent().raise_()
        settle(60, until=dock.suggest_button.isEnabled)
        dock.suggest_button.click()
        settle(60, until=lambda: bool(store_of(viewer).sites) and not dock.background.busy)
        dock.actions_.add_sites()
        settle()
        dock.adapt_button.click()
        settle(60, until=lambda: store_of(viewer).adaptation is not None)
        photograph(viewer, name)


def form(theme: str, name: str) -> None:
    """Photograph the form on a small screen, its camera and output opened, before a run without a truth."""
    with window("photograph", theme, (1280, 800)) as viewer:
        dock = dock_of(viewer)
        for title in ("Camera", "Output"):
            dock.form_area.section(title).expand(animate=False)
        dock.form.wavelengths.value = "grid"
        photograph(viewer, name)


def running(theme: str, name: str) -> None:
    """Photograph a run under way: progress, what it is doing, Cancel."""
    with window("photograph", theme) as viewer:
        layer = viewer.layers[-1]
        viewer.add_image(np.tile(layer.data, (5, 5, 1)), name="large photograph", rgb=True)
        viewer.layers.remove(layer)
        viewer.reset_view()
        dock = dock_of(viewer)
        dock.start()
        settle(120, until=lambda: dock.panel.bar.value() > 400 and "left" in dock.panel.status.text())
        photograph(viewer, name)
        dock.cancel()


def main() -> None:
    """Take them all."""
    IMAGES.mkdir(exist_ok=True)
    shots: tuple[tuple[Callable[[str, str], None], str, str], ...] = (
        (compared, "dark", "window.png"),
        (compared, "light", "window-light.png"),
        (region, "light", "region.png"),
        (compare, "dark", "compare.png"),
        (analyse, "dark", "analyse.png"),
        (pixel_sizes, "light", "pixel-sizes.png"),
        (adapt, "dark", "adapt.png"),
        (partial(inspect, transform="as measured", table=True), "dark", "inspect.png"),
        (partial(inspect, transform="continuum removed", table=False), "light", "inspect-light.png"),
        (form, "dark", "form.png"),
        (form, "light", "form-light.png"),
        (running, "dark", "running.png"),
    )
    for take, theme, name in shots:
        take(theme, name)


if __name__ == "__main__":
    main()
