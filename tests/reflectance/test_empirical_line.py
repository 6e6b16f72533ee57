"""Counts to reflectance by regions whose spectra are known."""

import numpy as np
import pytest

from napari_hydra import HydraError, make_cube
from napari_hydra.reflectance import apply_empirical_line, fit_empirical_line

NM = [500.0, 600.0]
GAIN, OFFSET = np.array([2e-4, 5e-4]), np.array([-0.02, 0.01])


def test_two_regions_give_the_line_exactly():
    truth = np.array([[0.05, 0.1], [0.5, 0.6]])
    line = fit_empirical_line((truth - OFFSET) / GAIN, truth, ["dark tarp", "sand"])
    np.testing.assert_allclose(line.gain, GAIN)
    np.testing.assert_allclose(line.offset, OFFSET, atol=1e-12)
    scene = make_cube([[[1000.0, 400.0]]], NM, quantity="counts")
    found = apply_empirical_line(scene, line)
    np.testing.assert_allclose(found.cube.values[0, 0], [0.18, 0.21], atol=1e-6)
    assert found.record["regions"] == "dark tarp, sand"


def test_more_regions_are_fitted_as_numpy_does():
    rng = np.random.default_rng(0)
    counts, known = rng.uniform(100, 4000, (5, 2)), rng.uniform(0, 1, (5, 2))
    line = fit_empirical_line(counts, known, list("abcde"))
    for band in range(2):
        np.testing.assert_allclose([line.gain[band], line.offset[band]], np.polyfit(counts[:, band], known[:, band], 1))


def test_a_band_without_contrast_or_knowledge_becomes_bad():
    line = fit_empirical_line([[100.0, 300.0], [100.0, 900.0]], [[0.1, 0.2], [0.5, 0.6]], ["a", "b"])
    found = apply_empirical_line(make_cube([[[100.0, 600.0]]], NM, quantity="counts"), line)
    assert found.cube.attrs["bad_bands"] == (0,)
    np.testing.assert_allclose(found.cube.values[0, 0, 1], 0.4, atol=1e-6)
    partly = fit_empirical_line([[100.0, 300.0], [200.0, 900.0]], [[np.nan, 0.2], [0.5, 0.6]], ["a", "b"])
    assert np.isnan(partly.gain).tolist() == [True, False]


def test_too_few_regions_are_refused():
    with pytest.raises(HydraError, match="two regions"):
        fit_empirical_line([[100.0]], [[0.1]], ["a"])
    with pytest.raises(HydraError, match="differ in no band"):
        fit_empirical_line([[100.0], [100.0]], [[0.1], [0.5]], ["a", "b"])
