"""From rows to the raw results, and from these to the pages."""

import json

import numpy as np
import pytest
import torch

from benchmarks.__main__ import main
from benchmarks.accuracy.commands import KEY
from benchmarks.accuracy.entries import entries_of, ratio_to
from benchmarks.accuracy.page import page
from benchmarks.accuracy.scoring import network_rows
from benchmarks.rows import RESULTS, keep_row, known, provenance, read_rows, rounded, write_rows
from napari_hydra import __version__


def figures(mrae, rmse):
    return {"mrae": mrae, "rmse": rmse, "nrmse": 5 * rmse, "sam": 10 * rmse, "rgb": 0.5, "coverage90": None}


def row(method, loss, seed, errors, kind="network", group="cave-val", span="visible", **training):
    bands = {"nm": [400, 550, 700], "mrae": [0.3, 0.1, 0.4], "rmse": [0.03, 0.01, 0.05]}
    scenes = {name: figures(*pair) for name, pair in errors.items()}
    return {
        "method": method,
        "kind": kind,
        "loss": loss,
        "comparison": "converged",
        "span": span,
        "scenes": 18,
        "seed": seed,
        "training": {"converged": True, **training},
        "scores": {group: {"srgb": {"scenes": scenes, "bands": bands}}},
    }


ROWS = [
    row("linear", "relative", 0, {"toys": (0.3, 0.06), "fruit": (0.1, 0.02)}, "closed form"),
    row("linear", "charbonnier", 0, {"toys": (0.34, 0.03), "fruit": (0.12, 0.01)}, "closed form"),
    row(
        "MST++",
        "relative",
        0,
        {"toys": (0.14, 0.03), "fruit": (0.10, 0.02)},
        seconds=3600,
        device="cpu",
        threads=1,
        curve=[[300, 5, 0.4, 0.09], [600, 10, 0.3, 0.08], [1790, 30, 0.2, 0.07], [3600, 60, 0.1, 0.06]],
    ),
    row("HYDRA fast", "relative", 0, {"toys": (0.10, 0.02), "fruit": (0.06, 0.01)}, "HYDRA"),
    row("HYDRA fast", "relative", 1, {"toys": (0.12, 0.02), "fruit": (0.08, 0.03)}, "HYDRA"),
    row("truth through PCA-6", None, 0, {"toys": (0.05, 0.004), "fruit": (0.03, 0.002)}, "bound"),
]
MANY = [
    row("linear", "charbonnier", 0, {"a": (1, 0.4), "b": (1, 0.1)}, "closed form", "neon-val", "vnir"),
    row("HYDRA fast", "relative", 0, {"a": (1, 0.2), "b": (1, 0.2)}, "HYDRA", "neon-val", "vnir"),
]


@pytest.fixture
def text():
    return page(ROWS + MANY, "An honest remark.", "images/x.svg")


def test_figures_are_means_over_scenes_with_their_dispersion_over_seeds(text):
    assert "| linear | closed form | 18 | 0.2000 | 0.0400 | 0.2300 | 0.0200 |" in text
    assert "| MST++ | 60 min, cpu, 1 thread(s), 1 seed | 18 | 0.1200 | 0.0250 | - | - |" in text
    # Seeds: MRAE .08 and .10, RMSE .015 and .025.
    assert "| HYDRA fast | 2 seeds | 18 | 0.0900 ± 0.0141 | 0.0200 ± 0.0071 | - | - |" in text
    assert "| *truth through PCA-6 (upper bound)* | closed form | 18 | 0.0400 | 0.0030 | 0.0400 | 0.0030 |" in text


def test_underexposure_is_held_against_the_same_fit():
    dark = row("HYDRA fast", "relative", 0, {"toys": (0.10, 0.02), "fruit": (0.06, 0.02)}, "HYDRA")
    tracks = dark["scores"]["cave-val"]
    tracks["srgb, fitted"] = {"scenes": {"toys": figures(0.12, 0.02), "fruit": figures(0.08, 0.02)}}
    tracks["exposure"] = {"scenes": {"toys": figures(0.13, 0.02), "fruit": figures(0.09, 0.01)}}
    text = page([dark], "", "x.svg").split("two stops of underexposure cost")[1]
    assert "| HYDRA fast | 0.1000, +10.0% | 0.0200, -25.0% | - | - |" in text


def test_the_curve_is_read_at_ten_thirty_and_sixty_minutes(text):
    section = text.split("## Equal time")[1].split("## Converged")[0]
    assert "| 0.3000 / 0.0800 | 0.2000 / 0.0700 | 0.1000 / 0.0600 |" in section


def test_a_win_is_one_in_both_metrics(text):
    section = text.split("HYDRA fast (18 scenes) against each rival")[1]
    assert "| linear (closed form) | **-55.0% / -50.0%** | - |" in section
    assert "**-25.0% / -20.0%**" in section
    worse = [ROWS[2], row("HYDRA fast", "relative", 0, {"toys": (0.10, 0.04), "fruit": (0.06, 0.03)}, "HYDRA")]
    assert "| -33.3% / +40.0% | - |" in page(worse, "", "x.svg")


def test_many_bands_are_ratios_scene_by_scene(text):
    # RMSE: half and twice the linear map's: the geometric mean is 1.
    assert "| HYDRA fast | 1 seed | 18 | 1.00 / 1.00 | - | - |" in text
    base, ours = entries_of(MANY, "vnir")
    assert ratio_to(ours, base, "relative", "neon-val", "nrmse") == pytest.approx(1)
    assert ratio_to(ours, base, "charbonnier", "neon-val", "nrmse") is None


def test_scenes_bands_and_notes_are_there(text):
    assert "An honest remark." in text
    assert "| MST++ | 0.140 / 0.030 | 0.100 / 0.020 |" in text
    assert "| method | 400 | 450 | 500 | 550 | 600 | 650 | 700 |" in text
    assert "![Errors against wavelength](images/x.svg)" in text


def test_a_training_stopped_by_the_clock_says_so():
    stopped = [row("MST++", "relative", 0, {"toys": (0.1, 0.1)}, seconds=600)]
    stopped[0]["training"]["converged"] = False
    assert "10 min, stopped by the clock, 1 seed" in page(stopped, "", "x.svg")


def test_a_new_row_takes_the_place_of_the_one_it_repeats_and_no_other(tmp_path):
    path = tmp_path / "results.json"
    write_rows(path, ROWS)
    better = row("MST++", "relative", 0, {"toys": (0.1, 0.01)})
    keep_row(path, better, KEY)
    saved = read_rows(path)
    assert saved == [*ROWS[:2], better, *ROWS[3:]]
    assert len(path.read_text().splitlines()) == len(ROWS) + 2  # a row a line


def test_a_row_tells_how_it_was_made(monkeypatch):
    made = provenance("python -m benchmarks speed")
    assert made["command"] == "python -m benchmarks speed"
    assert (made["version"], made["device"], made["torch"]) == (__version__, "cpu", torch.__version__)
    monkeypatch.setenv("PATH", "")  # no git
    assert provenance("")["commit"] is None
    assert known([{"date": "b"}, {"date": "a"}, {"date": None}, {}, {"date": "b"}], "date") == "a, b"


def test_a_training_on_a_graphics_card_has_rows_of_its_own_and_none_at_equal_time(data, tmp_path):
    command = ["accuracy", "train", str(data), str(tmp_path), "--method", "pixel MLP", "--loss", "relative"]
    main([*command, "--minutes", "0.02", "--seeds", "0", "1", "--device", "cpu"])
    (folder,) = tmp_path.glob("*seed-1")
    record = json.loads((folder / "run.json").read_text())
    (folder / "run.json").write_text(json.dumps(record | {"device": "Fast Card"}))
    rows = list(network_rows(data, tmp_path, ["visible"], lambda name: True, lambda line: None))
    assert [r["method"] for r in rows] == ["pixel MLP", "pixel MLP, Fast Card"]
    equal_time, rest = page(rows, "", "x.svg").split("## Converged")
    assert "Fast Card" not in equal_time
    assert "| pixel MLP, Fast Card | 1 s, stopped by the clock, 1 seed |" in rest


def test_figures_are_rounded():
    values = {"a": np.array([0.123456, np.nan]), "b": [12345.6, 3], "c": None}
    assert json.dumps(rounded(values)) == '{"a": [0.1235, null], "b": [12350.0, 3], "c": null}'


def test_the_command_makes_page_and_picture_from_the_file_alone(tmp_path):
    write_rows(tmp_path / "results.json", ROWS + MANY)
    (tmp_path / "notes.md").write_text("An honest remark.\n")
    arguments = ["--results", "results.json", "--notes", "notes.md", "--page", "page/results.md"]
    (tmp_path / "page").mkdir()
    arguments[1::2] = [str(tmp_path / name) for name in arguments[1::2]]
    pictures = []
    for _ in range(2):
        main(["accuracy", "table", *arguments])
        pictures.append((tmp_path / "page" / "images" / "accuracy-by-wavelength.svg").read_bytes())
    assert pictures[0] == pictures[1]
    assert b"<svg" in pictures[0]
    assert "An honest remark." in (tmp_path / "page" / "results.md").read_text()


def test_train_score_and_table_in_turn(data, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "docs").mkdir()
    train = ["accuracy", "train", str(data), "runs", "--method", "pixel MLP", "--loss", "relative", "--minutes", "0.02"]
    main([*train, "--device", "cpu"])
    only = ["--only", "pixel MLP", "--only", "linear", "--only", "truth through PCA-6"]
    main(["accuracy", "score", str(data), "runs", "--range", "visible", *only])
    rows = read_rows(tmp_path / RESULTS / "accuracy.json")
    assert {(r["method"], r["loss"], r["seed"], r["scenes"]) for r in rows} == {
        ("pixel MLP", "relative", 0, 2),
        *(("linear", loss, seed, 3) for loss in ("relative", "charbonnier") for seed in range(3)),
        ("truth through PCA-6", None, 0, 3),
    }
    assert set(rows[0]["scores"]["cave-val"]) == {"srgb", "srgb-jpeg", "camera", "exposure", "srgb, fitted"}
    assert set(rows[0]["scores"]["cave-val"]["srgb"]["scenes"]) == {"toys", "fruit"}
    main(["accuracy", "table"])
    assert "| pixel MLP | " in (tmp_path / "docs" / "results.md").read_text()


def test_data_that_are_not_there_are_named(tmp_path):
    with pytest.raises(SystemExit, match="cave-train holds no ENVI cubes"):
        main(["accuracy", "score", str(tmp_path), "--range", "visible", "--results", str(tmp_path / "r.json")])


def test_hydra_must_name_its_loss(data, tmp_path):
    with pytest.raises(SystemExit, match="PRESET:LOSS=FILE"):
        main(["accuracy", "score", str(data), "--hydra", "fast=a.safetensors", "--results", str(tmp_path / "r.json")])
