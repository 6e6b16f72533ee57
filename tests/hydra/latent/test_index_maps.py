"""Indices of cubes, and whether the interval of an index holds what it promises."""

import threading

import numpy as np
import pytest

from napari_hydra.cube import make_cube
from napari_hydra.errors import Cancelled, HydraError
from napari_hydra.hydra import LatentCube
from napari_hydra.hydra.latent.decoder_basis import DecoderBasis
from napari_hydra.hydra.latent.index_maps import index_map
from napari_hydra.hydra.latent.posterior_samples import sample_posterior

NODES = np.arange(400.0, 1001.0, 10.0)
EVERYTHING = slice(None)
LEVELS = np.array([0.5, 0.9, 0.99])
NORMAL = np.array([0.6745, 1.6449, 2.5758])


def latent(factor=1.0, shape=(40, 50), directions=0.05, rest=0.02, wavelengths=NODES, scale=1.0):
    """Latents are (red level, step to the infrared); both are uncertain, and some noise is left."""
    step = 1 / (1 + np.exp(-(NODES - 720) / 15))
    rows = np.stack([np.ones_like(NODES), step], axis=1).astype(np.float32)
    random = np.random.default_rng(0)
    latents = np.stack([random.uniform(0.1, 0.3, shape), random.uniform(0.1, 0.5, shape)])
    uncertainty = np.stack([np.full(shape, directions), np.full(shape, directions), np.ones(shape)])
    return LatentCube(
        latents=latents.astype(np.float32),
        uncertainty=uncertainty.astype(np.float32),
        basis=DecoderBasis(
            nodes=NODES,
            rows=rows,
            uncertainty_basis=np.concatenate([rows, np.full((NODES.size, 1), rest, np.float32)], axis=1),
            levels=LEVELS,
            factors=(factor * NORMAL[:, None]).repeat(NODES.size, axis=1).astype(np.float32),
        ),
        wavelengths=np.asarray(wavelengths, float),
        flags=np.zeros(shape, np.uint8),
        attrs={},
        scale=scale,
    )


def truth_of(cube, random, factor=1.0):
    """Spectra (H, W, B) that the cube's own distribution gives."""
    shape = cube.shape[1:]
    k = len(cube.latents)
    latents = cube.latents + factor * cube.uncertainty[:k] * random.normal(size=(k, *shape))
    clean = np.einsum("bk,kyx->yxb", cube.basis.rows_at(cube.wavelengths), latents)
    rest = cube.basis.uncertainty_basis_at(cube.wavelengths)[:, -1]
    return np.maximum(clean + factor * rest * random.normal(size=clean.shape), 0)


def ndvi(spectra):
    """By hand: N at 832.8 nm and R at 664.6 nm, between the bands of `NODES`."""
    near = 0.72 * spectra[..., 43] + 0.28 * spectra[..., 44]
    red = 0.54 * spectra[..., 26] + 0.46 * spectra[..., 27]
    return (near - red) / (near + red)


def test_measured_cube_by_hand_and_without_an_interval():
    values = np.random.default_rng(1).uniform(0.1, 0.6, (7, 9, NODES.size))
    values[2, 3] = np.nan
    found = index_map(make_cube(values, NODES), "NDVI")
    np.testing.assert_allclose(found.values, ndvi(values), atol=1e-6)
    assert found.half_width is None
    assert found.centres == {"N": pytest.approx(832.8), "R": pytest.approx(664.6)}


def test_bad_bands_are_passed_over():
    values = np.full((2, 2, NODES.size), 0.3)
    values[..., NODES == 660] = 9.0
    cube = make_cube(values, NODES, bad_bands=np.flatnonzero(NODES == 660))
    np.testing.assert_allclose(index_map(cube, "NDVI").values, 0.0, atol=1e-6)


@pytest.mark.parametrize("level", [0.5, 0.9])
@pytest.mark.parametrize("factor", [1.0, 1.4])
def test_interval_covers_what_it_promises(level, factor):
    cube = latent(factor)
    found = index_map(cube, "NDVI", level=level)
    random = np.random.default_rng(7)
    fine = cube.at_wavelengths([664.6, 832.8])
    inside = []
    for _ in range(5):
        red, near = np.moveaxis(truth_of(fine, random, factor), -1, 0)
        value = (near - red) / np.maximum(near + red, 1e-9)
        inside.append((value >= found.low) & (value <= found.high))
    assert np.mean(inside) == pytest.approx(level, abs=0.02)


def test_interval_of_a_single_band_is_the_cube_s_own():
    """The draws are calibrated: at one band they span what the cube itself says."""
    cube = latent(1.3, directions=0.02, scale=2.0).at_wavelengths([650.0])
    drawn = sample_posterior(cube, slice(0, 3), EVERYTHING, 0.9)
    low, high = np.percentile(drawn, [5, 95], axis=0)
    half = cube.half_width_tile(slice(0, 3), EVERYTHING, 0.9)
    np.testing.assert_allclose((high - low) / 2, half, rtol=0.04)
    np.testing.assert_allclose((high + low) / 2, cube.tile(slice(0, 3), EVERYTHING), atol=0.004)


def test_errors_that_go_together_cancel_in_a_ratio():
    """All uncertainty is a common brightness: the bands are far apart, yet the ratio is sure."""
    rows = np.ones((NODES.size, 1), np.float32)
    base = latent(rest=0.0)
    basis = DecoderBasis(NODES, base.basis.rows, np.concatenate([rows, 0 * rows], axis=1), LEVELS, base.basis.factors)
    latents = np.stack([np.full((2, 2), 0.4), np.zeros((2, 2))]).astype(np.float32)
    uncertainty = np.stack([np.full((2, 2), 0.05), np.zeros((2, 2))]).astype(np.float32)
    sure = LatentCube(latents, uncertainty, basis, NODES, np.zeros((2, 2), np.uint8), {})
    found = index_map(sure, "NDVI")
    assert sure.half_width_tile(EVERYTHING, EVERYTHING).min() > 0.08
    assert found.half_width.max() < 0.02


def test_value_does_not_depend_on_scale_or_tiling(monkeypatch):
    whole = index_map(latent(), "NDVI")
    scaled = index_map(latent(scale=5000.0), "NDVI")
    np.testing.assert_allclose(scaled.values, whole.values, atol=1e-5)
    np.testing.assert_allclose(scaled.high, whole.high, atol=1e-3)
    monkeypatch.setattr("napari_hydra.hydra.latent.index_maps._VALUES", 256 * 2 * 7)
    tiled = index_map(latent(), "NDVI")
    np.testing.assert_allclose(tiled.low, whole.low, atol=1e-6)


def test_the_value_lies_inside_its_interval():
    found = index_map(latent(directions=0.3), "VARI")
    assert (found.low <= found.values).all()
    assert (found.values <= found.high).all()
    assert np.isfinite(found.low).all()


def test_refused_outside_of_the_wavelengths():
    with pytest.raises(HydraError, match="NDVI needs near-infrared"):
        index_map(latent(wavelengths=np.arange(400.0, 701.0, 10.0)), "NDVI")


def test_values_alone():
    found = index_map(latent(), "NDVI", interval=False)
    assert found.low is None
    np.testing.assert_allclose(found.values, index_map(latent(), "NDVI").values, atol=1e-6)


def test_progress_and_cancel():
    reports = []
    index_map(latent(), "NDVI", progress=lambda fraction, words: reports.append((fraction, words)))
    assert reports[-1] == (1.0, "NDVI")
    cancel = threading.Event()
    cancel.set()
    with pytest.raises(Cancelled):
        index_map(latent(), "NDVI", cancel=cancel)


def test_band_maths_of_a_measured_cube_and_of_a_reconstruction_with_its_interval():
    values = np.random.default_rng(1).uniform(0.1, 0.6, (4, 5, NODES.size))
    found = index_map(make_cube(values, NODES), "R800 / mean(650:670)")
    np.testing.assert_allclose(found.values, values[..., 40] / values[..., 25:28].mean(axis=-1), rtol=1e-6)
    cube = latent()
    ratio = index_map(cube, "R800 / R650")
    spectra = np.moveaxis(np.asarray(cube[:]), 0, -1)
    np.testing.assert_allclose(ratio.values, spectra[..., 40] / spectra[..., 25], rtol=1e-5)
    truth = truth_of(cube, np.random.default_rng(7))
    measured = truth[..., 40] / np.maximum(truth[..., 25], 1e-9)
    inside = (measured >= ratio.low) & (measured <= ratio.high)
    assert inside.mean() == pytest.approx(0.9, abs=0.03)
