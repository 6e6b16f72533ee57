"""Numbers read by position are those of a memory map, and a file that changes meanwhile is an error."""

import os
from pathlib import Path

import numpy as np
import pytest

from napari_hydra import HydraError, make_cube, read_cube, write_cube
from napari_hydra.io.numbers import raw_cube, raw_numbers
from napari_hydra.io.numbers.raw_numbers import RawNumbers

ORDERS = {"bsq": (1, 2, 0), "bil": (0, 2, 1), "bip": (0, 1, 2)}
SHAPE = (7, 9, 40)
KEYS = (
    np.s_[:],
    np.s_[3],
    np.s_[-1, 2],
    np.s_[2, 3, 4],
    np.s_[:, :, 5],
    np.s_[:, :, 38:3:-7],
    np.s_[1:5, ::3, 2:30],
    np.s_[..., 7],
    np.s_[2:2, :, :],
    np.s_[:, :, [4, 1, -1]],
    np.s_[[0, 6], 2],
    np.s_[:, np.arange(9) % 2 == 0, 3:9],
    np.s_[np.int64(2), 1:3],
    np.s_[None, 1],
    np.s_[1::3, ::2, :],
    np.s_[::-2, 4],
)


def numbers_in(folder: Path, interleave: str, dtype: str = "<f4", offset: int = 3) -> tuple[RawNumbers, np.ndarray]:
    order = ORDERS[interleave]
    stored = tuple(SHAPE[axis] for axis in np.argsort(order))
    values = np.random.default_rng(1).integers(-9000, 9000, stored).astype(dtype)
    path = folder / "numbers"
    path.write_bytes(bytes(offset) + values.tobytes())
    return RawNumbers(path, dtype, offset, stored, order), values.transpose(order)


@pytest.mark.parametrize("many", [1, 2**16])
@pytest.mark.parametrize("skipped", [8, 4096])
@pytest.mark.parametrize("interleave", ORDERS)
def test_each_key_gives_what_numpy_gives(tmp_path, monkeypatch, interleave, skipped, many):
    monkeypatch.setattr(raw_numbers, "_SKIPPED", skipped)
    monkeypatch.setattr(raw_numbers, "_MANY", many)
    monkeypatch.setattr(raw_numbers, "_PIECE", 2 * 9 * 40 * 4)
    monkeypatch.setattr(raw_numbers, "_TALL", 2)
    numbers, values = numbers_in(tmp_path, interleave)
    assert numbers.shape == SHAPE
    for key in KEYS * 2:  # the second time from the cache
        np.testing.assert_array_equal(numbers[key], values[key])
    np.testing.assert_array_equal(np.asarray(numbers), values)
    part = numbers.part(slice(4, 30))
    for key in KEYS[:9]:
        np.testing.assert_array_equal(part[key], values[:, :, 4:30][key])
    assert part.shape == (7, 9, 26)
    for key in (np.s_[7], np.s_[:, -10], np.s_[:, :, [40]]):
        with pytest.raises(IndexError):
            numbers[key]


@pytest.mark.parametrize("dtype", ["u1", ">i2", ">f8"])
def test_each_type_is_read_as_it_lies(tmp_path, dtype):
    numbers, values = numbers_in(tmp_path, "bil", dtype, offset=0)
    found = numbers[1:3]
    assert found.dtype == np.dtype(dtype)
    np.testing.assert_array_equal(found, values[1:3])


def cut_off(path):
    os.truncate(path, path.stat().st_size // 2)


def replaced(path):
    other = path.with_name("other")
    other.write_bytes(path.read_bytes()[::-1])
    os.replace(other, path)


@pytest.mark.parametrize(
    ("change", "words"),
    [(cut_off, "has been changed"), (replaced, "has been changed"), (Path.unlink, "cannot be read")],
)
def test_a_file_that_changes_while_it_is_open(tmp_path, monkeypatch, change, words):
    monkeypatch.setattr(raw_cube, "LAZY_BYTES", 0)
    cube = make_cube(np.random.default_rng(0).random((6, 5, 4)), [400, 500, 600, 700])
    header = write_cube(cube, tmp_path / "c.hdr")
    lazy = read_cube(header)
    np.testing.assert_array_equal(np.asarray(lazy[:, :, 2]), cube.values[:, :, 2])
    change(tmp_path / "c.img")
    with pytest.raises(HydraError, match=f"c.img {words}"):
        np.asarray(lazy[:, :, 1])


def test_a_file_cut_off_between_two_reads(tmp_path, monkeypatch):
    numbers, _ = numbers_in(tmp_path, "bsq")
    before = os.stat(numbers.path)
    cut_off(numbers.path)
    monkeypatch.setattr(raw_numbers.os, "fstat", lambda _: before)  # as it was when the reading began
    with pytest.raises(HydraError, match="was cut off while it was read"):
        numbers[:]


def test_the_cache_forgets_the_oldest(tmp_path):
    blocks = raw_numbers._Blocks(100)
    for number in range(5):
        blocks.keep(number, np.zeros(40, np.uint8))
    assert [number for number in range(5) if blocks.find(number) is not None] == [3, 4]
