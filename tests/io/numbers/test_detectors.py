"""Interleaved detectors are told apart; any other list, even or not, is one detector."""

from pathlib import Path

import numpy as np
import pytest
from io_helpers import assert_same, unpacker

from napari_hydra.io import read_cube, write_cube
from napari_hydra.io.numbers.detectors import split_interleaved


def test_two_grids_that_interleave() -> None:
    first, second = np.arange(420, 1000, 8.0), 902 + np.cumsum(9.5 + 0.01 * np.arange(100))
    both = np.concatenate([first, second])
    order = np.argsort(both)
    expected = np.repeat([0, 1], [first.size, second.size])[order]
    found = split_interleaved(both[order])
    assert found is not None
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize(
    "wavelengths",
    [
        np.arange(400, 701, 10.0),
        np.geomspace(400, 2500, 200),
        np.r_[400:500:10, 500:1000:5],  # the step halves
        np.r_[400:500:10, 500:600:5, 600:1000:10],  # a fine part
        np.r_[400:500:10, 500:600:5, 600:1000:7],
        np.r_[400:1300:10, 1500:1800:10, 2000:2400:10],  # water bands cut out
        np.delete(np.arange(400.0, 1000, 5), [3, 17, 18, 40]),
        [443, 490, 560, 665, 705, 740, 783, 842, 865, 945, 1610, 2190],  # Sentinel-2
        [500, 600],
    ],
)
def test_one_detector(wavelengths: np.ndarray) -> None:
    assert split_interleaved(np.asarray(wavelengths, dtype=float)) is None


def test_random_lists_are_one_detector() -> None:
    rng = np.random.default_rng(0)
    assert all(split_interleaved(np.sort(rng.uniform(400, 1000, 60))) is None for _ in range(200))


def test_measured_lists(shared: Path) -> None:
    read = unpacker(shared)
    for group, count in {"enmap-val": 2, "neon-val": 1, "cave-val": 1}.items():
        for path in sorted((shared / group).glob("*.hsc"))[:3]:
            wavelengths = np.asarray(read(path)[1]["wavelengths"], dtype=float)
            found = split_interleaved(wavelengths)
            assert (found is None) == (count == 1), path.stem
            if found is not None:
                assert found.max() == 1
                assert 990 < wavelengths[found == 0].max() < 1000
                assert wavelengths[found == 1].min() == pytest.approx(902.257)


def test_a_reader_names_the_detectors_and_a_writer_keeps_them(tmp_path: Path) -> None:
    wavelengths = np.sort(np.r_[420:1000:8, 902.5:1500:10])
    np.savez(tmp_path / "a.npz", cube=np.zeros((2, 3, wavelengths.size)), wavelengths=wavelengths)
    cube = read_cube(tmp_path / "a.npz")
    assert cube.detector.values.max() == 1
    assert "2 detectors" in " ".join(cube.attrs["history"])
    assert_same(read_cube(write_cube(cube, tmp_path / "b.hdr")), cube)
    plain = read_cube(write_cube(cube.drop_vars("detector"), tmp_path / "c.hdr"))
    assert "detector" not in plain.coords
