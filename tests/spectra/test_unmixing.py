"""Unmixing: synthetic mixtures give their abundances back."""

import numpy as np
import pytest
import spectral

from napari_hydra.errors import HydraError
from napari_hydra.progress import drain
from napari_hydra.spectra.unmixing import unmix, unmix_steps
from napari_hydra.spectral_cube import ArrayCube

BANDS = np.arange(400.0, 1001.0, 20.0)
GRASS = 0.05 + 0.45 / (1 + np.exp(-(BANDS - 720) / 15))
SOIL = 0.1 + 0.3 * (BANDS - 400) / 600
WATER = 0.08 * np.exp(-(BANDS - 400) / 150)
MEMBERS = np.stack([GRASS, SOIL, WATER])
BOTH = [(True, True), (True, False), (False, True), (False, False)]


def mixtures(count=200, total=1.0):
    shares = np.random.default_rng(0).dirichlet([1, 1, 1], count) * total
    return shares, shares @ MEMBERS


@pytest.mark.parametrize(("nonnegative", "sum_to_one"), BOTH)
def test_mixtures_give_their_abundances_back(nonnegative, sum_to_one):
    shares, spectra = mixtures()
    found, left = unmix(spectra, MEMBERS, nonnegative=nonnegative, sum_to_one=sum_to_one)
    np.testing.assert_allclose(found, shares, atol=1e-6)
    assert left.max() < 1e-6


def test_unconstrained_as_spectral_does():
    random = np.random.default_rng(1)
    pixels = random.uniform(0, 0.6, (4, 5, BANDS.size))
    found, _ = unmix(pixels.reshape(-1, BANDS.size), MEMBERS, nonnegative=False, sum_to_one=False)
    np.testing.assert_allclose(found.reshape(4, 5, 3), spectral.unmix(pixels, MEMBERS), atol=1e-8)


@pytest.mark.parametrize(("nonnegative", "sum_to_one"), BOTH)
def test_constraints_hold_for_any_spectrum(nonnegative, sum_to_one):
    pixels = np.random.default_rng(2).uniform(0, 0.6, (300, BANDS.size))
    found, left = unmix(pixels, MEMBERS, nonnegative=nonnegative, sum_to_one=sum_to_one)
    assert bool(found.min() >= 0) == nonnegative
    assert np.allclose(found.sum(axis=1), 1, atol=1e-4) == sum_to_one
    np.testing.assert_allclose(left, np.sqrt(np.mean((pixels - found @ MEMBERS) ** 2, axis=1)))


def test_fully_constrained_is_the_best_there_is():
    """No other shares that are positive and sum to 1 fit better (tried on a grid)."""
    pixel = np.random.default_rng(3).uniform(0, 0.5, BANDS.size)
    _, left = unmix(pixel[None], MEMBERS)
    a, b = np.meshgrid(np.linspace(0, 1, 201), np.linspace(0, 1, 201))
    grid = np.stack([a, b, 1 - a - b], axis=-1)[a + b <= 1]
    best = np.sqrt(np.mean((pixel - grid @ MEMBERS) ** 2, axis=1)).min()
    assert left[0] <= best + 1e-6
    assert left[0] == pytest.approx(best, rel=1e-3)


def test_shadow_sums_to_less():
    shares, spectra = mixtures(total=0.4)
    found, _ = unmix(spectra, MEMBERS, sum_to_one=False)
    np.testing.assert_allclose(found, shares, atol=1e-6)


def test_counts_are_unmixed_as_well():
    shares, spectra = mixtures()
    found, _ = unmix(spectra * 1e4, MEMBERS * 1e4)
    np.testing.assert_allclose(found, shares, atol=1e-6)


def test_bands_that_an_endmember_lacks_and_pixels_without_data():
    shares, spectra = mixtures(10)
    members = MEMBERS.copy()
    members[1, :5] = np.nan
    spectra[:, :5] = 99.0  # not looked at
    spectra[3, 7] = np.nan
    found, left = unmix(spectra, members)
    np.testing.assert_allclose(np.delete(found, 3, 0), np.delete(shares, 3, 0), atol=1e-6)
    assert np.isnan(found[3]).all()
    assert np.isnan(left[3])


def test_cube_by_steps():
    shares, spectra = mixtures(90 * 70)
    cube = spectra.reshape(90, 70, -1)
    steps = unmix_steps(ArrayCube(cube, BANDS), ("grass", "soil", "water"), MEMBERS)
    fractions = []
    found = drain(steps, lambda fraction, _: fractions.append(fraction))
    assert len(fractions) > 1
    assert fractions[-1] == 1.0
    np.testing.assert_allclose(np.moveaxis(found.maps, 0, -1).reshape(-1, 3), shares, atol=1e-5)
    assert found.rmse.max() < 1e-6


@pytest.mark.parametrize(
    ("members", "words"),
    [
        ([GRASS, SOIL, 2 * GRASS], "Two endmembers have the same shape"),
        ([GRASS, SOIL, 0.3 * GRASS + 0.7 * SOIL], "one is a mixture"),
        ([GRASS, 0 * SOIL], "zero in every band"),
        ([GRASS[:2], SOIL[:2], WATER[:2]], "3 endmembers share only 2 bands"),
    ],
)
def test_endmembers_that_cannot_be_told_apart(members, words):
    with pytest.raises(HydraError, match=words):
        unmix(np.ones((1, len(members[0]))), members)
