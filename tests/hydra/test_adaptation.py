import numpy as np
import pytest

from napari_hydra.camera import get_camera, render_array
from napari_hydra.cube import make_cube
from napari_hydra.errors import HydraError
from napari_hydra.hydra import load_model
from napari_hydra.hydra.adaptation import Kernel, choose_places, fit_adaptation, squared_distances
from napari_hydra.hydra.adapting import MeasuredSpectrum

GRID = np.arange(400.0, 701.0, 10.0)


def hidden_scene(side=48, seed=0):
    """A scene of four materials, one of them with a colour-blind bump that no picture shows."""
    random = np.random.default_rng(seed)
    bumps = np.exp(-(((GRID[:, None] - np.array([450, 540, 610, 690])) / np.array([30, 40, 40, 60])) ** 2)).T
    materials = 0.08 + 0.5 * bumps
    label = random.integers(0, 4, (side // 8, side // 8)).repeat(8, 0).repeat(8, 1)
    shading = 0.5 + 0.5 * random.random((side, side, 1))
    return (materials[label] * shading).astype(np.float32)


@pytest.fixture(scope="module")
def scene():
    truth = hidden_scene()
    rendering = render_array(truth, GRID, get_camera("srgb"))
    return rendering.picture, truth * np.float32(rendering.gain)


def measured(target, places, grid=GRID):
    return [MeasuredSpectrum(y, x, grid, np.interp(grid, GRID, target[y, x]).astype(float)) for y, x in places]


def error(model, picture, target):
    return float(np.sqrt(np.square(model.reconstruct(picture, GRID).to_cube().values - target).mean()))


PLACES = [(4 + 8 * i, 4 + 8 * j) for i in range(6) for j in range(0, 6, 2)]


@pytest.fixture(scope="module")
def visible():
    return load_model("visible", "cpu")


def test_measured_spectra_make_the_rest_of_the_scene_better(visible, scene):
    picture, target = scene
    adapted = visible.adapt(picture, points=measured(target, PLACES), gain=1.0)
    assert error(adapted, picture, target) < 0.5 * error(visible, picture, target)
    assert visible.adaptation is None


def test_the_colour_of_the_picture_is_kept(visible, scene):
    picture, target = scene
    adapted = visible.adapt(picture, points=measured(target, PLACES), gain=1.0)
    camera = get_camera("srgb")
    seen = [
        camera.encode(model.reconstruct(picture, GRID).to_cube().values @ camera.response(GRID)) * 255
        for model in (visible, adapted)
    ]
    assert np.abs(seen[1] - seen[0]).mean() < 0.5


def test_intervals_shrink_where_something_like_it_was_measured(visible, scene):
    picture, target = scene
    whole = (slice(None), slice(None))
    before = visible.reconstruct(picture, GRID)
    after = visible.adapt(picture, points=measured(target, PLACES), gain=1.0).reconstruct(picture, GRID)
    inside = np.abs(after.tile(*whole) - target) <= after.half_width_tile(*whole)
    assert after.half_width_tile(*whole).mean() < before.half_width_tile(*whole).mean()
    assert inside.mean() > 0.8


def test_other_units_and_grids_are_brought_to_the_picture(visible, scene):
    picture, target = scene
    fine = np.arange(402.0, 699.0, 3.0)
    percent = [MeasuredSpectrum(m.y, m.x, m.wavelengths, 37 * m.values) for m in measured(target, PLACES, fine)]
    adapted = visible.adapt(picture, points=percent)
    assert error(adapted, picture, target) < 0.6 * error(visible, picture, target)


def test_a_truth_and_a_mask_serve_as_measurements(visible, scene):
    picture, target = scene
    mask = np.zeros(target.shape[:2], bool)
    mask[4::8, 4::8] = True
    adapted = visible.adapt(picture, make_cube(target, GRID), mask, gain=1.0)
    assert len(adapted.adaptation.features) == 36
    assert error(adapted, picture, target) < 0.5 * error(visible, picture, target)
    with pytest.raises(HydraError, match="must agree"):
        visible.adapt(picture, make_cube(target, GRID), mask[:-1])


def test_points_may_be_pixels_of_a_cube(visible, scene):
    picture, target = scene
    cube = make_cube(target, GRID)
    adapted = visible.adapt(picture, points=[(y, x, cube[y, x]) for y, x in PLACES], gain=1.0)
    same = visible.adapt(picture, points=measured(target, PLACES), gain=1.0)
    np.testing.assert_allclose(adapted.adaptation.weights, same.adaptation.weights, atol=1e-9)
    with pytest.raises(HydraError, match="no wavelengths"):
        visible.adapt(picture, points=[(y, x, target[y, x]) for y, x in PLACES])


def test_spectra_that_teach_nothing_leave_the_model_as_it_was(visible, scene):
    picture, _ = scene
    random = np.random.default_rng(0)
    estimate = visible.reconstruct(picture, GRID).to_cube().values
    ripple = np.cos(np.pi * (GRID - 400) / 150)
    noise = [
        MeasuredSpectrum(m.y, m.x, GRID, m.values * (1 + 0.3 * random.choice([-1, 1]) * ripple))
        for m in measured(estimate, PLACES)
    ]
    adapted = visible.adapt(picture, points=noise, gain=1.0)
    assert adapted.adaptation is None
    np.testing.assert_array_equal(adapted.reconstruct(picture, GRID).to_cube().values, estimate)


def test_saved_adaptations_come_back_and_know_their_base(visible, scene, tmp_path):
    picture, target = scene
    adapted = visible.adapt(picture, points=measured(target, PLACES), gain=1.0)
    path = adapted.save(tmp_path / "mine.safetensors")
    assert path.stat().st_size < 50_000
    again = load_model(path, "cpu")
    assert again.card.name == "visible, adapted to 18 spectra"
    first, second = (np.asarray(m.reconstruct(picture, GRID)) for m in (adapted, again))
    np.testing.assert_allclose(second, first, atol=1e-6)
    with pytest.raises(HydraError, match="exists already"):
        adapted.save(path)
    with pytest.raises(HydraError, match="call adapt first"):
        visible.save(tmp_path / "other.safetensors")
    content = path.read_bytes()
    header = content.index(b'"base_sha256":"') + 15
    path.write_bytes(content[:header] + b"0" * 64 + content[header + 64 :])
    with pytest.raises(HydraError, match="adapted from other weights"):
        load_model(path)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda m: m[:2], "2 measured spectra are too few"),
        (lambda m: [MeasuredSpectrum(99, 1, m[0].wavelengths, m[0].values), *m], "outside the picture"),
        (lambda m: [MeasuredSpectrum(1, 1, m[0].wavelengths, m[0].values * np.nan), *m], "NaN"),
        (lambda m: [MeasuredSpectrum(1, 1, m[0].wavelengths[:3], m[0].values), *m], "as many increasing"),
        (lambda m: [MeasuredSpectrum(1, 1, m[0].wavelengths + 900, m[0].values), *m], "at least 5"),
    ],
)
def test_bad_measurements_are_named(visible, scene, change, message):
    picture, target = scene
    with pytest.raises(HydraError, match=message):
        visible.adapt(picture, points=change(measured(target, PLACES)))


def test_spectra_of_other_colours_need_an_unknown_camera(visible, scene):
    picture, target = scene
    swapped = np.ascontiguousarray(picture[..., ::-1])  # as a camera whose equations do not hold
    with pytest.raises(HydraError, match="camera srgb sees them; reconstruct with the camera 'unknown'"):
        visible.adapt(swapped, points=measured(target, PLACES))
    adapted = visible.adapt(swapped, points=measured(target, PLACES), camera="unknown")

    def missed(model):
        found = model.reconstruct(swapped, GRID, camera="unknown").to_cube().values
        return float(np.sqrt(np.square(found - target).mean()))

    assert missed(adapted) < 0.7 * missed(visible)


def test_suggested_places_serve_better_than_the_same_number_in_a_corner(visible, scene):
    picture, target = scene
    places = visible.suggest(picture, 8)
    assert len(set(places)) == 8
    corner = [(y, x) for y in range(2) for x in range(4)]
    chosen, cornered = (visible.adapt(picture, points=measured(target, where), gain=1.0) for where in (places, corner))
    assert error(chosen, picture, target) < error(cornered, picture, target)


def test_suggestions_avoid_saturated_and_black_pixels(visible, scene):
    picture = scene[0].copy()
    picture[:24] = 255
    picture[:, :12] = 0
    flags = visible.reconstruct(picture, GRID).flags
    assert all(flags[y, x] & 3 == 0 for y, x in visible.suggest(picture, 6))
    with pytest.raises(HydraError, match="one at least"):
        visible.suggest(picture, 0)


def test_the_gaussian_process_recovers_a_smooth_function():
    random = np.random.default_rng(0)
    features = np.column_stack([random.random((60, 3)), np.zeros((60, 2))])
    residuals = np.column_stack([np.sin(4 * features[:, 0]), features[:, 1]])
    rows = np.eye(2)
    ones = np.ones(60)
    adaptation = fit_adaptation(features, residuals, np.ones((60, 2)), rows, np.ones((60, 2)), ones)
    assert adaptation.helps
    new = np.column_stack([random.random((40, 3)) * 0.6 + 0.2, np.zeros((40, 2))])
    predicted, left = adaptation.correct(new)
    np.testing.assert_allclose(predicted[:, 0], np.sin(4 * new[:, 0]), atol=0.15)
    assert (left < 0.6).all()
    far = np.full((1, 5), 30.0)
    nothing, all_left = adaptation.correct(far)
    np.testing.assert_allclose(nothing, 0, atol=1e-6)
    np.testing.assert_allclose(all_left, 1, atol=1e-6)


def test_left_out_errors_are_those_of_really_leaving_out():
    random = np.random.default_rng(1)
    features = np.column_stack([random.random((12, 3)), random.random((12, 2))])
    residuals = random.standard_normal((12, 2)) * 0.1 + features[:, :2]
    ones = np.ones((12, 2))
    found = fit_adaptation(features, residuals, ones, np.eye(2), ones, np.ones(12))
    kernel = found.kernel
    missed = []
    for i in range(12):
        keep = np.arange(12) != i
        gram = kernel.between(features[keep], features[keep]) + kernel.noise * np.eye(11)
        guess = kernel.between(features[i : i + 1], features[keep]) @ np.linalg.solve(gram, residuals[keep])
        missed.append(np.abs(residuals[i] - guess[0]))
    missed = np.array(missed)
    expected = (missed / 1.01).mean(1) + np.sqrt((missed**2).mean(1))
    assert found.left_out[1] == pytest.approx(expected.mean(), rel=1e-6)


def test_kernel_and_places():
    points = np.array([[0.0, 0, 0, 0, 0], [0.1, 0, 0, 0.5, 0]])
    assert squared_distances(points, points)[0, 1] == pytest.approx(0.26)
    assert Kernel(0.1, np.inf, 0.1).between(points, points)[0, 1] == pytest.approx(np.exp(-0.5))
    assert Kernel(0.1, 0.5, 0.1).between(points, points)[0, 1] == pytest.approx(np.exp(-1.0))
    clusters = np.repeat(np.eye(3, 5), [50, 30, 20], axis=0)
    picked = choose_places(clusters, np.arange(100), np.ones(100), np.ones(100), 3)
    assert [int(np.argmax(clusters[i])) for i in picked] == [0, 1, 2]  # the largest group first, each once
