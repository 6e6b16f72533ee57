"""Components of cubes with a known covariance, against `spectral` on the whole cube."""

import numpy as np
import pytest
import spectral

from napari_hydra.errors import HydraError
from napari_hydra.progress import drain
from napari_hydra.spectra import components
from napari_hydra.spectra.components import component_steps
from napari_hydra.spectral_cube import ArrayCube

SHAPE = (60, 50, 6)


def finished(steps):
    fractions = []
    return drain(steps, lambda fraction, _: fractions.append(fraction)), fractions


def components_of(cube, kind, count=3):
    return finished(component_steps(ArrayCube(cube, np.arange(float(cube.shape[2]))), kind, count))[0]


@pytest.fixture
def cube():
    """Three smooth sources of standard deviations 3, 2 and 1 along known directions, and noise."""
    random = np.random.default_rng(0)
    directions = np.linalg.qr(random.normal(size=(6, 6)))[0][:3]
    sources = random.normal(size=(60, 50, 3))
    for axis in (0, 1):  # so that neighbours are alike
        sources = (sources + np.roll(sources, 1, axis) + np.roll(sources, 2, axis)) / 3
    sources = (sources - sources.mean((0, 1))) / sources.std((0, 1))
    return 100 + (sources * [3, 2, 1]) @ directions + random.normal(0, 0.1, SHAPE), directions, sources


def test_variances_and_directions_are_found(cube):
    values, directions, sources = cube
    found = components_of(values, "PCA")
    covariance = np.cov((sources * [3, 2, 1]).reshape(-1, 3).T)
    np.testing.assert_allclose(found.values, np.linalg.eigvalsh(covariance)[::-1] + 0.01, rtol=0.01)
    alignment = np.abs(found.vectors @ directions.T)
    assert (alignment.diagonal() > 0.98).all()
    assert found.share.sum() > 0.99
    np.testing.assert_allclose(found.maps.var((1, 2)), found.values, rtol=1e-3)


def test_as_spectral_does(cube):
    values = cube[0]
    found, expected = components_of(values, "PCA", 6), spectral.principal_components(values)
    np.testing.assert_allclose(found.values, expected.eigenvalues, rtol=1e-6)
    own = np.moveaxis(expected.transform(values), -1, 0)
    np.testing.assert_allclose(np.abs(found.maps), np.abs(own), atol=1e-3)


def test_noise_fractions_as_spectral_does(cube):
    values = cube[0]
    found = components_of(values, "MNF", 6)
    noise = spectral.noise_from_diffs(values)
    expected = spectral.mnf(spectral.calc_stats(values), noise)
    np.testing.assert_allclose(found.values, np.maximum(expected.napc.eigenvalues - 1, 0), rtol=1e-4, atol=1e-6)
    assert (np.diff(found.values) <= 0).all()
    own = np.moveaxis(expected.reduce(values, num=6), -1, 0)
    scale = np.abs(own).max()
    np.testing.assert_allclose(np.abs(found.maps), np.abs(own - own.mean((1, 2), keepdims=True)), atol=0.02 * scale)


def test_blocks_do_not_matter(cube, monkeypatch):
    whole = {kind: components_of(cube[0], kind) for kind in ("PCA", "MNF")}
    monkeypatch.setattr(components, "_BLOCK", 7 * 50 * 6)
    for kind, expected in whole.items():
        found, fractions = finished(component_steps(ArrayCube(cube[0], np.arange(float(SHAPE[2]))), kind, 3))
        np.testing.assert_allclose(found.maps, expected.maps, atol=1e-4)
        np.testing.assert_allclose(found.values, expected.values, rtol=1e-6)
        assert fractions == sorted(fractions)
        assert fractions[-1] == pytest.approx(1.0)


def test_cube_of_few_latents_has_as_many_components(cube):
    """A reconstruction has fewer latents than bands: what is only rounding is no component."""
    random = np.random.default_rng(1)
    flat = (random.normal(size=(60, 50, 2)) @ random.normal(size=(2, 6))).astype(np.float32).astype(np.float64)
    assert len(components_of(flat.round(12), "PCA", 6).values) <= 6
    exact = random.integers(0, 9, (60, 50, 2)) @ random.integers(1, 5, (2, 6)).astype(float)
    for kind in ("PCA", "MNF"):
        found = components_of(exact, kind, 6)
        assert len(found.values) == 2
        assert np.isfinite(found.maps).all()


def test_sign_is_fixed(cube):
    found = components_of(cube[0], "PCA")
    assert (found.vectors[np.arange(3), np.abs(found.vectors).argmax(axis=1)] > 0).all()


def test_pixels_without_data_are_left_out(cube):
    values = cube[0].copy()
    expected = components_of(values[:, :25], "PCA")
    values[:, 25:] = np.nan
    found = components_of(values, "PCA")
    np.testing.assert_allclose(found.values, expected.values, rtol=1e-6)
    assert np.isnan(found.maps[:, :, 25:]).all()
    assert np.isfinite(found.maps[:, :, :25]).all()


def test_nothing_to_find():
    with pytest.raises(HydraError, match="the same spectrum"):
        components_of(np.ones(SHAPE), "PCA")
    with pytest.raises(HydraError, match="3 pixels have data in all of the 6 bands"):
        components_of(np.random.default_rng(0).normal(size=(3, 1, 6)), "PCA")
    columns = np.broadcast_to(np.add.outer(np.arange(60.0), -np.arange(50.0))[..., None], SHAPE)  # equal on diagonals
    with pytest.raises(HydraError, match="Take PCA instead"):
        components_of(columns, "MNF")
