"""The model that is taken where nobody named one."""

import numpy as np
import pytest

from napari_hydra.hydra import default_model
from napari_hydra.hydra.files.registry import ModelSummary


def picture_of(colours, dtype=np.uint8):
    """Return a picture of 40 x 40 pixels and so many colours, scattered."""
    values = np.random.default_rng(0).permutation(1600).reshape(40, 40) % colours
    return np.stack([values % 256, values // 256, np.zeros_like(values)], axis=-1).astype(dtype)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_an_eighth_as_many_colours_as_pixels_is_few(dtype):
    assert default_model(picture=picture_of(200, dtype)).name == "visible-accurate"
    assert default_model(picture=picture_of(201, dtype)).name == "visible"
    assert default_model([450, 900], picture_of(200, dtype)).name == "vnir-accurate"


def test_pictures_without_few_colours_get_the_fast_model():
    assert default_model(picture=picture_of(1, np.float32)).name == "visible"
    assert default_model().name == "visible"
    assert "no picture" in default_model().reason


def test_an_ensemble_must_be_offered_and_know_the_same_range():
    fast = ModelSummary("mine", (400, 700), "")
    for others in ([], [ModelSummary("mine-accurate", (400, 690), "")]):
        chosen = default_model(picture=picture_of(1), models=[fast, *others])
        assert (chosen.name, chosen.reason) == ("mine", "")


def test_of_a_large_picture_a_sample_is_counted():
    large = np.zeros((2000, 2100, 3), np.uint8)
    large[:900, :, 0] = 7
    chosen = default_model(picture=large)
    assert chosen.name == "visible-accurate"
    assert "(2 in 466,900 pixels of a sample)" in chosen.reason
