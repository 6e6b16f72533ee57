"""The store: one a viewer, replaced whole, gone with its viewer."""

import gc
import weakref

from latent_scene import scene
from napari.components import ViewerModel

from napari_hydra._napari.scenes.picking import connect_picking
from napari_hydra._napari.state.store import Pin, Store, store_of
from napari_hydra.workbench.plot.plot_state import resolve
from napari_hydra.workbench.scene.view_settings import ViewSettings, settings_of
from napari_hydra.workbench.scene.view_snapshot import ViewSnapshot


def test_one_viewer_has_one_store():
    first, second = ViewerModel(), ViewerModel()
    assert store_of(first) is store_of(first)
    assert store_of(first) is not store_of(second)


def test_changes_are_told_once_and_only_if_something_changed():
    store, calls = store_of(ViewerModel()), []
    store.events.pins.connect(calls.append)
    store.pins = (Pin("P1", 1, 2, "#e69f00"),)
    store.pins = (Pin("P1", 1, 2, "#e69f00"),)
    assert calls == [(Pin("P1", 1, 2, "#e69f00"),)]


def test_the_store_has_every_view_setting_and_a_bench_takes_them():
    defaults = settings_of(ViewSettings())
    assert settings_of(Store()) | {"arrangement": "estimate"} == defaults
    store = Store(
        scene=scene(), level=0.5, transform="SNV", pixel_window=3, statistic="median", encoded_truth=True, band=4
    )
    taken = settings_of(ViewSnapshot.of(store, "truth"))
    assert taken == settings_of(store) | {"arrangement": "truth"}
    assert all(taken[name] != value for name, value in defaults.items())


def test_store_and_scene_die_with_the_viewer():
    viewer = ViewerModel()
    store = store_of(viewer)
    store.scene = scene()
    store.pins = (Pin("P1", 1, 2, "#e69f00"),)
    connect_picking(viewer, store)
    resolve(store)  # fills the caches
    gone = [weakref.ref(thing) for thing in (viewer, store.scene, store.scene.estimate)]
    del viewer, store
    gc.collect()
    assert [ref() for ref in gone] == [None, None, None]
