"""Two cubes on disk against each other."""

import numpy as np
import pytest

from napari_hydra.cube import make_cube
from napari_hydra.errors import HydraError
from napari_hydra.evaluation import compare, error_maps, metrics
from napari_hydra.evaluation.maps import ERROR_MAPS

BANDS = np.arange(400.0, 701.0, 10.0)


def _values(seed=0, bands=31):
    return np.random.default_rng(seed).uniform(0.05, 1, (12, 9, bands)).astype(np.float32)


def test_figures_and_maps_agree_with_the_metrics():
    truth, estimate = _values(0), _values(1)
    result = compare(make_cube(estimate, BANDS + 0.3), make_cube(truth, BANDS))
    maps = error_maps(make_cube(estimate, BANDS + 0.3), make_cube(truth, BANDS))
    for name in ("mrae", "rmse", "psnr", "nrmse", "sam"):
        assert getattr(result, name) == pytest.approx(getattr(metrics, name)(estimate, truth), rel=1e-6), name
    np.testing.assert_allclose(maps["rmse"], metrics.rmse_map(estimate, truth), rtol=1e-6)
    np.testing.assert_allclose(maps["mrae"], metrics.mrae_map(estimate, truth), rtol=1e-6)
    np.testing.assert_allclose(maps["angle"], metrics.spectral_angle_map(estimate, truth), rtol=1e-6)
    np.testing.assert_allclose(maps["difference"], (estimate.astype(float) - truth).mean(-1), rtol=1e-5, atol=1e-7)
    assert set(maps) == {key for key, error in ERROR_MAPS.items() if not error.needs_interval}
    assert np.isnan(result.coverage90)
    np.testing.assert_array_equal(result.wavelengths, BANDS)
    assert result.bands_left_out == 0


def test_bad_bands_of_either_and_bands_beyond_are_left_out():
    truth = _values(0, 40)
    wide = 400 + 10.0 * np.arange(40)
    estimate = truth[..., :31].copy()
    truth[..., 3] = estimate[..., 7] = np.nan
    result = compare(make_cube(estimate, BANDS, bad_bands=[7]), make_cube(truth, wide, bad_bands=[3]))
    assert result.rmse == 0
    assert len(result.wavelengths) == 29
    assert not {430.0, 470.0} & set(result.wavelengths)
    assert result.bands_left_out == 10


def test_matching_and_white_change_the_unit_but_not_the_verdict():
    truth, estimate = _values(0), 0.9 * _values(0) + 0.05
    plain = compare(make_cube(estimate, BANDS), make_cube(truth, BANDS))
    counts = compare(make_cube(estimate * 1e4, BANDS), make_cube(truth * 1e4, BANDS), white=1e4)
    assert counts.rmse == pytest.approx(1e4 * plain.rmse, rel=1e-5)
    np.testing.assert_allclose(counts.rmse_per_band, 1e4 * plain.rmse_per_band, rtol=1e-4)
    for name in ("mrae", "psnr", "nrmse", "sam"):
        assert getattr(counts, name) == pytest.approx(getattr(plain, name), rel=1e-5), name
    matched = compare(make_cube(estimate / 8, BANDS), make_cube(truth, BANDS), match=True)
    assert matched.factor == pytest.approx(8, rel=0.1)
    assert matched.rmse <= plain.rmse
    maps = error_maps(make_cube(estimate / 8, BANDS), make_cube(truth, BANDS), factor=matched.factor)
    assert np.sqrt((maps["rmse"] ** 2).mean()) == pytest.approx(matched.rmse, rel=1e-5)


def test_overlapping_detectors_are_paired_band_by_band():
    bands = np.concatenate([np.arange(400.0, 1001.0, 50.0), np.arange(900.0, 1701.0, 50.0)])
    values = _values(0, len(bands))
    assert compare(make_cube(values, bands), make_cube(values, bands)).rmse == 0


def test_missing_pixels_of_either_are_left_out():
    truth, estimate = _values(0), _values(0)
    truth[1, 1] = estimate[2, 2] = np.nan
    cubes = make_cube(estimate, BANDS, ignore_value=-1), make_cube(truth, BANDS, ignore_value=-1)
    result = compare(*cubes)
    assert (result.pixels, result.rmse) == (12 * 9 - 2, 0)
    maps = error_maps(*cubes)
    assert np.isnan(maps["rmse"]).sum() == np.isnan(maps["angle"]).sum() == 2


@pytest.mark.parametrize(
    "bands", [BANDS + 5, BANDS * 0.9, np.linspace(400, 700, 21), BANDS + 1000], ids=["shift", "scale", "n", "far"]
)
def test_other_wavelengths_are_refused(bands):
    with pytest.raises(HydraError, match=r"The wavelengths differ: .* 400 to 700 nm"):
        compare(make_cube(_values(0, len(bands)), bands), make_cube(_values(), BANDS))


def test_other_sizes_and_broken_values_are_refused():
    cube = make_cube(_values(), BANDS)
    with pytest.raises(HydraError, match="12 x 9 pixels and the truth 11 x 9"):
        compare(cube, make_cube(_values()[1:], BANDS))
    broken = _values()
    broken[0, 0, 0] = np.inf
    with pytest.raises(HydraError, match=r"estimate\.zarr has NaN or infinite"):
        compare(make_cube(broken, BANDS, source="estimate.zarr"), cube)
    with pytest.raises(HydraError, match="white of 0"):
        compare(cube, cube, white=0)
