"""Missing values, declared and not; what is black, bright or dark in truth stays."""

import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from foreign_files import TRUTH, centre_items, envi, gdal_tiff, hdf5, netcdf, zarr_store

from napari_hydra.io import CubeNotice, read_cube
from napari_hydra.io.numbers import raw_cube

FLOATS = TRUTH.astype("<f4")
COUNTS = np.round(TRUTH * 1e4).astype("<i2")
FRAME = np.zeros(TRUTH.shape[:2], dtype=bool)
FRAME[:, :2] = True


def framed(stored: np.ndarray, marker: float) -> np.ndarray:
    out = stored.copy()
    out[FRAME] = marker
    return out


@pytest.mark.parametrize("lazy", [False, True], ids=["", "lazy"])
@pytest.mark.parametrize("marker", [-9999, -999, -32768, -1.23e34, -3.4028235e38, 1e20, 9.96921e36])
def test_undeclared_markers_are_recognised(
    tmp_path: Path, marker: float, lazy: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if lazy:
        monkeypatch.setattr(raw_cube, "LAZY_BYTES", 10)
    path = envi(tmp_path / "a", framed(FLOATS, marker))
    with pytest.warns(CubeNotice, match="taken as missing"):
        values = read_cube(path).values
    np.testing.assert_array_equal(np.isnan(values).all(axis=2), FRAME)
    np.testing.assert_array_equal(values[~FRAME], FLOATS[~FRAME])


def test_markers_within_a_large_cube_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(raw_cube, "LAZY_BYTES", 10)
    stored = np.random.default_rng(0).uniform(0.1, 0.9, (200, 150, 4)).astype("<f4")
    stored[60:70, 30:60] = -9999
    with pytest.warns(CubeNotice, match="-9999 taken as missing"):
        values = read_cube(envi(tmp_path / "a", stored)).values
    np.testing.assert_array_equal(np.isnan(values), stored == -9999)


DECLARED: dict[str, Callable[[Path, np.ndarray], Path]] = {
    "envi": lambda d, v: envi(d / "a", v, "data ignore value = -77\n"),
    "gdal": lambda d, v: gdal_tiff(d / "a.tif", v, centre_items(), nodata="-77"),
    "cf fill": lambda d, v: netcdf(d / "a.nc", v, fill=np.float32(-77)),
    "cf missing": lambda d, v: netcdf(d / "a.nc", v, missing_value=np.float32(-77)),
    "cf range": lambda d, v: netcdf(d / "a.nc", v, valid_range=np.array([0, 2], "f4")),
    "cf minimum": lambda d, v: netcdf(d / "a.nc", v, valid_min=np.float32(0)),
    "neon": lambda d, v: hdf5(d / "a.h5", v, Data_Ignore_Value=-77.0),
    "zarr": lambda d, v: zarr_store(d / "a.zarr", v, fill=-77.0),
}


@pytest.mark.parametrize("make", DECLARED.values(), ids=DECLARED)
def test_declared_ones_are_masked(tmp_path: Path, make: Callable[[Path, np.ndarray], Path]) -> None:
    with pytest.warns(CubeNotice, match="replaced by NaN"):
        values = read_cube(make(tmp_path, framed(FLOATS, -77))).values
    np.testing.assert_array_equal(np.isnan(values).all(axis=2), FRAME)
    np.testing.assert_array_equal(values[~FRAME], FLOATS[~FRAME])


@pytest.mark.parametrize("make", DECLARED.values(), ids=DECLARED)
def test_a_declaration_that_nothing_meets_is_no_news(tmp_path: Path, make: Callable[[Path, np.ndarray], Path]) -> None:
    path = make(tmp_path, FLOATS)
    with warnings.catch_warnings():
        warnings.filterwarnings("error", message=".*ignore value.*", category=CubeNotice)
        np.testing.assert_array_equal(read_cube(path).values, FLOATS)


@pytest.mark.parametrize("missing", [0, -9999])
def test_a_band_of_one_number_is_marked_bad(tmp_path: Path, missing: int) -> None:
    stored = COUNTS.copy()
    stored[:, :, 3] = missing
    with pytest.warns(CubeNotice, match="band 4 holds"):
        cube = read_cube(envi(tmp_path / "a", stored))
    assert cube.attrs["bad_bands"] == (3,)
    np.testing.assert_array_equal(cube.values[:, :, :3], stored[:, :, :3])


def test_black_objects_and_dark_frames_are_data(tmp_path: Path) -> None:
    stored = framed(COUNTS, 0)
    with warnings.catch_warnings():
        warnings.simplefilter("error", CubeNotice)
        np.testing.assert_array_equal(read_cube(envi(tmp_path / "a", stored)).values, stored)


def test_a_plateau_at_the_largest_number_is_missing(tmp_path: Path) -> None:
    stored = np.round(TRUTH * 4e4).astype("<u2")
    with pytest.warns(CubeNotice, match="at 65535 in all bands"):
        values = read_cube(envi(tmp_path / "a", framed(stored, 65535))).values
    np.testing.assert_array_equal(np.isnan(values).all(axis=2), FRAME)
    np.testing.assert_array_equal(values[~FRAME], stored[~FRAME])


def test_a_saturated_lamp_is_data(tmp_path: Path) -> None:
    stored = np.round(TRUTH * 4e4).astype("<u2")
    stored[3:7, 3:7, :4] = 65535  # its halo saturates some bands
    stored[4:6, 4:6] = 65535
    with warnings.catch_warnings():
        warnings.simplefilter("error", CubeNotice)
        np.testing.assert_array_equal(read_cube(envi(tmp_path / "a", stored)).values, stored)


def test_lone_numbers_near_the_others_are_data(tmp_path: Path) -> None:
    stored = np.round(TRUTH * 2e4 - 1e4).astype("<i2")
    stored[0, 0, 0] = -9999
    np.testing.assert_array_equal(read_cube(envi(tmp_path / "a", stored)).values, stored)
