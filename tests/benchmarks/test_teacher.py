"""The benchmark of the teacher alone: that a longer and a trained code says more, each sensor by itself."""

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.teacher import Row, Scene, rows_of, score_row
from napari_hydra.training.scenes import prepare_scenes
from napari_hydra.training.settings import settings_for

SETTINGS = replace(settings_for("visible"), teacher_steps=60, size=3)


@pytest.fixture(scope="module")
def scenes(named_scenes):
    prepared = prepare_scenes(named_scenes, SETTINGS)
    return [Scene(scene, "CAVE", number % 2) for number, scene in enumerate(prepared)]


def figures(scenes, **changes):
    return score_row(Row("", **changes), scenes, SETTINGS)["CAVE"]


def test_a_latent_as_long_as_the_scenes_ask_says_all_but_the_noise(scenes):
    short, long = figures(scenes), figures(scenes, settings={"size": 6})  # six bumps make these spectra
    assert (long[:4] < 0.02).all()
    assert (long[:4] < 0.1 * short[:4]).all()
    assert (long[4:] > 3 * long[:2]).all()
    assert (long[4:] < 0.02).all()  # the mean error of noise of 2 % is .016, and coding takes most of it away


def test_a_residual_network_says_more_than_its_linear_core(scenes):
    assert figures(scenes, residual=True)[0] < figures(scenes)[0]


def test_a_sensor_of_its_own_is_not_moved_by_the_others(scenes):
    alone = figures(scenes, one_sensor=True)
    np.testing.assert_allclose(alone, figures(scenes))  # where there is one sensor it is the same
    dull = [s.scene.target.mean(2, keepdims=True).repeat(s.scene.target.shape[2], 2) for s in scenes]
    others = [Scene(replace(s.scene, target=t), "NEON", s.fold) for s, t in zip(scenes, dull, strict=True)]
    both = [*scenes, *others]
    own = score_row(Row("", one_sensor=True), both, SETTINGS)
    assert set(own) == {"CAVE", "NEON"}
    np.testing.assert_allclose(own["CAVE"], alone)
    assert score_row(Row(""), both, SETTINGS)["CAVE"] != pytest.approx(alone)


def test_rows_follow_the_length_of_the_shipped_latent():
    assert [row.settings.get("size") for row in rows_of(16)][:4] == [None, 4, 8, 24]
    assert sum(row.residual for row in rows_of(20)) == 3
