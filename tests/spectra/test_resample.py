"""Other bands, against integrals known in closed form."""

import numpy as np
import pytest

from napari_hydra.errors import HydraError
from napari_hydra.spectra import resample
from napari_hydra.spectra.resample import resampling_matrix

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
