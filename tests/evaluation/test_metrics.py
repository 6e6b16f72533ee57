"""Metrics against analytic values and the shared protocol."""

import numpy as np
import pytest

from napari_hydra.errors import HydraError
from napari_hydra.evaluation import fitted_factor, measure, metrics

WAVELENGTHS = np.arange(400.0, 701.0, 10.0)


def _pair(seed=0, shape=(40, 30, 31)):
    rng = np.random.default_rng(seed)
    truth = rng.uniform(0, 1, shape) ** 3
    return np.maximum(truth + rng.normal(0, 0.03, shape), 0), truth


def test_a_constant_offset_has_the_errors_it_should():
    truth = np.full((4, 5, 10), 0.5)
    estimate = truth + 0.05
    assert metrics.mrae(estimate, truth) == pytest.approx(0.1)
    assert metrics.rmse(estimate, truth) == pytest.approx(0.05)
    assert metrics.psnr(estimate, truth) == pytest.approx(26.0206, abs=1e-4)
    assert metrics.nrmse(estimate, truth) == pytest.approx(0.1)
    assert metrics.sam(estimate, truth) == pytest.approx(0, abs=1e-5)
    assert metrics.signed_difference(truth, estimate) == pytest.approx(-0.05)


def test_the_angle_of_known_vectors():
    truth = np.array([[[1.0, 0.0], [1.0, 0.0], [0.01, 0.0]]])
    estimate = np.array([[[1.0, 1.0], [0.0, 2.0], [0.0, 1.0]]])
    np.testing.assert_allclose(metrics.spectral_angle_map(estimate, truth), [[45, 90, 90]])
    # The third pixel is darker than 5 % of the brightest and has no say.
    assert metrics.sam(estimate, truth) == pytest.approx(67.5)
    np.testing.assert_allclose(metrics.spectral_angle_map(7 * estimate, truth), [[45, 90, 90]])


def test_equal_spectra_have_no_angle_between_them():
    _, truth = _pair(7)
    np.testing.assert_allclose(metrics.spectral_angle_map(3.7 * truth, truth), 0, atol=1e-13)


def test_a_zero_estimate_has_no_angle_and_is_counted():
    estimate, truth = _pair(5)
    estimate[3, 4:6] = 0
    seen = (estimate > 0).any(-1)
    expected = metrics.sam(estimate[seen], truth[seen])
    assert metrics.sam(estimate, truth) == pytest.approx(expected, rel=1e-12)
    assert np.isnan(metrics.spectral_angle_map(estimate, truth)[3, 4:6]).all()
    ours = measure(estimate, truth, WAVELENGTHS)
    assert (ours.sam, ours.without_angle) == (pytest.approx(expected, rel=1e-12), 2)
    assert np.isnan(metrics.sam(0 * estimate, truth))


@pytest.mark.parametrize("noise", [1e-8, 1e-5, 1e-2])
def test_the_mean_angle_is_the_protocols_for_near_spectra_too(shared_protocol, noise):
    _, truth = _pair(6, (64, 64, 31))
    estimate = truth + noise * np.random.default_rng(8).normal(size=truth.shape)
    expected = shared_protocol.score(estimate, truth)["sam"]
    assert metrics.sam(estimate, truth) == pytest.approx(expected, abs=1e-6)
    assert measure(estimate, truth, WAVELENGTHS).sam == pytest.approx(expected, abs=1e-6)


def test_dark_truth_does_not_blow_up_the_relative_error():
    assert metrics.mrae(np.full((1, 1, 1), 0.02), np.zeros((1, 1, 1))) == pytest.approx(2)


def test_metrics_equal_the_protocol(shared_protocol):
    estimate, truth = _pair()
    expected = shared_protocol.score(estimate, truth)
    ours = measure(estimate, truth, WAVELENGTHS)
    for name, value in expected.items():
        assert getattr(metrics, name)(estimate, truth) == pytest.approx(value, rel=1e-12), name
        assert getattr(ours, name) == pytest.approx(value, rel=1e-12), name


def test_fitted_metrics_equal_the_protocol(shared_protocol):
    estimate, truth = _pair(1)
    expected = shared_protocol.score(estimate / 4, truth, fit_gain=True)
    factor = fitted_factor(estimate / 4, truth)
    ours = measure(estimate / 4, truth, WAVELENGTHS, factor=factor)
    for name, value in expected.items():
        assert getattr(ours, name) == pytest.approx(value, rel=1e-12), name
    assert 3.5 < ours.factor < 4.5


def test_blocks_of_rows_add_up(monkeypatch):
    estimate, truth = _pair(2)
    whole = measure(estimate, truth, WAVELENGTHS)
    monkeypatch.setattr("napari_hydra.evaluation.figures._BLOCK", 7 * 30 * 31)
    parts = measure(estimate, truth, WAVELENGTHS)
    for name in ("mrae", "rmse", "psnr", "nrmse", "sam"):
        assert getattr(parts, name) == pytest.approx(getattr(whole, name), rel=1e-12)
    np.testing.assert_allclose(parts.rmse_per_band, whole.rmse_per_band, rtol=1e-12)
    assert parts.pixels == 1200


def test_bands_and_maps_are_the_same_errors_seen_from_two_sides():
    estimate, truth = _pair(3)
    np.testing.assert_allclose(metrics.mrae_per_band(estimate, truth).mean(), metrics.mrae(estimate, truth))
    np.testing.assert_allclose(metrics.mrae_map(estimate, truth).mean(), metrics.mrae(estimate, truth))
    squares = metrics.rmse(estimate, truth) ** 2
    np.testing.assert_allclose((metrics.rmse_per_band(estimate, truth) ** 2).mean(), squares)
    np.testing.assert_allclose((metrics.rmse_map(estimate, truth) ** 2).mean(), squares)
    ours = measure(estimate, truth, WAVELENGTHS)
    np.testing.assert_allclose(ours.mrae_per_band, metrics.mrae_per_band(estimate, truth))
    np.testing.assert_allclose(ours.rmse_per_band, metrics.rmse_per_band(estimate, truth))


def test_pixels_without_data_do_not_count():
    estimate, truth = _pair(4)
    holed, filled = truth.copy(), estimate.copy()
    holed[5, 6, 3] = holed[7] = np.nan
    filled[7] = 99
    seen = metrics.has_data(holed)
    assert (~seen).sum() == 31
    for name in ("mrae", "rmse", "psnr", "nrmse", "sam"):
        expected = getattr(metrics, name)(estimate[seen][None], truth[seen][None])
        assert getattr(metrics, name)(filled, holed) == pytest.approx(expected, rel=1e-12), name
        assert getattr(measure(filled, holed, WAVELENGTHS), name) == pytest.approx(expected, rel=1e-12), name
    assert np.isnan(metrics.rmse_map(filled, holed)[5, 6])
    assert measure(filled, holed, WAVELENGTHS).pixels == seen.sum()
    assert fitted_factor(filled, holed) == pytest.approx(fitted_factor(estimate[seen][None], truth[seen][None]))


def test_coverage_counts_values_inside():
    truth = np.linspace(0, 1, 100).reshape(10, 10, 1)
    assert metrics.coverage(np.full_like(truth, 0.1), np.full_like(truth, 0.505), truth) == pytest.approx(0.40)
    both = np.concatenate([truth, truth], -1)
    low, high = np.zeros_like(both), np.stack([np.ones((10, 10)), np.full((10, 10), 0.255)], -1)
    np.testing.assert_allclose(metrics.coverage_per_band(low, high, both), [1, 0.26])


def test_what_cannot_be_scored_is_refused():
    truth = np.ones((2, 2, 3))
    with pytest.raises(HydraError, match="2 x 2 pixels and 2 bands, the truth 2 x 2 and 3"):
        measure(truth[..., :2], truth, WAVELENGTHS[:3])
    with pytest.raises(HydraError, match="NaN or infinite"):
        measure(truth * np.nan, truth, WAVELENGTHS[:3])
    with pytest.raises(HydraError, match="No pixel of the truth has data"):
        measure(truth, truth * np.nan, WAVELENGTHS[:3])
    with pytest.raises(HydraError, match="No factor"):
        fitted_factor(truth * 0, truth)
    with pytest.raises(ValueError, match="shape"):
        metrics.mrae(truth, truth[:1])


def test_a_black_truth_has_errors_but_no_angle():
    figures = measure(np.full((2, 2, 3), 0.01), np.zeros((2, 2, 3)), WAVELENGTHS[:3])
    assert figures.mrae == pytest.approx(1)
    assert np.isnan(figures.sam)
    assert np.isnan(figures.nrmse)
