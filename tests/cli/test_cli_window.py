"""The verbs that open napari, each in its own process, with a screen, a virtual one, and none."""

import json
import os
import shutil
import subprocess
import sys

import numpy as np
import pytest
from cli_files import smooth_cube

from napari_hydra.camera import render
from napari_hydra.cube import good_bands
from napari_hydra.io import read_cube, write_cube, write_picture
from napari_hydra.samples import color_checker

COMMAND = [sys.executable, "-m", "napari_hydra"]
LINUX = sys.platform.startswith("linux")


def environment(*, screen, virtual=True):
    """The environment of a user with or without a screen, and with or without xvfb-run."""
    kept = {key: value for key, value in os.environ.items() if key not in ("DISPLAY", "WAYLAND_DISPLAY")}
    if screen:
        kept |= {key: os.environ[key] for key in ("DISPLAY", "WAYLAND_DISPLAY") if key in os.environ}
    return kept if virtual else {**kept, "PATH": ""}


@pytest.mark.skipif(LINUX and not shutil.which("xvfb-run"), reason="needs a virtual screen")
def test_demo_without_a_screen_writes_all_four(tmp_path):
    from PIL import Image

    folder = tmp_path / "out"
    done = subprocess.run(
        [*COMMAND, "demo", "--headless", folder],
        env=environment(screen=False),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    truth = color_checker()[1]
    estimate = read_cube(folder / "estimate.hdr")
    assert estimate.shape == truth.shape
    figures = json.loads((folder / "metrics.json").read_text())
    rmse = np.sqrt(np.mean((estimate.values.astype(float) - truth.values) ** 2))
    assert figures["rmse"] == pytest.approx(rmse, rel=1e-3)
    assert f"{figures['mrae']:.4f}" in done.stdout
    window = np.asarray(Image.open(folder / "window.png").convert("RGB"))
    assert window.shape[1] >= 1200
    assert window.std() > 10
    assert np.asarray(Image.open(folder / "spectra.png").convert("RGB")).std() > 5
    again = subprocess.run(
        [*COMMAND, "demo", "--headless", folder],
        env=environment(screen=False),
        capture_output=True,
        text=True,
        check=False,
    )
    assert again.returncode == 2
    assert "exists" in again.stderr


@pytest.mark.skipif(not LINUX, reason="elsewhere there is always a screen")
def test_demo_with_no_screen_at_all_says_what_is_missing(tmp_path):
    done = subprocess.run(
        [*COMMAND, "demo", "--headless", tmp_path],
        env=environment(screen=False, virtual=False),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "install xvfb" in done.stderr.splitlines()[-1]
    assert {path.name for path in tmp_path.iterdir()} == {"estimate.hdr", "estimate.img", "metrics.json", "spectra.png"}


@pytest.mark.skipif(not LINUX, reason="elsewhere there is always a screen")
@pytest.mark.parametrize("verb", ["demo", "show"])
def test_a_window_without_a_screen_is_refused(verb, tmp_path):
    write_picture(np.full((8, 8, 3), 100, np.uint8), tmp_path / "scene.png")
    arguments = [tmp_path / "scene.png"] if verb == "show" else []
    done = subprocess.run(
        [*COMMAND, verb, *arguments], env=environment(screen=False), capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert done.stderr.startswith("napari-hydra: error: there is no screen to open napari on;")
    assert done.stderr.count("\n") == 1


@pytest.mark.skipif(LINUX and not os.environ.get("DISPLAY"), reason="needs a screen")
def test_show_opens_both_files_and_runs(tmp_path):
    cube = smooth_cube(40, 36)
    write_cube(cube, tmp_path / "truth.hdr")
    write_picture(render(cube).picture, tmp_path / "scene.png")
    script = (
        "import sys, napari\n"
        "from napari_hydra.cli import run\n"
        "from napari_hydra._napari.state.store import store_of\n"
        "def told():\n"
        "    viewer = napari.current_viewer()\n"
        "    scene = store_of(viewer).scene\n"
        "    print([layer.name for layer in viewer.layers], scene.estimate.shape, scene.truth.shape)\n"
        "    viewer.close()\n"
        "napari.run = told\n"
        "sys.exit(run(sys.argv[1:]))\n"
    )
    arguments = ["show", tmp_path / "scene.png", "--truth", tmp_path / "truth.hdr", "--run"]
    done = subprocess.run([sys.executable, "-c", script, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "truth" in done.stdout
    bands = int(good_bands(cube, 400, 1000).sum())  # vnir was chosen: it covers most of them
    assert f"({bands}, 40, 36) (40, 36, {bands})" in done.stdout
