"""A picture of few colours is read a colour at a time: the same numbers as pixel by pixel."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from napari_hydra.camera import get_camera
from napari_hydra.hydra import load_model, reconstructor
from napari_hydra.hydra.adaptation import Adaptation
from napari_hydra.hydra.adapting import make_observations
from napari_hydra.hydra.measured_spectra import MeasuredSpectrum
from napari_hydra.hydra.networks.network import Architecture, HydraNetwork
from napari_hydra.hydra.palette import find_palette

WHOLE = (slice(None), slice(None))


def photograph(bits=8, height=300, width=290):
    """Smooth shading over a few materials with a saturated and a black corner, quantised as a camera does."""
    random = np.random.default_rng(4)
    materials = random.random((6, 6, 3)).repeat(height // 6, 0).repeat(-(-width // 6), 1)[:, :width]
    shade = np.linspace(0.2, 1, 40).repeat(-(-width // 40))[:width, None]
    linear = np.clip(materials * shade * 1.1, 0, 1)
    linear[:9, :9], linear[-9:, -9:] = 0, 1
    return np.round(linear * (2**bits - 1)).astype(np.uint8 if bits == 8 else np.uint16)


@pytest.fixture(scope="module")
def visible():
    return load_model("visible", "cpu")


@pytest.fixture
def count_pixels(monkeypatch):
    """The pixels that the network was given."""
    seen = []
    run = reconstructor.run_block
    monkeypatch.setattr(
        reconstructor, "run_block", lambda net, block, *rest: seen.append(block[..., 0].size) or run(net, block, *rest)
    )
    return seen


def both_ways(model, picture, monkeypatch, **options):
    quick = model.reconstruct(picture, **options)
    with monkeypatch.context() as patched:
        patched.setattr(reconstructor, "find_palette", lambda picture: None)
        plain = model.reconstruct(picture, **options)
    return quick, plain


def assert_same(quick, plain):
    assert quick.attrs == plain.attrs
    np.testing.assert_array_equal(quick.flags, plain.flags)
    np.testing.assert_allclose(np.asarray(quick), np.asarray(plain), atol=1e-6, rtol=0)
    np.testing.assert_allclose(quick.half_width_tile(*WHOLE), plain.half_width_tile(*WHOLE), atol=1e-6, rtol=2e-6)


@pytest.mark.parametrize("picture", [photograph(), photograph(16), photograph(12)], ids=["8 bit", "16 bit", "12 bit"])
def test_a_palette_holds_the_colours_of_every_pixel(picture):
    found = find_palette(picture)
    np.testing.assert_array_equal(found.colours.reshape(-1, 3)[found.index], picture)
    distinct = len(np.unique(picture.reshape(-1, 3), axis=0))
    assert found.index.max() + 1 == distinct
    assert distinct <= found.colours[..., 0].size < distinct + 256


def test_there_is_no_palette_where_colours_are_many_or_no_integers():
    random = np.random.default_rng(0)
    assert find_palette(random.integers(0, 256, (300, 300, 3), np.uint8)) is None
    assert find_palette(random.integers(0, 65536, (300, 300, 3), np.uint16)) is None
    assert find_palette(photograph().astype(np.float32) / 255) is None
    mostly_flat = photograph()
    mostly_flat[:150] = random.integers(0, 256, (150, 290, 3), np.uint8)  # the sample passes, the count does not
    assert find_palette(mostly_flat) is None


PICTURES = {
    "photograph": (photograph(), {}),
    "12 bit": (photograph(12), {"white_level": 4095}),
    "16 bit": (photograph(16), {}),
    "noise": (np.random.default_rng(1).integers(0, 256, (64, 70, 3), np.uint8), {}),
    "coarse noise": (np.random.default_rng(1).integers(0, 12, (64, 70, 3), np.uint8) * 20, {}),
    "constant": (np.full((20, 33, 3), 97, np.uint8), {}),
    "black": (np.zeros((20, 33, 3), np.uint8), {}),
    "four pixels": (photograph()[20:22, 40:42], {}),
    "one other pixel": (np.where(np.arange(600).reshape(20, 30, 1) == 77, [9, 200, 31], 97).astype(np.uint8), {}),
    "unknown camera": (photograph(), {"camera": "unknown"}),
    "other camera": (photograph(), {"camera": "nikon-5100"}),
}


@pytest.mark.parametrize("name", PICTURES)
def test_each_colour_once_gives_the_numbers_of_each_pixel_alone(visible, name, monkeypatch):
    picture, options = PICTURES[name]
    assert_same(*both_ways(visible, picture, monkeypatch, **options))


def test_members_of_an_ensemble_read_each_colour_once_too(monkeypatch):
    assert_same(*both_ways(load_model("visible-accurate", "cpu"), photograph()[:60, :90], monkeypatch))


def test_the_network_is_given_each_colour_once(visible, count_pixels):
    picture = photograph()
    visible.reconstruct(picture)
    distinct = len(np.unique(picture.reshape(-1, 3), axis=0))
    assert sum(count_pixels) < distinct + 4 * 256  # the last rows are filled
    count_pixels.clear()
    visible.reconstruct(picture.astype(np.float32) / 255)
    assert sum(count_pixels) >= picture[..., 0].size


def test_a_student_with_context_reads_every_pixel(model, count_pixels):
    picture = photograph()
    assert model.network.student.margin
    model.reconstruct(picture)
    assert sum(count_pixels) >= picture[..., 0].size


@pytest.mark.parametrize("other", [False, True], ids=["measured picture", "another picture"])
def test_adapted_models_agree_with_each_pixel_alone(visible, other, monkeypatch):
    picture = photograph()
    light = visible.linear_image(picture, get_camera("srgb"), None)
    latent = visible.reconstruct(picture, visible.calibration_grid())
    bent = 1 + 0.1 * np.sin(latent.wavelengths / 40)
    pixels = np.random.default_rng(2).integers(20, 280, (12, 2)).tolist()
    spectra = [MeasuredSpectrum(y, x, latent.wavelengths, latent.spectrum(y, x) * bent) for y, x in pixels]
    found = make_observations(visible, latent, light, spectra, gain=1.0)
    strong = replace(visible, adaptation=Adaptation(found, visible.scene_prior, (light.digest,), 1.0, 1.3))
    seen = picture[::-1, ::-1].copy() if other else picture
    quick, plain = both_ways(strong, seen, monkeypatch)
    assert_same(quick, plain)
    before = np.asarray(visible.reconstruct(seen))
    assert np.abs(np.asarray(quick) - before).max() > 1e-3


def test_the_exposure_is_of_the_picture_and_not_of_its_colours(visible):
    picture = np.full((100, 100, 3), 60, np.uint8)
    picture[0, :3] = 250, 251, 252  # a third of the colours, a hundredth of a percent of the pixels
    latent = visible.reconstruct(picture)
    expected = 0.95 / reconstructor.linearise(picture).max(-1)[50, 50]
    assert latent.attrs["picture_gain"] == pytest.approx(expected)


@pytest.mark.parametrize("size", [(7, 5), (300, 2)])
def test_pictures_of_any_size_have_a_palette(size):
    torch.manual_seed(0)
    network = HydraNetwork(Architecture(400, 700, size=8, directions=3, width=8, blocks=0, hidden=8))
    assert network.student.margin == 0
    picture = np.full((*size, 3), 7, np.uint8)
    found = find_palette(picture)
    assert found.colours.shape == (1, 1, 3)
    assert found.index.shape == size
