"""Which pixels a drawn shape holds."""

import numpy as np
import pytest

from napari_hydra.io.regions.shape_masks import shape_mask

SHAPE = (40, 60)


def test_a_rectangle_holds_the_pixels_whose_centres_it_holds():
    corners = np.array([[4.6, 10.4], [4.6, 20.5], [9.4, 20.5], [9.4, 10.4]])
    expected = np.zeros(SHAPE, dtype=bool)
    expected[5:10, 11:21] = True
    np.testing.assert_array_equal(shape_mask("rectangle", corners, SHAPE), expected)


def test_a_triangle_has_half_the_area_of_its_box():
    mask = shape_mask("polygon", np.array([[-0.5, -0.5], [-0.5, 39.5], [29.5, -0.5]]), SHAPE)
    assert mask.sum() == pytest.approx(600, rel=0.03)
    assert mask[2, 2]
    assert not mask[25, 30]


@pytest.mark.parametrize("degrees", [0.0, 30.0])
def test_an_ellipse_has_its_area_wherever_it_is_turned(degrees):
    turn = np.radians(degrees)
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    corners = np.array([[-8.0, -15.0], [-8.0, 15.0], [8.0, 15.0], [8.0, -15.0]]) @ rotation.T + [20.0, 30.0]
    mask = shape_mask("ellipse", corners, SHAPE)
    assert mask.sum() == pytest.approx(np.pi * 8 * 15, rel=0.03)
    end = np.array([20.0, 30.0]) + rotation @ [0.0, 14.0]
    assert mask[tuple(np.round(end).astype(int))]
    corner = np.array([20.0, 30.0]) + rotation @ [6.0, 12.0]
    assert not mask[tuple(np.round(corner).astype(int))]


def test_what_lies_outside_of_the_picture_is_cut_off():
    mask = shape_mask("rectangle", np.array([[-9.0, -9.0], [-9.0, 3.0], [3.0, 3.0], [3.0, -9.0]]), SHAPE)
    assert mask.sum() == 16
    assert mask[:4, :4].all()


@pytest.mark.parametrize("kind", ["line", "path"])
def test_lines_enclose_nothing(kind):
    assert not shape_mask(kind, np.array([[0.0, 0.0], [9.0, 9.0], [9.0, 0.0]]), SHAPE).any()


def test_a_flat_ellipse_holds_nothing():
    assert not shape_mask("ellipse", np.array([[5.0, 5.0], [5.0, 9.0], [5.0, 9.0], [5.0, 5.0]]), SHAPE).any()
