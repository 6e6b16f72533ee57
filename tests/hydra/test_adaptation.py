import numpy as np
import pytest

from napari_hydra.camera import get_camera, render_array
from napari_hydra.cube import make_cube
from napari_hydra.errors import HydraError
from napari_hydra.hydra import load_model
from napari_hydra.io import MeasuredSpectrum

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


def measured(target, sites, grid=GRID):
    return [MeasuredSpectrum(y, x, grid, np.interp(grid, GRID, target[y, x]).astype(float)) for y, x in sites]


def error(model, picture, target):
    return float(np.sqrt(np.square(model.reconstruct(picture, GRID).to_cube().values - target).mean()))


SITES = [(4 + 8 * i, 4 + 8 * j) for i in range(6) for j in range(0, 6, 2)]


@pytest.fixture(scope="module")
def visible():
    return load_model("visible", "cpu")


def test_measured_spectra_make_the_rest_of_the_scene_better(visible, scene):
    picture, target = scene
    adapted = visible.adapt(picture, points=measured(target, SITES), gain=1.0)
    assert error(adapted, picture, target) < 0.5 * error(visible, picture, target)
    assert visible.adaptation is None


def test_the_colour_of_the_picture_is_kept(visible, scene):
    picture, target = scene
    adapted = visible.adapt(picture, points=measured(target, SITES), gain=1.0)
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
    after = visible.adapt(picture, points=measured(target, SITES), gain=1.0).reconstruct(picture, GRID)
    inside = np.abs(after.tile(*whole) - target) <= after.half_width_tile(*whole)
    assert after.half_width_tile(*whole).mean() < before.half_width_tile(*whole).mean()
    assert inside.mean() > 0.8


def test_other_units_and_grids_are_brought_to_the_picture(visible, scene):
    picture, target = scene
    fine = np.arange(402.0, 699.0, 3.0)
    percent = [MeasuredSpectrum(m.y, m.x, m.wavelengths, 37 * m.values) for m in measured(target, SITES, fine)]
    adapted = visible.adapt(picture, points=percent)
    assert error(adapted, picture, target) < 0.6 * error(visible, picture, target)


def test_a_truth_and_a_mask_serve_as_measurements(visible, scene):
    picture, target = scene
    mask = np.zeros(target.shape[:2], bool)
    mask[4::8, 4::8] = True
    adapted = visible.adapt(picture, make_cube(target, GRID), mask, gain=1.0)
    assert len(adapted.adaptation.observations) == 36
    assert error(adapted, picture, target) < 0.5 * error(visible, picture, target)
    with pytest.raises(HydraError, match="must agree"):
        visible.adapt(picture, make_cube(target, GRID), mask[:-1])


def test_points_may_be_pixels_of_a_cube(visible, scene):
    picture, target = scene
    cube = make_cube(target, GRID)
    adapted = visible.adapt(picture, points=[(y, x, cube[y, x]) for y, x in SITES], gain=1.0)
    same = visible.adapt(picture, points=measured(target, SITES), gain=1.0)
    np.testing.assert_allclose(
        adapted.adaptation.observations.residuals, same.adaptation.observations.residuals, atol=1e-9
    )
    with pytest.raises(HydraError, match="no wavelengths"):
        visible.adapt(picture, points=[(y, x, target[y, x]) for y, x in SITES])


def test_spectra_that_teach_nothing_leave_the_model_as_it_was(visible, scene):
    picture, _ = scene
    random = np.random.default_rng(0)
    estimate = visible.reconstruct(picture, GRID).to_cube().values
    ripple = np.cos(np.pi * (GRID - 400) / 150)
    noise = [
        MeasuredSpectrum(m.y, m.x, GRID, m.values * (1 + 0.3 * random.choice([-1, 1]) * ripple))
        for m in measured(estimate, SITES)
    ]
    adapted = visible.adapt(picture, points=noise, gain=1.0)
    assert adapted.adaptation is None
    np.testing.assert_array_equal(adapted.reconstruct(picture, GRID).to_cube().values, estimate)


def test_saved_adaptations_come_back_and_know_their_base(visible, scene, tmp_path):
    picture, target = scene
    adapted = visible.adapt(picture, points=measured(target, SITES), gain=1.0)
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
        visible.adapt(picture, points=change(measured(target, SITES)))


def test_spectra_of_other_colours_need_an_unknown_camera(visible, scene):
    picture, target = scene
    swapped = np.ascontiguousarray(picture[..., ::-1])  # as a camera whose equations do not hold
    with pytest.raises(HydraError, match="camera srgb sees them; reconstruct with the camera 'unknown'"):
        visible.adapt(swapped, points=measured(target, SITES))
    adapted = visible.adapt(swapped, points=measured(target, SITES), camera="unknown")

    def missed(model):
        found = model.reconstruct(swapped, GRID, camera="unknown").to_cube().values
        return float(np.sqrt(np.square(found - target).mean()))

    assert missed(adapted) < 0.7 * missed(visible)


def test_suggested_sites_serve_better_than_the_same_number_in_a_corner(visible, scene):
    picture, target = scene
    sites = visible.suggest_sites(picture, 8)
    assert len(set(sites)) == 8
    corner = [(y, x) for y in range(2) for x in range(4)]
    chosen, cornered = (visible.adapt(picture, points=measured(target, where), gain=1.0) for where in (sites, corner))
    assert error(chosen, picture, target) < error(cornered, picture, target)


def test_suggestions_avoid_saturated_and_black_pixels(visible, scene):
    picture = scene[0].copy()
    picture[:24] = 255
    picture[:, :12] = 0
    flags = visible.reconstruct(picture, GRID).flags
    assert all(flags[y, x] & 3 == 0 for y, x in visible.suggest_sites(picture, 6))
    with pytest.raises(HydraError, match="one at least"):
        visible.suggest_sites(picture, 0)


def test_suggestions_complement_what_is_measured_already(visible, scene):
    picture, target = scene
    first = visible.suggest_sites(picture, 3)
    more = visible.suggest_sites(picture, 3, measured=first)
    assert not set(first) & set(more)
    label = target.argmax(-1)  # the four materials peak in four bands
    at_once = visible.suggest_sites(picture, 6)
    assert sorted(label[place] for place in [*first, *more]) == sorted(label[place] for place in at_once)
    assert {label[place] for place in more} - {label[place] for place in first}  # what was missing comes next
    with pytest.raises(HydraError, match="outside the picture"):
        visible.suggest_sites(picture, 3, measured=[(99, 0)])


def test_an_adapted_model_learns_further_spectra_beside_the_first(visible, scene):
    picture, target = scene
    points = measured(target, SITES)
    at_once = visible.adapt(picture, points=points, gain=1.0)
    twice = visible.adapt(picture, points=points[:9], gain=1.0).adapt(picture, points=points[9:], gain=1.0)
    assert twice.card.name == "visible, adapted to 18 spectra"
    assert twice.adaptation.pictures == at_once.adaptation.pictures
    first, second = (np.asarray(model.reconstruct(picture, GRID)) for model in (at_once, twice))
    np.testing.assert_allclose(second, first, atol=1e-6)


def test_scenes_of_a_session_teach_one_another(visible, scene):
    picture, target = scene
    other = hidden_scene(seed=5)
    rendering = render_array(other, GRID, get_camera("srgb"))
    other_target = other * np.float32(rendering.gain)
    points = measured(target, SITES)
    few = measured(other_target, SITES[:2])
    session = visible.adapt_scenes([(picture, points), (rendering.picture, few)], gain=1.0)
    assert len(set(session.adaptation.pictures)) == 2
    assert error(session, rendering.picture, other_target) < 0.6 * error(visible, rendering.picture, other_target)
    assert error(session, picture, target) < 0.6 * error(visible, picture, target)


def test_place_counts_only_in_the_picture_that_was_measured(visible, scene):
    picture, target = scene
    adapted = visible.adapt(picture, points=measured(target, SITES), gain=1.0)
    half = slice(None), slice(None)
    here = adapted.reconstruct(picture, GRID).half_width_tile(*half)
    turned = np.ascontiguousarray(picture[::-1, ::-1])
    elsewhere = adapted.reconstruct(turned, GRID).half_width_tile(*half)[::-1, ::-1]
    assert np.median(elsewhere / here) > 1.02
