"""Chunks that are not there, or damaged."""

import numpy as np
import pytest
import zarr

from napari_hydra import HydraError, make_cube, read_cube, write_cube
from napari_hydra.io.numbers import raw_cube

NM = np.linspace(500, 700, 11)


@pytest.fixture
def masked(tmp_path):
    values = np.ones((200, 200, 11), np.float32)
    values[:128] = np.nan
    return write_cube(make_cube(values, NM, ignore_value=-1), tmp_path / "c.zarr"), values


def test_chunks_of_nothing_are_not_stored_and_no_loss(masked):
    path, values = masked
    assert not (path / "reflectance" / "0.0.0").exists()
    cube = read_cube(path)
    np.testing.assert_array_equal(cube.values, values)
    assert any("2 of 4 chunks" in line and "as missing" in line for line in cube.attrs["history"])


def test_a_lost_chunk_of_ours_is_an_error(masked):
    (masked[0] / "reflectance" / "0.1.0").unlink()
    with pytest.raises(HydraError, match=r"lost the chunk reflectance/0\.1\.0"):
        read_cube(masked[0])


@pytest.mark.parametrize("fill", [np.nan, 0.0])
def test_an_absent_chunk_of_others_is_counted(tmp_path, fill):
    root = zarr.create_group(tmp_path / "c.zarr", zarr_format=3)
    array = root.create_array("cube", shape=(11, 8, 8), chunks=(11, 8, 4), dtype="f4", fill_value=fill)
    array[:, :, :4] = 1
    root.create_array("wavelength", data=NM)
    cube = read_cube(tmp_path / "c.zarr")
    (line,) = (line for line in cube.attrs["history"] if "chunks" in line)
    assert line.startswith("1 of 2 chunks of 'cube' are not stored")
    np.testing.assert_array_equal(cube.values[:, 4:], np.full((8, 4, 11), fill, np.float32))


@pytest.mark.parametrize("damage", [lambda raw: raw[:20], lambda raw: raw[:16] + b"\xff" * (len(raw) - 16)])
@pytest.mark.parametrize("lazy", [False, True])
def test_a_damaged_chunk_is_told_when_it_is_read(masked, monkeypatch, lazy, damage):
    path, _ = masked
    if lazy:
        monkeypatch.setattr(raw_cube, "LAZY_BYTES", 1000)
    chunk = path / "reflectance" / "0.1.0"
    chunk.write_bytes(damage(chunk.read_bytes()))
    with pytest.raises(HydraError, match=r"c\.zarr cannot be read as a cube at the chunk of"):
        read_cube(path).values  # noqa: B018
