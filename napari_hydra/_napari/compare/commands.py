"""Menu entries of the dock Compare: each presses a button of it."""

from napari_hydra._napari.widgets.docks import NO_TRUTH, Action, command_name, pressing
from napari_hydra.evaluation.maps import ERROR_MAPS


def _mapping(key: str) -> Action:
    """Return the action that presses the button of an error map."""
    return pressing("Compare", lambda dock: dock.map_buttons[key], NO_TRUTH)


globals().update({command_name("map", one.title): _mapping(one.key) for one in ERROR_MAPS.values()})  # map_rmse, ...
blink = pressing("Compare", lambda dock: dock.blink_button, NO_TRUTH)
swipe = pressing("Compare", lambda dock: dock.swipe_button, NO_TRUTH)
copy_errors = pressing("Compare", lambda dock: dock.copy_button, NO_TRUTH)
