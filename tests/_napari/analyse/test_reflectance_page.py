"""The page from counts to reflectance in a real window: cubes, drawn regions, an empirical line, what is refused."""

import numpy as np
import pytest
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QFileDialog

from napari_hydra._napari.analyse.dock import AnalyseDock
from napari_hydra._napari.layers.scene_layers import cube_layer_arguments, cube_of, stack_of
from napari_hydra.cube import make_cube

NM = np.array([450.0, 550.0, 650.0])
DARK, WHITE = np.array([100.0, 110.0, 120.0]), np.array([2100.0, 3110.0, 1120.0])
TRUTH = np.random.default_rng(0).uniform(0.05, 0.8, (12, 16, 3))
TRUTH[:4, :5] = 1.0
TRUTH[8:, 10:] = [0.1, 0.15, 0.2]


def add(viewer, values, name, **where):
    cube = make_cube(values, NM, quantity="counts", source=name)
    return viewer.add_image(stack_of(cube), **cube_layer_arguments(cube, name), **where)


@pytest.fixture
def viewer(make_napari_viewer):
    viewer = make_napari_viewer(show=True)
    add(viewer, DARK + TRUTH * (WHITE - DARK), "field", scale=(1, 2.0, 2.0), translate=(0, 5.0, 7.0))
    add(viewer, np.broadcast_to(WHITE, (3, 16, 3)), "panel")
    add(viewer, np.broadcast_to(DARK, (3, 16, 3)), "shutter")
    return viewer


@pytest.fixture
def page(viewer, qtbot):
    dock = AnalyseDock(viewer)
    viewer.window.add_dock_widget(dock, name="Analyse", area="bottom")
    dock.tabs.setCurrentWidget(dock.pages["reflectance"])
    qtbot.waitUntil(dock.isVisible)
    dock.flush()
    found = dock.pages["reflectance"]
    found.flush = dock.flush
    return found


def choose(page, **names):
    for box, name in names.items():
        chooser = getattr(page, box)
        chooser.setCurrentText(name)
        assert chooser.currentText() == name
        chooser.activated.emit(chooser.currentIndex())
        page.flush()


def calibrate(page, qtbot):
    qtbot.mouseClick(page.calibrate_button, Qt.MouseButton.LeftButton)
    page.flush()


def region(viewer, name, y, x, height, width):
    """Draw a rectangle of whole pixels of the field, which lies elsewhere in the world."""
    corners = np.array([[y, x], [y, x + width], [y + height, x + width], [y + height, x]]) - 0.5
    viewer.add_shapes([corners], shape_type="rectangle", name=name, scale=(2.0, 2.0), translate=(5.0, 7.0))


def test_a_panel_and_a_dark_frame(viewer, page, qtbot):
    choose(page, counts="field", white="panel", dark="shutter")
    calibrate(page, qtbot)
    layer = viewer.layers["field reflectance"]
    np.testing.assert_allclose(cube_of(layer).values, TRUTH, atol=2e-6)
    assert cube_of(layer).attrs["quantity"] == "reflectance"
    assert any("divided by panel" in line for line in cube_of(layer).attrs["history"])
    assert tuple(layer.translate) == (0, 5, 7)
    assert "Counts less shutter" in page.words.text()
    before, after = page.plot.drawing.figure.axes
    assert [line.get_label() for line in before.lines] == ["scene (mean)", "white panel (mean)", "dark frame (mean)"]
    np.testing.assert_allclose(after.lines[0].get_ydata(), TRUTH.mean(axis=(0, 1)), atol=1e-5)


def test_a_region_drawn_on_the_cube_is_the_panel(viewer, page, qtbot):
    region(viewer, "tile", 0, 0, 4, 5)
    page.flush()
    choose(page, counts="field", white="region tile 1", dark="shutter")
    calibrate(page, qtbot)
    np.testing.assert_allclose(cube_of(viewer.layers["field reflectance"]).values, TRUTH, atol=2e-6)


def test_an_empirical_line_through_named_regions(viewer, page, qtbot, tmp_path, monkeypatch):
    table = tmp_path / "known.csv"
    table.write_text("nm,tile 1,tarp 1\n450,1,0.1\n550,1,0.15\n650,1,0.2\n")
    region(viewer, "tile", 0, 0, 4, 5)
    region(viewer, "tarp", 8, 10, 4, 6)
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *args: (str(table), ""))
    qtbot.mouseClick(page.table_button, Qt.MouseButton.LeftButton)
    assert "tile 1, tarp 1 of known.csv" in page.words.text()
    page.flush()
    choose(page, counts="field", white="empirical line")
    calibrate(page, qtbot)
    np.testing.assert_allclose(cube_of(viewer.layers["field reflectance"]).values, TRUTH, atol=5e-6)


def test_a_saturated_panel_is_refused_in_a_sentence(viewer, page, qtbot, notices):
    add(viewer, np.full((3, 16, 3), 4095.0), "bright")
    page.flush()
    choose(page, counts="field", white="bright")
    calibrate(page, qtbot)
    assert "saturated" in notices[-1][1]
    assert "field reflectance" not in viewer.layers


def test_without_cubes_there_is_nothing_to_press(viewer, page):
    viewer.layers.clear()
    page.flush()
    assert not page.calibrate_button.isEnabled()
    assert page.white.count() == 0
