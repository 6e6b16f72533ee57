"""The ablation: what each row changes, what is kept of it, and the page."""

from dataclasses import fields, replace

import numpy as np
import pytest
import torch

from benchmarks.__main__ import main
from benchmarks.ablation.changes import CHANGES, at_half_scale, changed, training_cubes
from benchmarks.ablation.commands import KEY, score_row
from benchmarks.ablation.page import page
from benchmarks.ablation.rows import ROWS, SHIPPED, Row
from benchmarks.rows import keep_row, read_rows
from napari_hydra import write_cube
from napari_hydra.camera import get_camera
from napari_hydra.hydra.networks import network, student
from napari_hydra.training import stages, state
from napari_hydra.training.scenes import group_scenes, prepare_scenes
from napari_hydra.training.settings import TrainingSettings

FEW = {"teacher_steps": 4, "colour_steps": 4, "joint_steps": 2, "colour_pixels": 512, "hidden": 8}


def few_steps(row):
    return replace(row, settings={**FEW, **row.settings})


@pytest.fixture(scope="module")
def shipped(named_scenes, tmp_path_factory):
    return score_row(named_scenes, few_steps(Row("")), 0, tmp_path_factory.mktemp("shipped"))


def test_rows_name_settings_and_changes_that_exist():
    known = {f.name for f in fields(TrainingSettings)}
    assert all(set(row.settings) <= known for row in ROWS.values())
    assert {row.change for row in ROWS.values()} - {None} == set(CHANGES)
    assert ROWS[SHIPPED].settings == {}


def test_every_scene_is_scored_by_a_student_that_did_not_see_it(named_scenes, shipped, tmp_path):
    assert set(shipped) == {name for name, _ in named_scenes}
    assert all(mrae > 0 and rmse > 0 for mrae, rmse in shipped.values())
    others = list(named_scenes)
    others[2] = ("scene2", named_scenes[2][1].copy(data=named_scenes[2][1].values[..., ::-1]))
    again = score_row(others, few_steps(Row("")), 0, tmp_path)
    # Scene 2 is left out with scene 0, so the student that scores scene 0 does not learn from it.
    assert again["scene0"] == shipped["scene0"]
    assert again["scene1"] != shipped["scene1"]
    assert again["scene2"] != shipped["scene2"]


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_changes_the_result_and_is_undone(named_scenes, shipped, tmp_path, change):
    before = (network.consistency_projection, student.colour_features, stages.spectral_loss, stages.encoded_truth)
    before += (stages.whiten_latents, state.draw_pixels)
    found = score_row(named_scenes, few_steps(Row("", change=change)), 0, tmp_path)
    assert found != shipped
    after = (network.consistency_projection, student.colour_features, stages.spectral_loss, stages.encoded_truth)
    assert (*after, stages.whiten_latents, state.draw_pixels) == before


def test_runs_that_stand_are_not_trained_again(named_scenes, tmp_path):
    first = score_row(named_scenes, few_steps(Row("")), 0, tmp_path)
    written = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.safetensors")}
    assert score_row(named_scenes, few_steps(Row("")), 0, tmp_path) == first
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.safetensors")} == written


def test_metamers_keep_what_the_camera_sees(named_scenes):
    settings = replace(TrainingSettings(blocks=0), colour_pixels=512, mixing_probability=0.0, exposure_jitter=0.0)
    groups = group_scenes(prepare_scenes(named_scenes, settings))
    plain = state.draw_pixels(groups, settings, np.random.default_rng(0))
    with changed("metamers"):
        other = state.draw_pixels(groups, settings, np.random.default_rng(0))
    moved = (other.target - plain.target).abs().amax(1)
    assert 0.2 < (moved > 1e-4).float().mean() < 0.7
    response = torch.as_tensor(get_camera("srgb").response(plain.wavelengths), dtype=torch.float32)
    seen, unchanged = (torch.einsum("bc,nbhw->nchw", response, batch.target) for batch in (other, plain))
    torch.testing.assert_close(seen, unchanged, atol=1e-5, rtol=1e-4)
    assert other.target.min() >= 0


def test_half_scale_adds_each_scene_as_means_of_four_pixels(named_scenes):
    name, cube = named_scenes[0]
    half = at_half_scale(cube)
    np.testing.assert_allclose(half.values[3, 5], cube.values[6:8, 10:12].mean((0, 1)), rtol=1e-5)
    assert [n for n, _ in training_cubes(named_scenes[:1], "half-scale")] == [name, f"{name}-half"]


def test_the_page_gives_means_deviations_and_scenes_that_got_better():
    rows = [
        {"row": SHIPPED, "seed": seed, "scenes": {"a": [0.1 + 0.01 * seed, 0.02], "b": [0.2, 0.04]}, "date": "today"}
        for seed in range(3)
    ]
    text = page([*rows, {"row": "size-8", "seed": 0, "scenes": {"a": [0.12, 0.01], "b": [0.19, 0.03]}}])
    assert "MRAE of .1550 +- .0050 and an RMSE of .0300 +- .0000" in text
    assert "| `size-8` | 8 numbers (shipped: 16) | .1550 | .0200 | 1 | 2 |" in text
    assert "trained on today, version\nunknown" in text
    assert "`frozen`" not in text


def test_keeping_a_row_again_replaces_it(tmp_path):
    path = tmp_path / "ablation.json"
    keep_row(path, {"row": SHIPPED, "seed": 0, "scenes": {"a": [0.1, 0.02]}}, KEY)
    keep_row(path, {"row": SHIPPED, "seed": 1, "scenes": {"a": [0.2, 0.03]}}, KEY)
    keep_row(path, {"row": SHIPPED, "seed": 0, "scenes": {"a": [0.3, 0.05]}}, KEY)
    assert [row["scenes"]["a"][0] for row in read_rows(path)] == [0.3, 0.2]


def test_a_row_is_trained_kept_with_its_making_and_put_on_the_page(named_scenes, tmp_path, monkeypatch):
    (tmp_path / "cave-train").mkdir()
    for name, cube in named_scenes:
        write_cube(cube, tmp_path / "cave-train" / f"{name}.hdr")
    monkeypatch.setitem(ROWS, SHIPPED, few_steps(ROWS[SHIPPED]))
    words = ["ablation", "train", str(tmp_path), str(tmp_path / "runs")]
    stored = ["--results", str(tmp_path / "new" / "ablation.json")]
    main([*words, "--only", SHIPPED, "--seeds", "0", "--device", "cpu", *stored])
    (row,) = read_rows(tmp_path / "new" / "ablation.json")
    assert (row["row"], row["seed"], row["device"]) == (SHIPPED, 0, "cpu")
    made = f"ablation train {tmp_path.name} runs --only shipped --seeds 0 --device cpu --results ablation.json"
    assert row["command"] == f"python -m benchmarks {made}"
    main(["ablation", "table", *stored, "--page", str(tmp_path / "ablation.md")])
    assert f"`{SHIPPED}`" in (tmp_path / "ablation.md").read_text()
