"""Methods in closed form on data whose answer is known."""

import numpy as np
import pytest

from benchmarks.accuracy.baselines import BASELINES, features, fit_baseline, fit_pixels
from benchmarks.accuracy.baselines.components import fit_components
from benchmarks.accuracy.baselines.local_maps import fit_local_maps
from benchmarks.accuracy.baselines.pixels import FittingPixels, draw_pixels
from benchmarks.accuracy.baselines.regression import fit_regression
from benchmarks.accuracy.baselines.surface import ColourSpace
from napari_hydra.camera import get_camera
from napari_hydra.cube import make_cube
from napari_hydra.errors import HydraError
from napari_hydra.evaluation import evaluate_cube

NODES = np.arange(400.0, 701.0, 10.0)
ALL = np.ones((1, len(NODES)), bool)


def pixels_of(linear, spectra, sensor=None, reaches=ALL):
    sensor = np.zeros(len(linear), int) if sensor is None else sensor
    return FittingPixels(NODES, linear, spectra, sensor, reaches)


def colours(count=3000, seed=0):
    return np.random.default_rng(seed).uniform(0.02, 1, (count, 3))


def scene(seed, bands=NODES, size=32):
    """Return a cube of smooth, well-lit spectra."""
    random = np.random.default_rng(seed)
    bumps = np.exp(-(((bands[:, None] - np.linspace(bands[0], bands[-1], 8)) / 45) ** 2))
    return make_cube(0.1 + random.uniform(0, 0.5, (size, size, 8)) @ bumps.T, bands, source=f"scene{seed}")


@pytest.mark.parametrize(
    ("feature", "count"),
    [
        (features.brightness, 1),
        (features.channels, 3),
        (features.root_polynomial_2, 6),
        (features.root_polynomial_3, 13),
        (features.polynomial_4, 34),
    ],
)
@pytest.mark.parametrize("relative", [False, True])
def test_a_regression_finds_the_map_that_made_the_data(feature, count, relative):
    linear = colours()
    truth = np.random.default_rng(1).normal(size=(count, len(NODES)))
    model = fit_regression(feature, pixels_of(linear, feature(linear) @ truth), relative=relative, ridge=1e-13)
    assert model.parameters == truth.size
    other = colours(50, seed=2).reshape(5, 10, 3)
    expected = (feature(other.reshape(-1, 3)) @ truth).reshape(5, 10, -1)
    np.testing.assert_allclose(model.spectra_of(other), expected, atol=1e-4)


def test_a_ridge_shrinks():
    linear = colours()
    spectra = linear @ np.ones((3, len(NODES)))
    loose, tight = (
        fit_regression(features.channels, pixels_of(linear, spectra), relative=False, ridge=r) for r in (1e-9, 10)
    )
    assert np.abs(tight.matrix).max() < 0.5 * np.abs(loose.matrix).max()


@pytest.mark.parametrize(
    "name", ["mean spectrum", "linear", "root polynomial 2", "root polynomial 3", "A+ on chromaticity"]
)
def test_some_methods_scale_exactly_with_exposure(name):
    linear = colours()
    model = fit_pixels(name, pixels_of(linear, linear**2 @ np.random.default_rng(1).uniform(size=(3, len(NODES)))))
    picture = colours(60, seed=3).reshape(6, 10, 3)
    np.testing.assert_allclose(model.spectra_of(picture / 4) * 4, model.spectra_of(picture), rtol=1e-9)


def test_polynomials_do_not_scale_with_exposure():
    linear = colours()
    model = fit_pixels("polynomial 4", pixels_of(linear, linear**2 @ np.ones((3, len(NODES)))))
    assert np.abs(model.spectra_of(linear / 4) * 4 / model.spectra_of(linear) - 1).max() > 0.5


def test_local_maps_follow_a_map_that_differs_from_colour_to_colour():
    linear = colours(6000)
    reddish = linear[:, :1] > linear[:, 2:]
    maps = np.random.default_rng(1).uniform(0, 1, (2, 3, len(NODES)))
    spectra = np.where(reddish, linear @ maps[0], linear @ maps[1])
    known = pixels_of(linear[:5000], spectra[:5000])
    local = fit_local_maps(features.square_roots, known, anchors=128, neighbours=60, ridge=1e-6, relative=False)
    simple = fit_regression(features.channels, known, relative=False, ridge=1e-9)
    errors = [np.sqrt(np.mean((m.spectra_of(linear[5000:]) - spectra[5000:]) ** 2)) for m in (local, simple)]
    assert errors[0] < 0.6 * errors[1]
    far = np.abs(linear[5000:, 0] - linear[5000:, 2]) > 0.5  # from the border between the two
    np.testing.assert_allclose(local.spectra_of(linear[5000:])[far], spectra[5000:][far], atol=2e-3)


def test_where_no_near_pixel_is_measured_local_maps_answer_as_the_global_one():
    linear = np.concatenate([(1 + colours(500)) * [1, 0.1, 0.1], (1 + colours(500, 1)) * [0.1, 0.1, 1]]) / 2
    reaches = np.stack([np.ones(len(NODES), bool), NODES < 600])  # the blue ones' sensor ends at 600 nm
    sensor = np.repeat([0, 1], 500)
    known = pixels_of(linear, linear**2 @ np.ones((3, len(NODES))) * reaches[sensor], sensor, reaches)
    local = fit_local_maps(features.chromaticity, known, anchors=20, neighbours=40, ridge=1e-4, relative=False)
    simple = fit_regression(features.channels, known, relative=False, ridge=1e-9)
    blue = local.spectra_of(linear[500:])
    np.testing.assert_allclose(blue[:, NODES >= 600], simple.spectra_of(linear[500:])[:, NODES >= 600], atol=1e-9)
    assert np.abs(blue - simple.spectra_of(linear[500:]))[:, NODES < 600].max() > 0.01


def test_the_oracle_errs_by_what_the_left_out_singular_values_hold():
    cube = scene(0)
    for count in (3, 6, 8):
        drawn = draw_pixels([cube], NODES)
        components = fit_components(drawn, count)
        left = np.linalg.svd(drawn.spectra, compute_uv=False)[count:]
        scores = evaluate_cube(cube, components.oracle(cube))
        assert scores.rmse == pytest.approx(np.sqrt((left**2).sum() / drawn.spectra.size), rel=1e-3, abs=1e-7)


def test_the_oracle_is_exact_once_it_has_all_dimensions():
    cube = scene(0)
    assert evaluate_cube(cube, fit_components(draw_pixels([cube], NODES), 31).oracle(cube)).rmse < 1e-6


@pytest.mark.parametrize("camera", ["nikon-5100", "srgb"])
def test_another_camera_is_read_exactly_where_spectra_have_three_dimensions(camera):
    basis = scene(0).values.reshape(-1, len(NODES))[:3]
    spectra = np.random.default_rng(1).uniform(0, 1, (200, 3)) @ basis
    space = ColourSpace(NODES, spectra.T @ spectra / 200)
    found = spectra @ get_camera(camera).response(NODES) @ space.to_srgb(get_camera(camera))
    np.testing.assert_allclose(found, spectra @ get_camera("srgb").response(NODES), rtol=1e-3)


@pytest.mark.parametrize("track", ["srgb", "camera", "exposure"])
def test_a_scene_that_was_learned_is_estimated_well_on_every_track(track):
    cubes = [scene(seed) for seed in range(3)]
    model = fit_baseline("linear", cubes, 400, 700, 10)
    mean = fit_baseline("mean spectrum", cubes, 400, 700, 10)
    ours, theirs = (evaluate_cube(cubes[0], m, track).rmse for m in (model, mean))
    assert ours < 0.8 * theirs


def test_nodes_learn_from_the_sensors_that_reach_them():
    wide, narrow = scene(0, np.arange(400.0, 1001, 10)), scene(1)
    model = fit_baseline("linear", [wide, narrow], 400, 1000, 10)
    alone = fit_baseline("linear", [wide], 400, 1000, 10)
    beyond = model.space.nodes > 710
    np.testing.assert_allclose(model.matrix[:, beyond], alone.matrix[:, beyond], rtol=1e-6)
    assert np.abs(model.matrix - alone.matrix)[:, ~beyond].max() > 1e-3


def test_another_seed_draws_other_pixels():
    drawn = [draw_pixels([scene(0)], NODES, seed, most=100) for seed in (0, 0, 1)]
    assert len(drawn[0].linear) == 100
    np.testing.assert_array_equal(drawn[0].linear, drawn[1].linear)
    assert (drawn[0].linear != drawn[2].linear).any()


def test_black_has_the_direction_of_grey():
    np.testing.assert_allclose(features.chromaticity(np.zeros((1, 3))), [[3**-0.5] * 3])


@pytest.mark.parametrize("name", [name for name in BASELINES if name != "mean spectrum"])
def test_every_baseline_improves_on_the_mean_spectrum_for_real_cubes_of_two_sensors(name, shared_cube, shared_names):
    cubes = []
    for pattern in ("neon-train/*", "enmap-train/*"):
        values, wavelengths, bad = shared_cube(shared_names(pattern))
        cubes.append(make_cube(values, wavelengths, bad_bands=bad))
    ours, plain = (evaluate_cube(cubes[0], fit_baseline(n, cubes, 400, 1000, 5)) for n in (name, "mean spectrum"))
    assert ours.nrmse < 0.95 * plain.nrmse


def test_an_unknown_baseline_is_refused():
    with pytest.raises(HydraError, match="no baseline 'spline'"):
        fit_baseline("spline", [scene(0)], 400, 700, 10)
