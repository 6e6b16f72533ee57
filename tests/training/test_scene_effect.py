"""Learning the prior of the scene effect from scenes whose effect is known."""

import numpy as np

from napari_hydra.camera import get_camera, render_array
from napari_hydra.hydra import load_model
from napari_hydra.hydra.scene_prior import ScenePrior, pixel_features
from napari_hydra.training.scene_effect import SceneErrors, learn_scene_prior, sample_errors

ROWS = np.random.default_rng(0).random((10, 3)) + 0.2


def made_up_scene(seed, shared):
    """A scene whose pixels all err alike (`shared`), or each for itself."""
    random = np.random.default_rng(seed)
    linear = random.uniform(0.05, 0.9, (300, 3))
    level = linear.mean(1)
    features = pixel_features(linear, level, random.random((300, 2)), np.full(300, 0.1), 0)
    effect = random.standard_normal(3) if shared else random.standard_normal((300, 3))
    residuals = np.broadcast_to(0.1 * effect, (300, 3)) + 0.01 * random.standard_normal((300, 3))
    target = (1 + residuals) @ ROWS.T * level[:, None]
    return SceneErrors(features, residuals, np.ones((300, 3)) @ ROWS.T * level[:, None], target, ROWS)


def test_the_kind_of_effect_is_learned():
    start = ScenePrior()
    seen = []
    alike = learn_scene_prior(
        [made_up_scene(s, True) for s in range(4)], steps=25, progress=lambda part, _: seen.append(part)
    )
    apart = learn_scene_prior([made_up_scene(s, False) for s in range(4)], steps=25)
    assert alike.scene > 1.25 * start.scene > 1.25 * apart.scene
    assert apart.wide < 0.8 * start.wide < 0.8 * alike.wide
    assert seen[-1] == 1


def test_errors_are_sampled_as_adapting_sees_them():
    grid = np.arange(400.0, 701.0, 10.0)
    random = np.random.default_rng(0)
    bumps = np.exp(-np.square((grid - random.uniform(420, 680, (24, 20, 1))) / 50)) * 0.6 + 0.05
    rendering = render_array(bumps.astype(np.float32), grid, get_camera("srgb"))
    target = (bumps * rendering.gain).astype(np.float32)
    model = load_model("visible", "cpu")
    errors = sample_errors(model, rendering.picture, target, grid, count=200)
    assert errors.features.shape == (200, 8)
    assert errors.target.shape == errors.estimate.shape == (200, 31)
    level = np.exp(errors.features[:, 3:4])
    mended = errors.estimate + errors.residuals * level @ errors.rows.T
    before = np.abs(errors.estimate - errors.target).mean()
    assert np.abs(mended - errors.target).mean() < 0.3 * before
