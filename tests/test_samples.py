"""The samples: spectra as published, a picture that belongs to its cube, nothing downloaded."""

import numpy as np

from napari_hydra.camera import render
from napari_hydra.camera.tables import colour_tables, sample
from napari_hydra.cube import wavelengths_of
from napari_hydra.evaluation import metrics
from napari_hydra.samples import color_checker, color_checker_patches, photograph


def test_patches_have_the_published_spectra():
    _, cube = color_checker()
    assert cube.shape == (192, 256, 31)
    np.testing.assert_array_equal(wavelengths_of(cube), np.arange(400, 701, 10))
    patches = color_checker_patches()
    assert len(patches) == 24
    for name, (y, x) in patches.items():
        seen = cube.values[y - 3 : y + 4, x - 3 : x + 4].reshape(-1, 31).mean(0)
        published = sample(colour_tables()[f"colorchecker/{name}"], wavelengths_of(cube))[:, 0]
        assert metrics.spectral_angle_map(seen, published) < 0.5, name
        # Shading and shadow scale a spectrum, they do not brighten it.
        assert 0.3 < seen.sum() / published.sum() < 1.01, name


def test_the_scene_has_shadow_curves_and_texture():
    _, cube = color_checker()
    values = cube.values
    assert np.isfinite(values).all()
    assert values.min() >= 0
    # The bar's shadow crosses the yellow patch: its spectrum stays, its brightness more than halves.
    y, x = color_checker_patches()["yellow"]
    left, right = values[y, x - 7], values[y, x + 8]
    assert right.sum() < 0.6 * left.sum()
    assert metrics.spectral_angle_map(left, right) < 0.5
    # A ball: bright towards the lamp, dark away from it.
    ball = values[40:64, 190:235].mean(-1)
    assert ball.max() > 3 * ball.min()


def test_the_picture_belongs_to_the_cube():
    picture, cube = color_checker()
    assert picture.dtype == np.uint8
    again = render(cube, "srgb", exposure=cube.attrs["picture_gain"])
    np.testing.assert_array_equal(picture, again.picture)
    # Bright but hardly anything lost: a sample whose white patch saturates would teach the wrong thing.
    assert again.clipped.mean() < 0.01
    y, x = color_checker_patches()["white 9.5 (.05 D)"]
    assert 200 < picture[y, x].min() <= picture[y, x].max() < 255


def test_samples_are_the_same_every_time():
    first, second = color_checker(), color_checker()
    np.testing.assert_array_equal(first[0], second[0])
    np.testing.assert_array_equal(first[1].values, second[1].values)


def test_the_photograph_needs_no_network(monkeypatch):
    def refuse(*args, **kwargs):
        raise AssertionError("a sample was downloaded")

    monkeypatch.setattr("socket.socket.connect", refuse)
    picture = photograph()
    assert (picture.shape, picture.dtype) == ((512, 512, 3), np.uint8)
    assert picture.std() > 40
