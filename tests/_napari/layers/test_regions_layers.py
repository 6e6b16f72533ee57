"""Drawn shapes and painted labels become regions, on napari's own models."""

import numpy as np
import pytest
from latent_scene import HEIGHT, WIDTH, latent_cube, scene
from napari.components import ViewerModel

from napari_hydra._napari.scenes.picking import connect_picking, picking_of
from napari_hydra._napari.state.store import store_of
from napari_hydra.errors import HydraError
from napari_hydra.workbench.plot.palette import CYCLE

BOX = np.array([[4, 10], [4, 13], [7, 13], [7, 10]])


@pytest.fixture
def viewer():
    viewer = ViewerModel()
    store = store_of(viewer)
    viewer.add_image(np.zeros((HEIGHT, WIDTH, 3), np.uint8), rgb=True, scale=(2.0, 2.0), translate=(9.0, 5.0))
    viewer.add_image(np.zeros((31, HEIGHT, WIDTH), np.float32), scale=(1, 2.0, 2.0), translate=(0, 9.0, 5.0))
    store.scene = scene()
    disconnect = connect_picking(viewer, store)
    yield viewer
    disconnect()


@pytest.fixture
def regions_of(viewer):
    return picking_of(viewer).regions


def summary(viewer):
    return [(region.name, int(region.mask.sum())) for region in store_of(viewer).regions]


def test_the_button_makes_a_layer_to_draw_on_where_the_picture_lies(viewer, regions_of):
    regions_of.draw()
    layer = viewer.layers.selection.active
    assert layer.mode == "add_polygon_lasso"
    np.testing.assert_array_equal(layer.scale, (2.0, 2.0))
    np.testing.assert_array_equal(layer.translate, (9.0, 5.0))
    regions_of.draw()
    assert len(viewer.layers) == 3  # the same layer again


def test_shapes_become_regions_and_follow_their_edits(viewer, regions_of):
    regions_of.draw()
    layer = viewer.layers.selection.active
    layer.add_rectangles(BOX)
    assert summary(viewer) == [("R1", 16)]
    (region,) = store_of(viewer).regions
    assert region.mask[4:8, 10:14].all()
    layer.add_polygons(BOX + 8)
    first, second = store_of(viewer).regions
    assert first is region  # what was computed of it stays valid
    assert first.colour != second.colour
    assert list(layer.features["name"]) == ["R1", "R2"]
    data = [np.array(points) for points in layer.data]
    data[1] = data[1] + [0, 2]
    layer.data = data
    assert store_of(viewer).regions[1].mask[12:16, 20:24].all()
    layer.selected_data = {0}
    layer.remove_selected()
    assert [name for name, _ in summary(viewer)] == ["R2"]
    assert list(layer.features["name"]) == ["R2"]


def test_an_ellipse_is_a_region_and_a_line_is_not(viewer, regions_of):
    regions_of.draw()
    layer = viewer.layers.selection.active
    layer.add_ellipses(np.array([[4, 4], [4, 16], [16, 16], [16, 4]]))
    layer.add_lines(np.array([[0, 0], [9, 9]]))
    ((_, count),) = summary(viewer)
    assert count == pytest.approx(np.pi * 36, rel=0.05)


def test_shapes_of_a_layer_that_lies_elsewhere_are_moved_to_the_picture(viewer, regions_of):
    layer = viewer.add_shapes([BOX * 2 + [9, 5]], shape_type="rectangle")  # the user's own, in world coordinates
    assert summary(viewer) == []
    viewer.layers.selection.active = layer
    regions_of.draw()
    assert summary(viewer) == [("R1", 16)]


def test_painting_erasing_and_undoing_change_the_region(viewer, regions_of):
    regions_of.paint()
    layer = viewer.layers.selection.active
    assert layer.mode == "paint"
    np.testing.assert_array_equal(layer.scale, (2.0, 2.0))
    assert layer.selected_label == 1
    layer.brush_size = 5
    layer.paint((10, 10), 1)
    ((name, count),) = summary(viewer)
    assert name == "Label 1"
    assert count == np.count_nonzero(layer.data) > 10
    layer.fill((20, 20), 2)
    assert [name for name, _ in summary(viewer)] == ["Label 1", "Label 2"]
    layer.undo()
    assert summary(viewer) == [("Label 1", count)]
    layer.data = np.zeros((HEIGHT, WIDTH), np.uint8)
    assert summary(viewer) == []


def test_the_next_region_is_painted_with_the_next_label(viewer, regions_of):
    regions_of.paint()
    layer = viewer.layers.selection.active
    layer.paint((10, 10), 1)
    regions_of.paint()
    assert layer.selected_label == 2
    assert viewer.layers.selection.active is layer


def test_a_region_is_drawn_in_the_colour_of_its_label(viewer, regions_of):
    regions_of.paint()
    layer = viewer.layers.selection.active
    layer.paint((10, 10), 1)
    rgb = [int(store_of(viewer).regions[0].colour[i : i + 2], 16) for i in (1, 3, 5)]
    np.testing.assert_allclose(rgb, layer.get_color(1)[:3] * 255, atol=0.6)
    assert store_of(viewer).regions[0].colour == CYCLE[-1]


def test_moving_the_slider_reads_no_labels_anew(viewer, regions_of, monkeypatch):
    regions_of.paint()
    viewer.layers.selection.active.paint((10, 10), 1)
    calls = []
    monkeypatch.setattr(regions_of, "_read", lambda: calls.append(1))
    for step in (3, 4, 5):
        viewer.dims.set_current_step(0, step)
    assert calls == []


def test_segmentations_of_others_are_not_taken_and_labels_of_another_size_are_refused(viewer, regions_of):
    viewer.add_labels(np.ones((HEIGHT, WIDTH), np.uint8))
    assert summary(viewer) == []
    viewer.layers.selection.active = viewer.add_labels(np.ones((5, 5), np.uint8), name="small")
    with pytest.raises(HydraError, match="small has shape"):
        regions_of.paint()
    many = np.arange(HEIGHT * WIDTH).reshape(HEIGHT, WIDTH)
    viewer.layers.selection.active = viewer.add_labels(many, name="cells")
    with pytest.raises(HydraError, match="cells has 767 labels"):
        regions_of.paint()
    assert summary(viewer) == []


def test_removing_a_layer_removes_its_regions(viewer, regions_of):
    regions_of.draw()
    drawn = viewer.layers.selection.active
    drawn.add_rectangles(BOX)
    regions_of.paint()
    viewer.layers.selection.active.paint((20, 20), 1)
    assert [name for name, _ in summary(viewer)] == ["R1", "Label 1"]
    viewer.layers.remove(drawn)
    assert [name for name, _ in summary(viewer)] == ["Label 1"]


def test_regions_are_cut_anew_for_another_scene(viewer, regions_of):
    regions_of.draw()
    viewer.layers.selection.active.add_rectangles(BOX)
    store = store_of(viewer)
    store.scene = scene(estimate=latent_cube(height=6, width=12))
    assert store.regions[0].mask.shape == (6, 12)
    assert summary(viewer) == [("R1", 4)]
    store.scene = None
    assert store.regions == ()


def test_without_a_scene_the_buttons_say_what_to_do():
    viewer = ViewerModel()
    connect_picking(viewer, store_of(viewer))
    with pytest.raises(HydraError, match="press Run"):
        picking_of(viewer).regions.draw()
