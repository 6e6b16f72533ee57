"""A file never chooses what else is read."""

import os
import shutil

import h5py
import numpy as np
import pytest
import tifffile

from napari_hydra import HydraError, describe_file, make_cube, read_cube, read_picture, write_cube
from napari_hydra.io import is_cube_file, read_library

NM = np.linspace(500, 700, 11)


@pytest.fixture
def secret(tmp_path):
    path = tmp_path / "elsewhere" / "secret.bin"
    path.parent.mkdir()
    path.write_bytes(bytes(range(256)) * 40)
    return path


def linked(path, secret, how):
    shape = (9, 8, 11)
    with h5py.File(path, "w") as file:
        file["wavelength"] = NM
        if how == "storage":
            file.create_dataset("cube", shape, "u1", external=[(str(secret), 0, 9 * 8 * 11)])
        elif how == "link":
            with h5py.File(secret.with_suffix(".h5"), "w") as other:
                other["cube"] = np.ones(shape)
            file["cube"] = h5py.ExternalLink(str(secret.with_suffix(".h5")), "cube")
        else:
            layout = h5py.VirtualLayout(shape, "f4")
            layout[:] = h5py.VirtualSource(str(secret), "cube", shape)
            file.create_virtual_dataset("cube", layout)
    return path


@pytest.mark.parametrize("how", ["storage", "link", "virtual"])
@pytest.mark.parametrize("suffix", [".h5", ".nc", ".mat"])
def test_hdf5_that_points_to_other_files_is_refused(tmp_path, secret, how, suffix):
    path = linked(tmp_path / f"c{suffix}", secret, how)
    assert not is_cube_file(path)
    for ask in (read_cube, describe_file):
        with pytest.raises(HydraError, match="another file"):
            ask(path)


def test_links_within_an_hdf5_file_are_fine(tmp_path):
    with h5py.File(tmp_path / "c.h5", "w") as file:
        file["group/cube"] = np.ones((9, 8, 11))
        file["group/back"] = h5py.SoftLink("/")
        file["group/circle"] = file["/"]
        file["wavelength"] = NM
    assert read_cube(tmp_path / "c.h5").shape == (9, 8, 11)


def test_links_out_of_a_zarr_are_refused(tmp_path, secret):
    path = write_cube(make_cube(np.ones((9, 8, 11)), NM), tmp_path / "c.zarr")
    chunk = path / "reflectance" / "0.0.0"
    shutil.move(chunk, path / "reflectance" / "kept")
    chunk.symlink_to("kept")
    assert (read_cube(path).values == 1).all()  # a link within it
    chunk.unlink()
    chunk.symlink_to(secret)
    assert not is_cube_file(path)
    with pytest.raises(HydraError, match="leads out"):
        read_cube(path)


def test_a_tiff_of_other_words_is_no_tiff(tmp_path, secret):
    (tmp_path / "c.tif").write_text(f'<VRTDataset><SourceFilename relative="0">{secret}</SourceFilename></VRTDataset>')
    assert not is_cube_file(tmp_path / "c.tif")
    for ask in (read_cube, read_picture):
        with pytest.raises(HydraError):
            ask(tmp_path / "c.tif")


@pytest.mark.parametrize("tag", [270, 42112])
def test_entities_in_xml_are_refused(tmp_path, secret, tag):
    text = f'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "file://{secret}">]><a>&x;</a>'
    extra = {"description": text} if tag == 270 else {"extratags": [(tag, 2, 0, text, True)]}
    tifffile.imwrite(tmp_path / "c.tif", np.ones((11, 9, 8), "f4"), photometric="minisblack", metadata=None, **extra)
    with pytest.raises(HydraError, match="entities"):
        read_cube(tmp_path / "c.tif", wavelengths=NM)


def test_ome_sets_of_several_files_are_refused_and_single_ones_open(tmp_path):
    values = np.random.default_rng(0).random((11, 9, 8), dtype=np.float32)
    path = tmp_path / "c.ome.tif"
    tifffile.imwrite(path, values, photometric="minisblack", metadata={"axes": "CYX"})
    np.testing.assert_array_equal(read_cube(path, wavelengths=NM).values, values.transpose(1, 2, 0))
    with tifffile.TiffFile(path) as file:
        text = file.ome_metadata
    data = '<TiffData IFD="0" PlaneCount="1" FirstC="{}"><UUID FileName="{}.tif">urn:uuid:{}</UUID></TiffData>'
    parts = "".join(data.format(i, i, i) for i in range(2))
    head, _, tail = text.partition("<TiffData")
    several = head + parts + tail.partition("/>")[2]
    tifffile.imwrite(path, values, photometric="minisblack", metadata=None, description=several.encode())
    with pytest.raises(HydraError, match="several files"):
        read_cube(path, wavelengths=NM)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes on this system")
@pytest.mark.parametrize("name", ["c.hdr", "c.tif", "c.png", "c.h5", "c.npz", "c.csv", "c.mat"])
def test_pipes_are_refused_and_not_waited_for(tmp_path, name):
    path = tmp_path / name
    os.mkfifo(path)
    assert not is_cube_file(path)
    for ask in (read_cube, read_picture, read_library, describe_file):
        with pytest.raises(HydraError):
            ask(path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes on this system")
def test_a_pipe_beside_data_is_no_header(tmp_path):
    os.mkfifo(tmp_path / "c.hdr")
    (tmp_path / "c.bsq").write_bytes(bytes(100))
    assert not is_cube_file(tmp_path / "c.bsq")


def test_numbers_of_a_header_that_lie_elsewhere(tmp_path):
    here, elsewhere, farm = (tmp_path / name for name in ("here", "elsewhere", "farm"))
    for folder in (here, elsewhere, farm):
        folder.mkdir()
    cube = make_cube(np.random.default_rng(0).random((4, 3, 5)), np.linspace(400, 700, 5))
    write_cube(cube, here / "c.hdr")
    (here / "c.img").rename(elsewhere / "c.img")
    (here / "c.img").symlink_to(elsewhere / "c.img")
    with pytest.raises(HydraError, match=r"c\.img is a link that leads out"):
        read_cube(here / "c.hdr")
    # what the user opens is the user's choice, and so are links to both
    np.testing.assert_array_equal(read_cube(here / "c.img").values, cube.values)
    write_cube(cube, elsewhere / "c.hdr", overwrite=True)
    for name in ("c.hdr", "c.img"):
        (farm / name).symlink_to(elsewhere / name)
    np.testing.assert_array_equal(read_cube(farm / "c.hdr").values, cube.values)
