"""Colour pictures of a cube, against the camera model and percentiles known by hand."""

import numpy as np
import pytest

from napari_hydra.camera import render
from napari_hydra.cube import make_cube
from napari_hydra.errors import HydraError
from napari_hydra.samples import color_checker
from napari_hydra.spectra import composite
from napari_hydra.spectra.composite import COLOUR_INFRARED, nearest_band, stretch, three_bands, true_colour

VNIR = np.arange(400.0, 1001.0, 20.0)


@pytest.fixture
def cube():
    values = np.random.default_rng(4).random((6, 8, VNIR.size))
    return make_cube(values, VNIR, bad_bands=[23])  # 860 nm


def test_true_colour_is_what_the_camera_takes(monkeypatch):
    _, cube = color_checker()
    expected = render(cube, "srgb").picture
    monkeypatch.setattr(composite, "_BLOCK_VALUES", 50_000)  # several blocks
    assert np.abs(true_colour(cube).astype(int) - expected).max() <= 1


def test_pixels_without_data_are_black(cube):
    cube.values[2, 3] = np.nan
    picture = true_colour(cube)
    assert picture[2, 3].tolist() == [0, 0, 0]
    assert picture.any(axis=-1).sum() == 47


def test_colour_infrared_takes_the_nearest_good_bands(cube):
    picture, taken = three_bands(cube, COLOUR_INFRARED, low=0, high=100)
    assert taken[0] in (840.0, 880.0)  # 860 is a bad band
    assert taken[1] in (640.0, 660.0)
    assert taken[2] in (540.0, 560.0)
    plane = cube.sel(wavelength=taken[1]).values
    expected = 255 * (plane - plane.min()) / np.ptp(plane)
    np.testing.assert_allclose(picture[..., 1], expected, atol=0.51)


def test_percentiles_become_black_and_white_and_the_rest_is_cut():
    plane = np.arange(101.0).reshape(1, 101)
    out = stretch(plane, 10, 90)[0]
    assert (out[:11] == 0).all()
    assert (out[90:] == 255).all()
    assert out[50] in (127, 128)
    assert stretch([[np.nan, 1.0, 2.0]], 0, 100).tolist() == [[0, 0, 255]]
    assert stretch(np.full((2, 2), 0.3)).tolist() == [[0, 0], [0, 0]]
    assert stretch(np.full((2, 2), np.nan)).tolist() == [[0, 0], [0, 0]]


def test_a_wavelength_that_the_cube_lacks_is_refused():
    visible = np.arange(400.0, 701.0, 10.0)
    assert nearest_band(visible, 703.0) == 30
    with pytest.raises(HydraError, match="no band near 860 nm"):
        nearest_band(visible, 860.0)


def test_a_reconstruction_is_read_tile_by_tile(monkeypatch):
    from napari_hydra.hydra import LatentCube
    from napari_hydra.hydra.latent.decoder_basis import DecoderBasis

    nodes = np.linspace(400.0, 1000.0, 61)
    basis = DecoderBasis(
        nodes=nodes,
        rows=np.stack([np.ones_like(nodes), (nodes - 400) / 600], axis=1).astype(np.float32),
        uncertainty_basis=np.ones((61, 1), np.float32),
        levels=np.array([0.9]),
        factors=np.ones((1, 61), np.float32),
    )
    latents = np.random.default_rng(1).random((2, 6, 8)).astype(np.float32)
    latent = LatentCube(latents, latents[:1], basis, np.arange(400.0, 701.0, 10.0), np.zeros((6, 8), np.uint8), {})
    expected = true_colour(latent.to_cube())
    monkeypatch.setattr(LatentCube, "to_cube", None)
    monkeypatch.setattr(LatentCube, "__array__", None)
    np.testing.assert_array_equal(true_colour(latent), expected)
