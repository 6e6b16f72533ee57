"""Docks behind another tab neither draw nor compute, and catch up when their tab is raised."""

import numpy as np
import pytest
from latent_scene import HEIGHT, WIDTH, latent_cube, scene, truth_of
from qtpy.QtWidgets import QApplication, QLabel

from napari_hydra._napari.adapt.dock import AdaptDock
from napari_hydra._napari.adapt.state import from_truth
from napari_hydra._napari.analyse.dock import AnalyseDock
from napari_hydra._napari.analyse.results.state import analyse_store_of
from napari_hydra._napari.compare.dock import CompareDock
from napari_hydra._napari.state.store import Pin, Region, store_of
from napari_hydra._napari.widgets.following_dock import is_seen

PIN = Pin("P1", 10, 20, "#e69f00")


@pytest.fixture
def viewer(make_napari_viewer):
    viewer = make_napari_viewer(show=True)
    viewer.window._qt_window.resize(1280, 800)
    store_of(viewer).scene = scene(truth=truth_of(latent_cube(), offset=0.05))
    return viewer


@pytest.fixture
def behind(viewer, qtbot):
    """Make a dock, show it, raise another before it; return it, its QDockWidget and how often it was refreshed."""

    def make(kind):
        times = []

        class Counted(kind):
            def refresh(self):
                times.append(1)
                super().refresh()

        dock = Counted(viewer)
        frame = viewer.window.add_dock_widget(dock, name="dock", area="bottom")
        qtbot.waitUntil(lambda: is_seen(dock))
        dock.flush()
        QApplication.processEvents()
        viewer.window.add_dock_widget(QLabel("other"), name="other", area="bottom", tabify=True).raise_()
        qtbot.waitUntil(lambda: not is_seen(dock))
        dock.flush()
        times.clear()
        return dock, frame, times

    return make


def change(viewer):
    """Change everything that the docks follow."""
    store = store_of(viewer)
    mask = np.zeros((HEIGHT, WIDTH), bool)
    mask[2:9, 3:12] = True
    store.pins, store.regions = (PIN,), (Region("R1", "#56b4e9", mask),)
    store.band, store.pixel_window, store.level = 7, 3, 0.5
    analyse_store_of(viewer).index = "GLI"
    store.measurements = from_truth(store.scene, [("P1", 10, 20)])


@pytest.mark.parametrize(
    ("kind", "rows"),
    [
        (CompareDock, lambda dock: len(dock.table.rows)),
        (AdaptDock, lambda dock: len(dock.measured_table.rows)),
        (AnalyseDock, lambda dock: len(dock.pages["indices"].table.rows)),
    ],
)
def test_dock_behind_another_tab_waits_and_catches_up(viewer, behind, qtbot, until, kind, rows):
    dock, frame, times = behind(kind)
    before = rows(dock)
    change(viewer)
    dock.flush()
    qtbot.wait(150)
    assert not times
    assert rows(dock) == before
    assert not dock.background.busy
    frame.raise_()
    until(lambda: rows(dock) > before)


def test_map_of_an_earlier_scene_goes_while_its_dock_is_behind(viewer, behind, until):
    dock, _, times = behind(CompareDock)
    dock.maps.show("rmse")
    until(lambda: not dock.background.busy)
    earlier = dock.maps.layer("rmse")
    assert earlier in viewer.layers
    store_of(viewer).scene = scene(truth=truth_of(latent_cube(), offset=0.1))
    until(lambda: times and earlier not in viewer.layers)
