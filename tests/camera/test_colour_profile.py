"""Colour profiles give the light that their formulas say, at 16 bits and unclipped; sRGB stays as it was."""

import copy

import imagecodecs
import numpy as np
import pytest
from PIL import ImageCms

from napari_hydra.camera import Picture, encode_curve, for_display, get_camera, linearise
from napari_hydra.camera.colour_profile import D50, D65, DISPLAY_P3, PROPHOTO, SRGB, is_srgb, make_profile, profile_name
from napari_hydra.errors import HydraError

WORDS = np.random.default_rng(0).integers(0, 65536, (20, 30, 3), dtype=np.uint16)
ADOBE = ((0.64, 0.33), (0.21, 0.71), (0.15, 0.06))
_BRADFORD = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])


def to_xyz(primaries, white):
    columns = np.array([[x / y, 1, (1 - x - y) / y] for x, y in primaries]).T
    return columns * np.linalg.solve(columns, np.array([white[0] / white[1], 1, (1 - white[0] - white[1]) / white[1]]))


def to_srgb(primaries, white):
    """The matrix to linear sRGB, whites adapted by Bradford, without littlecms."""
    source, target = to_xyz(primaries, white), to_xyz(SRGB, D65)
    gains = (_BRADFORD @ target.sum(1)) / (_BRADFORD @ source.sum(1))
    return np.linalg.inv(target) @ np.linalg.inv(_BRADFORD) @ np.diag(gains) @ _BRADFORD @ source


@pytest.mark.parametrize(
    ("primaries", "white", "gamma"),
    [(DISPLAY_P3, D65, None), (ADOBE, D65, 563 / 256), (PROPHOTO, D50, 1.8), (SRGB, D65, 1.0), (SRGB, D65, 2.2)],
    ids=["Display P3", "Adobe RGB", "ProPhoto", "linear", "gamma 2.2"],
)
def test_light_of_a_profile_is_that_of_its_formulas_at_16_bits(primaries, white, gamma):
    picture = Picture(WORDS, profile=make_profile(primaries, white, gamma))
    values = WORDS / 65535
    light = np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)
    light = light if gamma is None else values**gamma
    expected = light @ to_srgb(primaries, white).T
    np.testing.assert_allclose(linearise(picture), expected, atol=2e-4)
    if primaries != SRGB:
        assert expected.min() < -0.05  # unclipped, or the test shows nothing
        assert expected.max() > 1.05
    # Steps of 16 bits are told apart.
    next_step = linearise(Picture(np.array([[[30000] * 3, [30001] * 3]], np.uint16), profile=picture.profile))
    assert next_step[0, 1].mean() > next_step[0, 0].mean()


def test_grey_profiles():
    profile = imagecodecs.cms_profile("gray", gamma=1.8)
    grey = np.repeat(WORDS[..., :1], 3, axis=2)
    expected = np.repeat((WORDS[..., :1] / 65535) ** 1.8, 3, axis=2)
    np.testing.assert_allclose(linearise(Picture(grey, profile=profile)), expected, atol=1e-4)


def test_profiles_that_mean_srgb_are_told_whoever_wrote_them():
    pillows = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for profile in (imagecodecs.cms_profile("srgb"), pillows, make_profile(SRGB)):
        assert is_srgb(profile)
    for profile in (make_profile(DISPLAY_P3), make_profile(SRGB, D65, 2.2), imagecodecs.cms_profile("adobergb")):
        assert not is_srgb(profile)
    assert profile_name(pillows).startswith("sRGB")


def test_what_is_no_profile_is_refused():
    whole = make_profile(DISPLAY_P3)
    for broken in (b"", b"not a profile", whole[:200], whole.replace(b"RGB ", b"6CLR", 1)):
        with pytest.raises(HydraError, match="colour profile"):
            is_srgb(broken)


def test_a_sensor_reads_its_own_numbers():
    profile = make_profile(DISPLAY_P3)
    np.testing.assert_array_equal(
        linearise(Picture(WORDS, profile=profile), "nikon-5100"), linearise(WORDS, "nikon-5100")
    )
    assert get_camera("nikon-5100").colorimetric is False


def test_the_white_level_of_a_picture_is_heeded_and_can_be_told_otherwise():
    twelve = Picture(WORDS // 16, white_level=4095)
    np.testing.assert_array_equal(linearise(twelve), linearise(WORDS // 16, white_level=4095))
    np.testing.assert_array_equal(linearise(twelve, white_level=8191), linearise(WORDS // 16, white_level=8191))


def test_what_a_picture_says_survives_views_and_copies_but_no_arithmetic():
    picture = Picture(WORDS, profile=b"profile", white_level=4095, history=("Read.",))
    rebuild, arguments = picture.__reduce__()  # what another process is sent
    rebuilt = rebuild(*arguments)
    np.testing.assert_array_equal(rebuilt, picture)
    for same in (picture[2:, ::2], picture.copy(), rebuilt, copy.deepcopy(picture)):
        assert (same.profile, same.white_level, same.history) == (b"profile", 4095, ("Read.",))
    for computed in (picture + 1, picture / 2, np.asarray(picture), picture > 3):
        assert type(computed) is np.ndarray
    assert isinstance(picture.max(), np.uint16)
    assert Picture(WORDS).is_plain


def test_pictures_are_displayed_as_screens_show_them():
    plain = Picture(WORDS)
    assert np.shares_memory(for_display(plain), WORDS)
    white = Picture(np.full((2, 2, 3), 4095, np.uint16), white_level=4095)
    assert for_display(white).min() == 65535
    wide = Picture((WORDS >> 8).astype(np.uint8), profile=make_profile(DISPLAY_P3))
    shown = for_display(wide)
    assert shown.dtype == np.uint8
    np.testing.assert_allclose(shown / 255, encode_curve(linearise(wide)), atol=0.51 / 255)
