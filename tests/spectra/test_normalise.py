"""Normalisation against values known by hand."""

import numpy as np
import pytest
from scipy.integrate import trapezoid

from napari_hydra.spectra import snv, to_area, to_length, to_maximum

UNEVEN = np.array([400.0, 410.0, 440.0, 450.0])


def test_the_highest_band_is_one():
    np.testing.assert_allclose(to_maximum([[1.0, 4.0, 2.0], [0.5, 0.1, 0.2]]), [[0.25, 1, 0.5], [1, 0.2, 0.4]])


def test_the_area_over_uneven_wavelengths_is_one():
    spectrum = np.array([1.0, 3.0, 2.0, 0.0])
    # trapezia: 10 * 2 + 30 * 2.5 + 10 * 1
    np.testing.assert_allclose(to_area(spectrum, UNEVEN), spectrum / 105.0)
    assert trapezoid(to_area(spectrum, UNEVEN), UNEVEN) == pytest.approx(1.0)


def test_the_vector_has_length_one():
    np.testing.assert_allclose(to_length([3.0, 4.0]), [0.6, 0.8])


def test_snv_has_mean_zero_and_sample_deviation_one():
    np.testing.assert_allclose(snv([2.0, 4.0, 6.0]), [-1.0, 0.0, 1.0])
    spectra = np.random.default_rng(0).random((5, 31))
    np.testing.assert_allclose(snv(spectra).mean(axis=-1), 0.0, atol=1e-12)
    np.testing.assert_allclose(snv(spectra).std(axis=-1, ddof=1), 1.0)


def test_snv_does_away_with_offset_and_gain():
    spectrum = np.sin(np.linspace(0, 3, 31))
    np.testing.assert_allclose(snv(0.3 + 2.5 * spectrum), snv(spectrum), atol=1e-12)


@pytest.mark.parametrize(
    "normalise", [to_maximum, lambda s: to_area(s, UNEVEN), to_length, snv], ids=["max", "area", "L2", "snv"]
)
def test_bands_without_data_count_for_nothing(normalise):
    full = np.array([[1.0, 3.0, 2.0, 0.5], [1.0, np.nan, 2.0, 0.5]])
    out = normalise(full)
    assert np.isnan(out[1]).tolist() == [False, True, False, False]
    # a spectrum is normalised by itself, whatever stands beside it
    np.testing.assert_allclose(out[0], normalise(full[0]))
    np.testing.assert_allclose(out[1], normalise(full[1]))


def test_area_skips_the_missing_band_and_joins_its_neighbours():
    # 400 to 440: 40 * (1 + 2) / 2, 440 to 450: 10 * (2 + 0.5) / 2
    expected = np.array([1.0, np.nan, 2.0, 0.5]) / (60.0 + 12.5)
    np.testing.assert_allclose(to_area([1.0, np.nan, 2.0, 0.5], UNEVEN), expected)


@pytest.mark.parametrize("normalise", [to_maximum, to_length, snv], ids=["max", "L2", "snv"])
def test_a_spectrum_without_a_scale_is_nan(normalise):
    assert np.isnan(normalise(np.zeros(4))).all()
    assert np.isnan(snv(np.full(7, 0.1))).all()
