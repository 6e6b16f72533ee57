"""Names, colours and ticks of pins and regions, from the store to the layers and back."""

import numpy as np
import pytest
from latent_scene import HEIGHT, WIDTH, scene
from napari.components import ViewerModel

from napari_hydra._napari.inspect.table_rows import table_rows
from napari_hydra._napari.scenes.picking import connect_picking, picking_of
from napari_hydra._napari.state.edits import items_of, pin_pixel, recolour, remove, rename, set_visible
from napari_hydra._napari.state.store import Region, store_of
from napari_hydra.errors import HydraError
from napari_hydra.workbench.plot.plot_state import resolve

BOX = np.array([[4, 10], [4, 13], [7, 13], [7, 10]])


@pytest.fixture
def viewer():
    viewer = ViewerModel()
    viewer.add_image(np.zeros((HEIGHT, WIDTH, 3), np.uint8), rgb=True)
    store = store_of(viewer)
    store.scene = scene()
    disconnect = connect_picking(viewer, store)
    pin_pixel(store, 3, 4)
    pin_pixel(store, 10, 20)
    yield viewer
    disconnect()


@pytest.fixture
def store(viewer):
    return store_of(viewer)


def drawn(viewer):
    picking_of(viewer).regions.draw()
    layer = viewer.layers.selection.active
    layer.add_rectangles(BOX)
    layer.add_polygons(BOX + 8)
    return layer


def painted(viewer):
    picking_of(viewer).regions.paint()
    layer = viewer.layers.selection.active
    layer.data_setitem((np.array([5, 5, 6]), np.array([7, 8, 8])), 1)
    layer.data_setitem((np.array([15, 15]), np.array([17, 18])), 2)
    return layer


def test_a_pin_is_renamed_and_coloured_on_its_layer_too(viewer, store):
    rename(store, store.pins[0], " leaf   3 ")
    recolour(store, store.pins[0], "#123456")
    layer = picking_of(viewer).pins.layer
    assert list(layer.features["name"]) == ["leaf 3", "P2"]
    np.testing.assert_allclose(layer.face_color[0, :3] * 255, [0x12, 0x34, 0x56], atol=0.5)
    layer.data = layer.data + np.array([[0, 1], [0, 0]])  # dragged
    assert (store.pins[0].name, store.pins[0].colour, store.pins[0].x) == ("leaf 3", "#123456", 5)


def test_a_hidden_pin_vanishes_from_plot_and_picture_and_stays_hidden_when_others_move(viewer, store):
    set_visible(store, store.pins[0], False)
    layer = picking_of(viewer).pins.layer
    assert layer.shown.tolist() == [False, True]
    assert [row.text[:2] for row in resolve(store).rows if row.is_item] == ["P2"]
    layer.data = layer.data + np.array([[0, 0], [1, 0]])
    assert [pin.visible for pin in store.pins] == [False, True]
    set_visible(store, store.pins[0], True)
    assert layer.shown.tolist() == [True, True]


@pytest.mark.parametrize("make", [drawn, painted])
def test_regions_are_renamed_coloured_and_hidden(viewer, store, make):
    layer = make(viewer)
    mask = store.regions[1].mask
    rename(store, store.regions[1], "shade")
    recolour(store, store.regions[1], "#123456")
    set_visible(store, store.regions[1], False)
    changed = store.regions[1]
    assert (changed.name, changed.colour, changed.visible) == ("shade", "#123456", False)
    assert changed.mask is mask  # nothing need be averaged again
    picking_of(viewer).regions._read()  # as after any edit of a layer
    assert store.regions[1] is changed
    colour = layer.edge_color[1] if make is drawn else layer.get_color(2)
    np.testing.assert_allclose(np.asarray(colour)[:3] * 255, [0x12, 0x34, 0x56], atol=0.5)
    if make is drawn:
        assert list(layer.features["name"])[1] == "shade"
        data = [np.array(points) for points in layer.data]
        data[1] = data[1] + [0, 2]
        layer.data = data
    else:
        layer.data_setitem((np.array([16]), np.array([17])), 2)
    assert (store.regions[1].name, store.regions[1].visible) == ("shade", False)


@pytest.mark.parametrize("make", [drawn, painted])
def test_a_region_that_is_removed_is_gone_from_its_layer(viewer, store, make):
    layer = make(viewer)
    first, second = store.regions
    remove(store, first, store.pins[0])
    assert [region.name for region in store.regions] == [second.name]
    assert [pin.name for pin in store.pins] == ["P2"]
    assert (len(layer.data) == 1) if make is drawn else (np.unique(layer.data).tolist() == [0, 2])
    rename(store, store.regions[0], "left")
    picking_of(viewer).regions._read()
    assert [region.name for region in store.regions] == ["left"]


def test_a_name_is_given_once(store):
    with pytest.raises(HydraError, match="There is a P2 already"):
        rename(store, store.pins[0], "P2")
    with pytest.raises(HydraError, match="needs a name"):
        rename(store, store.pins[0], "  ")
    assert [item.name for item in items_of(store)] == ["P1", "P2"]


def test_regions_that_no_layer_has_are_left_alone(store):
    mask = np.zeros((HEIGHT, WIDTH), dtype=bool)
    mask[3:5, 3:5] = True
    store.regions = (Region("R1", "#0072b2", mask),)
    rename(store, store.regions[0], "kept")
    assert [region.name for region in store.regions] == ["kept"]


def test_the_table_says_where_how_far_off_and_how_uncertain(viewer, store):
    drawn(viewer)
    pin_pixel(store, 0, 0)
    rows = table_rows(store)
    assert [row.item.name for row in rows] == ["P1", "P2", "P3", "R1", "R2"]
    assert [row.place for row in rows] == ["(3, 4)", "(10, 20)", "(0, 0)", "–", "–"]
    assert [row.pixels for row in rows] == ["1", "1", "1", "16", "16"]
    assert {row.rmse for row in rows} == {"0.02"}
    assert rows[2].flags == "saturated"
    assert all(float(row.angle) >= 0 for row in rows)
    store.pixel_window = 3
    assert [row.pixels for row in table_rows(store)][:3] == ["9", "9", "4"]  # the window is cut at the edge
    store.scene = scene(truth=False)
    assert {row.rmse for row in table_rows(store)} == {"–"}
