"""Walk through the workbench on real scenes, and photograph it: ``python docs/walk_through.py DATA``.

DATA holds the folders ``cave-val``, ``neon-val`` and ``enmap-val`` with ENVI cubes and their pictures. Everything is
done as a user does it, with mouse, keys, buttons and menus. Writes ``docs/images/workbench-*.png`` for
``docs/workbench.md``; with ``--keep DIR`` the session, the exported folder and the report stay there. Needs a screen,
or Xvfb:

    QT_QPA_PLATFORM=xcb xvfb-run -a -s "-screen 0 1600x1000x24" python docs/walk_through.py DATA
"""

import argparse
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from driving import answering, choose, choose_in, circle, click, drag, key, menu_of, open_dock, photograph, press, wait
from driving import run as run_form
from qtpy.QtCore import Qt

from napari_hydra._napari.reconstruct.commands import dock_of
from napari_hydra._napari.state.store import store_of
from napari_hydra._napari.window import open_window, settle

SIZE = (1280, 800)  # a small screen
FEATHERS = ((110, 72), (120, 118), (110, 148))  # blue, green, yellow (y, x)
CROWN, SOIL, SHADOW = (110, 110), (165, 60), (60, 25)  # of the NEON plot, pixels of its photograph


@contextmanager
def window(theme: str, *files: Path, session: Path | None = None) -> Iterator[Any]:
    """Open the window as ``napari-hydra show`` does, and close it again."""
    picture, truth = files if len(files) == 2 else (None, *files) if files else (None, None)
    viewer = open_window(picture, truth, session=session, size=SIZE, theme=theme)
    settle(1)
    try:
        yield viewer
    finally:
        viewer.close()


def show_at(viewer: Any, wavelength: float) -> None:
    """Move napari's slider to the band nearest to a wavelength in nm."""
    bands = np.asarray(store_of(viewer).scene.estimate.wavelengths)
    viewer.dims.set_current_step(0, int(np.abs(bands - wavelength).argmin()))
    settle(0.2)


def compare(viewer: Any) -> Any:
    """Open the dock Compare and wait for its figures."""
    dock = open_dock(viewer, "Compare")
    wait(lambda: dock.results.whole is not None and not dock.background.busy, "Comparing")
    return dock


def error_map(dock: Any, kind: str) -> None:
    """Press the button of an error map and wait for it."""
    press(dock.map_buttons[kind])
    wait(lambda: not dock.background.busy and dock.maps.seen == kind, "The error map")


def adapt(viewer: Any, source: str) -> Any:
    """Adapt to spectra of the truth, by the words of the menu's entry."""
    dock = open_dock(viewer, "Adapt")
    choose(dock.truth_button.menu(), source)
    wait(lambda: dock.adapt_button.isEnabled(), "Reading spectra")
    press(dock.adapt_button)
    wait(lambda: not dock.background.busy, "Adapting")
    print(f"{store_of(viewer).scene.name}: {dock.note.text()}", flush=True)
    return dock


def export(viewer: Any, entry: str, path: Path) -> None:
    """Choose an entry of the button Export, and wait until it is written."""
    button = open_dock(viewer, "Spectra").export_button
    with answering(path):
        choose(button.menu(), entry)
        wait(lambda: not button.progress.busy, entry)


def indoor_scene(data: Path, out: Path) -> None:
    """Walk through a scene of CAVE: inspect, compare, adapt, export, report, save and come back."""
    with window("dark", data / "feathers_rgb.png", data / "feathers.hdr") as viewer:
        run_form(viewer)
        spectra = open_dock(viewer, "Spectra")
        for y, x in FEATHERS:
            click(viewer, y, x)
        key(viewer, Qt.Key.Key_D)
        drag(viewer, circle(85, 195, 22, 11))
        choose(spectra.draw_button.arrow.menu(), "Rectangle")
        drag(viewer, [(16, 6), (20, 12), (30, 28)])
        key(viewer, Qt.Key.Key_Q)
        key(viewer, Qt.Key.Key_U)
        settle(1)
        photograph(viewer, "workbench-inspect.png")
        key(viewer, Qt.Key.Key_U)
        dock = compare(viewer)
        error_map(dock, "mrae")
        photograph(viewer, "workbench-error-map.png", all_colours=True)
        press(dock.map_buttons["mrae"])
        press(dock_of(viewer).arrangements.button("side by side"))
        settle(0.5)
        photograph(viewer, "workbench-side-by-side.png")
        press(dock_of(viewer).arrangements.button("estimate"))
        dock = open_dock(viewer, "Adapt")
        press(dock.suggest_button)
        wait(lambda: bool(store_of(viewer).sites) and not dock.background.busy, "Suggesting")
        adapt(viewer, "sample sites")
        photograph(viewer, "workbench-adapt.png")
        if dock.side_buttons["before"].isEnabled():
            press(dock.side_buttons["before"])
            press(dock.side_buttons["after"])
        export(viewer, "Save session", out / "feathers.json")
        export(viewer, "Export regions and pins…", out)
        export(viewer, "Report", out / "feathers.html")


def reopened(out: Path) -> None:
    """Open the saved session, and look at the shape of the spectra."""
    with window("light", session=out / "feathers.json") as viewer:
        wait(lambda: bool(store_of(viewer).regions), "Opening the session")
        choose_in(open_dock(viewer, "Spectra").transform.list, "continuum removed")
        settle(1)
        photograph(viewer, "workbench-session.png")


def forest_plot(data: Path) -> None:
    """Walk through a photograph of 0.1 m over a cube of 1 m."""
    with window("light", data / "OSBS_28_rgb.png", data / "OSBS_28.hdr") as viewer:
        form, area = dock_of(viewer).form, dock_of(viewer).form_area
        press(area.section("Camera").toggleButton())
        choose_in(form.camera.native, "unknown")  # flown at another time than the spectrometer, through haze
        run_form(viewer)
        for y, x in (CROWN, SOIL, SHADOW):
            click(viewer, y, x)
        compare(viewer)
        press(dock_of(viewer).arrangements.button("side by side"))
        show_at(viewer, 850)
        settle(0.5)
        photograph(viewer, "workbench-plot.png")
        press(dock_of(viewer).arrangements.button("estimate"))
        for y, x in ((30, 150), (150, 30), (185, 100), (40, 60), (130, 130)):
            click(viewer, y, x)
        adapt(viewer, "pins")
        photograph(viewer, "workbench-plot-adapted.png")
        index_map(viewer, "NDVI")
        photograph(viewer, "workbench-ndvi.png", all_colours=True)


def index_map(viewer: Any, name: str) -> Any:
    """Choose an index in the dock Analyse by its name, and map it."""
    dock = open_dock(viewer, "Analyse")
    page = dock.pages["indices"]
    page.search.setText(name)
    settle(0.5)
    found = next(r for r in range(page.model.rowCount()) if page.model.item(r).text().startswith(f"{name} "))
    page.list.setCurrentIndex(page.model.item(found).index())
    settle(0.5, until=lambda: page.map_button.isEnabled())
    press(page.map_button)
    wait(lambda: not dock.background.busy and any(one.name.endswith(f" {name}") for one in viewer.layers), "The map")
    return dock


def satellite_tile(data: Path, out: Path) -> None:
    """Walk through a tile of EnMAP at the bands of the satellite, bad ones shaded."""
    with window("dark", data / "potsdam_tile_160_64.hdr") as viewer:
        run_form(viewer)
        spectra = open_dock(viewer, "Spectra")
        for y, x in ((6, 6), (20, 10), (12, 25)):
            click(viewer, y, x)
        choose(spectra.draw_button.arrow.menu(), "Rectangle")
        drag(viewer, [(22, 20), (24, 23), (27, 27)])
        key(viewer, Qt.Key.Key_Q)
        before = len(viewer.layers)
        choose(menu_of(viewer, "Layers", "Visualize"), "colour infrared")
        wait(lambda: len(viewer.layers) > before, "The composite")
        photograph(viewer, "workbench-infrared.png")
        dock = open_dock(viewer, "Analyse")
        dock.tabs.setCurrentWidget(dock.pages["library"])
        with answering(write_library(viewer, out / "measured.csv")):
            press(dock.pages["library"].open_button)
        wait(lambda: dock.pages["library"].map_button.isEnabled(), "Reading the library")
        press(dock.pages["library"].map_button)
        wait(lambda: not dock.background.busy, "Matching")
        photograph(viewer, "workbench-library.png", all_colours=True)
        dock.tabs.setCurrentWidget(dock.pages["components"])
        press(dock.pages["components"].compute_button)
        wait(lambda: not dock.background.busy, "Components")
        photograph(viewer, "workbench-components.png")
        error_map(compare(viewer), "mrae")
        photograph(viewer, "workbench-tile-errors.png", all_colours=True)


def write_library(viewer: Any, path: Path) -> Path:
    """Write the truth's spectra at the pins as a small library, as another program might."""
    store = store_of(viewer)
    truth = store.scene.truth
    if "detector" in truth.coords:  # a table of spectra has one instrument
        truth = truth[..., truth["detector"].values == truth["detector"].values[0]]
    spectra = [truth.values[pin.y, pin.x] for pin in store.pins]
    rows = zip(truth["wavelength"].values, *spectra, strict=True)
    lines = [",".join(["wavelength", *(f"sample {letter}" for letter in "ABC"[: len(spectra)])])]
    path.write_text("\n".join([*lines, *(",".join(f"{v:.6g}" for v in row) for row in rows)]) + "\n")
    return path


def main() -> None:
    """Walk through all of it."""
    parser = argparse.ArgumentParser(description="Photograph the workbench on real scenes.")
    parser.add_argument("data", type=Path, help="folder with cave-val, neon-val and enmap-val")
    parser.add_argument("--keep", type=Path, help="folder for the session, the export and the report")
    parser.add_argument("--only", choices=("cave", "neon", "enmap"), help="one of the scenes")
    given = parser.parse_args()
    with TemporaryDirectory() as temporary:
        out = given.keep or Path(temporary)
        out.mkdir(parents=True, exist_ok=True)
        parts = {
            "cave": lambda: (indoor_scene(given.data / "cave-val", out), reopened(out)),
            "neon": lambda: forest_plot(given.data / "neon-val"),
            "enmap": lambda: satellite_tile(given.data / "enmap-val", out),
        }
        for name, part in parts.items():
            if given.only in (None, name):
                start = time.monotonic()
                part()
                print(f"{name}: {time.monotonic() - start:.0f} s", flush=True)


if __name__ == "__main__":
    main()
