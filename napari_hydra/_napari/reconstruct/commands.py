"""Menu entries of the dock Reconstruct, and the dock itself."""

from typing import TYPE_CHECKING

from napari.viewer import Viewer

from napari_hydra._napari.widgets.docks import NO_TRUTH, opened, pressing
from napari_hydra._napari.widgets.notices import notify_warning
from napari_hydra.distribution import DISTRIBUTION

if TYPE_CHECKING:
    from napari_hydra._napari.reconstruct.dock import ReconstructDock

RUNNING = "A run is under way: wait, or cancel it first."
NOT_RUNNING = "There is no run to cancel."


def dock_of(viewer: Viewer) -> "ReconstructDock":
    """Return the dock Reconstruct of a viewer, opening it where it is not."""
    dock: ReconstructDock = viewer.window.add_plugin_dock_widget(DISTRIBUTION, "Reconstruct")[1]
    return dock


def run(viewer: Viewer) -> None:
    """Press Run."""
    dock = opened(viewer, "Reconstruct")
    if dock.running:
        notify_warning(RUNNING)
    else:
        dock.panel.button.click()


def cancel(viewer: Viewer) -> None:
    """Press Cancel, which is the button Run while a run is under way."""
    dock = opened(viewer, "Reconstruct")
    if dock.running:
        dock.panel.button.click()
    else:
        notify_warning(NOT_RUNNING)


show_reconstruction = pressing("Reconstruct", lambda dock: dock.arrangements.button("estimate"), NO_TRUTH)
show_truth = pressing("Reconstruct", lambda dock: dock.arrangements.button("truth"), NO_TRUTH)
show_side_by_side = pressing("Reconstruct", lambda dock: dock.arrangements.button("side by side"), NO_TRUTH)
