import csv
import json
import threading
from dataclasses import replace

import numpy as np
import pytest
import torch

from napari_hydra.camera import render
from napari_hydra.errors import Cancelled, HydraError
from napari_hydra.hydra import load_model
from napari_hydra.hydra.model_files import load_network
from napari_hydra.training import run
from napari_hydra.training.calibration import Estimate, calibrate, familiar_colours
from napari_hydra.training.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from napari_hydra.training.run import prepare, train
from napari_hydra.training.settings import TrainingSettings, settings_for


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def trained(cubes, settings, tmp_path_factory):
    torch.set_num_threads(1)
    return train(cubes[:3], cubes[3:], tmp_path_factory.mktemp("run"), settings, name="toy", device="cpu")


@pytest.fixture(scope="module")
def brief(settings):
    return replace(settings, teacher_steps=8, colour_steps=8, context_steps=8, joint_steps=8)


@pytest.fixture(scope="module")
def unbroken(cubes, brief, tmp_path_factory):
    torch.set_num_threads(1)
    return train(cubes[:3], cubes[3:], tmp_path_factory.mktemp("unbroken"), brief, name="toy", device="cpu")


def test_training_learns_a_world_where_colour_tells_the_spectrum(trained, cubes):
    model = load_model(trained, "cpu")
    truth = cubes[3][1]
    rendering = render(truth)
    target = truth.values * rendering.gain
    estimate = model.reconstruct(rendering.picture, truth.wavelength).to_cube().values
    error = np.sqrt(np.square(estimate - target).mean())
    mean_spectrum = target.mean((0, 1)) * (target.mean(-1, keepdims=True) / target.mean())
    assert error < 0.2 * np.sqrt(np.square(mean_spectrum - target).mean())
    rows = list(csv.DictReader((trained.parent / "log.csv").open()))
    assert {row["stage"] for row in rows} == {"teacher", "colour", "context", "joint"}
    figures = [float(row["mrae"]) for row in rows if row["mrae"]]
    assert min(figures) < 0.1


def test_the_run_leaves_card_logs_and_settings(trained, settings):
    folder = trained.parent
    model = load_model(trained, "cpu")
    assert model.card.wavelength_range == (400, 700)
    assert model.card.metrics["scenes"] == ["toy3"]
    assert TrainingSettings.from_dict(json.loads((folder / "settings.json").read_text())) == settings
    assert list((folder / "tensorboard").glob("events*"))
    assert not list(folder.glob("*.part"))


@pytest.mark.parametrize("stop_at", [4, 12, 16, 27])
def test_resuming_gives_the_same_weights(unbroken, cubes, brief, tmp_path, stop_at):
    stop = threading.Event()
    count = 0

    def watch(fraction, sentence):
        nonlocal count
        count += 1
        if count == stop_at:
            stop.set()

    folder = tmp_path / "broken-off"
    arguments = (cubes[:3], cubes[3:], folder, brief)
    with pytest.raises(Cancelled):
        train(*arguments, name="toy", device="cpu", progress=watch, cancel=stop)
    again = train(*arguments, name="toy", device="cpu", resume=True)
    first, second = load_network(unbroken)[0].state_dict(), load_network(again)[0].state_dict()
    for name, value in first.items():
        assert torch.equal(value, second[name]), name


def test_the_seed_changes_the_weights(unbroken, cubes, brief, tmp_path):
    other = train(cubes[:3], cubes[3:], tmp_path / "other", replace(brief, seed=4), name="toy", device="cpu")
    first, second = load_network(unbroken)[0], load_network(other)[0]
    assert not torch.equal(first.student.mix.weight, second.student.mix.weight)


def test_minutes_set_the_number_of_steps(cubes, settings, tmp_path, monkeypatch):
    clock = iter(np.arange(1000) * 8.0)  # every look at the clock is 8 s later: 1 s a step
    monkeypatch.setattr(run.time, "perf_counter", lambda: next(clock))
    stop = threading.Event()
    stop.set()
    with pytest.raises(Cancelled):
        train(cubes[:3], cubes[3:], tmp_path / "run", settings, minutes=6, device="cpu", cancel=stop)
    written = json.loads((tmp_path / "run" / "settings.json").read_text())
    steps = sum(written[f"{stage}_steps"] for stage in ("colour", "context", "joint"))
    assert steps == pytest.approx(360 / 1.15, rel=0.02)
    assert written["colour_steps"] / written["context_steps"] == pytest.approx(5, rel=0.2)


def test_runs_are_not_overwritten_and_not_resumed_from_nothing(unbroken, cubes, settings, tmp_path):
    with pytest.raises(HydraError, match="holds a run already"):
        train(cubes[:3], cubes[3:], unbroken.parent, settings)
    with pytest.raises(HydraError, match="does not exist"):
        train(cubes[:3], cubes[3:], tmp_path / "nowhere", settings, resume=True)
    checkpoint = unbroken.parent / "checkpoint.safetensors"
    checkpoint.write_bytes(checkpoint.read_bytes()[:1000])
    with pytest.raises(HydraError, match="damaged"):
        train(cubes[:3], cubes[3:], unbroken.parent, settings, resume=True)


def test_without_validation_every_fifth_cube_is_left_out(cubes, settings):
    fit, held_out = prepare(cubes, [], settings)
    assert [scene.name for scene in held_out] == ["toy0"]
    assert [scene.name for scene in fit] == ["toy1", "toy2", "toy3"]
    with pytest.raises(HydraError, match="too few"):
        prepare(cubes[:1], [], settings)


def test_calibration_finds_known_factors(trained, cubes, settings):
    nodes = load_network(trained)[0].decoder.nodes
    _, held_out = prepare(cubes, [], settings)
    random = np.random.default_rng(0)

    def estimates():
        for scene in held_out:
            claimed = np.full(scene.target.shape, 0.01, np.float32)
            true = claimed * np.linspace(1, 3, scene.target.shape[2], dtype=np.float32)  # worse towards the red
            yield scene, Estimate(scene.target + true * random.standard_normal(scene.target.shape), claimed)

    familiar = familiar_colours(held_out)
    found = calibrate(nodes, estimates(), familiar)
    row = found.factors[list(found.levels).index(0.9)]
    np.testing.assert_allclose(row, 1.645 * np.linspace(1, 3, len(row)), rtol=0.12)
    assert 0 < found.familiar.mean() < 0.5


def test_the_shipped_intervals_hold_on_the_scenes_that_calibrated_them(trained, cubes):
    model = load_model(trained, "cpu")
    truth = cubes[3][1]
    rendering = render(truth)
    latent = model.reconstruct(rendering.picture, truth.wavelength)
    whole = (slice(None), slice(None))
    inside = np.abs(latent.tile(*whole) - truth.values * rendering.gain) <= latent.half_width_tile(*whole, level=0.9)
    assert inside.mean() == pytest.approx(0.9, abs=0.03)


def test_each_range_has_its_settings():
    assert settings_for("visible").high == 700
    assert settings_for("vnir").high == 1000
    with pytest.raises(HydraError, match="ultraviolet"):
        settings_for("ultraviolet")


def test_a_student_without_context_reads_each_pixel_alone(cubes, settings, tmp_path):
    alone = replace(settings, blocks=0, context_steps=0)
    path = train(cubes[:3], cubes[3:], tmp_path / "run", alone, name="toy", device="cpu")
    rows = list(csv.DictReader((path.parent / "log.csv").open()))
    assert {row["stage"] for row in rows} == {"teacher", "colour", "joint"}
    model = load_model(path, "cpu")
    assert model.network.student.margin == 0
    pixels = torch.rand(1, 3, 8, 8, generator=torch.Generator().manual_seed(0))
    changed = pixels.clone()
    changed[..., 1:] = 0.5  # all but the first column
    with torch.no_grad():
        before, after = (model.network.student(linear).latent for linear in (pixels, changed))
    assert torch.equal(before[..., 0], after[..., 0])
    assert not torch.equal(before[..., 1], after[..., 1])


def test_a_run_is_resumed_only_with_what_it_was_begun_with(cubes, brief, tmp_path):
    stop = threading.Event()
    stop.set()
    with pytest.raises(Cancelled):
        train(cubes[:3], cubes[3:], tmp_path / "run", brief, device="cpu", cancel=stop)
    before = {path.name: path.read_bytes() for path in (tmp_path / "run").glob("*.*")}
    for others, words in (
        ((cubes[:3], cubes[3:], replace(brief, seed=9, high=1000.0)), "high 700.0 and not 1000.0, seed 3 and not 9"),
        ((cubes[1:], cubes[:1], brief), "the cubes toy0, toy1, toy2, toy3 in another order or division"),
    ):
        with pytest.raises(HydraError, match=words):
            train(*others[:2], tmp_path / "run", others[2], device="cpu", resume=True)
    assert {path.name: path.read_bytes() for path in (tmp_path / "run").glob("*.*")} == before


@pytest.mark.parametrize(
    ("name", "content"),
    [("settings.json", "{"), ("settings.json", "[]"), ("settings.json", '{"size": 1e9}'), ("begun.json", "7")],
)
def test_damaged_settings_are_refused(cubes, brief, tmp_path, name, content):
    stop = threading.Event()
    stop.set()
    with pytest.raises(Cancelled):
        train(cubes[:3], cubes[3:], tmp_path / "run", brief, device="cpu", cancel=stop)
    (tmp_path / "run" / name).write_text(content)
    with pytest.raises(HydraError, match=rf"{name} is damaged"):
        train(cubes[:3], cubes[3:], tmp_path / "run", brief, device="cpu", resume=True)


def _damaged(checkpoint, change):
    tensors, state = dict(checkpoint.tensors), json.loads(json.dumps(checkpoint.state))
    change(tensors, state)
    return Checkpoint(tensors, state)


@pytest.mark.parametrize(
    "change",
    [
        lambda tensors, state: state.update(stage="none"),
        lambda tensors, state: state.update(step=-1),
        lambda tensors, state: state.update(best=[1]),
        lambda tensors, state: state.update(random={"bit_generator": "PCG64"}),
        lambda tensors, state: state["random"].update(bit_generator="MT19937"),
        lambda tensors, state: state.clear(),
        lambda tensors, state: tensors.pop("network.decoder.table"),
        lambda tensors, state: tensors.update({"network.decoder.table": torch.zeros(2, 2)}),
        lambda tensors, state: tensors.update({"optimiser.99.exp_avg": torch.zeros(2)}),
        lambda tensors, state: tensors.update({"optimiser.0.exp_avg": torch.zeros(2)}),
        lambda tensors, state: tensors.update({"optimiser.x": torch.zeros(2)}),
        lambda tensors, state: [tensors.pop(name) for name in list(tensors) if name.endswith(".exp_avg")],
    ],
)
def test_a_damaged_checkpoint_is_refused(cubes, brief, tmp_path, change):
    stop = threading.Event()
    stop.set()
    with pytest.raises(Cancelled):
        train(cubes[:3], cubes[3:], tmp_path / "run", brief, device="cpu", cancel=stop)
    path = tmp_path / "run" / "checkpoint.safetensors"
    save_checkpoint(path, _damaged(load_checkpoint(path), change))
    with pytest.raises(HydraError, match=r"checkpoint\.safetensors"):
        train(cubes[:3], cubes[3:], tmp_path / "run", brief, device="cpu", resume=True)
