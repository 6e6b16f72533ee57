"""Raw photographs are developed linearly, or refused with what to do; their preview is never taken for them."""

import shutil
import sys
from pathlib import Path

import numpy as np
import pytest
import tifffile

from napari_hydra.camera import linearise
from napari_hydra.errors import HydraError
from napari_hydra.io import PictureNotice, read_picture

RNG = np.random.default_rng(2)
TO_CAMERA = np.array([[0.6, -0.15, -0.05], [-0.4, 1.2, 0.2], [-0.1, 0.2, 0.55]])  # from XYZ
SRGB_TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
BLACK, WHITE, PATCH = 256, 4000, 32
PATCHES = RNG.uniform(0, 0.8, (4, 5, 3))
PATCHES[0, 0], PATCHES[0, 1] = 1, (0.9, 0.02, -0.02)  # white, and a red outside sRGB


def rationals(values):
    return [number for value in np.ravel(values) for number in (round(value * 10000), 10000)]


def write_dng(path: Path, *, linear: bool = False, orientation: int = 1, preview: bool = True) -> Path:
    """A DNG of patches of linear sRGB, as a mosaic or as three colours a pixel, with a preview in front."""
    white = TO_CAMERA @ SRGB_TO_XYZ @ np.ones(3)
    seen = PATCHES @ SRGB_TO_XYZ.T @ TO_CAMERA.T / white.max()
    numbers = np.kron(BLACK + seen * (WHITE - BLACK), np.ones((PATCH, PATCH, 1))).round().astype(np.uint16)
    samples = 3
    tags = []
    if not linear:
        y, x = np.mgrid[: numbers.shape[0], : numbers.shape[1]]
        channel = np.array([[0, 1], [1, 2]])[y % 2, x % 2]
        numbers = np.take_along_axis(numbers, channel[..., None], axis=2)[..., 0]
        samples = 1
        tags = [(33421, "H", 2, (2, 2), True), (33422, "B", 4, bytes((0, 1, 1, 2)), True)]
    levels = [
        (tag, "H", samples, (level,) * samples if samples > 1 else level, True)
        for tag, level in ((50714, BLACK), (50717, WHITE))
    ]
    camera = [
        (50706, "B", 4, bytes((1, 4, 0, 0)), True),
        (50708, "s", 0, "Camera of a test", True),
        (50721, "2i", 9, tuple(rationals(TO_CAMERA)), True),
        (50778, "H", 1, 21, True),
        (50728, "2I", 3, tuple(rationals(white / white.max())), True),
        (274, "H", 1, orientation, True),
    ]
    kind = 34892 if linear else 32803
    with tifffile.TiffWriter(path) as file:
        if preview:
            small = np.full((8, 10, 3), 77, np.uint8)
            file.write(small, photometric="rgb", subfiletype=1, subifds=1, metadata=None, extratags=camera)
            file.write(numbers, photometric=kind, subfiletype=0, metadata=None, extratags=tags + levels)
        else:
            file.write(numbers, photometric=kind, metadata=None, extratags=camera + tags + levels)
    return path


@pytest.mark.parametrize("name", ["a.dng", "a.nef", "a.arw", "a.tif"])
def test_without_rawpy_one_sentence_says_how(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setitem(sys.modules, "rawpy", None)
    path = write_dng(tmp_path / name)
    with pytest.raises(HydraError, match=r"a raw photograph of a camera; .*\[raw\].*linear TIFF of 16 bits") as caught:
        read_picture(path)
    assert name in str(caught.value)


@pytest.mark.parametrize(
    "head",
    [
        b"FUJIFILMCCD-RAW 0201",
        b"\0\0\0\x18ftypcrx \0\0\0\1",
        b"IIRO\x08\0\0\0",
        b"IIU\0\x08\0\0\0",
        b"II*\0\x10\0\0\0CR\2\0",
    ],
    ids=["RAF", "CR3", "ORF", "RW2", "CR2"],
)
def test_raw_files_of_other_makers_are_known_by_their_heads(tmp_path, monkeypatch, head) -> None:
    monkeypatch.setitem(sys.modules, "rawpy", None)
    path = tmp_path / "a.bin"
    path.write_bytes(head.ljust(200, b"\0"))
    with pytest.raises(HydraError, match="raw photograph"):
        read_picture(path)


def test_an_ordinary_picture_with_such_a_name_is_read(tmp_path: Path) -> None:
    picture = RNG.integers(0, 256, (9, 8, 3), dtype=np.uint8)
    tifffile.imwrite(tmp_path / "a.tif", picture, photometric="rgb", description="ordinary")
    np.testing.assert_array_equal(read_picture(tmp_path / "a.tif"), picture)
    from PIL import Image

    Image.fromarray(picture).save(tmp_path / "b.png")
    shutil.copy(tmp_path / "b.png", tmp_path / "b.dng")
    np.testing.assert_array_equal(read_picture(tmp_path / "b.dng"), picture)


@pytest.mark.parametrize("linear", [False, True], ids=["mosaic", "three colours a pixel"])
@pytest.mark.parametrize("preview", [False, True], ids=["alone", "with a preview"])
def test_the_light_of_a_raw_photograph(tmp_path: Path, linear: bool, preview: bool) -> None:
    pytest.importorskip("rawpy")
    with pytest.warns(PictureNotice, match="developed linearly, white balance as shot"):
        found = read_picture(write_dng(tmp_path / "a.dng", linear=linear, preview=preview))
    assert found.dtype == np.uint16
    assert found.shape == (4 * PATCH, 5 * PATCH, 3)
    light = linearise(found).reshape(4, PATCH, 5, PATCH, 3)[:, 8:24, :, 8:24].mean((1, 3))
    np.testing.assert_allclose(light, PATCHES, atol=2e-3)  # white at 1, black at 0, the red unclipped


def test_a_raw_photograph_stands_upright(tmp_path: Path) -> None:
    pytest.importorskip("rawpy")
    with pytest.warns(PictureNotice):
        found = read_picture(write_dng(tmp_path / "a.dng", orientation=6, preview=False))
    assert found.shape == (5 * PATCH, 4 * PATCH, 3)
    np.testing.assert_allclose(linearise(found)[8:24, -24:-8].mean((0, 1)), 1, atol=2e-3)


def test_a_raw_file_that_cannot_be_developed(tmp_path: Path) -> None:
    pytest.importorskip("rawpy")
    (tmp_path / "a.raf").write_bytes(b"FUJIFILMCCD-RAW 0201".ljust(3000, b"\0"))
    with pytest.raises(HydraError, match=r"a\.raf is a raw photograph that cannot be developed"):
        read_picture(tmp_path / "a.raf")
