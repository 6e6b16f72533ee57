"""Sizes that files declare: believed where the file can hold them, in every format; valid neighbours still open."""

import io
import struct
import zipfile
import zlib

import h5py
import numpy as np
import pytest
import tifffile
import zarr

from napari_hydra import HydraError, describe_file, make_cube, read_cube, read_picture, write_cube
from napari_hydra.io import is_cube_file
from napari_hydra.io.files.declared_size import LIMIT_VARIABLE

NM = np.linspace(500, 700, 11)


def blank_hdf5(path, shape, **kwargs):
    with h5py.File(path, "w") as file:
        file.create_dataset("cube", shape, np.float32, **kwargs)
        file["wavelength"] = NM
    return path


def lying_npz(path, shape):
    head = io.BytesIO()
    np.lib.format.write_array_header_1_0(head, {"descr": "<f4", "fortran_order": False, "shape": shape})
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("cube.npy", head.getvalue() + bytes(100))
    return path


def lying_tiff(path, tag, value):
    tifffile.imwrite(path, np.zeros((11, 9, 8), np.float32), photometric="minisblack")
    data = bytearray(path.read_bytes())
    offset = struct.unpack_from("<I", data, 4)[0]
    while offset:
        count = struct.unpack_from("<H", data, offset)[0]
        for at in range(offset + 2, offset + 2 + 12 * count, 12):
            if struct.unpack_from("<H", data, at)[0] == tag:
                struct.pack_into("<HI", data, at + 2, 4, 1)
                struct.pack_into("<I", data, at + 8, value)
        offset = struct.unpack_from("<I", data, offset + 2 + 12 * count)[0]
    path.write_bytes(data)
    return path


def lying_png(path):
    head = struct.pack(">IIBBBBB", 12000, 12000, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(bytes(100))), (b"IEND", b""))
    parts = (struct.pack(">I", len(d)) + k + d + struct.pack(">I", zlib.crc32(k + d)) for k, d in chunks)
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(parts))
    return path


def huge_zarr(path, chunks):
    root = zarr.create_group(path, zarr_format=2)
    root.create_array("cube", shape=(11, 200_000, 200_000), chunks=chunks, dtype="f4", fill_value=0)
    root.create_array("wavelength", data=NM)
    return path


@pytest.mark.parametrize(
    ("name", "make"),
    [
        ("fill.h5", lambda p: blank_hdf5(p, (200_000, 200_000, 11))),
        ("chunks.h5", lambda p: blank_hdf5(p, (200_000, 200_000, 11), chunks=(100, 100, 11), compression="gzip")),
        ("fill.nc", lambda p: blank_hdf5(p, (200_000, 200_000, 11))),
        ("lie.npz", lambda p: lying_npz(p, (100_000, 100_000, 11))),
        ("wide.tif", lambda p: lying_tiff(p, 256, 60_000_000)),
        ("huge.zarr", lambda p: huge_zarr(p, (11, 100, 100))),
        ("chunk.zarr", lambda p: huge_zarr(p, (11, 200_000, 200_000))),
    ],
)
def test_a_small_file_that_declares_much_is_refused(tmp_path, name, make):
    path = make(tmp_path / name)
    assert not is_cube_file(path)
    for ask in (read_cube, describe_file):
        with pytest.raises(HydraError, match=r"declares .*([GT]iB)"):
            ask(path)


def test_a_small_picture_that_declares_much_is_refused(tmp_path):
    for ask in (read_picture, describe_file):
        with pytest.raises(HydraError, match="declares"):
            ask(lying_png(tmp_path / "large.png"))


@pytest.mark.parametrize("compression", [None, "gzip", "lzf"])
def test_blank_and_compressed_hdf5_opens(tmp_path, compression):
    path = blank_hdf5(tmp_path / "blank.h5", (300, 300, 11), chunks=(100, 100, 11), compression=compression)
    assert (read_cube(path).values == 0).all()


def test_the_limit_can_be_changed(tmp_path, monkeypatch):
    path = blank_hdf5(tmp_path / "blank.h5", (300, 300, 11), chunks=(100, 100, 11))
    monkeypatch.setenv(LIMIT_VARIABLE, "0.001")
    with pytest.raises(HydraError, match=LIMIT_VARIABLE):
        read_cube(path)
    monkeypatch.setenv(LIMIT_VARIABLE, "0.01")
    assert read_cube(path).shape == (300, 300, 11)
    monkeypatch.setenv(LIMIT_VARIABLE, "much")
    with pytest.raises(HydraError, match="not a number"):
        read_cube(path)


@pytest.mark.parametrize("compression", [None, "zlib", "lzw", "packbits", "zstd"])
def test_tiff_of_one_number_opens(tmp_path, compression):
    values = np.full((11, 400, 500), 7, np.uint16)
    tifffile.imwrite(tmp_path / "even.tif", values, photometric="minisblack", compression=compression)
    cube = read_cube(tmp_path / "even.tif", wavelengths=NM)
    assert (cube.values == 7).all()


def test_even_picture_opens(tmp_path):
    from PIL import Image

    for mode in ("1", "L", "P", "RGB"):
        Image.new(mode, (3000, 2000)).save(tmp_path / f"{mode}.png")
        assert read_picture(tmp_path / f"{mode}.png").shape == (2000, 3000, 3) if mode == "RGB" else True
    Image.new("RGB", (3000, 2000)).save(tmp_path / "even.jpg", progressive=True)
    assert not read_picture(tmp_path / "even.jpg").any()


@pytest.mark.parametrize("next_at", ["circle", "far"])
def test_a_damaged_chain_of_pages_ends_at_once(tmp_path, next_at):
    path = lying_tiff(tmp_path / "chain.tif", 256, 8)
    data = bytearray(path.read_bytes())
    first = struct.unpack_from("<I", data, 4)[0]
    count = struct.unpack_from("<H", data, first)[0]
    struct.pack_into("<I", data, first + 2 + 12 * count, first if next_at == "circle" else 2**31)
    path.write_bytes(data)
    assert not is_cube_file(path)
    with pytest.raises(HydraError, match="damaged"):
        read_cube(path)


@pytest.mark.parametrize("name", ["c.hdr", "c.zarr", "c.mat", "c.tif", "c.nc", "c.npz"])
def test_what_we_write_opens_with_its_numbers(tmp_path, name):
    values = np.random.default_rng(0).random((9, 8, 11), dtype=np.float32)
    values[:4] = np.nan
    path = write_cube(make_cube(values, NM, ignore_value=-1), tmp_path / name)
    np.testing.assert_array_equal(read_cube(path).values, values)
