"""Entries of napari's File menu that export, report, and save and open sessions."""

import napari

from napari_hydra._napari.sessions.export_menu import ExportButton
from napari_hydra._napari.widgets._compat import plain
from napari_hydra.distribution import DISTRIBUTION


def export_button_of(viewer: napari.viewer.Viewer) -> ExportButton:
    """Return the Export button of a viewer, opening the dock Spectra where it is not."""
    button: ExportButton = viewer.window.add_plugin_dock_widget(DISTRIBUTION, "Spectra")[1].export_button
    return button


def export_regions(viewer: napari.viewer.Viewer) -> None:
    """Write what pins and regions say into a folder."""
    export_button_of(plain(viewer)).export_regions()


def write_report(viewer: napari.viewer.Viewer) -> None:
    """Write a page about the scene."""
    export_button_of(plain(viewer)).write_report()


def save_session(viewer: napari.viewer.Viewer) -> None:
    """Write a session file."""
    export_button_of(plain(viewer)).save_session()


def open_session(viewer: napari.viewer.Viewer) -> None:
    """Bring a session back."""
    export_button_of(plain(viewer)).open_session()


def open_regions(viewer: napari.viewer.Viewer) -> None:
    """Open regions that were drawn elsewhere."""
    export_button_of(plain(viewer)).open_regions()
