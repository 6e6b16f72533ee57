"""Smoothing and derivatives against polynomials, scipy and the published tables."""

import numpy as np
import pytest
from scipy.signal import savgol_filter

from napari_hydra.errors import HydraError
from napari_hydra.spectra import first_derivative, savitzky_golay, second_derivative, smooth
from napari_hydra.spectra.savitzky_golay import window_for

UNEVEN = np.cumsum(np.random.default_rng(1).uniform(2.0, 12.0, 60)) + 400.0


def test_a_parabola_on_uneven_wavelengths_is_left_alone_and_has_its_own_derivatives():
    x = UNEVEN - 600
    parabola = 0.4 + 2e-3 * x - 3e-6 * x**2
    np.testing.assert_allclose(smooth(parabola, UNEVEN, window=7), parabola, rtol=1e-9)
    np.testing.assert_allclose(first_derivative(parabola, UNEVEN, window=7), 2e-3 - 6e-6 * x, atol=1e-12)
    np.testing.assert_allclose(second_derivative(parabola, UNEVEN, window=7), -6e-6, rtol=1e-6)


def test_the_published_weights_of_five_points():
    # Savitzky and Golay (1964), tables I and III: quadratic smoothing and first derivative, 5 points
    for derivative, expected in ((0, np.array([-3, 12, 17, 12, -3]) / 35), (1, np.array([-2, -1, 0, 1, 2]) / 10)):
        weights = savitzky_golay(np.eye(11), np.arange(11.0), window=5, order=2, derivative=derivative)[3:8, 5]
        np.testing.assert_allclose(weights, expected, atol=1e-12)


@pytest.mark.parametrize("derivative", [0, 1, 2])
@pytest.mark.parametrize(("window", "order"), [(5, 2), (9, 3), (11, 4)])
def test_on_even_steps_it_is_what_scipy_does(window, order, derivative):
    spectra = np.random.default_rng(2).random((4, 31))
    ours = savitzky_golay(spectra, np.arange(400.0, 701.0, 10.0), window=window, order=order, derivative=derivative)
    theirs = savgol_filter(spectra, window, order, deriv=derivative, delta=10.0, mode="interp")
    np.testing.assert_allclose(ours, theirs, atol=1e-10)


def test_a_sine_has_the_derivative_of_a_sine():
    wavelengths = np.arange(400.0, 1001.0, 2.5)
    sine = np.sin(wavelengths / 60)
    np.testing.assert_allclose(
        first_derivative(sine, wavelengths, window=7, order=4), np.cos(wavelengths / 60) / 60, atol=2e-6
    )


def test_noise_is_reduced_by_what_the_weights_say():
    noise = np.random.default_rng(3).normal(size=(4000, 21))
    out = smooth(noise, np.arange(21.0), window=5)[:, 10]
    assert out.std() == pytest.approx(np.sqrt(17 / 35), rel=0.05)


def test_a_missing_band_spoils_only_its_windows():
    spectrum = np.linspace(0, 1, 15)
    spectrum[7] = np.nan
    out = smooth(spectrum, np.arange(15.0), window=5)
    assert np.flatnonzero(np.isnan(out)).tolist() == [5, 6, 7, 8, 9]


def test_a_short_spectrum_is_one_window():
    x = np.array([400.0, 450.0, 520.0])
    np.testing.assert_allclose(smooth(0.1 + x**2, x, window=5), 0.1 + x**2)


@pytest.mark.parametrize(
    ("keywords", "words"),
    [({"window": 4}, "odd"), ({"window": 3, "order": 3}, "wider window"), ({"derivative": 3}, "too few")],
)
def test_windows_that_cannot_be_are_refused(keywords, words):
    with pytest.raises(HydraError, match=words):
        savitzky_golay(np.ones(20), np.arange(20.0), **keywords)


@pytest.mark.parametrize(("step", "bands"), [(10.0, 5), (5.0, 9), (2.5, 17), (40.0, 5)])
def test_a_window_is_as_wide_in_nm_on_every_sensor(step, bands):
    assert window_for(np.arange(400.0, 1001.0, step)) == bands
