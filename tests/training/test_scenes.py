from dataclasses import replace

import numpy as np
import pytest
import torch

from napari_hydra.camera import get_camera
from napari_hydra.cube import make_cube
from napari_hydra.errors import HydraError
from napari_hydra.training.sampling import draw_patches, draw_pixels, draw_spectra, mixed_batch
from napari_hydra.training.scenes import group_scenes, prepare_scene


def rendered(target, wavelengths):
    response = torch.from_numpy(get_camera("srgb").response(wavelengths)).float()
    return torch.einsum("nbhw,bc->nchw", target, response)


def prepared(cubes):
    return [prepare_scene(cube, name, 400, 700) for name, cube in cubes]


def test_scenes_are_exposed_like_the_protocol(cubes):
    scene = prepared(cubes)[0]
    linear = rendered(torch.from_numpy(scene.target.transpose(2, 0, 1))[None], scene.wavelengths)
    assert float(np.percentile(linear.amax(1), 99.5)) == pytest.approx(0.95, abs=1e-3)


def test_bad_bands_and_bands_out_of_range_are_left_out():
    wavelengths = np.arange(380.0, 1100.0, 10)
    values = np.random.default_rng(0).random((4, 4, len(wavelengths)))
    cube = make_cube(values, wavelengths, bad_bands=[10])
    scene = prepare_scene(cube, "wide", 400, 700)
    assert scene.wavelengths[0] == 400
    assert scene.wavelengths[-1] == 700
    assert 480 not in scene.wavelengths
    assert scene.target.shape == (4, 4, 30)


def test_a_library_becomes_a_mosaic_with_every_spectrum():
    wavelengths = np.linspace(400, 700, 31)
    library = np.random.default_rng(0).random((10, 1, 31)).astype(np.float32) + 0.1
    scene = prepare_scene(make_cube(library, wavelengths), "library", 400, 700)
    assert scene.target.shape == (16, 16, 31)
    found = {tuple(np.round(s / s.sum(), 5)) for s in scene.target.reshape(-1, 31)}
    assert found == {tuple(np.round(s / s.sum(), 5)) for s in library[:, 0]}


def test_cubes_that_cannot_teach_are_refused():
    with pytest.raises(HydraError, match="far has 0 good bands"):
        prepare_scene(make_cube(np.ones((4, 4, 20)), np.linspace(1000, 2000, 20)), "far", 400, 700)
    broken = np.ones((4, 4, 31))
    broken[0, 0, 0] = np.nan
    with pytest.raises(HydraError, match="NaN"):
        prepare_scene(make_cube(broken, np.linspace(400, 700, 31)), "broken", 400, 700)


def test_groups_share_their_wavelengths(cubes):
    groups = group_scenes(prepared(cubes))
    assert [len(group.scenes) for group in groups] == [3, 1]
    assert [len(group.wavelengths) for group in groups] == [31, 47]


@pytest.mark.parametrize("mixed", [0.0, 1.0])
@pytest.mark.parametrize("draw", [draw_patches, draw_pixels])
def test_batches_pair_each_picture_with_its_target(cubes, settings, draw, mixed):
    groups = group_scenes(prepared(cubes))
    random = np.random.default_rng(0)
    for _ in range(6):
        batch = draw(groups, replace(settings, noise_probability=0.0, mixing_probability=mixed), random)
        linear = rendered(batch.target, batch.wavelengths)
        usable = ~(batch.low | batch.high)
        assert batch.linear.shape == linear.shape
        error = (batch.linear - linear).abs()[usable]
        assert float(error.max()) < 0.01  # half a step of 8 bits near white, times the change of exposure


def test_batches_repeat_with_the_seed_and_change_with_it(cubes, settings):
    groups = group_scenes(prepared(cubes))
    batches = [draw_patches(groups, settings, np.random.default_rng(seed)).linear for seed in (1, 1, 2)]
    torch.testing.assert_close(batches[0], batches[1])
    assert batches[0].shape != batches[2].shape or not torch.equal(batches[0], batches[2])


def test_weights_decide_how_often_a_scene_is_drawn(cubes):
    scenes = [prepare_scene(cube, name, 400, 700, weight=1e-9 if name == "toy0" else 1) for name, cube in cubes[:2]]
    drawn = draw_spectra(group_scenes(scenes)[0], 500, np.random.default_rng(0))
    own = scenes[1].target.reshape(-1, 31)
    own = own / own.mean(1, keepdims=True)
    assert all(np.abs(own - s).max(1).min() < 1e-5 for s in drawn[:50])
    np.testing.assert_allclose(drawn.mean(1), 1, rtol=1e-4)


def test_mixtures_lie_between_their_parts(cubes, settings):
    group = group_scenes(prepared(cubes))[:1]
    plain = draw_pixels(group, replace(settings, mixing_probability=0.0), np.random.default_rng(0))
    other = torch.zeros_like(plain.target)
    half = mixed_batch(plain, other, torch.full((1, 1, 1, 1), 0.5))
    torch.testing.assert_close(half.target, plain.target / 2)
    untouched = mixed_batch(plain, other, torch.zeros(1, 1, 1, 1))
    torch.testing.assert_close(untouched.linear, plain.linear)
    torch.testing.assert_close(untouched.target, plain.target)
