import threading

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from napari_hydra.errors import Cancelled, HydraError
from napari_hydra.hydra import load_model, reconstructor
from napari_hydra.hydra.model_files import load_network, save_model
from napari_hydra.hydra.networks.tiling import tile_slices


def test_reconstruction_has_the_bands_asked_for(model, picture):
    wavelengths = [412.0, 500.0, 633.0]
    latent = model.reconstruct(picture, wavelengths)
    assert latent.shape == (3, 90, 117)
    np.testing.assert_array_equal(latent.wavelengths, wavelengths)
    default = model.reconstruct(picture)
    assert default.shape[0] == 31
    np.testing.assert_allclose(default.at_wavelengths(wavelengths).band(2), latent.band(2), atol=1e-6)


def test_tiles_agree_with_the_whole_picture(model, picture, monkeypatch):
    whole = np.asarray(model.reconstruct(picture))
    monkeypatch.setattr(reconstructor, "TILE", 32)
    assert len(list(tile_slices(90, 117, 32))) == 12
    tiled = np.asarray(model.reconstruct(picture))
    np.testing.assert_allclose(tiled, whole, atol=2e-5)


def test_a_darker_picture_gives_the_same_spectra_darker(model, picture):
    bright = picture.astype(np.float32) / 255 * 0.8
    dark = bright / 4
    first = model.reconstruct(bright, camera=reconstructor.get_camera("srgb", curve="linear"))
    second = model.reconstruct(dark, camera=reconstructor.get_camera("srgb", curve="linear"))
    np.testing.assert_allclose(4 * np.asarray(second), np.asarray(first), atol=1e-4)
    wide, narrow = first.half_width_tile(slice(None), slice(None)), second.half_width_tile(slice(None), slice(None))
    np.testing.assert_allclose(4 * narrow, wide, rtol=1e-3)


def test_the_estimate_rendered_back_is_the_picture(model, picture):
    dull = picture // 2 + 20
    with torch.no_grad():
        model.network.student.trust_head.bias.fill_(20.0)
    latent = model.reconstruct(dull, np.arange(400, 701, 10.0))
    camera = reconstructor.get_camera("srgb")
    rows = latent.basis.rows_at(latent.wavelengths)
    linear = np.einsum("bk,khw,bc->hwc", rows, latent.latents, camera.response(latent.wavelengths))
    again = camera.encode(linear) * 255
    assert np.abs(again - dull).mean() < 0.05


def test_progress_runs_from_zero_to_one(model, picture):
    seen = []
    model.reconstruct(picture, progress=lambda fraction, stage: seen.append((fraction, stage)))
    fractions = [fraction for fraction, _ in seen]
    assert fractions[0] == 0
    assert fractions[-1] == 1
    assert fractions == sorted(fractions)


def test_cancel_stops_at_the_next_tile(model, picture, monkeypatch):
    monkeypatch.setattr(reconstructor, "TILE", 16)
    stop = threading.Event()
    seen = []

    def watch(fraction, stage):
        seen.append(fraction)
        if len(seen) == 4:
            stop.set()

    with pytest.raises(Cancelled):
        model.reconstruct(picture, progress=watch, cancel=stop)
    assert len(seen) <= 5


def test_flags_mark_saturated_black_and_unfamiliar_pixels(model, picture):
    picture[0, 0] = 0
    picture[1, 1] = 255
    model.calibration.familiar[:] = False
    flags = model.reconstruct(picture).flags
    assert flags[0, 0] == 2
    assert flags[1, 1] == 1
    assert flags[40, 40] == 4


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (np.zeros((5, 5), np.uint8), "three channels"),
        (np.zeros((5, 5, 4), np.uint8), "three channels"),
        (np.zeros((1, 1, 3), np.uint8), "1 x 1"),
        (np.zeros((0, 7, 3), np.uint8), "0 x 7"),
        (np.full((5, 5, 3), np.nan, np.float32), "NaN"),
    ],
)
def test_bad_pictures_are_refused_in_one_sentence(model, bad, message):
    with pytest.raises(HydraError, match=message) as error:
        model.reconstruct(bad)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("wavelengths", [[350.0, 500.0], [500.0, 900.0], [600.0, 500.0], [], [np.nan]])
def test_bad_wavelengths_are_refused(model, picture, wavelengths):
    with pytest.raises(HydraError, match="wavelengths"):
        model.reconstruct(picture, wavelengths)


def test_a_device_that_is_not_there_is_refused(model, picture):
    missing = "cuda" if not torch.cuda.is_available() else "mps"
    with pytest.raises(HydraError, match=missing):
        model.reconstruct(picture, device=missing)
    with pytest.raises(HydraError, match="toaster"):
        model.reconstruct(picture, device="toaster")


def test_a_black_picture_gives_a_black_cube(model):
    latent = model.reconstruct(np.zeros((20, 24, 3), np.uint8))
    assert np.asarray(latent).max() < 0.02
    assert (latent.flags == 2).all()


def test_saved_models_come_back(model, picture, tmp_path):
    path = save_model(tmp_path / "small.safetensors", model.network, model.calibration, model.card)
    again = load_model(path, "cpu")
    assert again.card == model.card
    first, second = model.reconstruct(picture), again.reconstruct(picture)
    np.testing.assert_array_equal(np.asarray(second), np.asarray(first))
    assert [p.name for p in tmp_path.iterdir()] == ["small.safetensors"]
    beside = tmp_path / "beside.txt"
    beside.touch()
    assert path.stat().st_mode == beside.stat().st_mode  # a colleague may read it as any other file


def test_other_files_are_refused_as_weights(tmp_path):
    foreign = tmp_path / "foreign.safetensors"
    save_file({"a": torch.zeros(2)}, foreign)
    with pytest.raises(HydraError, match="another kind"):
        load_network(foreign)
    text = tmp_path / "text.safetensors"
    text.write_text("not weights")
    with pytest.raises(HydraError, match="cannot be read"):
        load_network(text)
    with pytest.raises(HydraError, match="no model 'nothing'"):
        load_model("nothing")


def test_a_damaged_model_is_refused(model, tmp_path):
    path = save_model(tmp_path / "small.safetensors", model.network, model.calibration, model.card)
    path.write_bytes(path.read_bytes()[:-500])
    with pytest.raises(HydraError, match=r"small\.safetensors"):
        load_network(path)
