"""Files written from the spectra dock, read back by other hands."""

import csv
import os
import threading

import numpy as np
import pytest
import spectral
import tifffile
from latent_scene import HEIGHT, WIDTH, latent_cube, ramp, scene, truth_of
from PIL import Image

from napari_hydra._napari.store import Pin, Region, Store
from napari_hydra.errors import Cancelled, HydraError
from napari_hydra.io import read_cube
from napari_hydra.workbench import export as export_module
from napari_hydra.workbench.export import export_cube, export_plot, export_regions, export_spectra
from napari_hydra.workbench.plot_state import resolve

PINS = (Pin("P1", 10, 20, "#e69f00"), Pin("P2", 0, 3, "#56b4e9"))


@pytest.fixture
def region():
    mask = np.zeros((HEIGHT, WIDTH), dtype=bool)
    mask[4:8, 10:15] = True
    mask[4, 10] = False
    return Region("R 1/a", "#0072b2", mask)


def read_table(path):
    lines = path.read_text(encoding="utf-8").splitlines()
    notes = [line for line in lines if line.startswith("#")]
    rows = list(csv.DictReader(line for line in lines if not line.startswith("#")))
    return notes, rows


def column(rows, name):
    return np.array([float(row[name]) if row[name] else np.nan for row in rows])


# -- spectra ---------------------------------------------------------------------------------------------------


def test_the_table_holds_every_number_of_the_plot(tmp_path, region):
    shown = scene(factor=1.25, matched=True)
    notes, rows = read_table(export_spectra(tmp_path / "s.csv", shown, PINS, [region]))
    assert list(rows[0]) == [
        "wavelength_nm",
        *("P1_estimate", "P1_low", "P1_high", "P1_truth"),
        *("P2_estimate", "P2_low", "P2_high", "P2_truth"),
        *("R 1/a_estimate", "R 1/a_estimate_std", "R 1/a_low", "R 1/a_high", "R 1/a_truth", "R 1/a_truth_std"),
    ]
    wavelengths = column(rows, "wavelength_nm")
    np.testing.assert_array_equal(wavelengths, shown.estimate.wavelengths)
    np.testing.assert_allclose(column(rows, "P1_estimate"), 0.2 + 0.2 * ramp(wavelengths), rtol=1e-6)
    np.testing.assert_allclose(column(rows, "P1_truth"), 0.22 + 0.2 * ramp(wavelengths), rtol=1e-6)
    half = 1.64 * np.sqrt(((1 + 20 / WIDTH) / 50) ** 2 + 0.002**2)
    np.testing.assert_allclose(column(rows, "P1_high") - column(rows, "P1_estimate"), half, atol=1e-5)
    pixels = np.asarray(shown.estimate)[:, region.mask]
    np.testing.assert_allclose(column(rows, "R 1/a_estimate"), pixels.mean(axis=1), rtol=1e-5)
    np.testing.assert_allclose(column(rows, "R 1/a_estimate_std"), pixels.std(axis=1), rtol=1e-4)
    np.testing.assert_allclose(column(rows, "R 1/a_truth_std"), pixels.std(axis=1), rtol=1e-4)
    text = "\n".join(notes)
    for words in (
        "napari-hydra 0.",
        "model: visible",
        "camera: srgb",
        "factor: 1.25 (matched to the truth)",
        "quantity: reflectance",
        "P1: pixel y=10 x=20, RMSE 0.02, spectral angle",
        "P2: pixel y=0 x=3",
        "saturated",
        "R 1/a: mean of 19 pixels",
    ):
        assert words in text


def test_estimate_and_truth_keep_their_own_wavelengths(tmp_path):
    estimate = latent_cube()
    shown = scene(estimate=estimate, truth=truth_of(estimate, wavelengths=[443.0, 490.0, 665.0]))
    _, rows = read_table(export_spectra(tmp_path / "s.csv", shown, PINS[:1]))
    assert len(rows) == 31 + 2  # 490 nm is a band of both
    by_wavelength = {float(row["wavelength_nm"]): row for row in rows}
    assert by_wavelength[443.0]["P1_estimate"] == ""
    assert float(by_wavelength[443.0]["P1_truth"]) == pytest.approx(0.22 + 0.2 * ramp(443.0))
    assert by_wavelength[500.0]["P1_truth"] == ""
    assert by_wavelength[490.0]["P1_estimate"] != "" != by_wavelength[490.0]["P1_truth"]
    assert [float(row["wavelength_nm"]) for row in rows] == sorted(by_wavelength)


def test_two_detectors_at_one_wavelength_both_stay(tmp_path):
    estimate = latent_cube(np.array([400.0, 500.0, 500.0, 600.0]))
    truth = truth_of(estimate)
    truth.values[:, :, 2] += 0.5
    _, rows = read_table(export_spectra(tmp_path / "s.csv", scene(estimate=estimate, truth=truth), PINS[:1]))
    values = column(rows, "P1_truth")
    assert values[2] - values[1] == pytest.approx(0.5)


def test_words_of_the_user_cannot_break_the_table(tmp_path):
    pin = Pin('leaf, "old"\nside', 1, 1, "#e69f00")
    notes, rows = read_table(export_spectra(tmp_path / "s.csv", scene(name="a\nb"), [pin]))
    assert "# scene: a b" in notes
    assert len(rows) == 31
    assert 'leaf, "old" side_estimate' in rows[0]


def test_nothing_is_overwritten_unasked(tmp_path):
    path = tmp_path / "s.csv"
    path.write_text("mine")
    with pytest.raises(HydraError, match=r"s\.csv exists already"):
        export_spectra(path, scene(), PINS)
    assert path.read_text() == "mine"
    export_spectra(path, scene(), PINS, overwrite=True)
    assert "P1_estimate" in path.read_text()


def test_without_spectra_there_is_nothing_to_export(tmp_path):
    with pytest.raises(HydraError, match="click a pixel"):
        export_spectra(tmp_path / "s.csv", scene())
    with pytest.raises(HydraError, match="click a pixel"):
        export_plot(tmp_path / "s.png", resolve(Store(scene=scene())))
    with pytest.raises(HydraError, match="draw or paint"):
        export_regions(tmp_path, scene(), [])
    assert list(tmp_path.iterdir()) == []


# -- regions ---------------------------------------------------------------------------------------------------


def test_a_region_is_a_cube_of_its_box_with_nothing_outside(tmp_path, region):
    shown = scene(factor=1.25, matched=True)
    written = export_regions(tmp_path, shown, [region])
    assert [path.name for path in written] == [
        "ramps_R-1-a_estimate.hdr",
        "ramps_R-1-a_mask.tif",
        "ramps_R-1-a_truth.hdr",
    ]
    assert sorted(path.suffix for path in tmp_path.iterdir()) == [".hdr", ".hdr", ".img", ".img", ".tif"]
    inside = region.mask[4:8, 10:15]
    for what, offset in (("estimate", 0.0), ("truth", 0.02)):
        cube = read_cube(tmp_path / f"ramps_R-1-a_{what}.hdr")
        expected = np.moveaxis(np.asarray(shown.estimate), 0, -1)[4:8, 10:15] + offset
        np.testing.assert_allclose(cube.values[inside], expected[inside], atol=1e-6)
        assert np.isnan(cube.values[~inside]).all()
        np.testing.assert_allclose(cube.wavelength.values, shown.estimate.wavelengths)
        assert cube.attrs["ignore_value"] is not None
    other = spectral.open_image(str(tmp_path / "ramps_R-1-a_truth.hdr"))
    assert other.shape == (4, 5, 31)
    assert other.metadata["data ignore value"] == "nan"
    np.testing.assert_array_equal(tifffile.imread(tmp_path / "ramps_R-1-a_mask.tif") > 0, region.mask)


def test_files_that_exist_stop_the_export_before_it_begins(tmp_path, region):
    (tmp_path / "ramps_R-1-a_truth.img").write_text("mine")
    with pytest.raises(HydraError, match=r"truth\.img exists already"):
        export_regions(tmp_path, scene(), [region])
    assert [path.name for path in tmp_path.iterdir()] == ["ramps_R-1-a_truth.img"]
    export_regions(tmp_path, scene(), [region], overwrite=True)
    assert read_cube(tmp_path / "ramps_R-1-a_truth.hdr").shape == (4, 5, 31)


def test_a_cancelled_export_leaves_nothing(tmp_path, region):
    cancel, seen = threading.Event(), []

    def progress(fraction, stage):
        seen.append((fraction, stage))
        cancel.set()

    with pytest.raises(Cancelled):
        export_regions(tmp_path, scene(), [region], progress=progress, cancel=cancel)
    assert seen[0][1] == "writing R 1/a"
    assert list(tmp_path.iterdir()) == []


def test_an_export_that_fails_half_way_leaves_nothing(tmp_path, region, monkeypatch):
    def full_disk(*_args, **_keywords):
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(export_module.tifffile, "imwrite", full_disk)
    with pytest.raises(HydraError, match="No space left"):
        export_regions(tmp_path, scene(), [region])
    assert list(tmp_path.iterdir()) == []


def test_regions_of_one_name_are_refused(tmp_path, region):
    with pytest.raises(HydraError, match="same name"):
        export_regions(tmp_path, scene(), [region, region])


def test_progress_runs_from_nothing_to_all(tmp_path, region):
    fractions = []
    second = Region("R2", region.colour, region.mask)
    export_regions(tmp_path, scene(), [region, second], progress=lambda fraction, _: fractions.append(fraction))
    assert fractions == sorted(fractions)
    assert fractions[0] == 0.0
    assert fractions[-1] == 1.0


# -- plot and cube ---------------------------------------------------------------------------------------------


def test_the_plot_is_written_as_pixels_and_as_vectors(tmp_path, region):
    store = Store(scene=scene(), pins=PINS, regions=(region,), hover=(3, 3))
    state = resolve(store)
    image = Image.open(export_plot(tmp_path / "p.png", state))
    assert image.size == (1800, 960)
    assert image.convert("RGB").getpixel((2, 2)) == (255, 255, 255)
    colours = {colour for _, colour in image.convert("RGB").getcolors(maxcolors=1 << 24)}
    assert (0xE6, 0x9F, 0x00) in colours
    svg = export_plot(tmp_path / "p.svg", state).read_text()
    assert svg.count("#e69f00") >= 2  # the curve and its sample in the legend
    with pytest.raises(HydraError, match=r"\.bmp"):
        export_plot(tmp_path / "p.bmp", state)
    with pytest.raises(HydraError, match="exists already"):
        export_plot(tmp_path / "p.png", state)


@pytest.mark.parametrize("suffix", [".hdr", ".npz"])
def test_the_whole_cube_says_what_made_it(tmp_path, suffix):
    shown = scene(factor=1.25, matched=True)
    cube = read_cube(export_cube(tmp_path / f"c{suffix}", shown))
    np.testing.assert_allclose(cube.values, np.moveaxis(np.asarray(shown.estimate), 0, -1), atol=1e-6)
    assert cube.attrs["factor"] == 1.25
    assert cube.attrs["model"] == "visible"
