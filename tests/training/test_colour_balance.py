import numpy as np
import pytest

from napari_hydra.camera import encode_curve
from napari_hydra.training.colour_balance import colour_bins, pixel_probabilities
from napari_hydra.training.scenes import prepare_scene


@pytest.fixture
def mostly_grey():
    """A picture of 90 grey, 9 red and 1 blue pixel."""
    picture = np.full((10, 10, 3), 90, np.uint8)
    picture[9, :9] = (200, 20, 20)
    picture[9, 9] = (20, 20, 200)
    return picture


def test_colours_are_told_apart_by_hue_and_brightness_not_by_little(mostly_grey):
    assert len(np.unique(colour_bins(mostly_grey))) == 3
    grey = np.array([[[40] * 3, [160] * 3, [161] * 3, [0] * 3, [0, 0, 1]]], np.uint8)
    bins = colour_bins(grey)
    assert bins[0] != bins[1] == bins[2]
    assert bins[3] == bins[4]  # one step above black is no colour


def test_the_colour_of_light_does_not_change_with_exposure():
    linear = np.array([0.5, 0.2, 0.1])
    pictures = [np.round(encode_curve(linear * 2.0**-stop) * 255).astype(np.uint8)[None, None] for stop in (0, 1, 2)]
    bins = [int(colour_bins(picture)[0]) for picture in pictures]
    chromaticity = {number // 12 for number in bins}
    assert len(chromaticity) == 1
    assert len(set(bins)) == 3


@pytest.mark.parametrize(("evenness", "shares"), [(0.0, (0.9, 0.09, 0.01)), (1.0, (1 / 3, 1 / 3, 1 / 3))])
def test_evenness_goes_from_areas_to_colours(mostly_grey, evenness, shares):
    chances = pixel_probabilities(mostly_grey, evenness).reshape(10, 10)
    assert chances.sum() == pytest.approx(1)
    found = chances[:9].sum(), chances[9, :9].sum(), chances[9, 9]
    np.testing.assert_allclose(found, shares)


def test_pixels_are_drawn_as_their_chances_say(cubes):
    name, cube = cubes[0]
    scene = prepare_scene(cube, name, 400, 700, evenness=1.0)
    drawn = np.bincount(scene.draw(200_000, np.random.default_rng(0)), minlength=cube.shape[0] * cube.shape[1])
    chances = pixel_probabilities(scene.pictures[0], 1.0)
    assert np.abs(drawn / drawn.sum() - chances).sum() < 0.1
    assert chances.max() > 3 * chances.min()
