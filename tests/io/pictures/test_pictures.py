"""Pictures keep their depth and stand upright; what is converted is said; what is none is refused."""

import warnings
from pathlib import Path

import imagecodecs
import numpy as np
import pytest
import tifffile
from PIL import Image

from napari_hydra.errors import HydraError
from napari_hydra.io import PictureNotice, describe_file, is_cube_file, read_picture, write_picture

RNG = np.random.default_rng(0)
BYTES = RNG.integers(0, 256, (12, 17, 3), dtype=np.uint8)
WORDS = RNG.integers(0, 65536, (12, 17, 3), dtype=np.uint16)
FLOATS = RNG.random((12, 17, 3), dtype=np.float32)


@pytest.mark.parametrize(
    ("name", "picture"),
    [("a.png", BYTES), ("a.png", WORDS), ("a.bmp", BYTES), ("a.tif", BYTES), ("a.tiff", WORDS), ("a.tif", FLOATS)],
)
def test_what_is_written_is_read_back(tmp_path: Path, name: str, picture: np.ndarray) -> None:
    path = write_picture(picture, tmp_path / name)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = read_picture(path)
    assert found.dtype == picture.dtype
    np.testing.assert_array_equal(found, picture)
    assert not is_cube_file(path)
    info = describe_file(path)
    assert (info.kind, info.shape, info.dtype) == ("picture", (12, 17, 3), str(picture.dtype))


def test_jpeg(tmp_path: Path) -> None:
    smooth = np.repeat(np.linspace(0, 255, 64).astype(np.uint8)[None, :, None], 48, 0).repeat(3, 2)
    found = read_picture(write_picture(smooth, tmp_path / "a.jpg"))
    assert found.shape == smooth.shape
    assert np.abs(found.astype(int) - smooth).max() <= 3


@pytest.mark.parametrize("suffix", ["jpg", "png", "tif"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation(tmp_path: Path, suffix: str, orientation: int) -> None:
    upright = np.zeros((16, 32, 3), np.uint8)
    upright[:8, :8] = 255  # top left
    upright[8:, 16:24] = 128
    # how the sensor saw it, so that the EXIF rule makes it upright again
    turn = {1: lambda a: a, 2: lambda a: a[:, ::-1], 3: lambda a: a[::-1, ::-1], 4: lambda a: a[::-1],
            5: lambda a: a.swapaxes(0, 1), 6: lambda a: np.rot90(a), 7: lambda a: a[::-1, ::-1].swapaxes(0, 1),
            8: lambda a: np.rot90(a, -1)}[orientation]  # fmt: skip
    seen, path = np.ascontiguousarray(turn(upright)), tmp_path / f"a.{suffix}"
    if suffix == "tif":
        tifffile.imwrite(path, seen, photometric="rgb", extratags=[(274, 3, 1, orientation, True)])
    else:
        exif = Image.Exif()
        exif[274] = orientation
        Image.fromarray(seen).save(path, exif=exif, **({"quality": 100} if suffix == "jpg" else {}))
    found = read_picture(path)
    assert found.shape == upright.shape
    assert np.abs(found.astype(int) - upright).mean() < 2


def test_grey_and_alpha_are_converted_with_a_notice(tmp_path: Path) -> None:
    Image.fromarray(BYTES[..., 0]).save(tmp_path / "grey.png")
    Image.fromarray(np.dstack([BYTES, BYTES[..., :1]])).save(tmp_path / "alpha.png")
    (tmp_path / "deep.png").write_bytes(imagecodecs.png_encode(np.dstack([WORDS, WORDS[..., :1]])))
    (tmp_path / "deepgrey.png").write_bytes(imagecodecs.png_encode(WORDS[..., 0].copy()))
    tifffile.imwrite(tmp_path / "grey.tif", FLOATS[..., 0])
    Image.fromarray(np.dstack([BYTES, BYTES[..., :1]]), "CMYK").save(tmp_path / "cmyk.jpg")
    grey = np.repeat(BYTES[..., :1], 3, axis=2)
    for name, expected, word in [
        ("grey.png", grey, "grey"),
        ("alpha.png", BYTES, "alpha"),
        ("deep.png", WORDS, "alpha"),
        ("deepgrey.png", np.repeat(WORDS[..., :1], 3, axis=2), "grey"),
        ("grey.tif", np.repeat(FLOATS[..., :1], 3, axis=2), "grey"),
    ]:
        with pytest.warns(PictureNotice, match=f"{name} .*{word}"):
            found = read_picture(tmp_path / name)
        np.testing.assert_array_equal(found, expected)
        assert word in describe_file(tmp_path / name).details["notices"][0]
    with pytest.warns(PictureNotice, match="CMYK"):
        assert read_picture(tmp_path / "cmyk.jpg").shape == (12, 17, 3)


def test_palettes_and_planes(tmp_path: Path) -> None:
    image = Image.fromarray(BYTES).quantize(64)
    image.save(tmp_path / "palette.png")
    np.testing.assert_array_equal(read_picture(tmp_path / "palette.png"), np.asarray(image.convert("RGB")))
    tifffile.imwrite(tmp_path / "planes.tif", np.moveaxis(WORDS, -1, 0), photometric="rgb", planarconfig="separate")
    np.testing.assert_array_equal(read_picture(tmp_path / "planes.tif"), WORDS)


def test_a_picture_is_told_by_content_not_by_name(tmp_path: Path) -> None:
    Image.fromarray(BYTES).save(tmp_path / "a.png")
    (tmp_path / "a.png").rename(tmp_path / "a.jpg")
    np.testing.assert_array_equal(read_picture(tmp_path / "a.jpg"), BYTES)


def test_what_is_no_picture(tmp_path: Path) -> None:
    whole = write_picture(WORDS, tmp_path / "whole.png").read_bytes()
    (tmp_path / "cut16.png").write_bytes(whole[: len(whole) // 2])
    whole = write_picture(BYTES, tmp_path / "whole8.png").read_bytes()
    (tmp_path / "cut8.png").write_bytes(whole[: len(whole) // 2])
    whole = write_picture(BYTES, tmp_path / "whole.tif").read_bytes()
    (tmp_path / "cut.tif").write_bytes(whole[:-100])
    (tmp_path / "text.png").write_text("not a picture")
    (tmp_path / "empty.jpg").write_bytes(b"")
    tifffile.imwrite(tmp_path / "nan.tif", np.full((3, 3, 3), np.nan, np.float32), photometric="rgb")
    tifffile.imwrite(tmp_path / "stack.tif", np.zeros((9, 8, 7), np.uint16), photometric="minisblack")
    for name, match in {"cut16.png": "cannot be read as a picture", "cut8.png": "cannot be read as a picture",
                        "cut.tif": "cut off", "text.png": "cannot be read as a picture",
                        "empty.jpg": "cannot be read as a picture", "absent.png": "check its name",
                        "nan.tif": "NaN or infinite", "stack.tif": "open it as a cube"}.items():  # fmt: skip
        with pytest.raises(HydraError, match=match) as caught:
            read_picture(tmp_path / name)
        assert name in str(caught.value)
        assert "\n" not in str(caught.value)


def test_writing_refuses_what_would_lose_numbers_or_files(tmp_path: Path) -> None:
    for picture, name, match in [
        (WORDS, "a.jpg", "cannot hold uint16"),
        (FLOATS, "a.png", "cannot hold float32"),
        (BYTES, "a.gif", "end its name"),
        (BYTES[..., 0], "a.png", "no colour picture"),
        (BYTES, "nowhere/a.png", "not a folder"),
    ]:
        with pytest.raises(HydraError, match=match):
            write_picture(picture, tmp_path / name)
    assert not list(tmp_path.iterdir())
    path = write_picture(BYTES, tmp_path / "a.png")
    with pytest.raises(HydraError, match="exists already"):
        write_picture(BYTES, path)
    write_picture(BYTES[::-1], path, overwrite=True)
    np.testing.assert_array_equal(read_picture(path), BYTES[::-1])
