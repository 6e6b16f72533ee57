"""Colours as files of other programs say them: profiles, inks, chunks and tags; converted or refused, never misread."""

import struct
import warnings
import zlib
from pathlib import Path

import imagecodecs
import numpy as np
import pytest
import tifffile
from PIL import Image, ImageCms

from napari_hydra.camera import Picture, encode_curve, linearise
from napari_hydra.camera.colour_profile import D50, D65, DISPLAY_P3, PROPHOTO, SRGB, make_profile
from napari_hydra.errors import HydraError
from napari_hydra.io import PictureNotice, describe_file, read_picture, write_picture

RNG = np.random.default_rng(0)
BYTES = RNG.integers(0, 256, (12, 17, 3), dtype=np.uint8)
WORDS = RNG.integers(0, 65536, (12, 17, 3), dtype=np.uint16)
P3 = make_profile(DISPLAY_P3)


def quietly(path):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PictureNotice)
        return read_picture(path)


def png_with(array, **chunks):
    """A PNG with chunks put after its header."""
    data = imagecodecs.png_encode(array)
    added = b""
    for name, body in chunks.items():
        tagged = name.encode() + body
        added += struct.pack(">I", len(body)) + tagged + struct.pack(">I", zlib.crc32(tagged))
    return data[:33] + added + data[33:]


def pillow(name):
    return lambda path: Image.fromarray(BYTES).save(path / name, icc_profile=P3)


WRITERS = {
    "Pillow PNG": ("a.png", BYTES, pillow("a.png")),
    "Pillow TIFF": ("a.tif", BYTES, pillow("a.tif")),
    "tifffile 16 bit": (
        "a.tif",
        WORDS,
        lambda path: tifffile.imwrite(path / "a.tif", WORDS, photometric="rgb", iccprofile=P3),
    ),
    "tifffile planes": (
        "a.tif",
        WORDS,
        lambda path: tifffile.imwrite(
            path / "a.tif", np.moveaxis(WORDS, -1, 0), photometric="rgb", planarconfig="separate", iccprofile=P3
        ),
    ),
    "tifffile float": (
        "a.tif",
        (WORDS / 65535).astype(np.float32),
        lambda path: tifffile.imwrite(
            path / "a.tif", (WORDS / 65535).astype(np.float32), photometric="rgb", iccprofile=P3
        ),
    ),
    "16-bit PNG": (
        "a.png",
        WORDS,
        lambda path: (path / "a.png").write_bytes(png_with(WORDS, iCCP=b"p3\0\0" + zlib.compress(P3))),
    ),
    "ours, 16-bit PNG": ("a.png", WORDS, lambda path: write_picture(Picture(WORDS, profile=P3), path / "a.png")),
    "ours, TIFF": ("a.tif", BYTES, lambda path: write_picture(Picture(BYTES, profile=P3), path / "a.tif")),
}


@pytest.mark.parametrize("writer", WRITERS)
def test_a_profile_comes_with_the_numbers_of_the_file(tmp_path: Path, writer: str) -> None:
    name, numbers, write = WRITERS[writer]
    write(tmp_path)
    with pytest.warns(PictureNotice, match=f"{name} is read by its colour profile"):
        found = read_picture(tmp_path / name)
    assert found.dtype == numbers.dtype
    np.testing.assert_array_equal(found, numbers)
    assert found.profile == P3
    assert "colour profile" in describe_file(tmp_path / name).details


def test_jpeg_of_a_telephone(tmp_path: Path) -> None:
    smooth = np.dstack(np.meshgrid(np.linspace(20, 230, 64), np.linspace(20, 230, 48))).astype(np.uint8)
    seen = np.dstack([smooth, smooth[..., :1]])
    exif = Image.Exif()
    exif[274] = 6
    Image.fromarray(np.rot90(seen)).save(tmp_path / "a.jpg", quality=98, subsampling=0, icc_profile=P3, exif=exif)
    found = quietly(tmp_path / "a.jpg")
    assert found.shape == seen.shape
    assert found.profile == P3
    np.testing.assert_allclose(linearise(found), linearise(Picture(seen, profile=P3)), atol=0.03)


def test_srgb_however_it_is_declared_reads_as_ever(tmp_path: Path) -> None:
    pillows = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    corners = struct.pack(">8I", 31270, 32900, 64000, 33000, 30000, 60000, 15000, 6000)
    Image.fromarray(BYTES).save(tmp_path / "a.png", icc_profile=pillows)
    Image.fromarray(BYTES).save(tmp_path / "b.tif", icc_profile=imagecodecs.cms_profile("srgb"))
    (tmp_path / "c.png").write_bytes(png_with(BYTES, gAMA=struct.pack(">I", 45455), cHRM=corners))
    (tmp_path / "d.png").write_bytes(png_with(BYTES, sRGB=b"\0", gAMA=struct.pack(">I", 45455)))
    (tmp_path / "e.png").write_bytes(png_with(BYTES, cICP=bytes((1, 13, 0, 1))))
    corners_of_tiff = (64, 100, 33, 100, 3, 10, 6, 10, 15, 100, 6, 100)
    tags = [(318, "2I", 2, (3127, 10000, 329, 1000), True), (319, "2I", 6, corners_of_tiff, True)]
    tifffile.imwrite(tmp_path / "f.tif", BYTES, photometric="rgb", extratags=tags)
    for path in sorted(tmp_path.iterdir()):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            found = read_picture(path)
        np.testing.assert_array_equal(found, BYTES, err_msg=path.name)
        assert found.is_plain, path.name


def test_colour_spaces_without_a_profile(tmp_path: Path) -> None:
    corners = struct.pack(">8I", 31270, 32900, 68000, 32000, 26500, 69000, 15000, 6000)
    (tmp_path / "chrm.png").write_bytes(png_with(BYTES, gAMA=struct.pack(">I", 45455), cHRM=corners))
    (tmp_path / "cicp.png").write_bytes(png_with(WORDS, cICP=bytes((12, 13, 0, 1))))
    (tmp_path / "linear.png").write_bytes(png_with(WORDS, gAMA=struct.pack(">I", 100000)))
    exif = Image.Exif()
    exif.get_ifd(0x8769)[0xA001] = 0xFFFF
    exif.get_ifd(0x8769)[0xA005] = {1: "R03"}
    Image.fromarray(BYTES).save(tmp_path / "r03.jpg", quality=100, subsampling=0, exif=exif)
    tags = [(319, "2I", 6, (68, 100, 32, 100, 265, 1000, 69, 100, 15, 100, 6, 100), True)]
    tifffile.imwrite(tmp_path / "tags.tif", WORDS, photometric="rgb", extratags=tags)
    adobe = imagecodecs.cms_profile("adobergb")
    for name, numbers, profile in [
        ("chrm.png", BYTES, P3),
        ("cicp.png", WORDS, P3),
        ("linear.png", WORDS, make_profile(SRGB, D65, 1.0)),
        ("r03.jpg", None, adobe),
        ("tags.tif", WORDS, P3),
    ]:
        with pytest.warns(PictureNotice, match="colour profile"):
            found = read_picture(tmp_path / name)
        expected = Picture(np.asarray(found) if numbers is None else numbers, profile=profile)
        np.testing.assert_allclose(linearise(found), linearise(expected), atol=1e-3, err_msg=name)
    (tmp_path / "hdr.png").write_bytes(png_with(BYTES, cICP=bytes((9, 16, 0, 1))))
    with pytest.warns(PictureNotice, match="cICP 9, 16"):
        np.testing.assert_array_equal(read_picture(tmp_path / "hdr.png"), BYTES)


def test_grey_with_a_grey_profile(tmp_path: Path) -> None:
    Image.fromarray(BYTES[..., 0]).save(tmp_path / "a.png", icc_profile=imagecodecs.cms_profile("gray", gamma=1.0))
    found = quietly(tmp_path / "a.png")
    np.testing.assert_allclose(linearise(found), np.repeat(BYTES[..., :1] / 255, 3, 2), atol=1e-4)
    Image.fromarray(BYTES[..., 0]).save(tmp_path / "b.png", icc_profile=imagecodecs.cms_profile("gray", gamma=2.2))
    assert "grey" in " ".join(quietly(tmp_path / "b.png").history)


def test_a_profile_that_cannot_be_used_is_said(tmp_path: Path) -> None:
    Image.fromarray(BYTES).save(tmp_path / "damaged.png", icc_profile=P3[:150])
    Image.fromarray(BYTES).save(tmp_path / "grey.png", icc_profile=imagecodecs.cms_profile("gray", gamma=1.0))
    for name, match in {"damaged.png": "cannot be used", "grey.png": "other channels"}.items():
        with pytest.warns(PictureNotice, match=match):
            found = read_picture(tmp_path / name)
        np.testing.assert_array_equal(found, BYTES)
        assert found.profile is None


def test_cmyk(tmp_path: Path) -> None:
    inks = RNG.integers(0, 256, (6, 7, 4), dtype=np.uint8)
    image = Image.fromarray(inks, "CMYK")
    image.save(tmp_path / "a.tif")
    tifffile.imwrite(tmp_path / "b.tif", inks.astype(np.uint16) * 257, photometric="separated")
    expected = np.asarray(image.convert("RGB"))
    for name in ("a.tif", "b.tif"):
        with pytest.warns(PictureNotice, match="CMYK without a colour profile"):
            found = read_picture(tmp_path / name)
        assert found.shape == (6, 7, 3)
        np.testing.assert_allclose(found / np.iinfo(found.dtype).max, expected / 255, atol=0.005)
    tifffile.imwrite(tmp_path / "c.tif", inks, photometric="separated", extratags=[(332, 3, 1, 2, True)])
    with pytest.raises(HydraError, match=r"c\.tif holds inks other than CMYK"):
        read_picture(tmp_path / "c.tif")


def test_lab_of_pillow_and_of_16_bits(tmp_path: Path) -> None:
    srgb = np.round(encode_curve(RNG.uniform(0.05, 0.9, (6, 7, 3))) * 255).astype(np.uint8)
    lab = ImageCms.profileToProfile(
        Image.fromarray(srgb), ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB"), outputMode="LAB"
    )
    lab.save(tmp_path / "a.tif")
    with pytest.warns(PictureNotice, match=r"is L\*a\*b\*"):
        found = read_picture(tmp_path / "a.tif")
    np.testing.assert_allclose(linearise(found), linearise(srgb), atol=0.02)
    exact = np.array([[[50.0, 20.0, -30.0], [100.0, 0.0, 0.0], [80.0, -60.0, 70.0]]] * 2)
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    expected = imagecodecs.cms_transform(
        exact.astype(np.float32), profile, make_profile(SRGB, D65, 1.0), colorspace="lab", outcolorspace="rgb", intent=1
    )
    cie = np.dstack([exact[..., :1] * 655.35, exact[..., 1:] * 256]).round().astype(np.int32).astype(np.uint16)
    icc = np.dstack([exact[..., :1] * 652.8, exact[..., 1:] * 256 + 32768]).round().astype(np.uint16)
    for name, numbers in {"cielab": cie, "icclab": icc}.items():
        tifffile.imwrite(tmp_path / f"{name}.tif", numbers, photometric=name)
        np.testing.assert_allclose(linearise(quietly(tmp_path / f"{name}.tif")), expected, atol=1e-3, err_msg=name)


def test_other_photometrics_are_refused(tmp_path: Path) -> None:
    for name in ("ycbcr", "logluv", "itulab", "depth_map"):
        numbers = BYTES[..., 0] if name == "depth_map" else BYTES
        tifffile.imwrite(tmp_path / f"{name}.tif", numbers, photometric=name)
        with pytest.raises(HydraError, match=f"{name.upper()} numbers, which are not read as colours"):
            read_picture(tmp_path / f"{name}.tif")
    Image.fromarray(np.full((16, 16, 3), 90, np.uint8)).save(tmp_path / "jpeg.tif", compression="jpeg")
    assert np.abs(quietly(tmp_path / "jpeg.tif").astype(int) - 90).max() <= 2


def test_the_picture_is_read_and_not_its_preview(tmp_path: Path) -> None:
    with tifffile.TiffWriter(tmp_path / "a.tif") as file:
        file.write(BYTES[::4, ::4].copy(), photometric="rgb", subfiletype=1, subifds=1, metadata=None)
        file.write(BYTES, photometric="rgb", subfiletype=0, metadata=None)
    np.testing.assert_array_equal(quietly(tmp_path / "a.tif"), BYTES)
    tifffile.imwrite(tmp_path / "b.tif", BYTES, photometric="rgb", subfiletype=1)
    with pytest.raises(HydraError, match=r"b\.tif holds a preview and no picture"):
        read_picture(tmp_path / "b.tif")


def test_wide_colours_of_inks_are_not_clipped_to_srgb(tmp_path: Path) -> None:
    wide = Picture(WORDS, profile=make_profile(PROPHOTO, D50, 1.8))
    assert linearise(wide).min() < -0.2
    path = write_picture(wide, tmp_path / "a.tif")
    np.testing.assert_array_equal(linearise(quietly(path)), linearise(wide))
    with pytest.raises(HydraError, match="cannot hold the colour profile"):
        write_picture(Picture(BYTES, profile=P3), tmp_path / "a.bmp")
