"""Where white is, and what a fourth channel is: recognised where the file lets one, else asked for."""

import warnings
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image

from napari_hydra.camera import linearise
from napari_hydra.io import PictureNotice, describe_file, read_picture

RNG = np.random.default_rng(1)
UNIT = RNG.random((12, 17, 3))
UNIT[0, 0] = 1


def quietly(path):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PictureNotice)
        return read_picture(path)


def write(path: Path, top: float, dtype: type = np.uint16) -> Path:
    tifffile.imwrite(path, np.round(UNIT * top).astype(dtype), photometric="rgb")
    return path


@pytest.mark.parametrize("dtype", [np.uint16, np.int16, np.uint32, np.int32])
@pytest.mark.parametrize("bits", [8, 10, 12, 14])
def test_fewer_bits_than_the_type_are_recognised(tmp_path: Path, bits: int, dtype: type) -> None:
    path = write(tmp_path / "a.tif", 2**bits - 1, dtype)
    with pytest.warns(PictureNotice, match=rf"a\.tif has no number above .*{bits} bits, white at {2**bits - 1}"):
        found = read_picture(path)
    assert found.white_level == 2**bits - 1
    np.testing.assert_array_equal(found, np.round(UNIT * (2**bits - 1)))  # the numbers stay the file's
    assert linearise(found).max() == 1
    assert describe_file(path).details["white level"] == 2**bits - 1


def test_a_camera_that_saturates_a_little_lower(tmp_path: Path) -> None:
    assert quietly(write(tmp_path / "a.tif", 4080)).white_level == 4095
    assert quietly(write(tmp_path / "b.tif", 32767, np.int16)).white_level == 32767


@pytest.mark.parametrize("top", [300, 3000, 10000])
def test_a_level_that_nothing_is_near_is_asked_for(tmp_path: Path, top: int) -> None:
    with pytest.warns(PictureNotice, match=rf"no number above {top}, far from white .* 10, 12 or 14 bits"):
        found = read_picture(write(tmp_path / "a.tif", top))
    assert found.white_level is None


@pytest.mark.parametrize("top", [17000, 32767, 50000, 65535])
def test_pictures_of_16_bits_read_as_ever(tmp_path: Path, top: int) -> None:
    path = write(tmp_path / "a.tif", top)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = read_picture(path)
    assert found.is_plain
    np.testing.assert_array_equal(found, np.round(UNIT * top))
    dark = tmp_path / "dark.png"
    Image.fromarray(np.full((5, 6, 3), 9, np.uint8)).save(dark)
    assert quietly(dark).is_plain


def test_bits_at_the_left_and_bits_that_are_declared(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "left.tif", np.round(UNIT * 4095).astype(np.uint16) * 16, photometric="rgb")
    assert quietly(tmp_path / "left.tif").white_level == 65520
    tifffile.imwrite(
        tmp_path / "packed.tif", np.round(UNIT * 300).astype(np.uint16), photometric="rgb", bitspersample=12
    )
    with pytest.warns(PictureNotice, match=r"packed\.tif has 12 bits; 4095 was taken as white"):
        assert read_picture(tmp_path / "packed.tif").white_level == 4095


COLOURS = RNG.integers(1, 250, (20, 30, 3), dtype=np.uint8)
BAND = RNG.integers(20, 200, (20, 30, 1), dtype=np.uint8)
MASK = np.where(np.arange(30) < 12, 0, 255).astype(np.uint8)[None, :, None].repeat(20, 0)


@pytest.mark.parametrize(
    ("last", "extra", "photometric", "match"),
    [
        (BAND, "unspecified", "rgb", "does not call alpha"),
        (BAND, "unassalpha", "rgb", "looks like a band"),
        (MASK, "unassalpha", "rgb", "has an alpha channel; it was left out"),
        (BAND, ["unspecified"] * 3, "minisblack", "does not say what its channels are"),
    ],
)
def test_a_fourth_channel_is_not_always_alpha(tmp_path: Path, last, extra, photometric, match) -> None:
    path = tmp_path / "a.tif"
    extra = extra if isinstance(extra, list) else [extra]
    tifffile.imwrite(
        path, np.dstack([COLOURS, last]), photometric=photometric, extrasamples=extra, planarconfig="contig"
    )
    with pytest.warns(PictureNotice, match=match):
        found = read_picture(path)
    np.testing.assert_array_equal(found, COLOURS)


def test_colours_multiplied_by_alpha_are_divided_again(tmp_path: Path) -> None:
    alpha = np.tile(np.repeat(np.array([0, 128, 255], np.uint8), 10), (20, 1))[..., None]
    stored = np.round(COLOURS * (alpha / 255.0)).astype(np.uint8)
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, np.dstack([stored, alpha]), photometric="rgb", extrasamples=["assocalpha"])
    with pytest.warns(PictureNotice, match="divided by it"):
        found = read_picture(path)
    np.testing.assert_allclose(found[:, 10:].astype(int), COLOURS[:, 10:], atol=1)
    opaque = np.dstack([COLOURS, np.full_like(alpha, 255)])
    tifffile.imwrite(path, opaque, photometric="rgb", extrasamples=["assocalpha"])
    np.testing.assert_array_equal(quietly(path), COLOURS)


def test_planes_that_are_not_called_colours(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, np.moveaxis(COLOURS, -1, 0), photometric="minisblack")
    with pytest.warns(PictureNotice, match="does not say what its channels are"):
        np.testing.assert_array_equal(read_picture(path), COLOURS)
