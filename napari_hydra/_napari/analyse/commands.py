"""Menu entries of the dock Analyse: each turns to a page of it, and presses a button there."""

from typing import Any

from napari.viewer import Viewer

from napari_hydra._napari.widgets.docks import BUSY, Action, opened, press_button

NO_INDEX = "Choose an index for which the cube has the wavelengths: there is none to map yet."
NO_LIBRARY = "Open a spectral library first, or take the regions as one: there is none to match."
NO_REGIONS = "Draw or paint a region first: there is none to take as a library."
TOO_FEW_ENDMEMBERS = "Tick two endmembers at least on the page Components: pins, regions or spectra of libraries."


def show_indices(viewer: Viewer) -> None:
    """Turn to the page Indices."""
    _page(viewer, "indices")


def show_library(viewer: Viewer) -> None:
    """Turn to the page Library."""
    _page(viewer, "library")


def show_components(viewer: Viewer) -> None:
    """Turn to the page Components."""
    _page(viewer, "components")


def open_library(viewer: Viewer) -> None:
    """Press Open library on the page Library."""
    dock = _page(viewer, "library")
    dock.library.open_button.click()


def _page(viewer: Viewer, name: str) -> Any:
    dock = opened(viewer, "Analyse")
    dock.tabs.setCurrentWidget(getattr(dock, name))
    dock.refresh()
    return dock


def _pressing_on(page: str, button: str, reason: str) -> Action:
    """Return the action that presses a button on a page of the dock Analyse, or says why it cannot be pressed."""

    def press(viewer: Viewer) -> None:
        dock = _page(viewer, page)
        press_button(viewer, dock, getattr(getattr(dock, page), button), reason)

    return press


map_index = _pressing_on("indices", "map_button", NO_INDEX)
map_library = _pressing_on("library", "map_button", NO_LIBRARY)
regions_as_library = _pressing_on("library", "regions_button", NO_REGIONS)
compute_components = _pressing_on("components", "compute_button", BUSY)
unmix = _pressing_on("components", "unmix_button", TOO_FEW_ENDMEMBERS)
