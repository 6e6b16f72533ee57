"""The comparison in steps: the same figures as `score`, regions, maps with known values."""

from itertools import pairwise

import numpy as np
import pytest
from known_model import KnownLatent

from napari_hydra.cube import make_cube
from napari_hydra.errors import HydraError
from napari_hydra.evaluation import figures, metrics, score
from napari_hydra.evaluation.comparison import compare_steps, map_steps
from napari_hydra.evaluation.maps import ERROR_MAPS
from napari_hydra.progress import drain

BANDS = np.arange(400.0, 701.0, 10.0)


@pytest.fixture
def pair():
    """A truth, and an estimate in its unit whose picture had a gain of 0.25."""
    random = np.random.default_rng(5)
    truth = random.uniform(0.01, 3, (12, 9, 31)).astype(np.float32)
    estimate = (truth + random.normal(0, 0.1, truth.shape)).astype(np.float32)
    return KnownLatent(estimate, BANDS, half_width=0.15, attrs={"scale": 4.0}), make_cube(truth, BANDS)


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch):
    monkeypatch.setattr(figures, "_BLOCK", 2 * 9 * 31)


def finished(steps):
    """Return the fractions on the way, and the result."""
    fractions = []
    found = drain(steps, lambda fraction, _: fractions.append(fraction))
    return fractions, found


def test_figures_are_those_of_score(pair):
    estimate, truth = pair
    fractions, found = finished(compare_steps(estimate, truth, gain=0.25))
    expected = score(estimate, truth, gain=0.25)
    for name in ("mrae", "rmse", "psnr", "nrmse", "sam", "coverage90"):
        assert getattr(found, name) == pytest.approx(expected[name], rel=1e-6), name
    assert len(fractions) == 12  # six blocks, twice
    assert all(a < b for a, b in pairwise(fractions))
    assert fractions[-1] == pytest.approx(1)
    difference = estimate.values.astype(float) - truth.values
    np.testing.assert_allclose(found.bias_per_band, difference.mean((0, 1)), atol=1e-9)
    np.testing.assert_allclose(found.rmse_per_band, np.sqrt((difference**2).mean((0, 1))), rtol=1e-6)
    np.testing.assert_allclose(found.level_per_band, truth.values.astype(float).mean((0, 1)), rtol=1e-6)
    np.testing.assert_allclose(found.half_width_per_band, 0.15, rtol=1e-6)


def test_region_is_compared_as_a_cube_of_its_own(pair):
    estimate, truth = pair
    mask = np.zeros((12, 9), bool)
    mask[3:7, 2:5] = True
    found = finished(compare_steps(estimate, truth, gain=0.25, where=mask))[1]
    part = KnownLatent(estimate.values[3:7, 2:5], BANDS, 0.15)
    expected = finished(compare_steps(part, truth[3:7, 2:5], gain=0.25))[1]
    assert found.pixels == 12
    for name in ("mrae", "rmse", "nrmse", "sam", "coverage90"):
        assert getattr(found, name) == pytest.approx(getattr(expected, name), rel=1e-9), name
    with pytest.raises(HydraError, match="No pixel"):
        finished(compare_steps(estimate, truth, where=np.zeros((12, 9), bool)))


def test_maps_agree_with_the_metrics_and_mark_what_is_missing(pair):
    estimate, truth = pair
    truth.values[2, 3, 5] = np.nan
    maps = {key: finished(map_steps(estimate, truth, key, gain=0.25))[1] for key in ERROR_MAPS}
    p, t = estimate.values.astype(float), truth.values.astype(float)
    np.testing.assert_allclose(maps["rmse"], metrics.rmse_map(p, t), rtol=1e-6)
    np.testing.assert_allclose(maps["mrae"], metrics.mrae_map(p * 0.25, t * 0.25), rtol=1e-6)
    np.testing.assert_allclose(maps["angle"], metrics.spectral_angle_map(p, t), rtol=1e-6)
    outside = (np.abs(p - t) > 0.15).mean(-1)
    np.testing.assert_allclose(maps["difference"], (p - t).mean(-1), rtol=1e-5, atol=1e-7)
    np.testing.assert_allclose(maps["side"], metrics.interval_side(p, 0.15, t).mean(-1), atol=1e-6)
    seen = ~np.isnan(t).any(-1)
    np.testing.assert_allclose(maps["misses"][seen], outside[seen], atol=1e-6)
    for name, values in maps.items():
        assert np.argwhere(np.isnan(values)).tolist() == [[2, 3]], name


def test_side_of_the_interval():
    side = metrics.interval_side([1.0, 1.0, 1.0, 0.1, 1.0], 0.2, [1.1, 1.3, 0.7, 0.0, np.nan])
    np.testing.assert_array_equal(side, [0, 1, -1, 0, np.nan])
    inside = metrics.is_inside([1.0, 1.0, 1.0, 0.1], 0.2, [1.2, 1.3, 0.7, 0.0])
    np.testing.assert_array_equal(inside, [True, False, False, True])
