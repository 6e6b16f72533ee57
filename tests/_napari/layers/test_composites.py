"""Composites as layers, through the commands of napari's menus."""

import numpy as np
import pytest
from qtpy.QtWidgets import QInputDialog

from napari_hydra._napari.layers.composites import parse_wavelengths
from napari_hydra._napari.layers.result_layers import COMPOSITE, ERROR_MAP, lay_over
from napari_hydra._napari.layers.scene_layers import KEY, cube_layer_arguments, role, stack_of
from napari_hydra._napari.widgets._compat import canvas_text
from napari_hydra.cube import make_cube
from napari_hydra.errors import HydraError
from napari_hydra.spectra.composite import COLOUR_INFRARED, three_bands, true_colour


def cube_to(end):
    wavelengths = np.arange(400.0, end + 1, 20.0)
    values = np.random.default_rng(6).random((12, 16, wavelengths.size))
    return make_cube(values, wavelengths, source="field.hdr")


@pytest.fixture
def viewer(make_napari_viewer):
    return make_napari_viewer(show=True)


def show(viewer, cube):
    arguments = cube_layer_arguments(cube, "field")
    return viewer.add_image(stack_of(cube), scale=(1, 2.0, 2.0), translate=(0, 5.0, 7.0), **arguments)


def choose(command):
    from napari._app_model import get_app_model  # the menus' own way; napari has no public one

    get_app_model().commands.execute_command(command).result()


def test_the_menu_adds_composites_over_the_selected_cube(viewer, qtbot, monkeypatch):
    cube = cube_to(1000.0)
    layer = show(viewer, cube)
    choose("napari-spectral-hydra.true_colour")
    qtbot.waitUntil(lambda: len(viewer.layers) == 2, timeout=20000)
    added = viewer.layers[-1]
    assert added.name == "field: true colour"
    assert added.rgb
    np.testing.assert_array_equal(added.data, true_colour(cube))
    np.testing.assert_array_equal(added.scale, (2.0, 2.0))
    np.testing.assert_array_equal(added.translate, (5.0, 7.0))

    viewer.layers.selection.active = layer
    choose("napari-spectral-hydra.colour_infrared")
    qtbot.waitUntil(lambda: len(viewer.layers) == 3)
    assert viewer.layers[-1].name == "field: colour infrared (860, 640, 540 nm)"
    np.testing.assert_array_equal(viewer.layers[-1].data, three_bands(cube, COLOUR_INFRARED)[0])

    viewer.layers.selection.active = layer
    monkeypatch.setattr(QInputDialog, "getText", lambda *_a, **_k: ("900 700,500", True))
    choose("napari-spectral-hydra.three_wavelengths")
    qtbot.waitUntil(lambda: len(viewer.layers) == 4)
    assert viewer.layers[-1].name == "field: composite (900, 700, 500 nm)"


def test_what_cannot_be_shown_is_said_in_a_sentence(viewer, qtbot, notices, monkeypatch):
    choose("napari-spectral-hydra.true_colour")
    assert "No cube is selected" in notices[-1][1]
    show(viewer, cube_to(700.0))
    choose("napari-spectral-hydra.colour_infrared")
    qtbot.waitUntil(lambda: "no band near 860 nm" in notices[-1][1], timeout=20000)
    monkeypatch.setattr(QInputDialog, "getText", lambda *_a, **_k: ("red", True))
    choose("napari-spectral-hydra.three_wavelengths")
    assert "is not three wavelengths" in notices[-1][1]
    assert len(viewer.layers) == 1


@pytest.mark.parametrize("text", ["", "650, 550", "650, 550, -1", "a b c"])
def test_only_three_wavelengths_will_do(text):
    with pytest.raises(HydraError, match="650, 550, 450"):
        parse_wavelengths(text)
    assert parse_wavelengths("650; 550 450.5") == (650.0, 550.0, 450.5)


def test_what_is_asked_for_last_is_seen_below_the_drawings(viewer, qtbot):
    layer = show(viewer, cube_to(1000.0))
    shapes = viewer.add_shapes(name="Drawn regions")
    earlier = viewer.add_image(np.zeros((12, 16)), metadata={KEY: {"role": ERROR_MAP, "caption": "MRAE"}})
    viewer.layers.selection.active = layer
    choose("napari-spectral-hydra.colour_infrared")
    qtbot.waitUntil(lambda: len(viewer.layers) == 4, timeout=20000)
    composite = next(one for one in viewer.layers if role(one) == COMPOSITE)
    assert viewer.layers.index(layer) < viewer.layers.index(composite) < viewer.layers.index(shapes)
    assert (composite.visible, earlier.visible) == (True, False)
    assert canvas_text(viewer).text.endswith("colour infrared (860, 640, 540 nm)")

    later = viewer.add_image(np.zeros((12, 16)), metadata={KEY: {"role": ERROR_MAP, "caption": "MRAE"}})
    lay_over(viewer, later)
    assert (composite.visible, later.visible) == (False, True)
    assert viewer.layers.index(composite) < viewer.layers.index(later) < viewer.layers.index(shapes)
    later.visible = False
    composite.visible = True
    composite.visible = False
    assert "700 nm" in canvas_text(viewer).text
