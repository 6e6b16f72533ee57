"""Menu entries of the dock Analyse: each turns to a page of it, and most press a button there."""

from napari.viewer import Viewer

from napari_hydra._napari.analyse.pages import PAGES
from napari_hydra._napari.widgets.docks import Action, opened, press_button


def _turning_to(page: str, button: str = "", reason: str = "") -> Action:
    """Return the action that turns to a page, and presses a button there or says why it cannot be pressed."""

    def act(viewer: Viewer) -> None:
        dock = opened(viewer, "Analyse")
        dock.tabs.setCurrentWidget(dock.pages[page])
        dock.refresh()
        if button:
            shown = dock.pages[page]
            press_button(viewer, dock, getattr(shown, button), reason, needs_scene=shown.needs_scene)

    return act


for _page in PAGES:  # show_indices, map_index, show_library, ...
    globals()[f"show_{_page.name}"] = _turning_to(_page.name)
    globals().update({name: _turning_to(_page.name, *pressed) for name, pressed in _page.commands.items()})
