"""Menu entries of the dock Adapt: each presses a button of it."""

from napari.viewer import Viewer

from napari_hydra._napari.state.store import store_of
from napari_hydra._napari.widgets._compat import plain
from napari_hydra._napari.widgets.docks import BUSY, NO_SCENE, NO_TRUTH, opened, press_button, pressing
from napari_hydra._napari.widgets.notices import notify_warning

NO_PINS = "Pin pixels first: there is none to take the truth's spectrum at."
TOO_FEW = "Add measured spectra first: there are fewer than the three that the model adapts to."
NOT_ADAPTED = "Press Adapt first: there is no adapted model yet."
NO_SITES = "Press Suggest first: there are no places to save yet."

suggest_sites = pressing("Adapt", lambda dock: dock.suggest_button, BUSY)
save_sites = pressing("Adapt", lambda dock: dock.sites_button, NO_SITES)
open_measured = pressing("Adapt", lambda dock: dock.open_button, NO_SCENE)
show_before = pressing("Adapt", lambda dock: dock.side_buttons["before"], NOT_ADAPTED)
show_after = pressing("Adapt", lambda dock: dock.side_buttons["after"], NOT_ADAPTED)
undo_adapting = pressing("Adapt", lambda dock: dock.undo_button, NOT_ADAPTED)
save_adapted = pressing("Adapt", lambda dock: dock.save_button, NOT_ADAPTED)


def adapt(viewer: Viewer) -> None:
    """Press Adapt."""
    dock = opened(viewer, "Adapt")
    dock.refresh()
    press_button(viewer, dock, dock.adapt_button, BUSY if dock.background.busy else TOO_FEW)


def truth_at_pins(viewer: Viewer) -> None:
    """Choose the pins in the menu of From truth."""
    dock = opened(viewer, "Adapt")
    dock.refresh()
    dock.fill_truth_menu()
    entry = dock.truth_button.menu().actions()[0]
    if dock.truth_button.isEnabled() and entry.isEnabled():
        entry.trigger()
    elif store_of(plain(viewer)).scene is None:
        notify_warning(NO_SCENE)
    else:
        notify_warning(NO_PINS if dock.truth_button.isEnabled() else NO_TRUTH)
