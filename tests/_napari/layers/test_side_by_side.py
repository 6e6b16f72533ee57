"""Two linked views: which tile each layer stands in, copies of pins and regions, and the way back."""

import numpy as np
import pytest
from latent_scene import HEIGHT, WIDTH, latent_cube, scene, truth_of
from napari.components import ViewerModel
from pointing import click, tile_of
from qtpy.QtCore import QObject, QPoint, Qt
from qtpy.QtWidgets import QApplication

from napari_hydra._napari.compare.error_maps import ErrorMaps
from napari_hydra._napari.compare.swipe import Swipe
from napari_hydra._napari.layers.placement import Placement
from napari_hydra._napari.layers.scene_layers import role
from napari_hydra._napari.layers.scene_view import scene_view_of
from napari_hydra._napari.scenes.picking import connect_picking, picking_of
from napari_hydra._napari.state.store import Pin, store_of
from napari_hydra._napari.widgets._compat import canvas_grid
from napari_hydra._napari.widgets.background import Background
from napari_hydra.evaluation.overlay import overlay_of
from napari_hydra.workbench.scene.run import RunResult, finish
from napari_hydra.workbench.scene.run_request import RunRequest

PIN = Pin("P1", 10, 20, "#e69f00")


def show(viewer, shown, place=None):
    result = RunResult(
        scene=shown,
        limits=(0.0, 1.0),
        truth_limits=(0.0, 1.0),
        rendered=False,
        left_out=0,
    )
    scene_view_of(viewer).show(result, place or Placement())


@pytest.fixture
def viewer():
    viewer = ViewerModel()
    viewer.add_image(np.zeros((HEIGHT, WIDTH, 3), np.uint8), rgb=True, name="picture")
    show(viewer, scene(truth=truth_of(latent_cube()), matched=True))
    disconnect = connect_picking(viewer, store_of(viewer))
    yield viewer
    disconnect()


def tiles(viewer):
    """The names of the visible layers in each tile, from left to right."""
    assert canvas_grid(viewer).enabled
    found = [[], []]
    for i, layer in enumerate(viewer.layers):
        if layer.visible:
            found[tile_of(viewer, i)[1]].append(layer.name)
    return found


def draw_region(viewer):
    """Draw a square and return its layer."""
    picking_of(viewer).regions.draw()
    layer = viewer.layers.selection.active
    layer.add(np.array([[2, 2], [2, 9], [9, 9], [9, 2]]), shape_type="polygon")
    viewer.layers.selection.active = scene_view_of(viewer).estimate
    return layer


def test_truth_and_copies_of_pins_and_regions_have_the_right_tile(viewer):
    store_of(viewer).pins = (PIN,)
    draw_region(viewer)
    scene_view_of(viewer).arrange("side by side")
    left, right = tiles(viewer)
    assert left == ["picture", "ramps reconstruction", "Pins", "Drawn regions"]
    assert right == ["ramps truth", "Pins on the truth", "Drawn regions on the truth"]
    estimate, truth = scene_view_of(viewer).estimate, scene_view_of(viewer).truth
    np.testing.assert_array_equal(estimate.extent.world, truth.extent.world)  # one camera, the same place
    assert viewer.layers.selection.active is estimate


def test_what_is_pinned_or_drawn_then_is_in_both(viewer):
    view = scene_view_of(viewer)
    view.arrange("side by side")
    assert tiles(viewer) == [["picture", "ramps reconstruction"], ["ramps truth"]]
    click(viewer, (0.0, 5.0, 3.0))
    click(viewer, (0.0, 7.0, 9.0))
    drawn = draw_region(viewer)
    copy = viewer.layers["Pins on the truth"]
    np.testing.assert_array_equal(copy.data, [[5, 3], [7, 9]])
    np.testing.assert_array_equal(copy.face_color, viewer.layers["Pins"].face_color)
    assert list(copy.features["name"]) == ["P1", "P2"]
    assert not copy.editable
    viewer.layers["Pins"].visible = False
    assert not copy.visible
    viewer.layers["Pins"].visible = True
    left, right = tiles(viewer)
    assert "Drawn regions" in left
    assert "Drawn regions on the truth" in right
    np.testing.assert_array_equal(viewer.layers["Drawn regions on the truth"].data[0], drawn.data[0])
    drawn.selected_data = {0}
    drawn.remove_selected()
    assert len(viewer.layers["Drawn regions on the truth"].data) == 0
    store_of(viewer).pins = ()
    assert len(copy.data) == 0


def test_painted_regions_are_in_both(viewer):
    scene_view_of(viewer).arrange("side by side")
    picking_of(viewer).regions.paint()
    layer = viewer.layers.selection.active
    layer.data_setitem((np.array([4, 5]), np.array([6, 6])), 1)
    layer.events.paint(value=[])
    np.testing.assert_array_equal(viewer.layers["Painted regions on the truth"].data, layer.data)
    assert tiles(viewer)[1] == ["ramps truth", "Painted regions on the truth"]


def test_layers_that_come_or_move_keep_the_tiles(viewer):
    scene_view_of(viewer).arrange("side by side")
    store_of(viewer).pins = (PIN,)
    viewer.add_image(np.zeros((HEIGHT, WIDTH)), name="a map")
    viewer.layers.move(viewer.layers.index("ramps truth"), 0)
    viewer.layers["picture"].visible = False
    left, right = tiles(viewer)
    assert sorted(left) == ["Pins", "a map", "ramps reconstruction"]
    assert right == ["ramps truth", "Pins on the truth"]


def test_leaving_puts_everything_back(viewer):
    store_of(viewer).pins = (PIN,)
    grid = canvas_grid(viewer)
    grid.stride, grid.shape = 3, (2, -1)
    before = [layer.name for layer in viewer.layers]
    view = scene_view_of(viewer)
    view.arrange("side by side")
    view.arrange("estimate")
    assert sorted(layer.name for layer in viewer.layers) == sorted(before)
    assert (grid.enabled, grid.stride, grid.shape) == (False, 3, (2, -1))
    assert viewer.layers.index("ramps truth") < viewer.layers.index("ramps reconstruction")
    store_of(viewer).pins = ()  # nothing listens any more
    assert not any(role(layer) == "copy" for layer in viewer.layers)


def test_naparis_own_button_leaves_too(viewer):
    view, calls = scene_view_of(viewer), []
    view.arranged.connect(calls.append)
    view.arrange("side by side")
    canvas_grid(viewer).enabled = False
    assert view.arrangement == "estimate"
    assert calls == ["side by side", "estimate"]
    assert not view.truth.visible


def test_a_truth_that_is_deleted_ends_it(viewer):
    view = scene_view_of(viewer)
    view.arrange("side by side")
    viewer.layers.remove(view.truth)
    assert not canvas_grid(viewer).enabled
    assert view.estimate.visible


def test_a_new_run_stays_side_by_side(viewer):
    scene_view_of(viewer).arrange("side by side")
    store_of(viewer).pins = (PIN,)
    show(viewer, scene(name="again", truth=truth_of(latent_cube()), matched=True))
    left, right = tiles(viewer)
    assert "again reconstruction" in left
    assert right == ["again truth", "Pins on the truth"]
    show(viewer, scene(name="alone", truth=False))
    assert not canvas_grid(viewer).enabled


def test_contrast_is_one_while_the_units_are(viewer):
    view = scene_view_of(viewer)
    view.arrange("side by side")
    view.truth.contrast_limits = (0.1, 0.4)
    assert tuple(view.estimate.contrast_limits) == (0.1, 0.4)
    view.estimate.colormap = "viridis"
    assert view.truth.colormap.name == "viridis"
    view.match(False)
    view.truth.contrast_limits = (0.0, 0.2)
    assert tuple(view.estimate.contrast_limits) != (0.0, 0.2)


@pytest.fixture
def coarse():
    """A viewer whose truth has pixels four times as large."""
    viewer = ViewerModel()
    picture = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    viewer.add_image(picture, rgb=True, scale=(2, 2), translate=(5, 7))
    rows, columns = np.mgrid[2:HEIGHT:4, 2:WIDTH:4]
    truth = truth_of(latent_cube())[rows[:, 0], columns[0]]
    request = RunRequest(name="ramps", picture=picture, truth=truth)
    result = finish(request, picture, latent_cube(), truth, None, None, overlay_of(picture.shape, truth.shape))
    scene_view_of(viewer).show(result, Placement((2.0, 2.0), (5.0, 7.0)))
    disconnect = connect_picking(viewer, store_of(viewer))
    yield viewer
    disconnect()


def test_larger_pixels_line_up_in_the_world(coarse):
    view = scene_view_of(coarse)
    assert view.truth.data.shape == (31, 6, 8)
    corner = np.array(view.truth.data_to_world((0, -0.5, -0.5)))
    np.testing.assert_allclose(view.estimate.world_to_data(corner)[1:], (-0.5, -0.5))
    corner = np.array(view.truth.data_to_world((0, 5.5, 7.5)))
    np.testing.assert_allclose(view.estimate.world_to_data(corner)[1:], (HEIGHT - 0.5, WIDTH - 0.5))


@pytest.mark.parametrize("arrangement", ["estimate", "truth", "side by side"])
def test_a_click_on_larger_pixels_pins_the_pixel_of_the_picture(coarse, arrangement):
    scene_view_of(coarse).arrange(arrangement)
    click(coarse, (0.0, 5.0 + 2 * 13, 7.0 + 2 * 30))
    assert [(pin.y, pin.x) for pin in store_of(coarse).pins] == [(13, 30)]


def test_error_maps_of_larger_pixels_lie_on_the_scene(coarse):
    store = store_of(coarse)
    maps = ErrorMaps(coarse, store, Background(QObject()))
    maps.show("difference")
    layer, estimate = maps.layer("difference"), scene_view_of(coarse).estimate
    assert layer.data.shape == (31, 6, 8)
    for corner, expected in (((0, -0.5, -0.5), (-0.5, -0.5)), ((0, 5.5, 7.5), (HEIGHT - 0.5, WIDTH - 0.5))):
        np.testing.assert_allclose(estimate.world_to_data(layer.data_to_world(corner))[1:], expected)
    means = np.asarray(store.scene.estimate[4, :, :]).reshape(6, 4, 8, 4).mean((1, 3))
    expected = means - store.scene.coarse_truth.values[..., 4]
    np.testing.assert_allclose(np.asarray(layer.data[4]), expected, atol=1e-5)


def test_swipe_shows_larger_pixels_right_of_the_line(coarse):
    swipe = Swipe(coarse, store_of(coarse))
    swipe.show(0.5)
    layer = next(one for one in coarse.layers if role(one) == "swipe")
    estimate, scene_shown = scene_view_of(coarse).estimate, store_of(coarse).scene
    np.testing.assert_array_equal(layer.data[4], scene_shown.coarse_truth.values[:, 4:, 4])
    corner = layer.data_to_world((0, -0.5, -0.5))
    np.testing.assert_allclose(estimate.world_to_data(corner)[1:], (-0.5, WIDTH / 2 - 0.5))
    swipe.hide()
    assert not swipe.is_on


def test_a_click_in_the_right_tile_of_a_window_pins_in_both(make_napari_viewer, qtbot):
    viewer = make_napari_viewer(show=True)
    viewer.window._qt_window.resize(1000, 700)
    show(viewer, scene(truth=truth_of(latent_cube()), matched=True))
    disconnect = connect_picking(viewer, store_of(viewer))
    view = scene_view_of(viewer)
    view.arrange("side by side")
    native = viewer.window._qt_viewer.canvas.native
    qtbot.waitUntil(lambda: native.width() > 300)
    viewer.screenshot(canvas_only=True, flash=False)  # the tiles have their sizes once they are drawn
    viewer.reset_view()
    for x in (0.25, 0.8):  # about the middle of either tile, which is the middle of the scene
        viewer.screenshot(canvas_only=True, flash=False)
        qtbot.wait(QApplication.doubleClickInterval())  # or the second click is taken for half of a double one
        place = QPoint(round(x * native.width()), native.height() // 2)
        qtbot.mouseMove(native, place)
        qtbot.mouseClick(native, Qt.MouseButton.LeftButton, pos=place)
    pins = [(pin.y, pin.x) for pin in store_of(viewer).pins]
    middle = ((HEIGHT - 1) / 2, (WIDTH - 1) / 2)
    assert len(pins) == 2
    assert pins[1][1] > pins[0][1]
    assert np.abs(np.array(pins) - middle).max() <= 5
    assert len(viewer.layers["Pins on the truth"].data) == len(pins)
    before = viewer.screenshot(canvas_only=True, flash=False)
    assert before[:, : before.shape[1] // 2, :3].max() > 0
    assert before[:, before.shape[1] // 2 :, :3].max() > 0
    disconnect()
