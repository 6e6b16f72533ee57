"""A picture with a colour profile gives the cube of the same colours in sRGB, colour by colour or pixel by pixel."""

import numpy as np
import pytest

from napari_hydra.camera import Picture, encode_curve, linearise
from napari_hydra.camera.colour_profile import D65, DISPLAY_P3, SRGB, make_profile
from napari_hydra.hydra import load_model, reconstructor
from napari_hydra.hydra.latent.latent_cube import BLACK, SATURATED

RNG = np.random.default_rng(5)
P3 = make_profile(DISPLAY_P3)


@pytest.fixture(scope="module")
def visible():
    return load_model("visible", "cpu")


def in_p3(linear):
    """Linear sRGB as 16-bit numbers of Display P3."""
    back = np.linalg.inv(linearise(Picture(np.eye(3, dtype=np.float32)[None], profile=P3))[0].astype(float))
    return np.round(encode_curve(linear @ back) * 65535).astype(np.uint16)


def test_the_same_colours_give_the_same_cube(visible):
    linear = RNG.uniform(0.05, 0.85, (12, 14, 3))
    srgb = np.round(encode_curve(linear) * 65535).astype(np.uint16)
    wide = Picture(in_p3(linear), profile=P3)
    expected, found = np.asarray(visible.reconstruct(srgb)), np.asarray(visible.reconstruct(wide))
    np.testing.assert_allclose(found, expected, atol=4e-4)
    assert np.abs(np.asarray(visible.reconstruct(np.asarray(wide))) - expected).max() > 0.02  # without the profile


@pytest.mark.parametrize("bits", [8, 16])
def test_each_colour_once_equals_each_pixel_alone(visible, bits, monkeypatch):
    full = 2**bits - 1
    few = RNG.integers(0, 6, (40, 50, 3)) * (full // 5)  # with black, white and colours outside sRGB
    picture = Picture(few.astype(np.uint8 if bits == 8 else np.uint16), profile=P3)
    quick = visible.reconstruct(picture)
    with monkeypatch.context() as patched:
        patched.setattr(reconstructor, "find_palette", lambda picture: None)
        plain = visible.reconstruct(picture)
    np.testing.assert_array_equal(quick.flags, plain.flags)
    np.testing.assert_allclose(np.asarray(quick), np.asarray(plain), atol=1e-6, rtol=0)
    assert quick.attrs == plain.attrs


def test_an_srgb_profile_changes_no_number(visible):
    picture = RNG.integers(0, 256, (9, 8, 3), dtype=np.uint8)
    np.testing.assert_array_equal(
        np.asarray(visible.reconstruct(Picture(picture))), np.asarray(visible.reconstruct(picture))
    )


def test_only_what_the_file_clipped_counts_as_clipped(visible):
    picture = np.full((4, 4, 3), 30000, np.uint16)
    picture[0, 0] = 60000, 6000, 3000  # a red that sRGB does not have: below 0 and above 1 there
    picture[0, 1] = 65535, 20000, 20000
    picture[0, 2] = 0, 0, 0
    seen = linearise(Picture(picture, profile=P3))[0, 0]
    assert seen.min() < 0
    latent = visible.reconstruct(Picture(picture, profile=P3))
    assert latent.flags[0, 0] & (SATURATED | BLACK) == 0
    assert latent.flags[0, 1] & SATURATED
    assert latent.flags[0, 2] & BLACK


def test_colours_outside_srgb_are_met_as_they_are(visible):
    """The cube rendered again is the picture, although sRGB would have to clip it."""
    picture = np.full((4, 4, 3), 20000, np.uint16)
    picture[:2] = 30000, 42000, 24000  # a green that sRGB barely has
    wide = Picture(picture, profile=P3)
    latent = visible.reconstruct(wide)
    grid = visible.network.camera_grid()
    again = np.moveaxis(np.asarray(latent.at_wavelengths(grid)), 0, -1) @ reconstructor.get_camera("srgb").response(
        grid
    )
    np.testing.assert_allclose(again, linearise(wide), atol=0.01)


def test_what_was_done_to_the_file_stands_in_the_history(visible):
    picture = Picture(np.full((4, 4, 3), 900, np.uint16), white_level=1023, history=("a.tif has 10 bits.",))
    assert visible.reconstruct(picture).attrs["history"][0] == "a.tif has 10 bits."
    explicit = visible.reconstruct(np.asarray(picture), white_level=1023)
    np.testing.assert_array_equal(np.asarray(visible.reconstruct(picture)), np.asarray(explicit))
    linear = Picture(np.full((4, 4, 3), 0.25, np.float32), profile=make_profile(SRGB, D65, 1.0))
    assert visible.reconstruct(linear).attrs["picture_gain"] == pytest.approx(0.95 / 0.25, rel=1e-3)
