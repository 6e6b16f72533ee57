"""Clicks, hovering and the Pins layer, on napari's own models."""

import numpy as np
import pytest
from latent_scene import HEIGHT, WIDTH, latent_cube, scene
from napari.components import ViewerModel
from pointing import click, move

from napari_hydra._napari.layers.guarded_cube import GuardedCube
from napari_hydra._napari.layers.scene_layers import KEY
from napari_hydra._napari.scenes.picking import connect_picking, picking_of
from napari_hydra._napari.state.store import Pin, store_of
from napari_hydra.workbench.plot.palette import CYCLE, next_colour, next_name


def add_picture(viewer, **place):
    return viewer.add_image(np.zeros((HEIGHT, WIDTH, 3), np.uint8), name="picture", rgb=True, **place)


def add_stack(viewer, shown, role="estimate", **place):
    metadata = {KEY: {"role": role}}
    data = GuardedCube(shown.estimate)
    return viewer.add_image(data, name=role, rgb=False, contrast_limits=(0, 1), metadata=metadata, **place)


@pytest.fixture
def viewer():
    """A viewer with a picture and a stack at one place, connected."""
    viewer = ViewerModel()
    store = store_of(viewer)
    shown = scene()
    add_picture(viewer)
    add_stack(viewer, shown)
    store.scene = shown
    disconnect = connect_picking(viewer, store)
    yield viewer
    disconnect()


def where(viewer):
    return [(pin.name, pin.y, pin.x) for pin in store_of(viewer).pins]


# -- clicking --------------------------------------------------------------------------------------------------


def test_clicks_pin_pixels_in_colours_of_their_own(viewer):
    for position in ((3.0, 5.2, 7.4), (3.0, 0.0, 31.4), (9.0, 23.0, 0.0)):
        click(viewer, position)
    assert where(viewer) == [("P1", 5, 7), ("P2", 0, 31), ("P3", 23, 0)]
    assert tuple(pin.colour for pin in store_of(viewer).pins) == CYCLE[:3]


def test_the_pins_layer_shows_what_was_clicked(viewer):
    viewer.layers.selection.active = viewer.layers["estimate"]
    click(viewer, (0.0, 5.0, 7.0))
    click(viewer, (0.0, 6.0, 8.0))
    layer = viewer.layers["Pins"]
    np.testing.assert_array_equal(layer.data, [[5, 7], [6, 8]])
    assert list(layer.features["name"]) == ["P1", "P2"]
    np.testing.assert_allclose(layer.face_color[0][:3] * 255, [0xE6, 0x9F, 0x00], atol=0.5)
    assert viewer.layers.selection.active is viewer.layers["estimate"]  # the user goes on as before
    assert viewer.layers[-1] is layer


@pytest.mark.parametrize(
    "keywords",
    [
        {"position": (0.0, -0.6, 5.0)},
        {"position": (0.0, 5.0, 31.6)},
        {"position": (0.0, 5.0, 5.0), "drift": (9.0, 0.0)},
        {"position": (0.0, 5.0, 5.0), "button": 2},
        {"position": (0.0, 5.0, 5.0), "modifiers": ["Alt"]},
        {"position": (0.0, 5.0, 5.0), "modifiers": ["Control"]},
    ],
    ids=["above", "beside", "drag", "right button", "zoom box", "control"],
)
def test_what_is_no_click_on_a_pixel_pins_nothing(viewer, keywords):
    click(viewer, **keywords)
    assert where(viewer) == []


def test_a_trembling_hand_and_shift_still_click(viewer):
    click(viewer, (0.0, 5.0, 5.0), drift=(2.0, 1.0))
    click(viewer, (0.0, 6.0, 5.0), modifiers=["Shift"])
    click(viewer, (0.0, 6.0, 5.0))  # pinned already
    assert where(viewer) == [("P1", 5, 5), ("P2", 6, 5)]


def test_other_tools_keep_their_clicks(viewer):
    labels = viewer.add_labels(np.zeros((HEIGHT, WIDTH), np.uint8))
    labels.mode = "paint"
    viewer.layers.selection.active = labels
    click(viewer, (0.0, 5.0, 5.0))
    assert where(viewer) == []
    labels.mode = "pan_zoom"
    click(viewer, (0.0, 5.0, 5.0))
    assert where(viewer) == [("P1", 5, 5)]


def test_without_a_scene_and_in_3d_clicks_do_nothing(viewer):
    viewer.dims.ndisplay = 3
    click(viewer, (0.0, 5.0, 5.0))
    viewer.dims.ndisplay = 2
    store_of(viewer).scene = None
    click(viewer, (0.0, 5.0, 5.0))
    assert where(viewer) == []


def test_clicks_and_pins_follow_scale_and_translation():
    viewer = ViewerModel()
    store, shown = store_of(viewer), scene()
    place = {"scale": (2.0, 0.5), "translate": (100.0, -7.0)}
    add_picture(viewer, **place)
    add_stack(viewer, shown, scale=(1.0, 2.0, 0.5), translate=(0.0, 100.0, -7.0))
    store.scene = shown
    connect_picking(viewer, store)
    click(viewer, (0.0, 100.0 + 2.0 * 11 + 0.9, -7.0 + 0.5 * 30))
    assert where(viewer) == [("P1", 11, 30)]
    layer = viewer.layers["Pins"]
    np.testing.assert_allclose(layer.data_to_world(layer.data[0]), (122.0, 8.0))


def test_a_truth_that_stands_beside_can_be_clicked_too(viewer):
    truth = add_stack(viewer, store_of(viewer).scene, role="truth", translate=(0.0, 0.0, 40.0))
    click(viewer, (0.0, 5.0, 43.0))
    assert where(viewer) == [("P1", 5, 3)]
    truth.visible = False
    click(viewer, (0.0, 5.0, 44.0))
    assert where(viewer) == [("P1", 5, 3)]


def test_a_picture_of_another_size_is_not_the_scene():
    viewer = ViewerModel()
    store = store_of(viewer)
    viewer.add_image(np.zeros((50, 60, 3), np.uint8), rgb=True)
    store.scene = scene()
    connect_picking(viewer, store)
    click(viewer, (5.0, 5.0))
    assert store.pins == ()


# -- hovering --------------------------------------------------------------------------------------------------


def test_shift_looks_and_letting_go_ends_it(viewer):
    store, edits = store_of(viewer), []
    store.events.hover.connect(edits.append)
    move(viewer, (0.0, 5.0, 5.0))
    move(viewer, (0.0, 5.0, 5.0), modifiers=["Shift"])
    move(viewer, (0.0, 5.2, 5.3), modifiers=["Shift"])  # the same pixel: nothing to draw
    move(viewer, (0.0, 6.0, 5.0), modifiers=["Shift"])
    move(viewer, (0.0, 60.0, 5.0), modifiers=["Shift"])
    assert edits == [(5, 5), (6, 5), None]
    move(viewer, (0.0, 6.0, 5.0), modifiers=["Shift"])
    move(viewer, (0.0, 6.0, 5.0))
    assert store.hover is None
    assert store.pins == ()


# -- the layer's own tools --------------------------------------------------------------------------------------


@pytest.fixture
def pinned(viewer):
    for y, x in ((5, 5), (6, 6), (7, 7)):
        click(viewer, (0.0, float(y), float(x)))
    return viewer


def test_dragged_points_move_their_pins_while_they_are_dragged(pinned):
    store, layer, edits = store_of(pinned), pinned.layers["Pins"], []
    store.events.pins.connect(lambda pins: edits.append((pins[1].y, pins[1].x)))
    layer.selected_data = {1}
    layer._set_drag_start({1}, (6.0, 6.0))
    with layer.events.data.blocker():  # napari's select tool tells of a drag by `features` alone
        layer._move({1}, (9.2, 8.0))
    layer._move({1}, (40.0, 8.4))  # out of the picture: held at its edge
    assert edits == [(9, 8), (23, 8)]
    assert where(pinned) == [("P1", 5, 5), ("P2", 23, 8), ("P3", 7, 7)]


def test_deleted_points_take_their_pins_and_names_are_not_given_again(pinned):
    layer = pinned.layers["Pins"]
    layer.selected_data = {0, 2}
    layer.remove_selected()
    assert where(pinned) == [("P2", 6, 6)]
    click(pinned, (0.0, 1.0, 1.0))
    assert where(pinned) == [("P2", 6, 6), ("P3", 1, 1)]
    assert store_of(pinned).pins[1].colour == CYCLE[0]  # the colour is free again
    np.testing.assert_array_equal(layer.data, [[6, 6], [1, 1]])


def test_points_added_with_the_layers_tool_become_pins(pinned):
    layer = pinned.layers["Pins"]
    layer.selected_data = {0}  # napari offers a new point the name and colour of the selected one
    layer.add((10.3, 11.0))
    assert where(pinned)[3] == ("P4", 10, 11)
    assert len({pin.colour for pin in store_of(pinned).pins}) == 4
    assert list(layer.features["name"]) == ["P1", "P2", "P3", "P4"]


def test_a_point_can_be_recoloured_and_renamed(pinned):
    layer = pinned.layers["Pins"]
    layer.selected_data = {1}
    layer.current_face_color = "#123456"
    assert store_of(pinned).pins[1].colour == "#123456"
    np.testing.assert_array_equal(layer.border_color, layer.face_color)
    features = layer.features.copy()
    features.loc[0, "name"] = "leaf"
    layer.features = features
    assert where(pinned)[0] == ("leaf", 5, 5)


def test_the_store_is_told_once_of_each_edit(pinned):
    store, edits = store_of(pinned), []
    store.events.pins.connect(edits.append)
    pinned.layers["Pins"].add((1.0, 1.0))
    pinned.layers["Pins"].selected_data = {0}
    pinned.layers["Pins"].remove_selected()
    click(pinned, (0.0, 2.0, 2.0))
    assert len(edits) == 3


def test_clearing_the_pins_empties_the_layer_and_removing_it_clears_the_pins(pinned):
    store = store_of(pinned)
    store.pins = ()
    assert len(pinned.layers["Pins"].data) == 0
    click(pinned, (0.0, 2.0, 2.0))
    pinned.layers.remove("Pins")
    assert store.pins == ()
    click(pinned, (0.0, 2.0, 2.0))
    np.testing.assert_array_equal(pinned.layers["Pins"].data, [[2, 2]])


def test_later_images_go_below_the_pins(pinned):
    add_stack(pinned, store_of(pinned).scene, role="truth")
    assert [layer.name for layer in pinned.layers] == ["picture", "estimate", "truth", "Pins"]


def test_a_smaller_scene_drops_the_pins_that_do_not_fit(pinned):
    store = store_of(pinned)
    click(pinned, (0.0, 20.0, 20.0))
    store.scene = scene(estimate=latent_cube(height=8, width=8))
    assert where(pinned) == [("P1", 5, 5), ("P2", 6, 6), ("P3", 7, 7)]
    assert len(pinned.layers["Pins"].data) == 3


# -- connecting ------------------------------------------------------------------------------------------------


def test_two_widgets_connect_the_mouse_once_and_the_last_one_disconnects():
    viewer = ViewerModel()
    callbacks = len(viewer.mouse_drag_callbacks), len(viewer.mouse_move_callbacks)
    store = store_of(viewer)
    add_picture(viewer)
    store.scene = scene()
    first, second = connect_picking(viewer, store), connect_picking(viewer, store)
    click(viewer, (5.0, 5.0))
    assert len(store.pins) == 1
    first()
    first()  # a second time does nothing
    click(viewer, (6.0, 6.0))
    assert len(store.pins) == 2
    second()
    click(viewer, (7.0, 7.0))
    viewer.layers["Pins"].add((8.0, 8.0))
    assert len(store.pins) == 2
    assert picking_of(viewer) is None
    assert (len(viewer.mouse_drag_callbacks), len(viewer.mouse_move_callbacks)) == callbacks


def test_connecting_again_finds_the_layers_that_are_there(pinned):
    store = store_of(pinned)
    picking_of(pinned).disconnect()
    from napari_hydra._napari.scenes.picking import Picking

    again = Picking(pinned, store)
    pinned.layers["Pins"].add((9.0, 9.0))
    assert where(pinned)[-1] == ("P4", 9, 9)
    assert [layer.name for layer in pinned.layers].count("Pins") == 1
    again.disconnect()
    picking_of(pinned).__init__(pinned, store)  # leave it connected, as the fixture expects


def test_colours_repeat_only_when_all_are_taken():
    taken = []
    for _ in range(2 * len(CYCLE)):
        taken.append(next_colour(taken))
    assert tuple(taken) == CYCLE * 2
    assert next_colour([CYCLE[0].upper(), CYCLE[1]]) == CYCLE[2]


def test_names_count_on_from_the_highest():
    assert next_name("P", []) == "P1"
    assert next_name("P", ["P9", "P2", "leaf", "R12", "Px"]) == "P10"


def test_pins_set_by_a_script_appear_in_the_layer(viewer):
    store_of(viewer).pins = (Pin("leaf", 3, 4, "#0072b2"),)
    assert list(viewer.layers["Pins"].features["name"]) == ["leaf"]


@pytest.mark.parametrize("kept", [0, 1])
def test_pins_are_taken_away_while_their_layer_is_hidden(make_napari_viewer, kept):
    viewer = make_napari_viewer(show=False)  # the text of points is drawn, and failed, in a whole viewer only
    store = store_of(viewer)
    add_picture(viewer)
    store.scene = scene()
    disconnect = connect_picking(viewer, store)
    try:
        store.pins = tuple(Pin(f"P{n}", n, n, "#00ff00", n != 2) for n in range(4))
        viewer.layers["Pins"].visible = False
        store.pins = store.pins[:kept]
        viewer.layers["Pins"].visible = True
        assert len(viewer.layers["Pins"].data) == kept
    finally:
        disconnect()
