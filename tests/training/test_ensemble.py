import threading
from dataclasses import replace

import numpy as np
import pytest
import torch

from napari_hydra.camera import render
from napari_hydra.errors import Cancelled, HydraError
from napari_hydra.hydra import load_model
from napari_hydra.hydra.model_files import load_network
from napari_hydra.hydra.networks.ensemble import Ensemble
from napari_hydra.training.ensemble import fold_numbers, join_members, train_ensemble
from napari_hydra.training.run import train
from napari_hydra.training.stages import srgb_response


@pytest.fixture(autouse=True, scope="module")
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def ensemble_file(cubes, settings, tmp_path_factory):
    return train_ensemble(cubes, tmp_path_factory.mktemp("all"), settings, folds=2, name="wise", device="cpu")


def member(ensemble_file, number):
    return load_network(ensemble_file.parent / f"fold{number}" / f"fold{number}.safetensors")[0]


def read(network, colours):
    """Return decoded spectra and standard deviations at the nodes for linear colours (n, 3)."""
    linear = torch.as_tensor(colours, dtype=torch.float32).T[None, :, :, None]
    nothing = torch.zeros_like(linear, dtype=torch.bool)
    with torch.no_grad():
        colour = network.colour_matrix(srgb_response(network))
        result = network(linear, nothing, nothing, colour, with_context=False)
        spectra = torch.einsum("bk,nkhw->nbhw", network.decoder.table, result.mean)[0, :, :, 0].T
    return spectra.numpy(), result.uncertainty[0, :, :, 0].T.numpy()


COLOURS = np.random.default_rng(1).random((40, 3)) * 0.6 + 0.05


def test_every_cube_is_left_out_by_one_member(cubes, settings, ensemble_file):
    parts = fold_numbers(cubes, 2)
    assert parts == [0, 1, 1, 0]  # three cubes of 31 bands in turn; the one of 47 starts a sensor of its own
    left_out = [load_model(ensemble_file.parent / f"fold{n}" / f"fold{n}.safetensors", "cpu").card for n in (1, 2)]
    assert [card.metrics["scenes"] for card in left_out] == [["toy0", "toy3"], ["toy1", "toy2"]]
    card = load_model(ensemble_file, "cpu").card
    assert card.metrics["folds"] == 2
    assert card.metrics["scenes"] == [name for name, _ in cubes]
    means = [c.metrics["validation"]["mrae"] for c in left_out]
    assert card.metrics["validation"]["mrae"] == pytest.approx(np.mean(means), rel=0.02)


def test_a_member_says_the_same_in_the_latent_space_of_the_ensemble(ensemble_file):
    alone = member(ensemble_file, 1)
    joined = join_members([alone, alone])
    first, second = read(alone, COLOURS)[0], read(joined, COLOURS)[0]
    assert np.abs(first - second).max() < 2e-3 * first.max()


def test_the_ensemble_reads_the_mean_of_its_members(ensemble_file):
    network = load_network(ensemble_file)[0]
    assert isinstance(network.student, Ensemble)
    means = np.mean([read(member(ensemble_file, n), COLOURS)[0] for n in (1, 2)], axis=0)
    together = read(network, COLOURS)[0]
    assert np.sqrt(np.square(together - means).mean()) < 0.01 * means.mean()


def test_where_members_disagree_the_uncertainty_is_wider(ensemble_file):
    one, other = (member(ensemble_file, n) for n in (1, 2))
    agreed = read(join_members([one, one]), COLOURS)[1]
    with torch.no_grad():
        other.student.load_state_dict(one.student.state_dict())
        other.decoder.load_state_dict(one.decoder.state_dict())
        other.student.code_head.bias += 0.5  # another opinion, the same doubt
    parted = read(join_members([one, other]), COLOURS)[1]
    assert (parted[:, :-1].max(1) > 1.2 * agreed[:, :-1].max(1)).all()


def test_an_ensemble_reconstructs_with_intervals_that_hold(cubes, ensemble_file):
    model = load_model(ensemble_file, "cpu")
    truth = cubes[3][1]
    rendering = render(truth)
    latent = model.reconstruct(rendering.picture, truth.wavelength)
    target = truth.values * rendering.gain
    whole = (slice(None), slice(None))
    assert np.sqrt(np.square(latent.tile(*whole) - target).mean()) < 0.1 * target.mean()
    inside = np.abs(latent.tile(*whole) - target) <= latent.half_width_tile(*whole, level=0.9)
    assert 0.85 < inside.mean() <= 1


def test_a_stopped_ensemble_goes_on_to_the_same_weights(cubes, settings, tmp_path):
    brief = replace(settings, teacher_steps=8, colour_steps=8, context_steps=8, joint_steps=8)
    unbroken = train_ensemble(cubes, tmp_path / "a", brief, folds=2, device="cpu")
    stop, sentences = threading.Event(), []

    def watch(fraction, sentence):
        sentences.append(sentence)
        if sentence.startswith("member 2/2, context"):
            stop.set()

    with pytest.raises(Cancelled):
        train_ensemble(cubes, tmp_path / "b", brief, folds=2, device="cpu", progress=watch, cancel=stop)
    done = len(sentences)
    again = train_ensemble(cubes, tmp_path / "b", brief, folds=2, device="cpu", resume=True, progress=watch)
    assert all(s.startswith("member 2/2") for s in sentences[done:])  # the first member is not trained again
    first, second = load_network(unbroken)[0].state_dict(), load_network(again)[0].state_dict()
    for name, value in first.items():
        assert torch.equal(value, second[name]), name


def test_a_student_learns_from_an_ensemble(cubes, settings, ensemble_file, tmp_path):
    all_soft = replace(settings, soft_label_weight=1.0, mixing_probability=0.0)
    model = train(cubes, [], tmp_path / "taught", all_soft, name="fast", device="cpu", taught_by=ensemble_file)
    taught, calibration, card = load_network(model)
    wise, measured, other = load_network(ensemble_file)
    np.testing.assert_array_equal(calibration.factors, measured.factors)
    assert card.metrics == {"intervals of": other.name}  # its own errors it cannot know: it has learned from every cube
    assert card.trained_on == "4 cubes"
    goal = read(wise, COLOURS)[0]
    assert np.square(read(taught, COLOURS)[0] - goal).mean() < 0.1 * goal.var()


def test_bad_requests_are_refused(cubes, settings, ensemble_file, tmp_path):
    with pytest.raises(HydraError, match="4 cubes cannot make 5 folds"):
        train_ensemble(cubes, tmp_path / "x", settings, folds=5)
    wide = replace(settings, high=1000.0)
    with pytest.raises(HydraError, match="covers 400-700 nm"):
        train(cubes, [], tmp_path / "y", wide, taught_by=ensemble_file)
