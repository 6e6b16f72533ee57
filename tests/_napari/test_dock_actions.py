"""Every action of the docks from the menu, after a run in a real window, and what it says where it cannot be done."""

import csv
import re
from types import SimpleNamespace

import numpy as np
import pytest
from napari._app_model import get_app_model
from npe2 import PluginManager
from qtpy.QtCore import Qt
from qtpy.QtGui import QGuiApplication
from qtpy.QtWidgets import QFileDialog

from napari_hydra._napari.adapt import commands as adapt_commands
from napari_hydra._napari.analyse.pages import PAGES
from napari_hydra._napari.analyse.pages.component_page import TOO_FEW
from napari_hydra._napari.analyse.pages.index_page import NO_INDEX
from napari_hydra._napari.analyse.pages.library_page import NO_LIBRARY, NO_REGIONS
from napari_hydra._napari.analyse.pages.reflectance_page import NO_PANEL
from napari_hydra._napari.analyse.results.state import analyse_store_of
from napari_hydra._napari.layers.scene_layers import (
    cube_layer_arguments,
    layer_metadata,
    picture_layer_arguments,
    role,
    stack_of,
)
from napari_hydra._napari.layers.scene_view import scene_view_of
from napari_hydra._napari.reconstruct import commands as reconstruct_commands
from napari_hydra._napari.state.store import Pin, Region, store_of
from napari_hydra._napari.widgets import docks
from napari_hydra._napari.widgets.following_dock import is_seen
from napari_hydra._napari.window import open_docks
from napari_hydra.workbench.scene.transforms import TRANSFORMS

PINS = tuple(Pin(f"P{i}", y, x, "#e69f00") for i, (y, x) in enumerate([(10, 20), (3, 4), (15, 8)], 1))
MAPS = {
    "map_rmse": "rmse",
    "map_mrae": "mrae",
    "map_angle": "angle",
    "map_difference": "difference",
    "map_misses": "side",
    "map_missed_bands": "misses",
}
TRANSFORM_COMMANDS = (
    "show_as_measured",
    "show_max_1",
    "show_area_1",
    "show_l2",
    "show_snv",
    "show_continuum_removed",
    "show_1st_derivative",
    "show_2nd_derivative",
    "show_smoothed",
)


def choose(name):
    """Choose a menu entry."""
    get_app_model().commands.execute_command(f"napari-spectral-hydra.{name}").result()


def dock_of(viewer, name):
    return viewer.window.add_plugin_dock_widget("napari-spectral-hydra", name)[1]


@pytest.fixture
def empty(make_napari_viewer, steady_model):
    return make_napari_viewer(show=True)


@pytest.fixture
def viewer(empty, picture, measured):
    """A picture and its truth, not yet reconstructed."""
    empty.window._qt_window.resize(1280, 800)
    empty.add_image(stack_of(measured), **cube_layer_arguments(measured, "measured"))
    empty.add_image(picture, **picture_layer_arguments("scene"))
    return empty


@pytest.fixture
def after_run(viewer, quick_model, until):
    choose("run")
    until(lambda: store_of(viewer).scene is not None)
    return viewer


def seen_maps(viewer):
    return [layer_metadata(layer)["map"] for layer in viewer.layers if role(layer) == "error map" and layer.visible]


# -- Reconstruct -----------------------------------------------------------------------------------------------


def test_a_run_is_begun_and_cancelled(viewer, steady_model, notices, until):
    choose("cancel")
    assert notices == [("warning", reconstruct_commands.NOT_RUNNING)]
    choose("run")
    dock = dock_of(viewer, "Reconstruct")
    assert dock.running
    until(steady_model.under_way.is_set)
    choose("run")  # the button is Cancel now: Run must not press it
    assert dock.running
    assert notices[-1] == ("warning", reconstruct_commands.RUNNING)
    choose("cancel")
    assert not dock.running
    assert store_of(viewer).scene is None


def test_the_three_arrangements(after_run):
    view = scene_view_of(after_run)
    for name, arrangement in (
        ("show_truth", "truth"),
        ("show_side_by_side", "side by side"),
        ("show_reconstruction", "estimate"),
    ):
        choose(name)
        assert view.arrangement == arrangement
    assert [view.estimate.visible, view.truth.visible] == [True, False]


# -- Compare ---------------------------------------------------------------------------------------------------


def test_each_map_is_shown_and_hidden(after_run, until):
    for name, key in MAPS.items():
        choose(name)
        until(lambda key=key: seen_maps(after_run) == [key])
    choose("map_missed_bands")
    assert seen_maps(after_run) == []


def test_blink_swipe_and_copy(after_run, until):
    view = scene_view_of(after_run)
    choose("blink")
    assert view.arrangement == "truth"
    choose("blink")
    assert view.arrangement == "estimate"
    choose("swipe")
    assert "swipe" in [role(layer) for layer in after_run.layers]
    choose("swipe")
    assert "swipe" not in [role(layer) for layer in after_run.layers]
    dock = dock_of(after_run, "Compare")
    dock.flush()
    assert dock.results.whole is not None
    choose("copy_errors")
    copied = QGuiApplication.clipboard().text()
    assert copied.splitlines()[1].split("\t")[:2] == ["whole scene", dock.table.texts()[0][1]]


def test_a_dock_behind_its_tab_comes_to_the_front_and_follows(viewer, adapting_model, until):
    open_docks(viewer)
    compare, adapt = dock_of(viewer, "Compare"), dock_of(viewer, "Adapt")
    until(lambda: not is_seen(compare) and not is_seen(adapt))
    choose("run")
    until(lambda: store_of(viewer).scene is not None)
    choose("map_rmse")
    until(lambda: is_seen(compare) and seen_maps(viewer) == ["rmse"])
    choose("suggest_places")
    until(lambda: is_seen(adapt) and not is_seen(compare) and store_of(viewer).sites)


# -- Adapt -----------------------------------------------------------------------------------------------------


@pytest.fixture
def adapting_model(quick_model):
    """The fake model, which names places and becomes another model when it is adapted."""

    def adapt(*_, **keywords):
        assert len(keywords["points"]) == len(PINS)
        return SimpleNamespace(
            adaptation=SimpleNamespace(left_out=(0.2, 0.1)),
            card=quick_model.card,
            reconstruct_steps=quick_model.reconstruct_steps,
            coder=quick_model.encoder,
            save=lambda path, **_: path.write_bytes(b"adapted"),
        )

    quick_model.suggest_sites = lambda picture, count, **_: [(i, 2 * i) for i in range(count)]
    quick_model.adapt = adapt
    return quick_model


def test_from_sites_to_a_saved_model_and_back(adapting_model, after_run, notices, until, tmp_path, monkeypatch):
    store = store_of(after_run)
    choose("save_places")
    assert notices.pop() == ("warning", adapt_commands.NO_SITES)
    choose("suggest_places")
    until(lambda: len(store.sites) == 10)
    table = tmp_path / "places.csv"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *args, **keywords: (str(table), ""))
    choose("save_places")
    assert table.read_text(encoding="utf-8").splitlines()[-10:][:2] == ["1,0,0", "2,1,2"]
    choose("truth_at_pins")
    choose("adapt")
    choose("undo_adapting")
    choose("save_adapted")
    reasons = [adapt_commands.NO_PINS, adapt_commands.TOO_FEW, adapt_commands.NOT_ADAPTED, adapt_commands.NOT_ADAPTED]
    assert [text for severity, text in notices if severity == "warning"] == reasons
    store.pins = PINS
    choose("truth_at_pins")
    assert [(one.y, one.x) for one in store.measurements] == [(pin.y, pin.x) for pin in PINS]
    choose("adapt")
    until(lambda: store.adaptation is not None)
    dock = dock_of(after_run, "Adapt")
    until(lambda: not dock.background.busy)
    choose("show_before")
    assert store.scene is store.adaptation.before
    choose("show_after")
    assert store.scene is store.adaptation.after
    path = tmp_path / "own.safetensors"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *args, **keywords: (str(path), ""))
    choose("save_adapted")
    assert path.read_bytes() == b"adapted"
    choose("undo_adapting")
    assert store.adaptation is None


def test_measured_spectra_are_opened(after_run, tmp_path, monkeypatch):
    path = tmp_path / "field.csv"
    path.write_text("y,x,400,500,600,700\n3,4,0.1,0.2,0.3,0.4\n", encoding="utf-8")
    monkeypatch.setattr(QFileDialog, "getOpenFileNames", lambda *args, **keywords: ([str(path)], ""))
    choose("open_measured")
    (one,) = store_of(after_run).measurements
    assert (one.y, one.x) == (3, 4)
    np.testing.assert_allclose(one.values, [0.1, 0.2, 0.3, 0.4])


# -- Analyse ---------------------------------------------------------------------------------------------------


def test_pages_and_an_index_map(after_run, notices, until):
    dock = dock_of(after_run, "Analyse")
    for name in ("library", "components", "indices"):
        choose(f"show_{name}")
        assert dock.tabs.currentWidget() is dock.pages[name]
        assert dock.pages[name].isVisible()
    choose("map_index")
    assert notices[-1] == ("warning", NO_INDEX)
    analyse_store_of(after_run).index = "VARI"
    choose("show_library")
    choose("map_index")
    until(lambda: any(layer.name.endswith("VARI") and layer.visible for layer in after_run.layers))


def test_a_library_is_opened(after_run, tmp_path, monkeypatch, until):
    path = tmp_path / "materials.csv"
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([["wavelength_nm", "flat"], *((w, 0.5) for w in range(400, 701, 10))])
    monkeypatch.setattr(QFileDialog, "getOpenFileNames", lambda *args, **keywords: ([str(path)], ""))
    choose("open_library")
    until(lambda: [tuple(one.names) for one in analyse_store_of(after_run).libraries] == [("flat",)])


def test_components_regions_as_library_and_unmixing(after_run, notices, until):
    names = lambda: " ".join(layer.name for layer in after_run.layers)  # noqa: E731
    for command, reason in (
        ("map_library", NO_LIBRARY),
        ("regions_as_library", NO_REGIONS),
        ("unmix", TOO_FEW),
    ):
        choose(command)
        assert notices.pop() == ("warning", reason)
    dock, store = dock_of(after_run, "Analyse"), store_of(after_run)
    choose("compute_components")
    until(lambda: "PC 1" in names() or "PCA" in names())
    masks = [np.zeros(store.scene.picture.shape[:2], bool) for _ in range(2)]
    masks[0][2:5, 2:5] = masks[1][10:14, 10:14] = True
    store.regions = tuple(Region(f"R{i}", "#009e73", mask) for i, mask in enumerate(masks))
    choose("regions_as_library")
    until(lambda: [tuple(one.names) for one in analyse_store_of(after_run).libraries] == [("R0", "R1")])
    choose("map_library")
    until(lambda: "nearest" in names())
    dock.tabs.setCurrentWidget(dock.pages["components"])
    dock.refresh()
    for row in range(2):
        dock.pages["components"].members.item(row).setCheckState(Qt.CheckState.Checked)
    choose("unmix")
    until(lambda: "abundance" in names())


# -- Spectra ---------------------------------------------------------------------------------------------------


def test_every_transform_can_be_chosen(after_run):
    store = store_of(after_run)
    store.transform = "smoothed"
    for name, transform in zip(TRANSFORM_COMMANDS, TRANSFORMS, strict=True):
        choose(name)
        assert store.transform == transform
    assert dock_of(after_run, "Spectra").transform.list.currentText() == "smoothed"


# -- where it cannot be done -----------------------------------------------------------------------------------

NEED_TRUTH = ("show_reconstruction", "show_truth", "show_side_by_side", *MAPS, "blink", "swipe", "copy_errors")
NEED_SCENE = (
    "suggest_places",
    "show_before",
    "show_after",
    "compute_components",
    "map_library",
    "regions_as_library",
    "unmix",
    "save_places",
    "truth_at_pins",
    "open_measured",
    "adapt",
    "undo_adapting",
    "save_adapted",
    "map_index",
    "map_maths",
    "copy_profile",
)


def test_without_a_reconstruction_each_says_so(empty, notices):
    for name in (*NEED_TRUTH, *NEED_SCENE):
        choose(name)
        assert notices == [("warning", docks.NO_SCENE)], name
        notices.clear()
    assert len(empty.layers) == 0


def test_without_a_cube_calibrating_says_what_it_needs_and_not_to_run(empty, notices):
    choose("calibrate")
    assert notices == [("warning", NO_PANEL)]


def test_without_a_truth_each_says_so(empty, quick_model, picture, notices, until):
    empty.add_image(picture, **picture_layer_arguments("scene"))
    choose("run")
    until(lambda: store_of(empty).scene is not None)
    for name in (*NEED_TRUTH, "truth_at_pins"):
        notices.clear()
        choose(name)
        assert notices == [("warning", docks.NO_TRUTH)], name


def test_a_run_without_a_picture_says_what_is_missing(empty, notices):
    choose("run")
    ((severity, text),) = notices
    assert severity == "error"
    assert "picture" in text


# -- the manifest ----------------------------------------------------------------------------------------------


def test_every_command_here_stands_in_one_menu_and_the_menus_are_nested(empty):
    contributions = PluginManager.instance().get_manifest("napari-spectral-hydra").contributions
    rooms = "(reconstruct|compare|adapt|analyse)[._]commands:"
    ours = {c.id for c in contributions.commands if re.search(rooms, c.python_name)}
    ours |= {item.command for item in contributions.menus["napari-spectral-hydra/transforms"]}
    entries = [item.command for items in contributions.menus.values() for item in items if hasattr(item, "command")]
    assert sorted(entry for entry in entries if entry in ours) == sorted(ours)
    tried = {*NEED_TRUTH, *NEED_SCENE, *TRANSFORM_COMMANDS, "run", "cancel", "open_library", "calibrate"}
    tried |= {f"show_{page.name}" for page in PAGES}
    assert ours == {f"napari-spectral-hydra.{name}" for name in tried}
    menus = get_app_model().menus
    for parent, child in (
        ("napari/layers/visualize", "reconstruct"),
        ("napari/layers/measure", "compare"),
        ("napari/layers/measure", "adapt"),
        ("napari/layers/measure", "analyse"),
        ("napari-spectral-hydra/spectra", "transforms"),
    ):
        submenus = [getattr(item, "submenu", "") for item in menus.get_menu(parent)]
        assert f"napari-spectral-hydra/{child}" in submenus
