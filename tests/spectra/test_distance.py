"""The distance between two spectra, against angles and errors known by hand."""

import numpy as np
import pytest

from napari_hydra.spectra import rmse, spectral_angle


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


def test_spectra_of_other_lengths_are_refused():
    with pytest.raises(ValueError, match="same bands"):
        rmse([1.0, 2.0], [1.0])
