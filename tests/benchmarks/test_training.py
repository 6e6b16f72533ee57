"""The training of rivals: its clock, its losses, and that it learns and keeps what it learned."""

import itertools
import json
from dataclasses import replace

import numpy as np
import pytest
import torch

from benchmarks.accuracy.hydra_training import hydra_settings, train_hydra
from benchmarks.accuracy.method import load_run
from benchmarks.accuracy.rivals.pixel_mlp import PixelMLP
from benchmarks.accuracy.schedule import Schedule
from benchmarks.accuracy.scoring import hydra_rows
from benchmarks.accuracy.training import LOSSES, RunSettings, Sampler, train_run, validate
from napari_hydra import make_cube
from napari_hydra.evaluation import evaluate_cube
from napari_hydra.training.scenes import group_scenes, prepare_scene


def ticking(step=0.05):
    """Return a clock that a busy machine does not disturb: every look at it costs some time."""
    return (step * i for i in itertools.count()).__next__


def train(named_scenes, folder, method, loss, steps, **options):
    settings = RunSettings(method, loss, minutes=steps * 0.05 / 60, every=steps * 0.05 / 4, **options)
    return train_run(
        named_scenes[:3], named_scenes[3:], settings, folder, device="cpu", report=lambda _: None, clock=ticking()
    )


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize(("method", "steps", "rate"), [("pixel MLP", 80, 1e-2), ("MST++", 8, 4e-3)])
def test_validation_error_falls_and_the_weights_come_back(named_scenes, tmp_path, method, steps, rate, loss):
    record = train(named_scenes, tmp_path, method, loss, steps, rate=rate)
    curve = record["curve"]
    assert [point["steps"] for point in curve][-1] == record["steps"] == pytest.approx(steps, abs=2)
    assert len(curve) >= 4
    figure = "mrae" if loss == "relative" else "rmse"
    assert curve[-1][figure] < 0.95 * curve[0][figure]
    assert record["best"]["score"] == min(point["score"] for point in curve)
    assert json.loads((tmp_path / "run.json").read_text())["best"] == record["best"]

    _, model = load_run(tmp_path)
    assert model.parameters == record["parameters"]
    ready = [prepare_scene(cube, name, 400, 700) for name, cube in named_scenes[3:]]
    sampler = Sampler(RunSettings(method, loss), group_scenes(ready), torch.device("cpu"))
    again = validate(model.network, ready, sampler)
    assert again["mrae"] == pytest.approx(record["best"]["mrae"], rel=1e-5)
    # Through the protocol only the exposure differs, which it finds from the 8-bit picture.
    assert evaluate_cube(named_scenes[3][1], model).mrae == pytest.approx(again["mrae"], rel=0.05)


def test_the_same_seed_gives_the_same_weights(named_scenes, tmp_path):
    records = []
    for name, seed in (("a", 0), ("b", 0), ("c", 1)):
        records.append(train(named_scenes, tmp_path / name, "pixel MLP", "relative", 6, seed=seed)["best"])
    assert records[0] == records[1] != records[2]


def test_nothing_chooses_where_nothing_is_left_out(named_scenes, tmp_path):
    settings = RunSettings("pixel MLP", "relative", minutes=0.01, every=0.2)
    record = train_run(named_scenes, [], settings, tmp_path, device="cpu", report=lambda _: None, clock=ticking())
    assert record["scenes"] == 4
    assert record["choosing"] == []
    assert record["best"]["steps"] == record["steps"]
    assert not any("mrae" in point for point in record["curve"])


def test_sensors_of_other_bands_are_learned_together(tmp_path):
    random, cubes = np.random.default_rng(0), []
    for name, bands in (
        ("a", np.arange(400.0, 1001, 20)),
        ("b", np.arange(415.0, 990, 7)),
        ("c", np.arange(430.0, 860, 9)),
    ):
        ramp = 0.2 + 0.6 * (bands - 400) / 600
        cubes.append((name, make_cube(ramp * random.uniform(0.3, 1, (24, 24, 1)), bands)))
    settings = RunSettings("pixel MLP", "relative", "vnir", minutes=0.1, every=1, rate=1e-2, mixed=0)
    record = train_run(cubes[:2], cubes[2:], settings, tmp_path, device="cpu", report=lambda _: None, clock=ticking())
    assert record["curve"][-1]["mrae"] < 0.5 * record["curve"][0]["mrae"]
    _, model = load_run(tmp_path)
    assert model.card.wavelength_range == (400, 1000)
    assert evaluate_cube(cubes[0][1], model).nrmse < 0.2


def test_a_sensor_that_validation_met_first_can_be_learned(named_scenes):
    ready = [prepare_scene(cube, name, 400, 700) for name, cube in named_scenes]
    sampler = Sampler(RunSettings("pixel MLP", "relative"), group_scenes(ready), torch.device("cpu"))
    network = PixelMLP(31)
    validate(network, ready[:1], sampler)
    batch = sampler.draw()
    sampler.answer(network, batch.linear, batch.wavelengths).sum().backward()
    assert network.linear.weight.grad.abs().sum() > 0


def test_answers_are_interpolated_to_the_bands_of_a_sensor(named_scenes):
    groups = group_scenes([prepare_scene(cube, name, 400, 700) for name, cube in named_scenes])
    sampler = Sampler(RunSettings("pixel MLP", "relative"), groups, torch.device("cpu"))
    ramp = torch.from_numpy(sampler.nodes).float()[None, :, None, None].expand(1, -1, 2, 3)
    bands = np.array([400.0, 413, 555.5, 700])
    answer = sampler.answer(lambda _: ramp, torch.zeros(1, 3, 2, 3), bands)
    np.testing.assert_allclose(answer[0, :, 1, 2], bands, rtol=1e-6)


def test_losses():
    target = torch.tensor([0.0, 0.09, 0.99])
    estimate = target + torch.tensor([0.01, -0.02, 0.5])
    assert LOSSES["relative"](estimate, target) == pytest.approx((1 + 0.2 + 0.5) / 3)
    assert LOSSES["charbonnier"](estimate, target) == pytest.approx(0.53 / 3, rel=1e-2)
    assert LOSSES["charbonnier"](target, target) == pytest.approx(1e-3)


def test_the_rate_warms_up_stays_and_falls():
    schedule = Schedule(1000)
    assert schedule.rate(0, 0) == pytest.approx(0.01)
    assert schedule.rate(10, 99) == schedule.rate(699, 5000) == 1
    assert schedule.rate(850, 5000) == pytest.approx(0.505)
    assert schedule.rate(1000, 5000) == pytest.approx(0.01)
    assert not schedule.is_over(999)
    assert schedule.is_over(1000)


def test_a_training_that_no_longer_gains_lets_its_rate_fall_and_ends():
    schedule = Schedule(100_000, until_converged=True, patience=100)
    for seconds in range(0, 2000, 50):
        schedule.note(seconds, 1 / (1 + seconds))
    assert not schedule.converged
    for seconds in range(2000, 4000, 50):
        schedule.note(seconds, 1 / 1951)
    assert schedule.converged
    assert schedule.falls_at == pytest.approx(2600, abs=101)  # a quarter of the time without a gain
    assert schedule.ends_at == pytest.approx(schedule.falls_at / 0.7)


def test_a_training_by_the_clock_does_not_end_early():
    schedule = Schedule(4000)
    for seconds in range(0, 4000, 50):
        schedule.note(seconds, 1.0)
    assert not schedule.converged
    assert schedule.ends_at == 4000


@pytest.mark.parametrize("loss", LOSSES)
def test_hydra_with_one_loss_alone_learns_that_and_is_scored_in_its_column(named_scenes, data, tmp_path, loss):
    settings = hydra_settings("visible", loss, 1)
    assert (settings.relative > 0, settings.absolute > 0, settings.angle) == (loss == "relative", loss != "relative", 0)
    fewer = {"teacher_steps": 40, "colour_steps": 40, "joint_steps": 10, "colour_pixels": 512}
    short = replace(settings, size=6, hidden=16, **fewer)
    lines = []
    weights = train_hydra(named_scenes[:3], named_scenes[3:], short, tmp_path / "run", report=lines.append)
    assert weights == tmp_path / "run" / "run.safetensors"
    assert len(lines) > 10
    (row,) = hydra_rows(data, f"alone:{loss}={weights}", lambda _: None)
    assert (row["method"], row["loss"], row["scenes"]) == ("HYDRA alone", loss, 3)
    assert row["scores"]["cave-val"]["srgb"]["scenes"]["toys"]["mrae"] < 0.6
