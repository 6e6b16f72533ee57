"""The prior of the scene effect on made-up scenes whose error is known."""

from dataclasses import replace

import numpy as np
import pytest

from napari_hydra.hydra.adaptation import Observations, fit_adaptation
from napari_hydra.hydra.model import load_model
from napari_hydra.hydra.model_files import read_scene_prior, save_model
from napari_hydra.hydra.sample_sites import choose_sites
from napari_hydra.hydra.scene_prior import PICTURE, UNCERTAINTY, ScenePrior, pixel_features

SIZE, BANDS = 4, 12
ROWS = np.random.default_rng(7).random((BANDS, SIZE)) + 0.2


def made_up_pixels(count, random, picture=0):
    colours = random.random((6, 3)) + 0.1
    linear = colours[random.integers(0, 6, count)] * random.uniform(0.2, 0.6, (count, 1))
    linear = linear * (1 + 0.1 * random.standard_normal((count, 3)))
    place = random.random((count, 2)) * 0.7
    return pixel_features(linear, linear.mean(1), place, random.uniform(0.1, 0.2, count), picture)


def made_up_errors(features, prior, random, size=0.05):
    """Residuals (m, k) drawn from the prior, and the half-widths (m, B) that a calibrated model would give."""
    typical = np.median(features[:, UNCERTAINTY])
    covariance = prior.covariance(features, features, typical) + np.eye(len(features))
    drawn = np.linalg.cholesky(covariance + 1e-9 * np.eye(len(features))) @ random.standard_normal(
        (len(features), SIZE)
    )
    deviation = size * np.sqrt(np.diag(covariance))[:, None] * np.sqrt(np.square(ROWS).sum(1))
    return size * drawn, 1.645 * deviation * np.exp(features[:, 3:4])


def observations(features, residuals, halves, chosen):
    latents = np.ones((len(chosen), SIZE)) * np.exp(features[chosen, 3:4])
    return Observations(features[chosen], residuals[chosen], latents, halves[chosen], np.zeros((len(chosen), BANDS)))


def spectra(latents, features):
    return latents @ ROWS.T * np.exp(features[:, 3:4])


@pytest.mark.parametrize("count", [5, 20, 60])
def test_an_effect_that_follows_the_prior_is_recovered_and_covered(count):
    prior = replace(ScenePrior(), wide=20.0, narrow=10.0)
    left, inside, narrower = [], [], []
    for seed in range(12):
        random = np.random.default_rng(seed)
        features = made_up_pixels(400, random)
        residuals, halves = made_up_errors(features, prior, random)
        chosen, rest = np.arange(count), np.arange(count, 400)
        adaptation = fit_adaptation(observations(features, residuals, halves, chosen), ROWS, prior)
        latents, factor = adaptation.correct(features[rest])
        error = spectra(residuals[rest] - latents, features[rest])
        left.append(np.square(error).mean() / np.square(spectra(residuals[rest], features[rest])).mean())
        inside.append((np.abs(error) <= halves[rest] * factor[:, None]).mean())
        narrower.append(factor.mean())
    assert np.mean(left) < {5: 0.85, 20: 0.4, 60: 0.25}[count]
    assert 0.85 < np.mean(inside) < 0.95
    assert np.mean(narrower) < {5: 0.95, 20: 0.7, 60: 0.5}[count]


def test_pure_noise_changes_little_or_nothing():
    kept = []
    for seed in range(20):
        random = np.random.default_rng(seed)
        features = made_up_pixels(40, random)
        noise = replace(ScenePrior(), scene=1e-9, wide=1e-9, narrow=1e-9, near=1e-9)
        residuals, halves = made_up_errors(features, noise, random)
        adaptation = fit_adaptation(observations(features, residuals, halves, np.arange(40)), ROWS, ScenePrior())
        kept.append(adaptation.shrinkage_factor)
        assert adaptation.shrinkage_factor <= 0.5
        assert adaptation.left_out[1] <= 1.02 * adaptation.left_out[0]
    assert np.mean(np.array(kept) == 0) > 0.6


def test_left_out_errors_are_those_of_really_leaving_out():
    random = np.random.default_rng(1)
    features = made_up_pixels(14, random)
    prior = ScenePrior()
    residuals, halves = made_up_errors(features, replace(prior, wide=30.0), random)
    whole = observations(features, residuals, halves, np.arange(14))
    found = fit_adaptation(whole, ROWS, prior)
    assert found.shrinkage_factor > 0
    missed = np.empty_like(residuals)
    for i in range(14):
        others = np.arange(14) != i
        gram = prior.covariance(features[others], features[others], whole.typical_uncertainty) + np.eye(13)
        near = prior.covariance(features[i : i + 1], features[others], whole.typical_uncertainty)
        missed[i] = residuals[i] - found.shrinkage_factor * (near @ np.linalg.solve(gram, residuals[others]))[0]
    error = spectra(missed, features)
    target = spectra(residuals + 1, features)
    relative = (np.abs(error) / (np.maximum(target, 0) + 0.01)).mean()
    expected = relative + np.sqrt(np.square(error).mean()) / target.mean()
    assert found.left_out[1] == pytest.approx(expected, rel=1e-6)


def test_what_no_latent_can_mend_widens_the_interval():
    random = np.random.default_rng(3)
    features = made_up_pixels(60, random)
    residuals, halves = made_up_errors(features, ScenePrior(), random)
    plain = observations(features, residuals, halves, np.arange(60))
    ripple = 2 * halves * random.choice([-1, 1], halves.shape)
    rough = replace(plain, remainders=ripple)
    assert (
        fit_adaptation(rough, ROWS, ScenePrior()).interval_inflation
        > 1.5 * fit_adaptation(plain, ROWS, ScenePrior()).interval_inflation
    )


def test_likeness_falls_with_colour_brightness_and_place():
    prior = ScenePrior()
    one = pixel_features([[0.3, 0.3, 0.3]], [0.3], [[0.2, 0.2]], [0.1], 0)
    redder = pixel_features([[0.5, 0.2, 0.2]], [0.3], [[0.2, 0.2]], [0.1], 0)
    darker = pixel_features([[0.01, 0.01, 0.01]], [0.01], [[0.2, 0.2]], [0.1], 0)
    far = pixel_features([[0.3, 0.3, 0.3]], [0.3], [[0.8, 0.8]], [0.1], 0)
    surer = pixel_features([[0.3, 0.3, 0.3]], [0.3], [[0.2, 0.2]], [0.05], 0)
    itself = prior.covariance(one, one, 0.1)[0, 0]
    assert itself == pytest.approx(prior.total)
    assert prior.variance(surer, 0.1)[0] == pytest.approx(prior.total * 0.5 ** (2 * prior.doubt_power))
    assert all(prior.covariance(one, other, 0.1)[0, 0] < 0.8 * itself for other in (redder, darker, far, surer))
    assert prior.covariance(one, far, 0.1)[0, 0] == pytest.approx(prior.total - prior.near, rel=0.01)
    elsewhere = one.copy()
    elsewhere[:, PICTURE] = 1
    assert prior.covariance(one, elsewhere, 0.1)[0, 0] == pytest.approx(prior.total - prior.near)


def test_the_prior_is_kept_with_the_weights_and_may_be_lacking(model, tmp_path):
    prior = replace(ScenePrior(), wide=2.5, near_place=0.4)
    with_prior = save_model(tmp_path / "a.safetensors", model.network, model.calibration, model.card, prior)
    without = save_model(tmp_path / "b.safetensors", model.network, model.calibration, model.card)
    assert read_scene_prior(with_prior) == prior
    assert load_model(with_prior, "cpu").scene_prior == prior
    assert load_model(without, "cpu").scene_prior == ScenePrior()
    np.testing.assert_allclose(ScenePrior.from_vector(prior.vector()).wide, 2.5)


def test_sites_take_the_largest_group_first_and_add_to_what_is_known():
    prior = replace(ScenePrior(), near=1e-6, scene=1e-6)
    groups = np.repeat([[0.9, 0.05, 0.05], [0.05, 0.9, 0.05], [0.05, 0.05, 0.9]], [50, 30, 20], axis=0)
    features = pixel_features(groups, np.full(100, 1 / 3), np.zeros((100, 2)), np.full(100, 0.1), 0)
    ones = np.ones(100)

    def group_of(picked):
        return [int(np.argmax(groups[i])) for i in picked]

    arguments = (features, np.arange(1, 100), ones, ones)
    assert group_of(choose_sites(*arguments, 3, prior, 0.1)) == [0, 1, 2]
    assert group_of(choose_sites(*arguments, 2, prior, 0.1, known=[0])) == [1, 2]


def test_dark_pixels_are_measured_when_relative_errors_count():
    prior = replace(ScenePrior(), near=1e-6, scene=1e-6)
    level = np.repeat([0.8, 0.01], 50)
    linear = np.repeat(level[:, None], 3, axis=1)
    features = pixel_features(linear, level, np.zeros((100, 2)), np.full(100, 0.1), 0)
    everything = np.arange(100)
    relative = np.repeat([0.05, 0.4], 50)
    first = choose_sites(features, everything, relative, 0.1 * level, 2, prior, 0.1)
    assert {i >= 50 for i in first} == {True, False}
