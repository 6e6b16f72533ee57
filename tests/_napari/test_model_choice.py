"""Window, command line and Python choose the same model for the same wavelengths and picture."""

import numpy as np
import pytest

from napari_hydra._napari.layers.scene_layers import cube_layer_arguments, stack_of
from napari_hydra._napari.reconstruct.dock import ReconstructDock
from napari_hydra.cli import main
from napari_hydra.cube import good_bands, make_cube, wavelengths_of
from napari_hydra.errors import HydraError
from napari_hydra.hydra import default_model
from napari_hydra.io import write_cube, write_picture

GRIDS = ((400, 700, 10), (450, 650, 5), (400, 700.4, 0.4), (399.6, 699.6, 10), (400, 710, 10), (450, 1000, 50))
GRIDS += ((300, 700, 10), (1100, 1200, 10))
TRUTHS = ((380, 720, 10), (400, 700.4, 5.2), (399.5, 699.5, 10), (420, 2450, 10), (380, 702, 2), (1200, 2400, 20))


@pytest.fixture
def viewer(make_napari_viewer):
    return make_napari_viewer()


@pytest.fixture
def dock(viewer):
    return ReconstructDock(viewer)


@pytest.fixture
def chosen_by_command(monkeypatch, tmp_path):
    """Return a function that runs `reconstruct` up to the choice of the model."""
    write_picture(np.full((4, 5, 3), 90, np.uint8), tmp_path / "scene.png")

    def run(*options):
        asked = []

        def load(name, *_):
            asked.append(name)
            raise HydraError("chosen")

        monkeypatch.setattr("napari_hydra.hydra.load_model", load)
        argv = ["napari-hydra", "reconstruct", str(tmp_path / "scene.png"), "-o", str(tmp_path / "a.hdr"), *options]
        monkeypatch.setattr("sys.argv", argv)
        with pytest.raises(SystemExit):
            main()
        return asked[0] if asked else None

    return run


def default_for(cube, picture):
    """Return the name of the default model for the bands of a cube."""
    return default_model(wavelengths_of(cube)[good_bands(cube)], picture, partly=True).name


def chosen(choose):
    """Return the name that a function chooses, None where it finds no model."""
    try:
        return choose()
    except HydraError:
        return None


def test_wavelengths_asked_for(viewer, dock, chosen_by_command):
    picture = np.full((4, 5, 3), 90, np.uint8)
    dock.form.picture.value = viewer.add_image(picture, rgb=True)
    for start, stop, step in GRIDS:
        dock.form.wavelengths.value = "grid"
        dock.form.start.value, dock.form.stop.value, dock.form.step.value = start, stop, step
        grid = start + step * np.arange(round((stop - start) / step) + 1)
        expected = chosen(lambda grid=grid: default_model(grid, picture).name)
        assert chosen(lambda: dock.chosen_model().name) == expected, (start, stop, step)
        assert chosen_by_command("-w", f"{start}:{stop}:{step}") == expected, (start, stop, step)
    assert expected is None


def test_bands_of_a_truth(viewer, dock, chosen_by_command, tmp_path):
    for number, (start, stop, step) in enumerate(TRUTHS):
        bands = np.arange(start, stop + step / 2, step)
        # The last bands are bad: they have no say.
        cube = make_cube(np.full((4, 5, bands.size), 0.2), bands, bad_bands=(bands.size - 1,), source="made up")
        expected = chosen(lambda cube=cube: default_for(cube, None))
        layer = viewer.add_image(stack_of(cube), **cube_layer_arguments(cube, f"truth {number}"))
        dock.form.truth.value = layer
        dock.form.wavelengths.value = "truth"
        assert chosen(lambda: dock.chosen_model().name) == expected, (start, stop, step)
        write_cube(cube, tmp_path / f"{number}.hdr")
        assert chosen_by_command("--like", str(tmp_path / f"{number}.hdr")) == chosen(
            lambda cube=cube: default_for(cube, np.full((4, 5, 3), 90, np.uint8))
        ), (start, stop, step)
    assert expected is None


def test_a_picture_of_few_colours_is_read_by_the_ensemble_and_the_form_says_why(viewer, dock):
    viewer.add_image(np.full((20, 30, 3), 90, np.uint8), rgb=True)
    assert dock.chosen_model().name == "visible-accurate"
    assert "1 in 600 pixels" in dock.info.text()
    assert dock.request().model_reason.startswith("accurate")
    dock.form.model.value = "visible"
    assert dock.request().model == "visible"
    assert dock.request().model_reason == ""
    dock.form.model.value = "automatic"
    noise = np.random.default_rng(0).integers(0, 256, (20, 30, 3), np.uint8)
    dock.form.picture.value.data = noise
    assert dock.chosen_model().name == "visible"
