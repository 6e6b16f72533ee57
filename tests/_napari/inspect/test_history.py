"""Undo and redo of pins, drawn shapes and painted labels, on napari's own models."""

import numpy as np
import pytest
from latent_scene import HEIGHT, WIDTH, latent_cube, scene
from napari.components import ViewerModel
from pointing import click

from napari_hydra._napari.inspect.history import History
from napari_hydra._napari.scenes.picking import connect_picking, picking_of
from napari_hydra._napari.state.edits import recolour, remove, rename, set_visible
from napari_hydra._napari.state.store import store_of

BOX = np.array([[4, 10], [4, 13], [7, 13], [7, 10]])


@pytest.fixture
def viewer(qapp):
    viewer = ViewerModel()
    viewer.add_image(np.zeros((HEIGHT, WIDTH, 3), np.uint8), rgb=True, scale=(2.0, 2.0))
    viewer.add_image(np.zeros((31, HEIGHT, WIDTH), np.float32), scale=(1, 2.0, 2.0))
    store_of(viewer).scene = scene()
    disconnect = connect_picking(viewer, store_of(viewer))
    yield viewer
    disconnect()


@pytest.fixture
def history(viewer):
    history = History(viewer, store_of(viewer))
    history.open()
    yield history
    history.close()


def positions(viewer):
    return [(pin.name, pin.y, pin.x) for pin in store_of(viewer).pins]


def regions(viewer):
    return [(region.name, region.colour, int(region.mask.sum())) for region in store_of(viewer).regions]


def draw(viewer, *boxes):
    picking_of(viewer).regions.draw()
    layer = viewer.layers["Drawn regions"]
    for box in boxes:
        layer.add_rectangles(box)
    return layer


def test_pins_come_and_go(viewer, history):
    for position in ((0.0, 10.0, 14.0), (0.0, 20.0, 8.0)):
        click(viewer, position)
        history.note()
    assert positions(viewer) == [("P1", 5, 7), ("P2", 10, 4)]
    history.undo()
    assert positions(viewer) == [("P1", 5, 7)]
    np.testing.assert_array_equal(viewer.layers["Pins"].data, [[5, 7]])
    history.undo()
    assert positions(viewer) == []
    assert not history.can_undo
    history.undo()  # nothing to take back
    history.redo()
    history.redo()
    assert positions(viewer) == [("P1", 5, 7), ("P2", 10, 4)]
    assert not history.can_redo


def test_a_drag_is_one_step(viewer, history):
    click(viewer, (0.0, 10.0, 14.0))
    history.note()
    layer = viewer.layers["Pins"]
    for y in (6.0, 7.0, 8.0):  # as the mouse moves, without a pause
        layer.data = np.array([[y, 7.0]])
    assert positions(viewer) == [("P1", 8, 7)]
    history.undo()
    assert positions(viewer) == [("P1", 5, 7)]


def test_cleared_pins_and_a_removed_layer_come_back(viewer, history):
    click(viewer, (0.0, 10.0, 14.0))
    history.note()
    viewer.layers.remove(viewer.layers["Pins"])
    history.note()
    assert positions(viewer) == []
    history.undo()
    assert positions(viewer) == [("P1", 5, 7)]
    np.testing.assert_array_equal(viewer.layers["Pins"].data, [[5, 7]])


def test_shapes_are_undone_and_done_again_with_name_and_colour(viewer, history):
    layer = draw(viewer, BOX, BOX + 8)
    history.note()
    store = store_of(viewer)
    rename(store, store.regions[0], "leaf")
    recolour(store, store.regions[0], "#102030")
    history.note()
    remove(store, store.regions[0])
    history.note()
    assert [name for name, _, _ in regions(viewer)] == ["R2"]
    history.undo()
    assert regions(viewer)[0] == ("leaf", "#102030", 16)
    assert list(layer.features["name"]) == ["leaf", "R2"]
    assert [str(kind) for kind in layer.shape_type] == ["rectangle", "rectangle"]
    history.undo()
    assert [name for name, _, _ in regions(viewer)] == ["R1", "R2"]
    history.undo()
    assert regions(viewer) == []
    assert len(layer.data) == 0
    for _ in range(3):
        history.redo()
    assert [name for name, _, _ in regions(viewer)] == ["R2"]


def test_the_layer_goes_on_drawing_after_an_undo(viewer, history):
    layer = draw(viewer, BOX)
    history.undo()
    assert layer.mode == "add_polygon_lasso"
    layer.add_ellipses(BOX)
    assert len(regions(viewer)) == 1
    history.note()
    assert not history.can_redo  # a new change ends what was undone


def test_a_deleted_layer_of_shapes_comes_back(viewer, history):
    layer = draw(viewer, BOX)
    before = regions(viewer)
    history.note()
    viewer.layers.remove(layer)
    history.note()
    assert regions(viewer) == []
    history.undo()
    assert regions(viewer) == before
    history.undo()  # the steps before are those of the layer that took its place
    assert regions(viewer) == []


def test_strokes_are_undone_and_napari_keeps_its_own_undo(viewer, history):
    picking_of(viewer).regions.paint()
    layer = viewer.layers["Painted regions"]
    layer.brush_size = 3
    layer.paint((5, 5), 1)
    history.note()
    layer.paint((15, 20), 2)
    history.note()
    painted = layer.data.copy()
    assert [name for name, _, _ in regions(viewer)] == ["Label 1", "Label 2"]
    layer.undo()  # napari's own, as its key does it
    history.note()
    assert [name for name, _, _ in regions(viewer)] == ["Label 1"]
    assert history.can_redo  # in step with it
    history.redo()
    np.testing.assert_array_equal(layer.data, painted)
    history.undo()
    history.undo()
    assert regions(viewer) == []
    assert not layer.data.any()


def test_a_label_removed_in_the_table_comes_back_with_its_name(viewer, history):
    picking_of(viewer).regions.paint()
    layer = viewer.layers["Painted regions"]
    layer.paint((5, 5), 1)
    store = store_of(viewer)
    rename(store, store.regions[0], "lawn")
    before = layer.data.copy()
    history.note()
    remove(store, store.regions[0])
    history.note()
    assert not layer.data.any()
    history.undo()
    np.testing.assert_array_equal(layer.data, before)
    assert [name for name, _, _ in regions(viewer)] == ["lawn"]


def test_hiding_is_a_step_too(viewer, history):
    draw(viewer, BOX)
    click(viewer, (0.0, 10.0, 14.0))
    history.note()
    store = store_of(viewer)
    set_visible(store, store.regions[0], False)
    history.note()
    history.undo()
    assert [region.visible for region in store.regions] == [True]
    history.redo()
    assert [region.visible for region in store.regions] == [False]


def test_a_picture_of_another_size_begins_anew(viewer, history):
    click(viewer, (0.0, 10.0, 14.0))
    history.note()
    store_of(viewer).scene = scene(estimate=latent_cube(height=9, width=9), truth=False)
    assert not history.can_undo
    click(viewer, (0.0, 4.0, 4.0))


def test_a_pause_makes_a_step(viewer, history, qtbot):
    click(viewer, (0.0, 10.0, 14.0))
    qtbot.waitUntil(lambda: history.can_undo)
