"""The docks' actions as menu entries: each opens its dock where it is closed, and presses the dock's own button."""

import re
from collections.abc import Callable
from typing import Any

from napari.viewer import Viewer

from napari_hydra._napari._compat import plain
from napari_hydra._napari.notices import tell_warning
from napari_hydra._napari.store import store_of
from napari_hydra.distribution import DISTRIBUTION
from napari_hydra.evaluation.maps import ERROR_MAPS
from napari_hydra.workbench.transforms import TRANSFORMS

NO_SCENE = "Press Run first: there is no reconstruction yet."
NO_TRUTH = "Choose a measured cube as Truth and press Run: the reconstruction has no truth yet."
NO_PINS = "Pin pixels first: there is none to take the truth's spectrum at."
TOO_FEW = "Add measured spectra first: there are fewer than the three that the model adapts to."
NOT_ADAPTED = "Press Adapt first: there is no adapted model yet."
NO_INDEX = "Choose an index for which the cube has the wavelengths: there is none to map yet."
NO_PLACES = "Press Suggest first: there are no places to save yet."
NO_LIBRARY = "Open a spectral library first, or take the regions as one: there is none to match."
NO_REGIONS = "Draw or paint a region first: there is none to take as a library."
TOO_FEW_ENDMEMBERS = "Tick two endmembers at least on the page Components: pins, regions or spectra of libraries."
BUSY = "Wait, or press Cancel in the dock: it is still computing."
RUNNING = "A run is under way: wait, or cancel it first."
NOT_RUNNING = "There is no run to cancel."

Action = Callable[[Viewer], None]


def command_name(verb: str, title: str) -> str:
    """Return what the command of a table's entry is called, here and in the manifest.

    >>> command_name("show", "max = 1")
    'show_max_1'
    """
    return f"{verb}_{re.sub(r'[^a-z0-9]+', '_', title.lower())}"


def opened(viewer: Viewer, name: str) -> Any:
    """Return the widget of a dock, opened and in front of its neighbours."""
    dock, widget = viewer.window.add_plugin_dock_widget(DISTRIBUTION, name)
    dock.show()
    dock.raise_()
    return widget


# -- Reconstruct -----------------------------------------------------------------------------------------------


def run(viewer: Viewer) -> None:
    """Press Run."""
    dock = opened(viewer, "Reconstruct")
    if dock.running:
        tell_warning(RUNNING)
    else:
        dock.panel.button.click()


def cancel(viewer: Viewer) -> None:
    """Press Cancel, which is the button Run while a run is under way."""
    dock = opened(viewer, "Reconstruct")
    if dock.running:
        dock.panel.button.click()
    else:
        tell_warning(NOT_RUNNING)


def _pressing(name: str, button: Callable[[Any], Any], reason: str) -> Action:
    """Return the action that presses a button of a dock, or says why it cannot be pressed."""

    def press(viewer: Viewer) -> None:
        dock = opened(viewer, name)
        dock.refresh()  # behind another tab it had not followed
        _press(viewer, dock, button(dock), reason)

    return press


def _press(viewer: Viewer, dock: Any, button: Any, reason: str) -> None:
    if button.isEnabled() and button.isVisibleTo(dock):
        button.click()
    elif store_of(plain(viewer)).scene is None:
        tell_warning(NO_SCENE)
    else:
        tell_warning(reason)


show_reconstruction = _pressing("Reconstruct", lambda dock: dock.arrangements.button("estimate"), NO_TRUTH)
show_truth = _pressing("Reconstruct", lambda dock: dock.arrangements.button("truth"), NO_TRUTH)
show_side_by_side = _pressing("Reconstruct", lambda dock: dock.arrangements.button("side by side"), NO_TRUTH)

# -- Compare ---------------------------------------------------------------------------------------------------


def _mapping(key: str) -> Action:
    """Return the action that presses the button of an error map."""
    return _pressing("Compare", lambda dock: dock.map_buttons[key], NO_TRUTH)


globals().update({command_name("map", one.title): _mapping(one.key) for one in ERROR_MAPS.values()})  # map_rmse, ...
blink = _pressing("Compare", lambda dock: dock.blink_button, NO_TRUTH)
swipe = _pressing("Compare", lambda dock: dock.swipe_button, NO_TRUTH)
copy_errors = _pressing("Compare", lambda dock: dock.copy_button, NO_TRUTH)

# -- Adapt -----------------------------------------------------------------------------------------------------

suggest_places = _pressing("Adapt", lambda dock: dock.suggest_button, BUSY)
save_places = _pressing("Adapt", lambda dock: dock.places_button, NO_PLACES)
open_measured = _pressing("Adapt", lambda dock: dock.open_button, NO_SCENE)
show_before = _pressing("Adapt", lambda dock: dock.side_buttons["before"], NOT_ADAPTED)
show_after = _pressing("Adapt", lambda dock: dock.side_buttons["after"], NOT_ADAPTED)
undo_adapting = _pressing("Adapt", lambda dock: dock.undo_button, NOT_ADAPTED)
save_adapted = _pressing("Adapt", lambda dock: dock.save_button, NOT_ADAPTED)


def adapt(viewer: Viewer) -> None:
    """Press Adapt."""
    dock = opened(viewer, "Adapt")
    dock.refresh()
    _press(viewer, dock, dock.adapt_button, BUSY if dock.background.busy else TOO_FEW)


def truth_at_pins(viewer: Viewer) -> None:
    """Choose the pins in the menu of From truth."""
    dock = opened(viewer, "Adapt")
    dock.refresh()
    dock.fill_truth_menu()
    entry = dock.truth_button.menu().actions()[0]
    if dock.truth_button.isEnabled() and entry.isEnabled():
        entry.trigger()
    elif store_of(plain(viewer)).scene is None:
        tell_warning(NO_SCENE)
    else:
        tell_warning(NO_PINS if dock.truth_button.isEnabled() else NO_TRUTH)


# -- Analyse ---------------------------------------------------------------------------------------------------


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
        _press(viewer, dock, getattr(getattr(dock, page), button), reason)

    return press


map_index = _pressing_on("indices", "map_button", NO_INDEX)
map_library = _pressing_on("library", "map_button", NO_LIBRARY)
regions_as_library = _pressing_on("library", "regions_button", NO_REGIONS)
compute_components = _pressing_on("components", "compute_button", BUSY)
unmix = _pressing_on("components", "unmix_button", TOO_FEW_ENDMEMBERS)


# -- Spectra ---------------------------------------------------------------------------------------------------


def _transforming(transform: str) -> Action:
    """Return the action that chooses a transform of the list in the dock Spectra."""

    def choose(viewer: Viewer) -> None:
        opened(viewer, "Spectra").transform.list.setCurrentText(transform)

    return choose


globals().update({command_name("show", name): _transforming(name) for name in TRANSFORMS})  # show_as_measured, ...
