"""Pictures that are turned, sheared, scaled or moved: everything made from them lies on them."""

import numpy as np
import pytest
from latent_scene import HEIGHT, WIDTH, latent_cube, truth_of
from napari.components import ViewerModel
from napari.layers import Image
from pointing import click
from qtpy.QtCore import QObject, QPoint, Qt

from napari_hydra._napari.adapt.sites_layer import SitesLayer
from napari_hydra._napari.analyse.results.layers import AnalyseLayers
from napari_hydra._napari.compare.error_maps import ErrorMaps
from napari_hydra._napari.compare.swipe import Swipe
from napari_hydra._napari.layers.composites import add_true_colour
from napari_hydra._napari.layers.placement import Placement
from napari_hydra._napari.layers.result_layers import COMPOSITE
from napari_hydra._napari.layers.scene_layers import cube_layer_arguments, role, stack_of
from napari_hydra._napari.layers.scene_view import scene_view_of
from napari_hydra._napari.reconstruct.dock import ReconstructDock
from napari_hydra._napari.reconstruct.line_up import line_up
from napari_hydra._napari.scenes.picking import connect_picking, picking_of
from napari_hydra._napari.state.store import Pin, store_of
from napari_hydra._napari.widgets._compat import canvas_grid
from napari_hydra._napari.widgets.background import Background
from napari_hydra.cube import make_cube
from napari_hydra.evaluation.overlay import overlay_of
from napari_hydra.workbench.scene.measured_spectra import SampleSite
from napari_hydra.workbench.scene.run import finish
from napari_hydra.workbench.scene.run_request import RunRequest

AFFINE = np.array([[1.0, 0.3, 5.0], [0.1, 1.2, 7.0], [0.0, 0.0, 1.0]])
FLIP = np.array([[0.0, 1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])
PLACEMENTS = {
    "plain": {},
    "scaled": {"scale": (2.0, 0.5), "translate": (100.0, -7.0)},
    "turned": {"rotate": 30.0, "scale": (2.0, 0.5), "translate": (5.0, 7.0)},
    "sheared": {"shear": [0.4]},
    "sheared the other way": {"shear": np.array([[1.0, 0.0], [0.4, 1.0]])},
    "affine": {"affine": AFFINE},
    "all": {"rotate": -75.0, "shear": [0.4], "scale": (3.0, 2.0), "translate": (5.0, 7.0), "affine": AFFINE},
    "mirrored": {"scale": (1.0, -1.0), "translate": (0.0, 40.0)},
    "transposed": {"affine": FLIP, "shear": [0.2]},
    "on a map": {"scale": (0.1, 0.1), "translate": (-4100000.0, 500000.0)},
}
PICTURE = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
CORNERS = np.array([[-0.5, -0.5], [-0.5, WIDTH - 0.5], [HEIGHT - 0.5, WIDTH - 0.5], [HEIGHT - 0.5, -0.5], [5, 3]])


@pytest.fixture(params=PLACEMENTS.values(), ids=PLACEMENTS)
def place(request):
    return request.param


def world(layer, pixels):
    """Where napari says that points of a layer lie, its y and x."""
    return np.array([layer.data_to_world((0,) * (layer.ndim - 2) + tuple(point))[-2:] for point in pixels])


def reconstructed(viewer, picture, truth=None):
    """Show a reconstruction of a picture as the dock does."""
    overlay = None if truth is None else overlay_of(PICTURE.shape, truth.shape)
    request = RunRequest(name="ramps", picture=PICTURE, truth=truth)
    result = finish(request, PICTURE, latent_cube(), truth, None, None, overlay)
    scene_view_of(viewer).show(result, Placement.of(picture))
    return scene_view_of(viewer)


@pytest.fixture
def viewer():
    return ViewerModel()


@pytest.fixture
def picking(viewer):
    """Return a function that lets clicks pin; it ends with the test."""
    ends = []
    yield lambda: ends.append(connect_picking(viewer, store_of(viewer)))
    for end in ends:
        end()


def on_the_picture(layer, picture, rows=HEIGHT, columns=WIDTH, left=0.0):
    """Whether the corners of a layer of `rows` x `columns` pixels lie on those of the picture, from a column on."""
    ends = np.array([[-0.5, -0.5], [-0.5, columns - 0.5], [rows - 0.5, columns - 0.5], [rows - 0.5, -0.5]])
    expected = CORNERS[:4].copy()
    expected[[0, 3], 1] = left - 0.5
    np.testing.assert_allclose(world(layer, ends), world(picture, expected), atol=1e-6)


def test_a_placement_says_where_napari_draws(place):
    picture = Image(PICTURE, rgb=True, **place)
    placement = Placement.of(picture)
    expected = world(picture, CORNERS)
    np.testing.assert_allclose(placement.to_world(CORNERS), expected, atol=1e-8)
    np.testing.assert_allclose(placement.to_pixels(expected), CORNERS, atol=1e-7)
    for ndim, data in ((2, PICTURE[..., 0]), (3, np.zeros((2, HEIGHT, WIDTH)))):
        layer = Image(data, rgb=False, **placement.arguments(ndim))
        np.testing.assert_allclose(world(layer, CORNERS), expected, atol=1e-8)
        moved = Image(data, rgb=False)
        placement.put(moved)
        np.testing.assert_allclose(world(moved, CORNERS), expected, atol=1e-6)
        Placement().put(moved)
        assert Placement.of(moved) == Placement()


def test_plain_places_keep_their_numbers():
    picture = Image(PICTURE, rgb=True, **PLACEMENTS["on a map"])
    placement = Placement.of(picture)
    assert (placement.translate, placement.rotate, placement.shear) == ((-4100000.0, 500000.0), 0.0, 0.0)
    assert placement.scale == pytest.approx((0.1, 0.1), rel=1e-12)
    stack = Image(np.zeros((2, 4, 5)), **placement.arguments(3, first=6))
    np.testing.assert_array_equal(stack.translate, (6, -4100000, 500000))
    assert stack.data_to_world((1, 0, 0))[0] == 7


def test_stacks_maps_and_the_swipe_lie_on_the_picture(viewer, place):
    picture = viewer.add_image(PICTURE, rgb=True, **place)
    before = picture.affine.affine_matrix, picture.scale.copy(), picture.translate.copy()
    view = reconstructed(viewer, picture, truth_of(latent_cube()))
    on_the_picture(view.estimate, picture)
    on_the_picture(view.truth, picture)
    maps = ErrorMaps(viewer, store_of(viewer), Background(QObject()))
    maps.show("difference")
    on_the_picture(maps.layer("difference"), picture)
    analysis = AnalyseLayers(viewer, store_of(viewer))
    on_the_picture(
        analysis.add_map(store_of(viewer).scene, "m", PICTURE[..., 0], name="map", limits=(0.0, 1.0)), picture
    )
    swipe = Swipe(viewer, store_of(viewer))
    for fraction in (0.5, 0.25):
        swipe.show(fraction)
        column = round(fraction * WIDTH)
        layer, line = (next(one for one in viewer.layers if role(one) == what) for what in ("swipe", "swipe line"))
        on_the_picture(layer, picture, columns=WIDTH - column, left=column)
        start, along = line.data[0]
        ends = world(picture, [(-0.5, column - 0.5), (HEIGHT - 0.5, column - 0.5)])
        np.testing.assert_allclose(world(line, [start, start + along]), ends, atol=1e-6)
    for now, then in zip((picture.affine.affine_matrix, picture.scale, picture.translate), before, strict=True):
        np.testing.assert_array_equal(now, then)


def test_clicks_pins_regions_and_sites_are_where_the_picture_says(viewer, picking, place):
    picture = viewer.add_image(PICTURE, rgb=True, **place)
    reconstructed(viewer, picture)
    picking()
    (target,) = world(picture, [(11, 30)])
    click(viewer, (0.0, *target))
    assert [(pin.y, pin.x) for pin in store_of(viewer).pins] == [(11, 30)]
    pins = viewer.layers["Pins"]
    np.testing.assert_allclose(world(pins, pins.data), [target], atol=1e-6)
    pins.data = [pins.world_to_data(world(picture, [(4, 17)])[0])]
    assert [(pin.y, pin.x) for pin in store_of(viewer).pins] == [(4, 17)]
    drawing = picking_of(viewer).regions.new_shapes()
    square = np.array([[1.6, 2.6], [1.6, 9.4], [9.4, 9.4], [9.4, 2.6]])
    drawing.add([drawing.world_to_data(point) for point in world(picture, square)], shape_type="polygon")
    (region,) = store_of(viewer).regions
    rows, columns = np.nonzero(region.mask)
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (2, 9, 3, 9)
    on_the_picture(picking_of(viewer).regions.new_labels(), picture)
    sites = SitesLayer(viewer, store_of(viewer))
    store_of(viewer).sites = (SampleSite(1, 11, 30), SampleSite(2, 4, 17))
    sites.draw()
    np.testing.assert_allclose(world(sites.layer, sites.layer.data), world(picture, [(11, 30), (4, 17)]), atol=1e-6)


def test_larger_and_smaller_pixels_lie_on_the_picture(viewer, place):
    picture = viewer.add_image(PICTURE, rgb=True, **place)
    rows, columns = np.mgrid[2:HEIGHT:4, 2:WIDTH:4]
    view = reconstructed(viewer, picture, truth_of(latent_cube())[rows[:, 0], columns[0]])
    on_the_picture(view.truth, picture, HEIGHT // 4, WIDTH // 4)
    maps = ErrorMaps(viewer, store_of(viewer), Background(QObject()))
    maps.show("difference")
    on_the_picture(maps.layer("difference"), picture, HEIGHT // 4, WIDTH // 4)
    for factor in (0.25, 2):
        size = round(HEIGHT * factor), round(WIDTH * factor)
        cube = make_cube(np.full((*size, 3), 0.5, np.float32), [450.0, 550.0, 650.0])
        layer = viewer.add_image(stack_of(cube), **cube_layer_arguments(cube, "measured"))
        assert line_up(picture, layer)
        on_the_picture(layer, picture, *size)


def test_a_cube_that_the_user_turned_stays_there(viewer):
    picture = viewer.add_image(PICTURE, rgb=True)
    cube = make_cube(np.full((HEIGHT // 4, WIDTH // 4, 3), 0.5, np.float32), [450.0, 550.0, 650.0])
    turned = np.eye(3)
    turned[1:, 1:] = [[0.8, -0.6], [0.6, 0.8]]
    for place in ({"rotate": turned}, {"shear": (0.0, 0.0, 0.4)}, {"affine": np.diag([1.0, 2.0, 2.0, 1.0])}):
        layer = viewer.add_image(stack_of(cube), **cube_layer_arguments(cube, "measured"), **place)
        before = world(layer, CORNERS)
        assert not line_up(picture, layer)
        np.testing.assert_array_equal(world(layer, CORNERS), before)


def test_side_by_side_shows_turned_stacks_in_the_same_place_of_two_tiles(viewer, picking):
    picture = viewer.add_image(PICTURE, rgb=True, **PLACEMENTS["all"])
    view = reconstructed(viewer, picture, truth_of(latent_cube()))
    store_of(viewer).pins = (Pin("P1", 10, 20, "#e69f00"),)
    picking()
    view.arrange("side by side")
    grid = canvas_grid(viewer)
    column = [grid.position(viewer.layers.index(one), viewer.layers)[1] for one in (view.estimate, view.truth)]
    assert column == [0, 1]
    np.testing.assert_allclose(view.estimate.extent.world, view.truth.extent.world)
    copy = viewer.layers["Pins on the truth"]
    np.testing.assert_allclose(world(copy, copy.data), world(picture, [(10, 20)]), atol=1e-9)


def test_a_turned_picture_in_a_window_is_covered_and_clicked(make_napari_viewer, quick_model, picture, qtbot):
    viewer = make_napari_viewer(show=True)
    viewer.window._qt_window.resize(1000, 700)
    photograph = viewer.add_image(picture, rgb=True, name="scene", rotate=30.0, shear=[0.2], scale=(2.0, 1.5))
    dock = ReconstructDock(viewer)
    viewer.window.add_dock_widget(dock)
    dock.start()
    qtbot.waitUntil(lambda: not dock.running and store_of(viewer).scene is not None, timeout=20000)
    view = scene_view_of(viewer)
    on_the_picture(view.estimate, photograph)

    viewer.layers.selection.active = view.estimate
    add_true_colour(viewer)
    qtbot.waitUntil(lambda: any(role(one) == COMPOSITE for one in viewer.layers), timeout=20000)
    on_the_picture(next(one for one in viewer.layers if role(one) == COMPOSITE), photograph)

    disconnect = connect_picking(viewer, store_of(viewer))
    viewer.layers.selection.active = view.estimate
    native = viewer.window._qt_viewer.canvas.native
    qtbot.waitUntil(lambda: native.width() > 300)
    viewer.reset_view()
    viewer.screenshot(canvas_only=True, flash=False)  # the canvas has its size once it is drawn
    y, x = np.asarray(world(photograph, [(5, 25)])[0] - viewer.camera.center[-2:]) * viewer.camera.zoom
    place = QPoint(round(native.width() / 2 + x), round(native.height() / 2 + y))
    qtbot.mouseMove(native, place)
    qtbot.mouseClick(native, Qt.MouseButton.LeftButton, pos=place)
    assert [(pin.y, pin.x) for pin in store_of(viewer).pins] == [(5, 25)]
    pins = viewer.layers["Pins"]
    np.testing.assert_allclose(world(pins, pins.data), world(photograph, [(5, 25)]), atol=1e-9)
    disconnect()
