"""The command line, verb by verb, on small real files; what it writes is read back and compared with Python's."""

import json
import os
import re
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from cli_files import save_untrained, smooth_cube, untrained_model

from napari_hydra import cli
from napari_hydra.camera import get_camera, render
from napari_hydra.cli.options import parse_wavelengths
from napari_hydra.cube import make_cube, wavelengths_of
from napari_hydra.errors import HydraError
from napari_hydra.hydra.files.registry import model_path
from napari_hydra.io import read_cube, read_picture, write_cube, write_picture

VERBS = (
    "demo",
    "show",
    "reconstruct",
    "evaluate",
    "compare",
    "simulate",
    "train",
    "export",
    "report",
    "models",
    "info",
)


@pytest.fixture
def run(capsys):
    """Run the command line in this process: run("info", path) -> code, out, err."""

    def call(*arguments):
        code = cli.run([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return SimpleNamespace(code=code, out=captured.out, err=captured.err)

    return call


@pytest.fixture(scope="module")
def model():
    return untrained_model()


@pytest.fixture(scope="module")
def model_file(tmp_path_factory):
    return save_untrained(tmp_path_factory.mktemp("model") / "small.safetensors")


@pytest.fixture(scope="module")
def cube():
    return smooth_cube()


@pytest.fixture(scope="module")
def files(cube, tmp_path_factory):
    folder = tmp_path_factory.mktemp("scene")
    write_cube(cube, folder / "scene.hdr")
    write_picture(render(cube).picture, folder / "scene.png")
    return SimpleNamespace(folder=folder, cube=folder / "scene.hdr", picture=folder / "scene.png")


def test_every_verb_explains_itself(run):
    overview = run("--help")
    assert overview.code == 0
    for verb in VERBS:
        assert re.search(rf"^  {verb} +\S", overview.out, re.MULTILINE)
        assert run(verb, "--help").out.startswith(f"Usage: napari-hydra {verb}")
    assert run().out == overview.out


def test_version(run):
    assert run("--version").out == "napari-hydra 0.2.0\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("400:700:100", [400, 500, 600, 700]),
        ("400:420:0.1", np.linspace(400, 420, 201)),
        ("400:695:100", [400, 500, 600]),
        ("500:500:10", [500]),
        ("450, 550.5,650", [450, 550.5, 650]),
    ],
)
def test_wavelengths_are_understood(text, expected):
    np.testing.assert_allclose(parse_wavelengths(text), expected)


@pytest.mark.parametrize(
    "text",
    ["", "blue", "400:700", "700:400:10", "400:700:0", "400:700:-5", "400:700:0.001", "500,500", "nan,500", "0,5"],
)
def test_wavelengths_that_make_no_sense_are_named(text):
    with pytest.raises(HydraError, match=re.escape(repr(text))):
        parse_wavelengths(text)


@pytest.mark.parametrize("suffix", [".hdr", ".npz", ".zarr", ".tif", ".nc", ".mat"])
def test_reconstruct_writes_what_python_computes(run, files, model, model_file, tmp_path, suffix):
    target = tmp_path / f"estimate{suffix}"
    done = run("reconstruct", files.picture, "-o", target, "--model", model_file, "--wavelengths", "420:680:13")
    assert done.code == 0, done.err
    written = read_cube(target)
    expected = model.reconstruct(read_picture(files.picture), np.arange(420, 681, 13.0)).to_cube()
    np.testing.assert_allclose(wavelengths_of(written), wavelengths_of(expected))
    # Weights are stored with half the precision.
    np.testing.assert_allclose(written.values, expected.values, rtol=0.02, atol=0.002)
    assert "21 bands 420-680 nm, 24 x 20, model small" in done.out


def test_reconstruct_like_a_cube_takes_its_good_bands_in_range(run, files, model_file, tmp_path):
    target = tmp_path / "estimate.hdr"
    done = run("reconstruct", files.picture, "-o", target, "-m", model_file, "--like", files.cube)
    assert done.code == 0, done.err
    bands = [nm for nm in range(400, 701, 10) if nm != 580]
    assert wavelengths_of(read_cube(target)).tolist() == bands
    assert "5 of 35 bands" in done.err


def test_reconstruct_scales_as_asked(run, files, model_file, tmp_path, cube):
    common = ("reconstruct", files.picture, "-m", model_file, "--like", files.cube)
    for name, scale in (("plain", "as-is"), ("twice", "2"), ("matched", "matched")):
        assert (
            run(*common, "-o", tmp_path / f"{name}.hdr", "--scale", scale, "--json", tmp_path / f"{name}.json").code
            == 0
        )
    plain, twice, matched = (read_cube(tmp_path / f"{name}.hdr").values for name in ("plain", "twice", "matched"))
    np.testing.assert_allclose(twice, 2 * plain, rtol=1e-5)
    target = cube.values[..., [i for i in range(2, 33) if i != 20]].astype(float)
    factor = (plain * target).sum() / (plain.astype(float) ** 2).sum()
    np.testing.assert_allclose(matched, factor * plain, rtol=1e-4, atol=1e-6)
    (entry,) = json.loads((tmp_path / "matched.json").read_text())["pictures"]
    assert entry["factor"] == pytest.approx(factor, rel=1e-4)


def test_reconstruct_several_pictures_into_a_folder(run, files, model_file, tmp_path):
    second = tmp_path / "second.png"
    second.write_bytes(files.picture.read_bytes())
    out = tmp_path / "out"
    command = ("reconstruct", files.picture, second, "-o", out, "-m", model_file, "--format", "npz")
    assert run(*command).code == 0
    assert {path.name for path in out.iterdir()} == {"scene.npz", "second.npz"}
    before = (out / "second.npz").stat().st_mtime_ns
    refused = run(*command)
    assert refused.code == 2
    assert "exists" in refused.err
    assert (out / "second.npz").stat().st_mtime_ns == before
    assert run(*command, "--overwrite").code == 0


def test_json_on_stdout_stands_alone(run, files, model_file, tmp_path):
    done = run("reconstruct", files.picture, "-o", tmp_path / "a.hdr", "-m", model_file, "--json", "-")
    found = json.loads(done.out)
    assert found["pictures"][0]["bands"] == 31
    assert "31 bands" in done.err


def test_evaluate_reports_the_protocol(run, files, model_file, tmp_path, cube):
    from napari_hydra.evaluation import evaluate_cube
    from napari_hydra.hydra import load_model

    report = tmp_path / "figures.json"
    done = run("evaluate", files.cube, files.cube, "--model", model_file, "--json", report)
    assert done.code == 0, done.err
    found = json.loads(report.read_text())
    assert (found["model"], found["track"]) == ("small", "srgb")
    keys = {"name", "mrae", "rmse", "psnr", "sam", "rgb", "coverage90", "seconds"}
    assert keys <= set(found["scenes"][0])
    expected = evaluate_cube(cube, load_model(model_file), "srgb")
    for scene in (*found["scenes"], found["mean"]):
        assert scene["mrae"] == pytest.approx(expected.mrae, rel=1e-4)
        assert scene["rmse"] == pytest.approx(expected.rmse, rel=1e-4)
    assert f"{expected.mrae:.4f}" in done.out
    assert not found["fit_gain"]
    done = run("evaluate", files.cube, "--model", model_file, "--fit-gain", "--json", report, "--overwrite")
    assert done.code == 0, done.err
    found = json.loads(report.read_text())
    fitted = evaluate_cube(cube, load_model(model_file), "srgb", fitted=True)
    assert found["fit_gain"]
    assert found["mean"]["rmse"] == pytest.approx(fitted.rmse, rel=1e-4)
    assert fitted.rmse < expected.rmse
    assert "4 good bands lie outside 400-700 nm" in done.err


def test_compare_fits_and_shows_the_factor(run, files, cube, tmp_path):
    half = cube * 0.5
    half.attrs = cube.attrs
    write_cube(half, tmp_path / "half.hdr")
    matched = json.loads(run("compare", tmp_path / "half.hdr", files.cube, "--json", "-").out)
    assert matched["factor"] == pytest.approx(2)
    assert matched["rmse"] == pytest.approx(0, abs=1e-6)
    command = ("compare", tmp_path / "half.hdr", files.cube, "--scale", "as-is", "--maps", tmp_path / "maps")
    plain = json.loads(run(*command, "--json", "-").out)
    good = cube.values[..., [i for i in range(35) if i != 20]].astype(float)
    assert plain["factor"] == 1
    assert plain["rmse"] == pytest.approx(np.sqrt(np.mean((good / 2) ** 2)), rel=1e-5)
    assert plain["mrae"] == pytest.approx(0.5, rel=1e-5)
    assert len(plain["bands"]) == 34
    import tifffile

    error = tifffile.imread(tmp_path / "maps" / "rmse.tif")
    np.testing.assert_allclose(error, np.sqrt(((good / 2) ** 2).mean(-1)), rtol=1e-4)


@pytest.mark.parametrize("fine", ["estimate", "truth"])
def test_compare_averages_the_cube_of_smaller_pixels(run, files, cube, tmp_path, fine):
    means = make_cube(cube.values.reshape(6, 4, 5, 4, 35).mean((1, 3)), cube["wavelength"].values, bad_bands=(20,))
    write_cube(means, tmp_path / "coarse.hdr")
    pair = (files.cube, tmp_path / "coarse.hdr")[:: 1 if fine == "estimate" else -1]
    done = run("compare", *pair, "--maps", tmp_path / "maps", "--json", tmp_path / "found.json")
    assert done.code == 0, done.err
    assert f"The {fine} is averaged over the" in done.out
    assert "4 x 4" in done.out
    found = json.loads((tmp_path / "found.json").read_text())
    assert found["rmse"] == pytest.approx(0, abs=1e-6)
    assert (found["pixels"], found["pixels_averaged"]) == (30, 16)
    import tifffile

    assert tifffile.imread(tmp_path / "maps" / "rmse.tif").shape == (6, 5)


def test_reconstruct_matches_a_cube_of_larger_pixels(run, files, cube, model_file, model, tmp_path):
    means = make_cube(cube.values.reshape(6, 4, 5, 4, 35).mean((1, 3)), cube["wavelength"].values, bad_bands=(20,))
    write_cube(means, tmp_path / "coarse.hdr")
    target = tmp_path / "estimate.hdr"
    command = ("reconstruct", files.picture, "-o", target, "--model", model_file, "--scale", "matched")
    done = run(*command, "--like", tmp_path / "coarse.hdr")
    assert done.code == 0, done.err
    found = read_cube(target)
    assert found.shape[:2] == (24, 20)
    again = json.loads(run("compare", target, tmp_path / "coarse.hdr", "--json", "-").out)
    assert again["factor"] == pytest.approx(1, rel=1e-4)  # it was fitted to the means


def test_simulate_takes_the_camera_asked_for(run, files, cube, tmp_path):
    target = tmp_path / "photo.png"
    done = run("simulate", files.cube, "-o", target, "--camera", "nikon-5100", "--illuminant", "A")
    assert done.code == 0, done.err
    expected = render(cube, get_camera("nikon-5100", "A"))
    np.testing.assert_array_equal(read_picture(target), expected.picture)
    assert "4095" in done.err


def test_a_simulated_raw_picture_can_be_reconstructed(run, files, model_file, tmp_path):
    run("simulate", files.cube, "-o", tmp_path / "raw.png", "--camera", "nikon-5100")
    common = ("reconstruct", tmp_path / "raw.png", "-m", model_file, "--camera", "nikon-5100")
    assert run(*common, "-o", tmp_path / "dark.hdr").code == 0
    assert run(*common, "-o", tmp_path / "right.hdr", "--white-level", "4095").code == 0
    dark, right = (read_cube(tmp_path / name).values for name in ("dark.hdr", "right.hdr"))
    np.testing.assert_allclose(right.mean() / dark.mean(), 65535 / 4095, rtol=0.05)


def test_info_tells_cube_picture_and_model(run, files, model_file):
    cube = run("info", files.cube)
    assert cube.code == 0
    assert "24 x 20 pixels, 35 bands" in cube.out
    assert "380" in cube.out
    assert "720" in cube.out
    picture = json.loads(run("info", files.picture, "--json", "-").out)
    assert (picture["kind"], picture["shape"]) == ("picture", [24, 20, 3])
    assert json.loads(run("info", model_file, "--json", "-").out)["kind"] == "model"


def test_long_lists_are_printed_short_and_reported_whole(run):
    for verb in (("info", str(model_path("visible-accurate"))), ("models",)):
        assert "balloons, beads, ... watercolors (22 values)" in run(*verb).out
    printed = json.loads(run("models", "--json", "-").out)["models"]
    assert all(len(card["metrics"]["scenes"]) >= 22 for card in printed if card["name"].endswith("-accurate"))


def test_models_lists_the_registry(run):
    from napari_hydra.hydra import model_names

    found = json.loads(run("models", "--json", "-").out)
    assert [card["name"] for card in found["models"]] == model_names()


def test_an_unexpected_failure_is_one_line_and_exit_1(run, files, monkeypatch):
    def broken(path, **options):
        raise RuntimeError("the moon\nis full")

    monkeypatch.setattr("napari_hydra.io.describe_file", broken)
    done = run("info", files.cube)
    assert done.code == 1
    assert done.err.count("\n") == 1
    assert "RuntimeError: the moon is full" in done.err
    log = Path(os.environ["NAPARI_HYDRA_LOG"])
    assert str(log) in done.err
    assert "Traceback" in log.read_text()
    with pytest.raises(RuntimeError):
        run("--traceback", "info", files.cube)


def test_an_existing_report_is_refused_before_the_work(run, files, model_file, tmp_path):
    report = tmp_path / "figures.json"
    report.write_text("mine")
    done = run("evaluate", files.cube, "-m", model_file, "--json", report)
    assert done.code == 2
    assert "evaluate:" not in done.err
    assert report.read_text() == "mine"
    assert run("evaluate", files.cube, "-m", model_file, "--json", report, "--overwrite").code == 0
    assert json.loads(report.read_text())["model"] == "small"


def test_progress_prints_a_line_a_stage_where_lines_cannot_be_overwritten(capsys):
    from napari_hydra.cli.terminal import progress

    with progress("train") as update:
        for step in range(1, 100):
            update(step / 200, f"teacher step {step}/99")
        update(0.6, "joint step 1/99")
        update(1.0, "done")
    lines = capsys.readouterr().err.splitlines()
    assert [line.split(",")[0] for line in lines] == ["train: teacher step 1/99", "train: joint step 1/99"]


def test_time_left_is_that_of_the_task_at_hand(capsys, monkeypatch):
    from napari_hydra.cli import terminal

    clock = iter([0.0, 0.0, 90.0, 100.0, 130.0])
    monkeypatch.setattr(terminal.time, "monotonic", lambda: next(clock))
    with terminal.progress("scene.png") as update:
        update(0.0, "estimating latents")
        update(0.9, "estimating latents")
        update(0.0, "writing")
        update(0.5, "writing")
    assert capsys.readouterr().err.splitlines() == [
        "scene.png: estimating latents, 0%",
        "scene.png: estimating latents, 90%, 10 s left",
        "scene.png: writing, 0%",
        "scene.png: writing, 50%, 30 s left",
    ]
