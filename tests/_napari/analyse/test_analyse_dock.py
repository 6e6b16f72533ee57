"""The dock Analyse in a real window: indices, libraries, components, unmixing; cancel, source, closing."""

import csv

import numpy as np
import pytest
from latent_scene import HEIGHT, WIDTH, latent_cube, scene, truth_of
from qtpy.QtCore import Qt
from qtpy.QtGui import QGuiApplication
from qtpy.QtWidgets import QFileDialog
from skimage.draw import line

from napari_hydra._napari.analyse.dock import AnalyseDock
from napari_hydra._napari.analyse.pages import component_page, formula_page
from napari_hydra._napari.analyse.results import formula_values
from napari_hydra._napari.analyse.results.state import analyse_store_of
from napari_hydra._napari.layers.placement import Placement
from napari_hydra._napari.layers.scene_view import scene_view_of
from napari_hydra._napari.state.store import Pin, Region, store_of
from napari_hydra.hydra.latent.index_maps import index_map
from napari_hydra.progress import Progress
from napari_hydra.workbench.scene.run import RunResult

PIN = Pin("P1", 10, 20, "#e69f00")
PLACE = Placement((3.0, 3.0), (5.0, 7.0))
WIDE = tuple(np.arange(400.0, 1001.0, 10.0))


def show(viewer, shown):
    """Show a scene as a run does."""
    shown.settings.update(illuminant="D65", truth="ramps.hdr")
    result = RunResult(
        scene=shown,
        limits=(0.0, 1.0),
        truth_limits=(0.0, 1.0),
        rendered=False,
        left_out=0,
    )
    scene_view_of(viewer).show(result, PLACE)


def region(name="R1", ys=slice(2, 9), xs=slice(3, 12)):
    mask = np.zeros((HEIGHT, WIDTH), bool)
    mask[ys, xs] = True
    return Region(name, "#56b4e9", mask)


def wide_scene(**keywords):
    estimate = latent_cube(WIDE)
    return scene(estimate=estimate, truth=truth_of(estimate, offset=0.05), **keywords)


@pytest.fixture
def viewer(make_napari_viewer):
    viewer = make_napari_viewer(show=True)
    viewer.window._qt_window.resize(1280, 800)
    show(viewer, wide_scene())
    return viewer


@pytest.fixture
def dock(viewer, qtbot):
    dock = AnalyseDock(viewer)
    viewer.window.add_dock_widget(dock, name="Analyse", area="bottom")
    qtbot.waitUntil(dock.isVisible)
    return dock


@pytest.fixture
def settled(dock):
    return dock.flush


@pytest.fixture
def library_file(tmp_path, monkeypatch):
    """A table of the scene's own two materials and a third; the file dialogue chooses it."""
    path = tmp_path / "materials.csv"
    wavelengths = np.arange(350.0, 1051.0, 5.0)
    ramp = (wavelengths - 400) / 600
    rows = zip(
        wavelengths, np.ones_like(ramp), np.maximum(ramp, 0), np.exp(-(((wavelengths - 500) / 30) ** 2)), strict=True
    )
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([["wavelength_nm", "flat", "ramp", "peak"], *rows])
    monkeypatch.setattr(QFileDialog, "getOpenFileNames", lambda *args, **keywords: ([str(path)], ""))
    return path


def press(qtbot, button):
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def cells(table, row):
    return table.texts()[row]


def choose(dock, qtbot, name):
    """Search for an index and click its line."""
    page = dock.pages["indices"]
    page.search.clear()
    qtbot.keyClicks(page.search, name)
    rows = [i for i in range(page.model.rowCount()) if page.model.item(i).text().split()[0] == name]
    index = page.model.item(rows[0]).index()
    page.list.scrollTo(index)
    there = page.list.visualRect(index).center()
    qtbot.mouseClick(page.list.viewport(), Qt.MouseButton.LeftButton, pos=there)


def turn_to(dock, qtbot, title):
    bar = dock.tabs.tabBar()
    index = next(i for i in range(bar.count()) if bar.tabText(i) == title)
    qtbot.mouseClick(bar, Qt.MouseButton.LeftButton, pos=bar.tabRect(index).center())


def tick(dock, qtbot, words):
    members = dock.pages["components"].members
    item = next(members.item(i) for i in range(members.count()) if members.item(i).text().split("   ")[0] == words)
    members.setCurrentItem(item)
    qtbot.keyClick(members, Qt.Key.Key_Space)


# -- indices ---------------------------------------------------------------------------------------------------


def test_index_of_pins_and_regions_with_its_interval(viewer, dock, qtbot, settled):
    store_of(viewer).pins, store_of(viewer).regions = (PIN,), (region(),)
    choose(dock, qtbot, "NDVI")
    settled()
    expected = index_map(store_of(viewer).scene.estimate, "NDVI")
    name, value, interval, std, pixels = cells(dock.pages["indices"].table, 0)
    assert (name, value, std, pixels) == ("P1", f"{expected.values[10, 20]:.3f}", "–", "1")
    assert interval == f"{expected.low[10, 20]:.3f} to {expected.high[10, 20]:.3f}"
    mask = region().mask
    name, value, interval, std, pixels = cells(dock.pages["indices"].table, 1)
    assert (name, value, pixels) == ("R1", f"{expected.values[mask].mean():.3f}", "63")
    assert std == f"{expected.values[mask].std():.3f}"
    # Errors of neighbours go together: the mean interval, not divided by anything.
    assert interval == f"{expected.low[mask].mean():.3f} to {expected.high[mask].mean():.3f}"
    assert "N 832.8 nm, R 664.6 nm" in dock.pages["indices"].note.text()
    press(qtbot, dock.pages["indices"].copy_button)
    assert QGuiApplication.clipboard().text().splitlines()[1].startswith("P1\t")


def test_band_maths_that_is_typed_gives_values_a_map_and_sentences(viewer, dock, qtbot, settled):
    store_of(viewer).pins, store_of(viewer).regions = (PIN,), (region(),)
    turn_to(dock, qtbot, "Band maths")
    page = dock.pages["maths"]
    assert "Type a formula" in page.note.text()
    assert not page.map_button.isEnabled()
    qtbot.keyClicks(page.line, "R800 / R650")
    qtbot.keyClick(page.line, Qt.Key.Key_Return)
    settled()
    expected = index_map(store_of(viewer).scene.estimate, "R800 / R650")
    interval = f"{expected.low[10, 20]:.3f} to {expected.high[10, 20]:.3f}"
    assert tuple(cells(page.table, 0)[:3]) == ("P1", f"{expected.values[10, 20]:.3f}", interval)
    assert page.earlier.item(0).text() == "R800 / R650"
    press(qtbot, page.map_button)
    settled()
    layer = dock.layers.layer("R800 / R650 estimate")
    np.testing.assert_array_equal(layer.data, expected.values)
    low, high = layer.contrast_limits
    assert low == pytest.approx(np.percentile(expected.values, 2), rel=1e-5)
    assert high == pytest.approx(np.percentile(expected.values, 98), rel=1e-5)
    page.take("R652 / R800")
    settled()
    assert page.note.text().startswith("R652 is taken at 650 nm")
    for wrong, words in (("R1400", "no band at 1400 nm"), ("open(R800)", "open")):
        page.take(wrong)
        settled()
        assert words in page.note.text()
        assert not page.map_button.isEnabled()
        assert all(row[1] == "–" for row in page.table.texts())


def test_a_line_profile_between_pins_of_band_formula_and_truth(viewer, dock, qtbot, settled):
    turn_to(dock, qtbot, "Line profile")
    page = dock.pages["profile"]
    assert page.plot.drawing.state.message.startswith("Pin two pixels")
    other = Pin("P2", 13, 29, "#56b4e9")
    store_of(viewer).pins = (PIN, other)
    settled()
    cube = store_of(viewer).scene.estimate
    ys, xs = line(10, 20, 13, 29)
    drawn = page.plot.drawing.state.profile
    np.testing.assert_array_equal((drawn.ys, drawn.xs), (ys, xs))
    np.testing.assert_allclose(drawn.values, cube.band(store_of(viewer).band)[ys, xs], rtol=1e-6)
    np.testing.assert_allclose(drawn.truth, cube.band(store_of(viewer).band)[ys, xs] + 0.05, rtol=1e-5)
    assert (drawn.low < drawn.high).all()
    (drawn_line,) = next(layer for layer in viewer.layers if layer.name == "Line profile").data
    np.testing.assert_array_equal(drawn_line, [(10, 20), (13, 29)])
    store_of(viewer).band = 3
    settled()
    np.testing.assert_allclose(page.plot.drawing.state.profile.values, cube.band(3)[ys, xs], rtol=1e-6)
    dock.pages["maths"].take("R800 / R650")
    page.profiled.setCurrentIndex(page.profiled.findData("formula"))
    page.profiled.activated.emit(page.profiled.currentIndex())
    settled()
    expected = index_map(cube, "R800 / R650", interval=False).values[ys, xs]
    np.testing.assert_allclose(page.plot.drawing.state.profile.values, expected, rtol=1e-5)
    press(qtbot, page.copy_button)
    rows = [row.split("\t") for row in QGuiApplication.clipboard().text().splitlines()]
    assert rows[0] == ["y", "x", "distance_pixels", "value", "low", "high", "truth"]
    assert (rows[1][:3], rows[-1][:2]) == (["10", "20", "0"], ["13", "29"])
    store_of(viewer).pins = (PIN,)
    settled()
    assert not page.copy_button.isEnabled()
    assert "Line profile" not in viewer.layers
    store_of(viewer).pins = (PIN, other)
    settled()
    turn_to(dock, qtbot, "Indices")
    settled()
    assert "Line profile" not in viewer.layers


def test_table_follows_pins_level_and_method(viewer, dock, qtbot, settled):
    choose(dock, qtbot, "NDVI")
    store_of(viewer).pins = (PIN,)
    settled()
    wide = cells(dock.pages["indices"].table, 0)[2]
    store_of(viewer).level = 0.5
    settled()
    assert cells(dock.pages["indices"].table, 0)[2] != wide
    qtbot.keyClick(dock.pages["indices"].method, Qt.Key.Key_Down)
    settled()
    assert analyse_store_of(viewer).method == "nearest"
    assert "N 830 nm, R 660 nm" in dock.pages["indices"].note.text()
    store_of(viewer).pins = ()
    settled()
    assert not dock.pages["indices"].table.rows


def test_impossible_indices_are_grey_and_say_why(viewer, dock, qtbot, settled):
    show(viewer, scene())  # 400 to 700 nm
    settled()
    qtbot.keyClicks(dock.pages["indices"].search, "Normalized Difference Vegetation Index")
    model = dock.pages["indices"].model
    found = {model.item(i).text().split()[0]: model.item(i) for i in range(model.rowCount())}
    assert not found["NDVI"].isEnabled()
    assert "needs near-infrared (760-900 nm)" in found["NDVI"].toolTip()
    assert "(N-R)/(N+R)" in found["NDVI"].toolTip()
    choose(dock, qtbot, "NDVI")
    assert analyse_store_of(viewer).index == ""
    choose(dock, qtbot, "VARI")
    assert analyse_store_of(viewer).index == "VARI"


def test_index_that_a_new_scene_lacks_is_refused_in_words(viewer, dock, qtbot, settled, notices):
    choose(dock, qtbot, "NDVI")
    store_of(viewer).pins = (PIN,)
    settled()
    show(viewer, scene())
    settled()
    assert cells(dock.pages["indices"].table, 0)[1] == "–"
    assert "NDVI needs near-infrared" in dock.pages["indices"].note.text()
    assert not dock.pages["indices"].map_button.isEnabled()


def test_map_of_an_index_with_its_interval(viewer, dock, qtbot, settled):
    choose(dock, qtbot, "NDVI")
    settled()
    active = viewer.layers.selection.active
    press(qtbot, dock.pages["indices"].map_button)
    settled()
    expected = index_map(store_of(viewer).scene.estimate, "NDVI")
    layer, half = dock.layers.layer("NDVI estimate"), dock.layers.layer("NDVI interval estimate")
    np.testing.assert_allclose(layer.data, expected.values, atol=1e-6)
    np.testing.assert_allclose(half.data, expected.half_width, atol=1e-6)
    assert (tuple(layer.scale), tuple(layer.translate)) == ((3, 3), (5, 7))
    assert tuple(layer.contrast_limits) == (-1, 1)
    assert (layer.visible, half.visible) == (True, False)
    assert layer.colorbar.visible
    assert viewer.layers.selection.active is active
    scene_view_of(viewer).blink()
    assert not layer.visible  # it would hide what blinks
    show(viewer, wide_scene())
    settled()
    assert dock.layers.layer("NDVI estimate") is None  # it was of another scene


def test_truth_has_no_interval(viewer, dock, qtbot, settled):
    choose(dock, qtbot, "NDVI")
    store_of(viewer).pins = (PIN,)
    qtbot.keyClick(dock.source, Qt.Key.Key_Down)
    settled()
    expected = index_map(store_of(viewer).scene.truth, "NDVI").values
    assert cells(dock.pages["indices"].table, 0)[1:3] == [f"{expected[10, 20]:.3f}", "–"]
    assert not dock.pages["indices"].with_interval.isEnabled()
    press(qtbot, dock.pages["indices"].map_button)
    settled()
    np.testing.assert_allclose(dock.layers.layer("NDVI truth").data, expected)
    assert dock.layers.layer("NDVI interval truth") is None
    show(viewer, scene(estimate=latent_cube(WIDE), truth=False))
    settled()
    assert not dock.source.isEnabled()
    assert analyse_store_of(viewer).source == "estimate"


def test_formula_for_reflectance_warns_of_other_units(viewer, dock, qtbot, settled):
    show(viewer, wide_scene(quantity="radiance"))
    choose(dock, qtbot, "SAVI")
    settled()
    assert "meant for reflectance from 0 to 1; this scene is in radiance" in dock.pages["indices"].note.text()
    choose(dock, qtbot, "NDVI")
    settled()
    assert "meant for" not in dock.pages["indices"].note.text()


def test_cancel_stops_a_map(viewer, dock, qtbot, until, settled, monkeypatch):
    def endless(*args, **keywords):
        while True:
            yield Progress(0.5)

    choose(dock, qtbot, "NDVI")
    settled()
    monkeypatch.setattr(formula_page, "index_map_steps", endless)
    press(qtbot, dock.pages["indices"].map_button)
    until(lambda: dock.bar.isVisible() and dock.bar.value() == 500)
    assert "Mapping NDVI" in dock.status.text()
    press(qtbot, dock.cancel_button)
    assert not dock.background.busy
    assert not dock.bar.isVisible()
    assert dock.layers.layer("NDVI estimate") is None


def test_cancelled_value_can_be_asked_for_again(viewer, dock, qtbot, settled, until, monkeypatch):
    def endless(*args, **keywords):
        while True:
            yield Progress(0.5)

    store_of(viewer).pins = (PIN,)
    with monkeypatch.context() as patch:
        patch.setattr(formula_values, "index_map_steps", endless)
        choose(dock, qtbot, "NDVI")
        until(lambda: dock.bar.isVisible() and dock.bar.value() == 500)
        press(qtbot, dock.cancel_button)
    settled()
    assert cells(dock.pages["indices"].table, 0)[1] == "…"
    choose(dock, qtbot, "NDVI")
    settled()
    assert (
        cells(dock.pages["indices"].table, 0)[1]
        == f"{index_map(store_of(viewer).scene.estimate, 'NDVI').values[10, 20]:.3f}"
    )


# -- library ---------------------------------------------------------------------------------------------------


def test_library_ranks_a_pin_and_draws_the_nearest(viewer, dock, qtbot, settled, until, library_file):
    store_of(viewer).pins = (PIN, Pin("P2", 20, 0, "#56b4e9"))  # P2 is flat: its second code is 0
    turn_to(dock, qtbot, "Library")
    press(qtbot, dock.pages["library"].open_button)
    settled()
    until(lambda: len(dock.pages["library"].table.rows) == 3 and cells(dock.pages["library"].table, 0)[1] != "–")
    settled()
    assert dock.pages["library"].subject.currentText() == "P2"
    assert cells(dock.pages["library"].table, 0)[:4] == ["flat", "0.00", cells(dock.pages["library"].table, 0)[2], "61"]
    assert cells(dock.pages["library"].table, 0)[5] == "materials.csv"
    press(qtbot, dock.pages["library"].open_button)
    settled()
    assert len(analyse_store_of(viewer).libraries) == 1  # the same file: read anew, not twice
    axes = dock.pages["library"].plot.drawing.figure.axes[0]
    assert [len(line.get_xdata()) for line in axes.lines] == [61] * 4  # the pin and its three nearest
    np.testing.assert_allclose(axes.lines[1].get_ydata(), 0.3, atol=1e-6)  # scaled to the pin
    there = dock.pages["library"].table.visualRect(dock.pages["library"].table.index(2, 0)).center()
    qtbot.mouseClick(dock.pages["library"].table.viewport(), Qt.MouseButton.LeftButton, pos=there)
    assert len(dock.pages["library"].plot.drawing.figure.axes[0].lines) == 2
    qtbot.keyClick(dock.pages["library"].subject, Qt.Key.Key_Up)
    settled()
    assert analyse_store_of(viewer).subject == "P1"
    assert float(cells(dock.pages["library"].table, 0)[1]) > 1


def test_map_of_the_nearest_spectra(viewer, dock, qtbot, settled, library_file):
    turn_to(dock, qtbot, "Library")
    press(qtbot, dock.pages["library"].open_button)
    settled()
    dock.pages["library"].largest.setValue(30.0)
    press(qtbot, dock.pages["library"].map_button)
    settled()
    cube = np.moveaxis(np.asarray(store_of(viewer).scene.estimate, dtype=np.float64), 0, -1)
    ramp = (np.asarray(WIDE) - 400) / 600
    lengths = np.linalg.norm(cube, axis=-1)
    cosines = np.stack([cube @ v / np.linalg.norm(v) / lengths for v in (np.ones_like(ramp), ramp)], axis=-1)
    angles = np.degrees(np.arccos(np.clip(cosines, -1, 1)))
    nearest, classes = dock.layers.layer("angle estimate"), dock.layers.layer("match estimate")
    np.testing.assert_allclose(nearest.data, angles.min(-1), atol=1e-3)
    names = np.array(["none", *classes.metadata["spectra"]])
    assert (
        names[classes.data] == np.where(angles.min(-1) <= 30, np.array(["flat", "ramp"])[angles.argmin(-1)], "none")
    ).all()
    assert (classes.visible, nearest.visible) == (True, False)
    shares = {cells(dock.pages["library"].table, i)[0]: cells(dock.pages["library"].table, i)[4] for i in range(3)}
    assert shares["flat"] == f"{100 * np.mean(names[classes.data] == 'flat'):.1f} %"


def test_regions_of_the_session_as_a_library(viewer, dock, qtbot, settled):
    turn_to(dock, qtbot, "Library")
    assert not dock.pages["library"].regions_button.isEnabled()
    store_of(viewer).regions = (region(), region("R2", slice(12, 20), slice(0, 1)))
    settled()
    press(qtbot, dock.pages["library"].regions_button)
    settled()
    (library,) = analyse_store_of(viewer).libraries
    assert library.names == ("R1", "R2")
    expected = store_of(viewer).scene.estimate.region_mean(region().mask).mean
    np.testing.assert_allclose(library.values[0], expected, rtol=1e-5)
    assert cells(dock.pages["library"].table, 0)[:2] == ["R2", "0.00"]  # the last region is matched: itself
    press(qtbot, dock.pages["library"].regions_button)
    settled()
    assert len(analyse_store_of(viewer).libraries) == 1  # taken anew, not twice
    press(qtbot, dock.pages["library"].clear_button)
    settled()
    assert not dock.pages["library"].table.rows


def test_what_was_done_to_a_library_is_told(viewer, dock, qtbot, settled, library_file, notices):
    library_file.write_text("wavelength,leaf (%)\n" + "\n".join(f"{w},50" for w in range(400, 1001, 10)))
    turn_to(dock, qtbot, "Library")
    press(qtbot, dock.pages["library"].open_button)
    settled()
    assert any("materials.csv: per cent divided by 100" in str(said) for said in notices)


def test_bad_library_is_told(viewer, dock, qtbot, settled, library_file, notices):
    library_file.write_text("wavelength,grass\n400,green\n500,0.1\n")
    turn_to(dock, qtbot, "Library")
    press(qtbot, dock.pages["library"].open_button)
    settled()
    assert any("materials.csv has 'green'" in text for _, text in notices)
    assert not analyse_store_of(viewer).libraries


def test_library_of_other_wavelengths_says_so(viewer, dock, qtbot, settled, library_file):
    store_of(viewer).pins = (PIN,)
    library_file.write_text("wavelength,grass\n1400,0.3\n1500,0.1\n1600,0.1\n")
    turn_to(dock, qtbot, "Library")
    press(qtbot, dock.pages["library"].open_button)
    settled()
    assert "has half of the cube's bands (400-1000 nm)" in dock.pages["library"].note.text()


# -- components and unmixing -----------------------------------------------------------------------------------


def test_components_become_layers(viewer, dock, qtbot, settled):
    turn_to(dock, qtbot, "Components")
    press(qtbot, dock.pages["components"].compute_button)
    settled()
    first, second = (dock.layers.layer(f"PCA estimate {i}") for i in (1, 2))
    assert dock.layers.layer("PCA estimate 3") is None  # two latents: two components
    assert (first.visible, second.visible) == (True, False)
    assert first.data.var() > second.data.var() > 0
    assert first.contrast_limits[0] == -first.contrast_limits[1]
    share = 100 * first.data.var() / (first.data.var() + second.data.var())
    assert f"1: {share:.3g} %" in dock.pages["components"].words.text().replace("\u00a0", " ")
    dock.pages["components"].count.setValue(1)
    press(qtbot, dock.pages["components"].compute_button)
    settled()
    assert dock.layers.layer("PCA estimate 2") is None


def test_noise_fractions_of_a_truth(viewer, dock, qtbot, settled):
    estimate = latent_cube(WIDE)
    noisy = truth_of(estimate)
    noisy = noisy + np.random.default_rng(0).normal(0, 0.01, noisy.shape).astype(np.float32)
    show(viewer, scene(estimate=estimate, truth=noisy.assign_attrs(truth_of(estimate).attrs)))
    settled()
    turn_to(dock, qtbot, "Components")
    qtbot.keyClick(dock.source, Qt.Key.Key_Down)
    qtbot.keyClick(dock.pages["components"].kind, Qt.Key.Key_Down)
    press(qtbot, dock.pages["components"].compute_button)
    settled()
    assert "Signal-to-noise ratio" in dock.pages["components"].words.text()
    layers = [dock.layers.layer(f"MNF truth {i}") for i in (1, 2, 3, 4)]
    assert all(layer is not None for layer in layers)
    # Two latents are signal, the rest is noise of variance 1.
    assert layers[1].data.var() > 10
    assert layers[2].data.var() < 2


def test_unmixing_into_a_pin_and_a_library_gives_the_abundances(viewer, dock, qtbot, settled, library_file):
    store_of(viewer).pins = (Pin("flat", 20, 0, "#e69f00"),)  # 0.3 everywhere
    turn_to(dock, qtbot, "Library")
    press(qtbot, dock.pages["library"].open_button)
    settled()
    turn_to(dock, qtbot, "Components")
    settled()
    assert not dock.pages["components"].unmix_button.isEnabled()
    tick(dock, qtbot, "flat")
    tick(dock, qtbot, "ramp")
    settled()
    press(qtbot, dock.pages["components"].sum_to_one)
    press(qtbot, dock.pages["components"].unmix_button)
    settled()
    abundances = store_of(viewer).scene.estimate.latents
    flat, ramp = (dock.layers.layer(f"abundance estimate {i}") for i in (1, 2))
    np.testing.assert_allclose(flat.data, abundances[0] / 0.3, atol=1e-3)
    np.testing.assert_allclose(ramp.data, abundances[1], atol=1e-3)
    assert flat.name.endswith("abundance of flat")
    assert tuple(ramp.contrast_limits) == (0, 1)
    assert dock.layers.layer("abundance estimate residual").data.max() < 1e-4
    dock.pages["components"].search.setText("peak")
    members = dock.pages["components"].members
    listed = {members.item(i).text().split("   ")[0] for i in range(members.count())}
    assert listed == {"flat", "ramp", "peak"}


def test_endmembers_that_are_alike_are_told(viewer, dock, qtbot, settled, notices):
    store_of(viewer).pins = (PIN, Pin("P2", 10, 20, "#56b4e9"))
    turn_to(dock, qtbot, "Components")
    settled()
    tick(dock, qtbot, "P1")
    tick(dock, qtbot, "P2")
    settled()
    press(qtbot, dock.pages["components"].unmix_button)
    settled()
    assert any("Two endmembers have the same shape" in text for _, text in notices)


# -- coming and going ------------------------------------------------------------------------------------------


def test_closed_dock_stops_and_lets_go(viewer, dock, qtbot, until, monkeypatch):
    def endless(*args, **keywords):
        while True:
            yield Progress(0.5)

    monkeypatch.setattr(component_page, "component_steps", endless)
    turn_to(dock, qtbot, "Components")
    press(qtbot, dock.pages["components"].compute_button)
    assert dock.background.busy
    dock.parent().close()
    assert not dock.background.busy
    store_of(viewer).pins = (PIN,)
    dock.flush()
    assert dock.pages["components"].members.count() == 0
    dock.parent().show()
    until(lambda: dock.pages["components"].members.count() == 1)


def test_pages_need_little_room(dock, qtbot):
    """The dock shares the height of a small screen with the picture; no page may ask for more than Spectra does."""
    for title in ("Indices", "Band maths", "Line profile", "Library", "Components"):
        turn_to(dock, qtbot, title)
        assert dock.minimumSizeHint().height() <= 215
        assert dock.minimumSizeHint().width() <= 800


def test_empty_window(make_napari_viewer, qtbot):
    viewer = make_napari_viewer(show=True)
    dock = AnalyseDock(viewer)
    viewer.window.add_dock_widget(dock, name="Analyse", area="bottom")
    qtbot.waitUntil(dock.isVisible)
    assert "run a reconstruction" in dock.pages["indices"].note.text()
    assert not dock.pages["indices"].map_button.isEnabled()
    assert not dock.pages["components"].compute_button.isEnabled()
