"""A dock from a menu entry: opened where it is closed, and its own button pressed."""

import re
from collections.abc import Callable
from typing import Any

from napari.viewer import Viewer

from napari_hydra._napari.state.store import store_of
from napari_hydra._napari.widgets._compat import plain
from napari_hydra._napari.widgets.notices import notify_warning
from napari_hydra.distribution import DISTRIBUTION

NO_SCENE = "Press Run first: there is no reconstruction yet."
NO_TRUTH = "Choose a measured cube as Truth and press Run: the reconstruction has no truth yet."
BUSY = "Wait, or press Cancel in the dock: it is still computing."

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


def pressing(name: str, button: Callable[[Any], Any], reason: str) -> Action:
    """Return the action that presses a button of a dock, or says why it cannot be pressed."""

    def press(viewer: Viewer) -> None:
        dock = opened(viewer, name)
        dock.refresh()  # behind another tab it had not followed
        press_button(viewer, dock, button(dock), reason)

    return press


def press_button(viewer: Viewer, dock: Any, button: Any, reason: str, *, needs_scene: bool = True) -> None:
    """Press a button of a dock, or say why it cannot be pressed; what needs no scene is not asked to Run first."""
    if button.isEnabled() and button.isVisibleTo(dock):
        button.click()
    elif needs_scene and store_of(plain(viewer)).scene is None:
        notify_warning(NO_SCENE)
    else:
        notify_warning(reason)
