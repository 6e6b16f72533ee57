"""The distance between two spectra, against angles and errors known by hand."""

import numpy as np
import pytest

from napari_hydra.spectra import rmse, spectral_angle
from napari_hydra.spectra.distance import spectral_angle_map


def test_rmse_of_a_constant_offset_is_the_offset():
    truth = np.linspace(0.1, 0.9, 31)
    assert rmse(truth + 0.25, truth) == pytest.approx(0.25)
    assert rmse([0.0, 3.0], [4.0, 0.0]) == pytest.approx(np.sqrt((16 + 9) / 2))


@pytest.mark.parametrize(
    ("first", "second", "degrees"),
    [([1, 0], [0, 1], 90), ([1, 0], [1, 1], 45), ([1, 0], [-1, 0], 180), ([1, 2, 3], [1, 2, 3], 0)],
)
def test_angle_of_plane_vectors(first, second, degrees):
    assert spectral_angle(first, second) == pytest.approx(degrees, abs=1e-12)


def test_angle_ignores_brightness_and_keeps_small_angles():
    spectrum = np.linspace(0.2, 0.8, 204)
    assert spectral_angle(3.7 * spectrum, spectrum) == pytest.approx(0.0, abs=1e-7)
    tiny = np.radians(1e-6)
    assert spectral_angle([1.0, 0.0], [np.cos(tiny), np.sin(tiny)]) == pytest.approx(1e-6, rel=1e-6)


def test_bands_without_data_are_left_out():
    truth = np.array([1.0, np.nan, 3.0, 4.0])
    estimate = np.array([2.0, 7.0, np.inf, 5.0])
    assert rmse(estimate, truth) == pytest.approx(1.0)
    assert spectral_angle(estimate, truth) == pytest.approx(spectral_angle([2.0, 5.0], [1.0, 4.0]))
    assert np.isnan(rmse([np.nan], [1.0]))
    assert np.isnan(spectral_angle([0.0, 0.0], [1.0, 1.0]))


def test_the_map_holds_the_angle_of_each_pair_of_spectra(monkeypatch):
    monkeypatch.setattr("napari_hydra.spectra.distance._BLOCK", 100)
    random = np.random.default_rng(0)
    truth = random.uniform(0, 1, (7, 9, 31)).astype(np.float32)
    estimate = truth + np.float32(1e-5) * random.normal(size=truth.shape).astype(np.float32)
    found = spectral_angle_map(estimate, truth)
    pairs = zip(estimate.reshape(-1, 31), truth.reshape(-1, 31), strict=True)
    np.testing.assert_allclose(found.ravel(), [spectral_angle(p, t) for p, t in pairs], rtol=1e-12)
    assert 0 < found.min() <= found.max() < 1e-2
    truth[0, 0], estimate[1, 1], truth[2, 2, 5] = 0, 0, np.nan
    assert np.argwhere(np.isnan(spectral_angle_map(estimate, truth))).tolist() == [[0, 0], [1, 1], [2, 2]]
    with pytest.raises(ValueError, match="must be the same"):
        spectral_angle_map(estimate, truth[0])


def test_spectra_of_other_lengths_are_refused():
    with pytest.raises(ValueError, match="same bands"):
        rmse([1.0, 2.0], [1.0])
