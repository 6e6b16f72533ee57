"""Training from the command line: a run, its logs, and going on after a stop."""

import csv
import json
import signal
import subprocess
import sys

import numpy as np
import pytest
from cli_files import hear_ctrl_c, smooth_cube

from napari_hydra import cli
from napari_hydra.camera import render
from napari_hydra.hydra import model_card
from napari_hydra.io import read_cube, write_cube, write_picture
from napari_hydra.training.settings import STAGES


@pytest.fixture(scope="module")
def cubes(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cubes")
    paths = [folder / f"scene{number}.hdr" for number in range(3)]
    for number, path in enumerate(paths):
        write_cube(smooth_cube(40, 36, shift=10 * number), path)
    return paths


def test_a_run_makes_a_model_that_reconstructs(cubes, tmp_path, capsys):
    out = tmp_path / "tiny"
    common = ["--out", str(out), "--steps", "12", "--seed", "3", "--device", "cpu"]
    command = [
        "train",
        *map(str, cubes[:2]),
        "--validation",
        str(cubes[2]),
        *common,
        "--json",
        str(tmp_path / "a.json"),
    ]
    assert cli.run(command) == 0
    shown = capsys.readouterr()
    assert "train: " in shown.err
    assert str(out / "tiny.safetensors") in shown.out
    found = json.loads((tmp_path / "a.json").read_text())
    assert np.isfinite(found["metrics"]["validation"]["mrae"])
    with (out / "log.csv").open(newline="") as handle:
        stages = {row["stage"] for row in csv.DictReader(handle)}
    assert stages == set(STAGES) - {"context"}  # in this range the surroundings have no part
    write_picture(render(smooth_cube()).picture, tmp_path / "scene.png")
    estimate = tmp_path / "estimate.hdr"
    assert cli.run(["reconstruct", str(tmp_path / "scene.png"), "-o", str(estimate), "-m", found["model"]]) == 0
    assert np.isfinite(read_cube(estimate).values).all()
    assert cli.run(command) == 2
    assert "--resume" in capsys.readouterr().err


def test_an_ensemble_and_a_student_that_it_teaches(cubes, tmp_path, capsys):
    wise, quick = tmp_path / "wise", tmp_path / "quick"
    common = ["train", *map(str, cubes), "--steps", "12", "--device", "cpu"]
    assert cli.run([*common, "--out", str(wise), "--preset", "accurate", "--folds", "3"]) == 0
    assert "member 1/3" in capsys.readouterr().err
    assert (wise / "fold3" / "fold3.safetensors").is_file()
    assert cli.run([*common, "--out", str(wise), "--preset", "accurate", "--folds", "3"]) == 2
    assert "--resume" in capsys.readouterr().err
    ensemble = str(wise / "wise.safetensors")
    assert cli.run([*common, "--out", str(quick), "--taught-by", ensemble]) == 0
    assert model_card(ensemble).architecture["members"] == 3
    write_picture(render(smooth_cube()).picture, tmp_path / "scene.png")
    for model in (ensemble, str(quick / "quick.safetensors")):
        estimate = tmp_path / f"{len(model)}.hdr"
        assert cli.run(["reconstruct", str(tmp_path / "scene.png"), "-o", str(estimate), "-m", model]) == 0
        assert np.isfinite(read_cube(estimate).values).all()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--preset", "accurate", "--validation", "CUBE"], "--validation and --preset accurate exclude"),
        (["--preset", "accurate", "--taught-by", "x.safetensors"], "--taught-by and --preset accurate exclude"),
        (["--preset", "accurate", "--folds", "9"], "3 cubes cannot make 9 folds"),
        (["--taught-by", "nowhere.safetensors"], "nowhere.safetensors"),
    ],
)
def test_presets_that_do_not_fit_are_refused(cubes, tmp_path, capsys, options, words):
    given = [str(cubes[2]) if word == "CUBE" else word for word in options]
    assert cli.run(["train", *map(str, cubes), "--out", str(tmp_path / "run"), *given]) == 2
    assert words in capsys.readouterr().err


@pytest.mark.skipif(sys.platform == "win32", reason="needs Ctrl-C as a signal")
def test_ctrl_c_writes_a_checkpoint_to_go_on_from(cubes, tmp_path):
    out = tmp_path / "run"
    command = [sys.executable, "-m", "napari_hydra", "train", *map(str, cubes), "--out", str(out), "--steps", "400"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, preexec_fn=hear_ctrl_c) as process:
        for line in process.stderr:
            if f"{STAGES[1]} step" in line:
                break
        process.send_signal(signal.SIGINT)
        rest = process.stderr.read()
    assert process.returncode == 130, rest
    assert "--resume goes on" in rest
    assert {path.name for path in out.iterdir()} >= {"checkpoint.safetensors", "settings.json", "log.csv"}
    settings = json.loads((out / "settings.json").read_text())
    # Enough is done: go on to the end of shorter stages.
    settings |= {f"{stage}_steps": 1 for stage in STAGES}
    (out / "settings.json").write_text(json.dumps(settings))
    assert cli.run([*command[3:], "--resume"]) == 0
    assert (out / "run.safetensors").is_file()
