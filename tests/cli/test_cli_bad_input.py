"""What cannot be used: exit 2, one line that names it, and nothing half-written."""

import os
import re
import signal
import subprocess
import sys
import time
from types import SimpleNamespace

import numpy as np
import pytest
from cli_files import hear_ctrl_c, save_untrained, smooth_cube

from napari_hydra import cli
from napari_hydra.camera import render
from napari_hydra.io import write_cube, write_picture

COMMAND = [sys.executable, "-m", "napari_hydra"]


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Good files and bad ones."""
    folder = tmp_path_factory.mktemp("files")
    cube = smooth_cube()
    write_cube(cube, folder / "good.hdr")
    write_picture(render(cube).picture, folder / "good.png")
    save_untrained(folder / "good.safetensors")

    (folder / "text.png").write_text("not a picture")
    (folder / "empty.png").touch()
    write_picture(np.zeros((1, 1, 3), np.uint8), folder / "pixel.png")
    write_cube(smooth_cube(height=12), folder / "smaller.hdr")

    header, data = (folder / "good.hdr").read_text(), next(folder.glob("good.[!hps]*")).read_bytes()

    def spoil(name, text=header, values=data):
        (folder / f"{name}.hdr").write_text(text)
        (folder / f"{name}.img").write_bytes(values)

    spoil("truncated", values=data[: len(data) // 2])
    spoil("disagrees", re.sub(r"(?m)^bands\s*=.*$", "bands = 36", header))
    spoil("no-wavelengths", re.sub(r"(?ms)^wavelength\s*=\s*\{.*?\}\n?", "", header))
    spoil(
        "nonsense", re.sub(r"(?ms)^wavelength\s*=\s*\{.*?\}", "wavelength = {" + ", ".join(["-5"] * 35) + "}", header)
    )
    holes = cube.copy()
    holes[3, 4, 5] = np.nan
    holes[7, 8, 9] = np.inf
    write_cube(holes, folder / "holes.hdr")

    from safetensors.numpy import save_file

    save_file({"weight": np.zeros(3, np.float32)}, folder / "other.safetensors")
    (folder / "random.safetensors").write_bytes(os.urandom(400))
    (folder / "camera.csv").write_text("wavelength,red\n400,1\n")
    return folder


def reconstruct(*options):
    return ("reconstruct", "{files}/good.png", "-o", "{out}/a.hdr", "-m", "{files}/good.safetensors", *options)


def picture(name):
    return ("reconstruct", f"{{files}}/{name}", "-o", "{out}/a.hdr", "-m", "{files}/good.safetensors")


def evaluate(name):
    return ("evaluate", f"{{files}}/{name}", "-m", "{files}/good.safetensors", "--json", "{out}/a.json")


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (picture("missing.png"), "missing.png"),
        (picture("text.png"), "text.png"),
        (picture("empty.png"), "empty.png"),
        (picture("pixel.png"), "1 x 1"),
        (evaluate("missing.hdr"), "missing.hdr"),
        (evaluate("text.png"), "text.png"),
        (evaluate("truncated.hdr"), "truncated"),
        (evaluate("disagrees.hdr"), "disagrees"),
        (evaluate("no-wavelengths.hdr"), "no-wavelengths.hdr"),
        (evaluate("nonsense.hdr"), "nonsense.hdr"),
        (evaluate("holes.hdr"), "holes"),
        (("simulate", "{files}/holes.hdr", "-o", "{out}/a.png"), "holes"),
        (("info", "{files}/truncated.hdr"), "truncated"),
        (("compare", "{files}/smaller.hdr", "{files}/good.hdr", "--json", "{out}/a.json"), "24 x 20"),
        (reconstruct("--like", "{files}/smaller.hdr", "--scale", "matched"), "12 x 20"),
        (reconstruct("--scale", "matched"), "--like"),
        (reconstruct("--scale", "-2"), "-2"),
        (reconstruct("--wavelengths", "400:1000:10"), "400-700 nm"),
        (reconstruct("--wavelengths", "blue"), "'blue'"),
        (reconstruct("--wavelengths", "500", "--like", "{files}/good.hdr"), "--like"),
        (reconstruct("--device", "abacus"), "abacus"),
        (reconstruct("--camera", "pinhole"), "pinhole"),
        (reconstruct("--camera", "{files}/camera.csv"), "camera.csv"),
        (reconstruct("--illuminant", "moonlight"), "moonlight"),
        (reconstruct("--white-level", "100"), "100"),
        (reconstruct("--model", "{files}/other.safetensors"), "other.safetensors"),
        (reconstruct("--model", "{files}/random.safetensors"), "random.safetensors"),
        (reconstruct("--model", "nobody"), "nobody"),
        (reconstruct("-o", "{out}/a.bmp"), "a.bmp"),
        (reconstruct("-o", "{out}/missing/a.hdr"), "missing"),
        (reconstruct("-o", "{files}/good.hdr"), "good.hdr"),
        (reconstruct("{files}/good.png", "-o", "{out}/folder"), "same name"),
        (("evaluate", "{files}/good.hdr", "-m", "{files}/good.safetensors", "-t", "film"), "film"),
        (("evaluate", "{files}/good.hdr", "-m", "{files}/good.safetensors", "-w", "400:700:10"), "35 bands"),
        (("simulate", "{files}/good.hdr", "-o", "{out}/a.png", "--exposure", "-1"), "-1"),
        (("simulate", "{files}/good.hdr", "-o", "{files}/good.png"), "good.png"),
        (("train", "{files}/good.hdr", "--out", "{out}/run"), "one cube"),
        (("train", "{files}/good.hdr", "{files}/smaller.hdr", "--out", "{out}/run", "--resume"), "--resume"),
        (("train", "{files}/good.hdr", "--out", "{files}/good.hdr"), "good.hdr"),
        (("train", "{files}/good.hdr", "--out", "{out}/run", "--minutes", "0"), "--minutes 0"),
        (("train", "{files}/good.hdr", "--out", "{out}/run", "--weight", "good=often"), "good=often"),
        (("show", "{files}/missing.png"), "missing.png"),
        (("show",), "--truth"),
        (("demo", "--headless", "{files}/good.hdr"), "good.hdr"),
        (("reconstruct", "{files}/good.png"), "--output"),
        (("reconstruct", "{files}/good.png", "-o", "{out}/a.hdr", "--sharpen"), "--sharpen"),
        (("improve", "{files}/good.png"), "improve"),
    ],
)
def test_bad_input(arguments, named, files, tmp_path, capsys):
    before = {path: path.stat().st_mtime_ns for path in files.iterdir()}
    code = cli.run([argument.format(files=files, out=tmp_path) for argument in arguments])
    shown = capsys.readouterr()
    assert code == 2, shown.err
    lines = [line for line in shown.err.splitlines() if line.startswith("napari-hydra: error: ")]
    assert shown.err.splitlines()[-1:] == lines
    assert named in lines[0]
    assert "Traceback" not in shown.err
    left = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert not left
    assert {path: path.stat().st_mtime_ns for path in files.iterdir()} == before


def test_read_only_folder(files, tmp_path, capsys):
    folder = tmp_path / "locked"
    folder.mkdir()
    folder.chmod(0o500)
    if os.access(folder, os.W_OK):  # root may write everywhere but into the kernel's own folders
        folder.chmod(0o700)
        folder = "/proc/self"
        if not os.path.isdir(folder):
            pytest.skip("no folder that this user may not write to")
    arguments = reconstruct("-o", f"{folder}/a.hdr")
    assert cli.run([argument.format(files=files, out=tmp_path) for argument in arguments]) == 2
    assert f"{folder}/a." in capsys.readouterr().err.splitlines()[-1]


@pytest.mark.skipif(not hasattr(signal, "SIGXFSZ"), reason="needs a limit on the size of files")
def test_full_disk(files, tmp_path):
    import resource

    def no_large_files():
        resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000))

    arguments = reconstruct("--wavelengths", "400:700:1")
    done = subprocess.run(
        [*COMMAND, *(argument.format(files=files, out=tmp_path) for argument in arguments)],
        capture_output=True,
        text=True,
        preexec_fn=no_large_files,
        check=False,
    )
    assert done.returncode == 2, done.stderr
    assert re.search(r"^napari-hydra: error: \S*a\.\w+ could not be written", done.stderr, re.MULTILINE)
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(os.name == "nt", reason="needs Ctrl-C as a signal")
def test_ctrl_c_leaves_nothing_half_written(files, tmp_path):
    large = np.random.default_rng(0).integers(0, 255, (2000, 2000, 3), dtype=np.uint8)
    write_picture(large, tmp_path / "large.png")
    out = tmp_path / "out"
    out.mkdir()
    command = [*COMMAND, "reconstruct", tmp_path / "large.png", "-o", out / "a.hdr", "-m", files / "good.safetensors"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, preexec_fn=hear_ctrl_c) as process:
        for line in process.stderr:
            if "estimating latents" in line:
                break
        time.sleep(0.2)
        process.send_signal(signal.SIGINT)
        rest = process.stderr.read()
    assert process.returncode == 130, rest
    assert rest.splitlines()[-1] == "napari-hydra: error: stopped; nothing half-written is left."
    assert not list(out.iterdir())


def test_a_closed_pipe_is_quiet(files):
    command = [*COMMAND, "info", files / "good.hdr"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        process.stdout.close()
        assert "Traceback" not in process.stderr.read()


def test_progress_and_figures_stay_apart(files, tmp_path):
    done = subprocess.run(
        [*COMMAND, *(argument.format(files=files, out=tmp_path) for argument in reconstruct())],
        capture_output=True,
        text=True,
        check=True,
    )
    seen = SimpleNamespace(out=done.stdout.splitlines(), err=done.stderr.splitlines())
    assert len(seen.out) == 1
    assert seen.out[0].startswith(str(tmp_path / "a.hdr"))
    assert any(line.startswith("good.png: ") for line in seen.err)
