"""The continuum against hulls known by hand and against the `spectral` package."""

import numpy as np
import pytest
from spectral.algorithms.continuum import remove_continuum as recursive

from napari_hydra.spectra import continuum, remove_continuum


def test_an_absorption_on_a_slope():
    wavelengths = np.array([400.0, 450.0, 500.0, 600.0])
    spectrum = np.array([0.2, 0.15, 0.4, 0.6])
    # the chord from 400 to 500 nm runs through 0.3 at 450 nm
    np.testing.assert_allclose(continuum(spectrum, wavelengths), [0.2, 0.3, 0.4, 0.6])
    np.testing.assert_allclose(remove_continuum(spectrum, wavelengths), [1.0, 0.5, 1.0, 1.0])


def test_a_gaussian_absorption_keeps_its_depth():
    wavelengths = np.arange(400.0, 901.0, 2.0)
    slope = 0.2 + wavelengths / 2000
    depth = 0.35 * np.exp(-(((wavelengths - 650) / 25) ** 2) / 2)
    removed = remove_continuum(slope * (1 - depth), wavelengths)
    assert 1 - removed.min() == pytest.approx(0.35, abs=1e-3)
    assert wavelengths[removed.argmin()] == 650.0
    np.testing.assert_allclose(removed, 1 - depth, atol=1e-3)


def test_it_agrees_with_the_spectral_package_on_uneven_bands():
    rng = np.random.default_rng(5)
    for _ in range(20):
        wavelengths = np.sort(rng.uniform(400, 2500, 60))
        spectrum = rng.random(60) + 0.05
        np.testing.assert_allclose(
            remove_continuum(spectrum, wavelengths), recursive(spectrum, wavelengths), rtol=1e-12
        )


def test_bands_without_data_do_not_bend_the_hull():
    wavelengths = np.array([400.0, 450.0, 500.0, 600.0])
    removed = remove_continuum([0.2, np.nan, 0.4, 0.5], wavelengths)
    assert np.isnan(removed).tolist() == [False, True, False, False]
    np.testing.assert_allclose(removed[[0, 2, 3]], 1.0)
    assert np.isnan(continuum(np.full(4, np.nan), wavelengths)).all()


def test_where_there_is_no_light_there_is_no_answer():
    assert np.isnan(remove_continuum(np.zeros(4), np.arange(4.0))).all()
