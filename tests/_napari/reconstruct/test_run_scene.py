"""What a run notes of the truth for the curves: its own bands, those that are bad, how the teacher encodes them."""

import numpy as np
import pytest

from napari_hydra.cube import make_cube, wavelengths_of
from napari_hydra.progress import drain
from napari_hydra.workbench.scene.run import run_steps
from napari_hydra.workbench.scene.run_request import RunRequest, WavelengthChoice


@pytest.fixture
def truth():
    wavelengths = np.arange(400.0, 701.0, 12.5)
    return make_cube(np.ones((24, 32, 1)) * wavelengths / 700, wavelengths, bad_bands=(0, 10), source="t.hdr")


def run(picture, truth, choice):
    return drain(run_steps(RunRequest(name="s", picture=picture, truth=truth, wavelengths=choice))).scene


def test_the_truth_keeps_its_own_bands_where_others_are_reconstructed(quick_model, picture, truth):
    scene = run(picture, truth, WavelengthChoice("grid", 420, 680, 20))
    # For the layer, where the bands that are left reach.
    np.testing.assert_array_equal(wavelengths_of(scene.displayed_truth), np.arange(440.0, 661.0, 20.0))
    good = np.delete(wavelengths_of(truth), [0, 10])
    np.testing.assert_array_equal(wavelengths_of(scene.truth), good[(good > 419.5) & (good < 680.5)])
    assert scene.bad_spans == ((400.0, 406.25), (518.75, 531.25))
    encoded = scene.encoder.encode(scene.truth.data[:2, :3])
    np.testing.assert_allclose(encoded.spectrum(1, 2), wavelengths_of(scene.truth) / 700, atol=1e-4)


def test_the_same_bands_are_kept_once(quick_model, picture, truth):
    scene = run(picture, truth, WavelengthChoice("truth"))
    assert scene.coarse_truth is None
    np.testing.assert_array_equal(scene.displayed_truth.values, scene.truth.values)


def test_without_a_truth_there_is_nothing_to_note(quick_model, picture):
    scene = run(picture, None, WavelengthChoice("model"))
    assert (scene.truth, scene.bad_spans, scene.encoder) == (None, (), None)
