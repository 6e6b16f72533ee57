"""Other bands, against integrals known in closed form."""

import numpy as np
import pytest

from napari_hydra.errors import HydraError
from napari_hydra.spectra import resample
from napari_hydra.spectra.resample import interpolation_matrix, resampling_matrix

FINE = np.arange(400.0, 1001.0, 1.0)


def test_without_widths_it_interpolates():
    np.testing.assert_allclose(resample([1.0, 3.0, 7.0], [400.0, 500.0, 540.0], [450.0, 530.0]), [2.0, 6.0])


def test_a_gaussian_line_is_widened_as_convolution_says():
    # the mean of a Gaussian under a Gaussian: variances add
    line, band = 10.0, 30.0 / 2.354820045
    spectrum = np.exp(-(((FINE - 700) / line) ** 2) / 2)
    wanted = np.array([680.0, 700.0, 730.0])
    both = np.hypot(line, band)
    expected = line / both * np.exp(-(((wanted - 700) / both) ** 2) / 2)
    np.testing.assert_allclose(resample(spectrum, FINE, wanted, fwhm=[30.0] * 3), expected, rtol=0.01)


def test_a_straight_spectrum_stays_straight_and_weights_sum_to_one():
    wanted, fwhm = np.arange(450.0, 951.0, 25.0), np.linspace(5, 38, 21)
    np.testing.assert_allclose(resample(FINE / 1000, FINE, wanted, fwhm=fwhm), wanted / 1000, rtol=1e-9)
    np.testing.assert_allclose(resampling_matrix(FINE, wanted, fwhm).sum(axis=1), 1.0)


def test_bands_outside_are_refused():
    with pytest.raises(HydraError, match="leave out those outside"):
        resample(np.ones(601), FINE, [390.0, 500.0])
    with pytest.raises(HydraError, match="as many positive widths"):
        resample(np.ones(601), FINE, [500.0, 600.0], fwhm=[10.0])


def test_interpolation_is_numpys():
    given, wanted = np.array([400.0, 420, 425, 480]), np.array([390.0, 401, 422, 480, 500])
    values = np.random.default_rng(0).normal(size=4)
    np.testing.assert_allclose(interpolation_matrix(given, wanted) @ values, np.interp(wanted, given, values))


@pytest.mark.parametrize("nodes", [FINE[::10], np.array([400.0, 403.7, 450.1, 700.0])])
def test_a_table_is_read_as_the_decoder_always_did(nodes):
    """To the last bit: models were trained, and reconstructions stored, with these weights."""
    wanted = np.concatenate([nodes, np.random.default_rng(0).uniform(350, 1050, 500)])
    inside = np.clip(wanted, nodes[0], nodes[-1])
    left = np.clip(np.searchsorted(nodes, inside, side="right") - 1, 0, nodes.size - 2)
    part = (inside - nodes[left]) / (nodes[left + 1] - nodes[left])
    expected, rows = np.zeros((wanted.size, nodes.size)), np.arange(wanted.size)
    expected[rows, left] = 1 - part
    expected[rows, left + 1] += part
    np.testing.assert_array_equal(interpolation_matrix(nodes, wanted), expected)


def test_one_band_and_two_bands_at_one_wavelength():
    assert interpolation_matrix([550.0], [500.0, 600.0]).tolist() == [[1.0], [1.0]]
    assert interpolation_matrix([500.0, 500.0, 600.0], [500.0, 550.0]).tolist() == [[1.0, 0.0, 0.0], [0.0, 0.5, 0.5]]
