"""The window that the command line opens, driven to the end with the shipped model."""

import subprocess
import sys

import numpy as np
import pytest

from napari_hydra._napari import window
from napari_hydra._napari.layers.scene_view import scene_view_of
from napari_hydra._napari.reconstruct.commands import dock_of
from napari_hydra._napari.state.store import store_of
from napari_hydra.cube import make_cube
from napari_hydra.distribution import DISTRIBUTION
from napari_hydra.errors import HydraError
from napari_hydra.io import write_cube, write_picture


@pytest.fixture
def opened(make_napari_viewer, monkeypatch):
    """Return `open_window`, its viewers closed by napari's fixture."""
    monkeypatch.setattr("napari.Viewer", lambda **keywords: make_napari_viewer(**{**keywords, "show": True}))
    return window.open_window


def test_script_that_ends_during_a_run_ends_cleanly():
    script = """
import numpy as np
from napari_hydra._napari.reconstruct.commands import dock_of
from napari_hydra._napari.window import open_window, settle
viewer = open_window()
viewer.add_image(np.random.default_rng(0).integers(0, 255, (3000, 3000, 3), dtype=np.uint8), rgb=True)
dock = dock_of(viewer)
dock.start()
settle(60, until=lambda: "latents" in dock.panel.status.text())
assert dock.running
viewer.close()
assert not dock.running
print("closed")
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=200, check=False)
    assert done.stdout.split()[-1:] == ["closed"], done.stderr
    assert done.returncode == 0, done.stderr


def test_sample_is_reconstructed_and_photographed(opened, tmp_path):
    viewer = opened(sample="color_checker", size=(1280, 800), theme="light")
    window.run_to_end(viewer, patience=120)
    scene = store_of(viewer).scene
    assert scene.truth is not None
    assert scene.matched
    # The sample remembers the gain of its picture.
    from napari_hydra.samples import color_checker

    assert scene.factor == pytest.approx(1 / color_checker()[1].attrs["picture_gain"])
    error = np.moveaxis(np.asarray(scene.estimate), 0, -1) - scene.truth.values
    assert np.sqrt(np.mean(error**2)) < 0.15
    image = window.screenshot(viewer, tmp_path / "window.png")
    assert image.shape[0] > 700
    assert (tmp_path / "window.png").stat().st_size > 20_000
    assert image[..., :3].std() > 20  # not an empty window


def test_bad_file_leaves_no_window(opened, tmp_path):
    path = tmp_path / "notes.png"
    path.write_text("nothing")
    with pytest.raises(HydraError, match="notes"):
        opened(path)


def test_failure_reaches_the_script(opened, steady_model, picture, tmp_path):
    path = tmp_path / "picture.png"
    write_picture(picture, path)
    viewer = opened(path)
    steady_model.error = HydraError("The model cannot do this.")
    with pytest.raises(HydraError, match="cannot do this"):
        window.run_to_end(viewer, patience=30)


def test_patience_has_an_end(opened, steady_model, picture, tmp_path):
    path = tmp_path / "picture.png"
    write_picture(picture, path)
    viewer = opened(path)
    with pytest.raises(HydraError, match="longer than"):
        window.run_to_end(viewer, patience=1)
    assert not dock_of(viewer).running


def test_volume_of_a_large_reconstruction_is_refused(opened, quick_model, picture, tmp_path, until, monkeypatch):
    path = tmp_path / "picture.png"
    write_picture(picture, path)
    viewer = opened(path)
    window.run_to_end(viewer, patience=30)
    viewer.dims.ndisplay = 3
    assert viewer.dims.ndisplay == 3  # a small one is shown
    viewer.dims.ndisplay = 2
    monkeypatch.setattr(
        "napari_hydra._napari.layers.guarded_cube.LARGEST_COPY", 2 * picture.shape[0] * picture.shape[1] * 4
    )
    with pytest.raises(HydraError, match="Export"):  # a click on the button: a notification
        viewer.dims.ndisplay = 3
    until(lambda: viewer.dims.ndisplay == 2)
    viewer.dims.set_current_step(0, 4)
    band = viewer.layers[-1]._slice.image.raw
    np.testing.assert_allclose(band, store_of(viewer).scene.estimate.band(4), rtol=1e-6)


def test_docks_open_once(opened, quick_model):
    viewer = opened()
    assert dock_of(viewer) is window.open_docks(viewer)
    assert len([name for name in viewer.window.dock_widgets if DISTRIBUTION in name]) == 5
    assert scene_view_of(viewer) is scene_view_of(viewer)


def test_window_has_room_for_the_docks_as_far_as_the_screen_goes(opened, quick_model):
    viewer = opened()
    main = viewer.window._qt_window
    screen = main.screen().availableGeometry()
    assert main.width() >= min(1280, screen.width())
    assert min(800, screen.height() - 40) <= main.height() <= screen.height()


def test_truth_of_another_field_is_refused_before_a_window_opens(tmp_path, monkeypatch):
    opened = []
    monkeypatch.setattr("napari.Viewer", lambda **keywords: opened.append(keywords))
    write_picture(np.full((40, 40, 3), 100, np.uint8), tmp_path / "photo.png")
    bands = np.arange(400.0, 701.0, 50.0)
    write_cube(make_cube(np.ones((4, 8, bands.size)), bands), tmp_path / "plot.hdr")
    with pytest.raises(HydraError, match=r"photo has 40 x 40 pixels and the truth plot 4 x 8.*aspect ratio"):
        window.open_window(tmp_path / "photo.png", tmp_path / "plot.hdr")
    assert not opened
