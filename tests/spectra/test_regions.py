"""Statistics of a region, against NumPy on the pixels picked by hand."""

import dask.array as da
import numpy as np
import pytest

from napari_hydra.cube import make_cube
from napari_hydra.errors import HydraError
from napari_hydra.spectra import region_moments, region_statistics
from napari_hydra.spectra import regions as regions_module
from napari_hydra.spectra.regions import bounding_box

WAVELENGTHS = (450.0, 550.0, 700.0)


@pytest.fixture
def values():
    return np.random.default_rng(3).random((9, 7, 3)).astype(np.float32)


@pytest.fixture
def mask():
    inside = np.zeros((9, 7), dtype=bool)
    inside[2:6, 1:4] = True
    inside[3, 2] = False
    return inside


@pytest.mark.parametrize("lazy", [False, True])
def test_statistics_are_those_of_the_pixels_inside(values, mask, lazy, monkeypatch):
    monkeypatch.setattr(regions_module, "_BLOCK_VALUES", 20)  # several blocks, whose sums must add up
    cube = make_cube(da.from_array(values, chunks=(4, 4, 3)) if lazy else values, WAVELENGTHS)
    found = region_statistics(cube, mask)
    inside = values[mask].astype(np.float64)
    assert found.count == 11
    np.testing.assert_allclose(found.mean, inside.mean(axis=0), rtol=1e-6)
    np.testing.assert_allclose(found.std, inside.std(axis=0), rtol=1e-6)
    np.testing.assert_allclose(found.median, np.median(inside, axis=0), rtol=1e-6)
    np.testing.assert_allclose(found.lower_quartile, np.percentile(inside, 25, axis=0), rtol=1e-6)
    np.testing.assert_allclose(found.upper_quartile, np.percentile(inside, 75, axis=0), rtol=1e-6)
    np.testing.assert_array_equal(found.wavelengths, WAVELENGTHS)


def test_pixels_without_data_are_left_out_band_by_band(values, mask):
    values[2, 1] = np.nan
    values[4, 3, 1] = np.nan
    values[:, :, 2] = np.nan
    found = region_statistics(make_cube(values, WAVELENGTHS, ignore_value=-1.0), mask)
    assert found.count == 10
    np.testing.assert_allclose(found.mean[:2], np.nanmean(values[mask][:, :2], axis=0), rtol=1e-6)
    np.testing.assert_allclose(found.median[:2], np.nanmedian(values[mask][:, :2], axis=0), rtol=1e-6)
    assert np.isnan([found.mean[2], found.std[2], found.median[2]]).all()


def test_dispersion_survives_large_counts(mask):
    values = np.full((9, 7, 3), 60_000.0, dtype=np.float32)
    values[::2] += 1.0
    found = region_moments(make_cube(values, WAVELENGTHS, quantity="counts"), mask)
    np.testing.assert_allclose(found.std, values[mask].astype(np.float64).std(axis=0), rtol=1e-9)


def test_a_region_of_one_pixel_has_no_dispersion(values):
    one = np.zeros((9, 7), dtype=bool)
    one[8, 6] = True
    found = region_statistics(make_cube(values, WAVELENGTHS), one)
    np.testing.assert_allclose(found.median, values[8, 6])
    np.testing.assert_array_equal(found.std, 0.0)


def test_masks_that_do_not_fit_are_refused(values):
    cube = make_cube(values, WAVELENGTHS)
    with pytest.raises(HydraError, match="8 x 7 pixels but the cube is 9 x 7"):
        region_moments(cube, np.ones((8, 7), dtype=bool))
    with pytest.raises(HydraError, match="no pixel"):
        region_moments(cube, np.zeros((9, 7), dtype=bool))


def test_bounding_box_is_tight(mask):
    assert bounding_box(mask) == (slice(2, 6), slice(1, 4))
