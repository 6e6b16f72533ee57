"""The dock Adapt in a real window, with the shipped model on the sample scene."""

import threading

import numpy as np
import pytest
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QFileDialog

from napari_hydra._napari.adapt import actions as adapt_actions
from napari_hydra._napari.adapt.dock import AdaptDock
from napari_hydra._napari.adapt.sites_layer import NAME
from napari_hydra._napari.adapt.state import NO_GAIN
from napari_hydra._napari.layers.placement import Placement
from napari_hydra._napari.layers.scene_layers import picture_layer_arguments, role
from napari_hydra._napari.layers.scene_view import scene_view_of
from napari_hydra._napari.reconstruct.dock import ReconstructDock
from napari_hydra._napari.state.store import Pin, Region, store_of
from napari_hydra.cube import make_cube, wavelengths_of
from napari_hydra.hydra import load_model
from napari_hydra.io import read_measured_spectra
from napari_hydra.progress import Progress, drain
from napari_hydra.samples import color_checker, photograph
from napari_hydra.workbench.scene.run import run_steps
from napari_hydra.workbench.scene.run_request import RunRequest, WavelengthChoice

PLACE = Placement((2.0, 2.0), (10.0, 20.0))
PINS = tuple(Pin(f"P{i}", y, x, "#e69f00") for i, (y, x) in enumerate([(80, 40), (62, 120), (140, 200), (50, 60)], 1))


def run(request):
    return drain(run_steps(request))


@pytest.fixture(scope="module")
def sample():
    """The picture and the measured cube of the sample, a part of it for speed."""
    picture, cube = color_checker()
    return picture[20:180, 10:250], cube[20:180, 10:250]


@pytest.fixture(scope="module")
def result(sample):
    """The sample reconstructed beside its truth, which the picture was rendered from."""
    like = WavelengthChoice("truth")
    return run(RunRequest(name="chart", picture=None, truth=sample[1], wavelengths=like, device="cpu"))


@pytest.fixture
def viewer(make_napari_viewer, result):
    viewer = make_napari_viewer(show=True)
    viewer.window._qt_window.resize(1280, 800)
    scene_view_of(viewer).show(result, PLACE)
    return viewer


@pytest.fixture
def dock(viewer, qtbot):
    dock = AdaptDock(viewer)
    viewer.window.add_dock_widget(dock, name="Adapt", area="bottom")
    qtbot.waitUntil(dock.isVisible)
    return dock


def press(qtbot, button):
    assert button.isEnabled()
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def take_from_truth(dock, words):
    dock.fill_truth_menu()
    (entry,) = [action for action in dock._truth_menu.actions() if words in action.text()]
    entry.trigger()


def everywhere(viewer):
    shown = store_of(viewer).scene
    return Region("all", "#56b4e9", np.ones(shown.picture.shape[:2], bool))


def adapt_to_region(viewer, dock, qtbot, until, count=60):
    """Measure pixels all over the scene and adapt to them."""
    store_of(viewer).regions = (everywhere(viewer),)
    dock.pixels.setValue(count)
    take_from_truth(dock, "pixels of all")
    dock.flush()
    press(qtbot, dock.adapt_button)
    dock.flush()


def answer(monkeypatch, path, what="getSaveFileName"):
    found = [str(path)] if what.endswith("s") else str(path)
    monkeypatch.setattr(QFileDialog, what, lambda *args, **keywords: (found, ""))


# -- where to measure --------------------------------------------------------------------------------------------


def test_sites_are_numbered_in_order_on_the_picture_and_in_the_table(viewer, dock, qtbot, until, result):
    dock.count.setValue(7)
    active = viewer.layers.selection.active
    press(qtbot, dock.suggest_button)
    dock.flush()
    assert store_of(viewer).sites
    expected = load_model("visible", "cpu").suggest_sites(result.scene.picture, 7)
    layer = viewer.layers[NAME]
    estimate = scene_view_of(viewer).estimate
    pixels = [estimate.world_to_data((0, *layer.data_to_world(point)))[1:] for point in layer.data]
    np.testing.assert_allclose(pixels, expected)
    assert list(layer.features["number"]) == [1, 2, 3, 4, 5, 6, 7]
    assert [text.strip() for text in layer.text.values] == list("1234567")
    assert dock.sites_table.texts() == [[str(n), str(y), str(x)] for n, (y, x) in enumerate(expected, 1)]
    assert viewer.layers.selection.active is active
    viewer.layers.remove(layer)
    dock.flush()
    assert not dock.sites_table.rows


def test_sites_go_to_the_field_and_come_back_with_spectra(viewer, dock, qtbot, until, tmp_path, monkeypatch, sample):
    dock.count.setValue(4)
    press(qtbot, dock.suggest_button)
    dock.flush()
    assert store_of(viewer).sites
    path = tmp_path / "places.csv"
    answer(monkeypatch, path)
    press(qtbot, dock.sites_button)
    remarks, rows = path.read_text().splitlines()[:2], path.read_text().splitlines()[2:]
    assert all(line.startswith("#") for line in remarks)
    grid = wavelengths_of(sample[1])
    filled = [rows[0] + "".join(f",{w:g}" for w in grid)]
    for place, row in zip(store_of(viewer).sites, rows[1:], strict=True):
        filled.append(row + "".join(f",{v:g}" for v in sample[1].values[place.y, place.x]))
    path.write_text("\n".join([*remarks, *filled]))
    assert len(read_measured_spectra(path)) == 4
    answer(monkeypatch, path, "getOpenFileNames")
    press(qtbot, dock.open_button)
    dock.flush()
    found = store_of(viewer).measurements
    assert [(m.name, m.y, m.x) for m in found] == [(str(p.number), p.y, p.x) for p in store_of(viewer).sites]
    assert dock.measured_table.texts()[0][2:] == ["places.csv", "400 – 700 nm, 31"]


def test_files_of_a_spectrometer_go_to_the_pins_of_their_names(viewer, dock, tmp_path, sample, monkeypatch):
    store_of(viewer).pins = (Pin("Leaf", 5, 6, "#e69f00"), Pin("Soil", 7, 8, "#56b4e9"))
    grid = wavelengths_of(sample[1])
    paths = []
    for name, (y, x) in (("leaf", (5, 6)), ("soil", (7, 8)), ("wall", (9, 9))):
        rows = "\n".join(f"{w:g};{100 * v:.6g}" for w, v in zip(grid, sample[1].values[y, x], strict=True))
        paths.append(tmp_path / f"{name}.txt")
        paths[-1].write_text(f"AvaSoft\n\nWave;Reflectance\n[nm];[%]\n{rows}\n")
    said = []
    for name in ("notify_info", "notify_warning"):
        monkeypatch.setattr(f"napari_hydra._napari.adapt.actions.{name}", said.append)
    dock.actions_.open_files(paths)
    found = store_of(viewer).measurements
    assert [(one.y, one.x, one.source) for one in found] == [(5, 6, "leaf.txt"), (7, 8, "soil.txt")]
    np.testing.assert_allclose(found[0].values, sample[1].values[5, 6], rtol=1e-4)
    assert sum("per cent divided by 100" in line for line in said) == 3
    assert "1 spectra left out" in said[-1]
    assert "wall" in said[-1]


def test_a_double_click_pins_a_place(viewer, dock, qtbot, until):
    dock.count.setValue(2)
    press(qtbot, dock.suggest_button)
    dock.flush()
    assert store_of(viewer).sites
    table = dock.sites_table
    there = table.visualRect(table.index(1, 1)).center()
    qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=there)
    qtbot.mouseDClick(table.viewport(), Qt.MouseButton.LeftButton, pos=there)
    second = store_of(viewer).sites[1]
    assert [(pin.y, pin.x) for pin in store_of(viewer).pins] == [(second.y, second.x)]


# -- measured spectra --------------------------------------------------------------------------------------------


def test_spectra_are_listed_checked_and_removed(viewer, dock, qtbot, until):
    assert not dock.adapt_button.isEnabled()
    store_of(viewer).pins = PINS
    take_from_truth(dock, "4 pins")
    dock.flush()
    assert [row[:2] for row in dock.measured_table.texts()] == [[p.name, f"({p.y}, {p.x})"] for p in PINS]
    assert dock.adapt_button.isEnabled()
    for row in (0, 1):
        dock.measured_table.setCurrentIndex(dock.measured_table.index(row, 0))
        qtbot.keyClick(dock.measured_table, Qt.Key.Key_Space)
        dock.flush()
    assert [m.used for m in store_of(viewer).measurements] == [False, False, True, True]
    assert not dock.adapt_button.isEnabled()
    assert "2 of at least 3" in dock.note.text()
    dock.measured_table.selectRow(3)
    qtbot.keyClick(dock.measured_table, Qt.Key.Key_Delete)
    dock.flush()
    assert [m.name for m in store_of(viewer).measurements] == ["P1", "P2", "P3"]
    dock.measured_table.clearSelection()
    press(qtbot, dock.remove_button)
    dock.flush()
    assert store_of(viewer).measurements == ()


def test_columns_of_a_file_are_joined_to_pins_by_name(viewer, dock, qtbot, until, tmp_path, monkeypatch, notices):
    store_of(viewer).pins = PINS
    rows = "\n".join(f"{w},0.1,0.2,0.3" for w in range(350, 1001, 50))
    path = tmp_path / "asd.csv"
    path.write_text(f"wavelength,p2,P3,soil\n{rows}\n")
    answer(monkeypatch, path, "getOpenFileNames")
    press(qtbot, dock.open_button)
    dock.flush()
    assert [(m.y, m.x) for m in store_of(viewer).measurements] == [(62, 120), (140, 200)]
    assert any("soil" in text and "asd.csv" in text for _, text in notices)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("y,x,400,500\n1,2,a,b\n", "other than numbers"),
        ("y,x,400,500\n900,2,1,1\n", "outside the picture"),
        ("wavelength,soil\n400,1\n500,1\n", "none of its spectra"),
        ("", "holds no spectra"),
    ],
)
def test_bad_files_are_refused(viewer, dock, qtbot, until, tmp_path, monkeypatch, notices, text, message):
    path = tmp_path / "bad.csv"
    path.write_text(text)
    answer(monkeypatch, path, "getOpenFileNames")
    press(qtbot, dock.open_button)
    assert [words for kind, words in notices if kind == "error" and message in words and "bad.csv" in words]
    assert store_of(viewer).measurements == ()


def test_spectra_that_the_model_cannot_use_are_named(viewer, dock, qtbot, until, tmp_path, monkeypatch, notices):
    path = tmp_path / "infrared.csv"
    path.write_text("y,x,1000,1100,1200\n" + "".join(f"{y},2,1,1,1\n" for y in range(4)))
    answer(monkeypatch, path, "getOpenFileNames")
    press(qtbot, dock.open_button)
    dock.flush()
    before = store_of(viewer).scene
    press(qtbot, dock.adapt_button)
    dock.flush()
    assert any("(0, 2) has 0 values in 400-700 nm" in text for _, text in notices)
    assert store_of(viewer).scene is before


# -- adapting ----------------------------------------------------------------------------------------------------


def test_adapting_changes_curves_and_maps_and_undo_restores_them(viewer, dock, qtbot, until):
    store, estimate = store_of(viewer), scene_view_of(viewer).estimate
    before, band, limits = store.scene, np.asarray(estimate.data[12]), estimate.contrast_limits
    adapt_to_region(viewer, dock, qtbot, until)
    after, done = store.scene, store.adaptation
    assert done.before is before
    assert after is done.after
    assert np.abs(np.asarray(estimate.data[12]) - band).max() > 1e-3
    assert estimate.contrast_limits == limits  # or a flip would not be comparable
    measured = {(m.y, m.x) for m in store.measurements}
    elsewhere = np.array([[(y, x) not in measured for x in range(240)] for y in range(160)])

    def error(shown):
        apart = np.moveaxis(np.asarray(shown.estimate), 0, -1) - shown.truth.values
        return np.sqrt(np.square(apart[elsewhere]).mean())

    assert error(after) < 0.9 * error(before)
    rows = {row[0]: row[1:] for row in dock.result_table.texts()}
    assert rows["RMSE elsewhere"][:2] == [f"{error(before):.3g}", f"{error(after):.3g}"]
    left_out = after.model.adaptation.left_out
    assert rows["Spectrum left out"][:2] == [f"{value:.3g}" for value in left_out]
    assert "60 spectra" in dock.note.text()

    press(qtbot, dock.side_buttons["before"])
    dock.flush()
    assert store.scene is before
    np.testing.assert_array_equal(np.asarray(estimate.data[12]), band)
    assert dock.side_buttons["before"].isChecked()
    press(qtbot, dock.side_buttons["after"])
    dock.flush()
    assert store.scene is after
    press(qtbot, dock.undo_button)
    dock.flush()
    assert store.scene is before
    np.testing.assert_array_equal(np.asarray(estimate.data[12]), band)
    assert store.adaptation is None
    assert store.models == ()
    assert len(store.measurements) == 60
    assert not any(button.isEnabled() for button in (dock.undo_button, dock.save_button, *dock.side_buttons.values()))


def test_larger_pixels_of_the_truth_that_were_measured_are_left_out(viewer, dock, qtbot, until, sample):
    picture, cube = sample
    means = cube.values.reshape(16, 10, 24, 10, -1).mean((1, 3))
    plot = make_cube(means, wavelengths_of(cube), source="plot.hdr")
    request = RunRequest(name="plot", picture=picture, truth=plot, wavelengths=WavelengthChoice("truth"), device="cpu")
    scene_view_of(viewer).show(run(request), PLACE)
    adapt_to_region(viewer, dock, qtbot, until)
    before, after = store_of(viewer).adaptation.figures
    measured = {(one.y // 10, one.x // 10) for one in store_of(viewer).measurements}
    assert before.pixels == after.pixels == 16 * 24 - len(measured)
    assert {row[0] for row in dock.result_table.texts()} >= {"RMSE elsewhere", "MRAE elsewhere"}


def test_before_and_after_stay_in_the_unit_that_is_shown(viewer, dock, qtbot, until):
    store, view = store_of(viewer), scene_view_of(viewer)
    adapt_to_region(viewer, dock, qtbot, until)
    after = np.asarray(store.adaptation.after.estimate[12])
    view.match(False)
    press(qtbot, dock.side_buttons["before"])
    press(qtbot, dock.side_buttons["after"])
    assert not store.scene.matched
    np.testing.assert_allclose(np.asarray(store.scene.estimate[12]) * store.scene.matching_factor, after, rtol=1e-5)
    view.match(True)
    np.testing.assert_allclose(np.asarray(store.scene.estimate[12]), after, rtol=1e-5)
    assert dock.side_buttons["after"].isChecked()


def test_adapting_again_starts_from_the_model_as_it_was(viewer, dock, qtbot, until):
    store = store_of(viewer)
    before = store.scene
    adapt_to_region(viewer, dock, qtbot, until)
    first = np.asarray(store.scene.estimate[12])
    press(qtbot, dock.adapt_button)
    dock.flush()
    assert store.adaptation.before is before
    np.testing.assert_allclose(np.asarray(store.scene.estimate[12]), first, atol=1e-6)
    assert len(store.models) == 1


def test_spectra_that_teach_nothing_change_nothing_and_that_is_said(
    viewer, dock, qtbot, until, tmp_path, monkeypatch, notices
):
    store = store_of(viewer)
    before, grid = store.scene, np.asarray(store.scene.estimate.wavelengths)
    ripple = np.cos(np.pi * (grid - 400) / 150)
    lines = ["y,x," + ",".join(f"{w:g}" for w in grid)]
    for i in range(24):  # neighbours contradict each other
        y, x = 10 + 12 * (i // 2), 15 + 18 * (i // 2) + i % 2
        values = before.estimate.spectrum(y, x) * (1 + 0.3 * (-1) ** i * ripple)
        lines.append(f"{y},{x}," + ",".join(f"{v:.5f}" for v in values))
    path = tmp_path / "noise.csv"
    path.write_text("\n".join(lines))
    answer(monkeypatch, path, "getOpenFileNames")
    press(qtbot, dock.open_button)
    dock.flush()
    press(qtbot, dock.adapt_button)
    dock.flush()
    assert dock.note.text() == NO_GAIN
    assert any(text == NO_GAIN for _, text in notices)
    assert store.scene is before
    assert store.adaptation is None
    assert store.models == ()


def test_cancel_leaves_everything_as_it_was(viewer, dock, qtbot, until, monkeypatch):
    under_way = threading.Event()

    def endless(*args):
        while True:
            under_way.set()
            yield Progress(0.5)

    monkeypatch.setattr(adapt_actions, "adapt_steps", endless)
    store_of(viewer).pins = PINS
    take_from_truth(dock, "4 pins")
    dock.flush()
    before = store_of(viewer).scene
    press(qtbot, dock.adapt_button)
    until(lambda: under_way.is_set() and dock.cancel_button.isVisible())
    assert "Adapting" in dock.note.text()
    press(qtbot, dock.cancel_button)
    assert not dock.background.busy
    assert not dock.cancel_button.isVisible()
    assert store_of(viewer).scene is before
    press(qtbot, dock.adapt_button)
    dock.parent().close()
    assert not dock.background.busy


def test_another_picture_drops_sites_and_spectra(viewer, dock, qtbot, until, result):
    adapt_to_region(viewer, dock, qtbot, until)
    again = run(RunRequest(name="chart", picture=result.scene.picture.copy(), device="cpu"))
    scene_view_of(viewer).show(again, PLACE)
    dock.flush()
    assert len(store_of(viewer).measurements) == 60  # the same picture at other wavelengths
    assert store_of(viewer).adaptation is None
    other = run(RunRequest(name="other", picture=result.scene.picture[::2, ::2], device="cpu"))
    scene_view_of(viewer).show(other, PLACE)
    dock.flush()
    assert store_of(viewer).measurements == ()
    assert not dock.truth_button.isEnabled()


# -- the adapted model -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("saved", [False, True], ids=["as it is", "saved"])
def test_the_adapted_model_serves_further_pictures(viewer, dock, qtbot, until, tmp_path, monkeypatch, saved):
    form_dock = ReconstructDock(viewer)
    viewer.window.add_dock_widget(form_dock, name="Reconstruct")
    adapt_to_region(viewer, dock, qtbot, until)
    name = "chart, adapted to 60 spectra"
    model = store_of(viewer).scene.model
    if saved:
        path = tmp_path / "mine"
        answer(monkeypatch, path)
        press(qtbot, dock.save_button)
        name = f"{path}.safetensors"
        model = load_model(name, "cpu")
        assert model.adaptation is not None
    assert name in form_dock.form.model.choices
    picture = photograph()[:120, :150]
    layer = viewer.add_image(picture, **picture_layer_arguments("face"))
    form_dock.form.truth.value = None
    form_dock.form.picture.value = layer
    form_dock.form.model.value = name
    press(qtbot, form_dock.panel.button)
    until(lambda: not form_dock.running, 60)
    found = store_of(viewer).scene
    assert found.name == "face"
    expected = model.reconstruct(picture, found.estimate.wavelengths)
    np.testing.assert_allclose(found.estimate.latents, expected.latents, atol=1e-5)
    plain = load_model("visible", "cpu").reconstruct(picture, found.estimate.wavelengths)
    assert np.abs(found.estimate.latents - plain.latents).max() > 1e-2
    assert sum(role(one) == "estimate" for one in viewer.layers) == 1


def test_an_existing_model_is_replaced_only_when_the_dialog_was_asked(
    viewer, dock, qtbot, until, tmp_path, monkeypatch, notices
):
    adapt_to_region(viewer, dock, qtbot, until)
    path = tmp_path / "mine.safetensors"
    path.write_bytes(b"precious")
    answer(monkeypatch, path.with_suffix(""))
    press(qtbot, dock.save_button)
    assert path.read_bytes() == b"precious"
    assert any("exists already" in text for _, text in notices)
    answer(monkeypatch, path)
    press(qtbot, dock.save_button)
    assert load_model(path, "cpu").adaptation is not None


def test_the_dock_fits_a_small_screen(viewer, dock, until):
    dock.flush()
    assert dock.minimumSizeHint().width() <= 880
    assert dock.minimumSizeHint().height() <= 230
    for button in (dock.suggest_button, dock.open_button, dock.adapt_button, dock.save_button, dock.cancel_button):
        assert button.toolTip()
