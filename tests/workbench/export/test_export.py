"""Files written from pins and regions, read back by other hands."""

import csv
import hashlib
import json
import os
import threading
from dataclasses import replace
from io import StringIO

import numpy as np
import pytest
import spectral
import tifffile
from further_curves import further, scene_with_encoder
from latent_scene import HEIGHT, WIDTH, latent_cube, ramp, scene, truth_of
from PIL import Image

from napari_hydra.errors import Cancelled, HydraError
from napari_hydra.evaluation import metrics
from napari_hydra.io import read_cube
from napari_hydra.workbench.export import export as export_module
from napari_hydra.workbench.export.export import export_cube, export_regions
from napari_hydra.workbench.export.file_names import distinct_stems
from napari_hydra.workbench.export.manifest import input_provenance
from napari_hydra.workbench.export.spectra_tables import long_table, wide_table
from napari_hydra.workbench.plot.plot_state import resolve
from napari_hydra.workbench.plot.plots import export_plot
from napari_hydra.workbench.scene.extra_curves import ENCODED_WORDS, extra_spectrum
from napari_hydra.workbench.scene.roi_spectra import cached_pixel, cached_region
from napari_hydra.workbench.scene.scene import Pin, Region
from napari_hydra.workbench.scene.view_snapshot import ViewSnapshot

PINS = (Pin("P1", 10, 20, "#e69f00"), Pin("P2", 0, 3, "#56b4e9"))


@pytest.fixture
def region():
    mask = np.zeros((HEIGHT, WIDTH), dtype=bool)
    mask[4:8, 10:15] = True
    mask[4, 10] = False
    return Region("R 1/a", "#0072b2", mask)


def snapshot(shown=None, pins=PINS, regions=(), **choices):
    return ViewSnapshot(scene=shown or scene(), pins=tuple(pins), regions=tuple(regions), **choices)


def read_table(text):
    lines = text.splitlines()
    notes = [line for line in lines if line.startswith("#")]
    rows = list(csv.DictReader(line for line in lines if not line.startswith("#")))
    return notes, rows


def column(rows, name):
    return np.array([float(row[name]) if row[name] else np.nan for row in rows])


# -- spectra ---------------------------------------------------------------------------------------------------


def test_the_table_holds_every_number_of_the_plot(region):
    shown = scene(factor=1.25, matched=True)
    notes, rows = read_table(wide_table(snapshot(shown, PINS, [region])))
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


def test_estimate_and_truth_keep_their_own_wavelengths():
    estimate = latent_cube()
    shown = scene(estimate=estimate, truth=truth_of(estimate, wavelengths=[443.0, 490.0, 665.0]))
    _, rows = read_table(wide_table(snapshot(shown, PINS[:1])))
    assert len(rows) == 31 + 2  # 490 nm is a band of both
    by_wavelength = {float(row["wavelength_nm"]): row for row in rows}
    assert by_wavelength[443.0]["P1_estimate"] == ""
    assert float(by_wavelength[443.0]["P1_truth"]) == pytest.approx(0.22 + 0.2 * ramp(443.0))
    assert by_wavelength[500.0]["P1_truth"] == ""
    assert by_wavelength[490.0]["P1_estimate"] != "" != by_wavelength[490.0]["P1_truth"]
    assert [float(row["wavelength_nm"]) for row in rows] == sorted(by_wavelength)


def test_two_detectors_at_one_wavelength_both_stay():
    estimate = latent_cube(np.array([400.0, 500.0, 500.0, 600.0]))
    truth = truth_of(estimate)
    truth.values[:, :, 2] += 0.5
    _, rows = read_table(wide_table(snapshot(scene(estimate=estimate, truth=truth), PINS[:1])))
    values = column(rows, "P1_truth")
    assert values[2] - values[1] == pytest.approx(0.5)


def test_words_of_the_user_cannot_break_the_table():
    pin = Pin('leaf, "old"\nside', 1, 1, "#e69f00")
    notes, rows = read_table(wide_table(snapshot(scene(name="a\nb"), [pin])))
    assert "# scene: a b" in notes
    assert len(rows) == 31
    assert 'leaf, "old" side_estimate' in rows[0]


def test_the_long_table_holds_the_same_numbers_a_row_each(region):
    shown = snapshot(regions=[region], level=0.5)
    _, rows = read_table(long_table(shown))
    assert len(rows) == 3 * 2 * 31
    roi = cached_pixel(shown.scene, 10, 20, 0.5)
    mine = [row for row in rows if row["name"] == "P1" and row["cube"] == "estimate"]
    assert {(row["kind"], row["y"], row["x"], row["pixels"]) for row in mine} == {("pin", "10", "20", "1")}
    np.testing.assert_allclose(column(mine, "value"), roi.estimate.values, rtol=1e-6)
    np.testing.assert_allclose(column(mine, "interval_low"), roi.estimate.low, rtol=1e-6)
    area = cached_region(shown.scene, region)
    mine = [row for row in rows if row["name"] == "R 1/a" and row["cube"] == "truth"]
    np.testing.assert_allclose(column(mine, "value"), area.truth.values, rtol=1e-6)
    np.testing.assert_allclose(column(mine, "spread_high"), area.truth.upper, rtol=1e-6)
    assert {row["interval_low"] for row in mine} == {""}


# -- the folder ------------------------------------------------------------------------------------------------


@pytest.fixture
def full(region):
    return snapshot(scene(factor=1.25, matched=True), PINS, [region], transform="max = 1", level=0.5)


def test_the_folder_holds_everything_and_says_what_it_is(tmp_path, full):
    folder = export_regions(full, tmp_path / "out")
    files = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    assert files == [
        *(f"cubes/R-1-a_{what}.{end}" for what in ("estimate", "truth") for end in ("hdr", "img")),
        "manifest.json",
        *("masks/R-1-a.tif", "masks/regions.geojson"),
        "metrics.csv",
        *(f"plots/spectra.{end}" for end in ("pdf", "png", "svg")),
        *("spectra/estimate.hdr", "spectra/estimate.sli", "spectra/long.csv"),
        *("spectra/shown_long.csv", "spectra/shown_wide.csv"),
        *("spectra/truth.hdr", "spectra/truth.sli", "spectra/wide.csv"),
    ]
    printed = json.loads((folder / "manifest.json").read_text())
    assert sorted(entry["path"] for entry in printed["files"]) == [name for name in files if name != "manifest.json"]
    for entry in printed["files"]:
        content = (folder / entry["path"]).read_bytes()
        assert entry["sha256"] == hashlib.sha256(content).hexdigest()
        assert entry["bytes"] == len(content)
    assert printed["settings"]["transform"] == "max = 1"
    assert printed["settings"]["interval_level"] == 0.5
    assert printed["settings"]["factor"] == 1.25
    assert printed["settings"]["wavelengths_nm"] == full.scene.estimate.wavelengths.tolist()
    assert printed["versions"]["numpy"] == np.__version__
    assert printed["model"]["name"] == "visible"
    assert (folder / "spectra" / "wide.csv").read_text().splitlines()[3:] == wide_table(full).splitlines()[3:]
    _, rows = read_table((folder / "spectra" / "shown_wide.csv").read_text())
    assert column(rows, "P1_estimate").max() == pytest.approx(1)
    assert (folder / "plots" / "spectra.pdf").read_bytes().startswith(b"%PDF")


def test_libraries_are_read_by_spectral(tmp_path, full):
    folder = export_regions(full, tmp_path / "out") / "spectra"
    library = spectral.envi.open(str(folder / "estimate.hdr"))
    assert isinstance(library, spectral.io.envi.SpectralLibrary)
    assert library.names[:4] == ["P1", "P1 interval low", "P1 interval high", "P2"]
    np.testing.assert_allclose(library.bands.centers, full.scene.estimate.wavelengths)
    assert library.bands.band_unit == "Nanometers"
    shown = cached_pixel(full.scene, 10, 20, 0.5).estimate
    np.testing.assert_allclose(library.spectra[0], shown.values, rtol=1e-6)
    np.testing.assert_allclose(library.spectra[2], shown.high, rtol=1e-6)
    truth = spectral.envi.open(str(folder / "truth.hdr"))
    assert truth.names == ["P1", "P2", "R 1/a"]
    np.testing.assert_allclose(truth.spectra[2], cached_region(full.scene, full.regions[0]).truth.values, rtol=1e-6)


def test_library_names_keep_out_what_a_header_gives_a_meaning(tmp_path):
    pin = Pin("wet {soil}, 2 µm", 2, 2, "#e69f00")
    folder = export_regions(snapshot(pins=[pin]), tmp_path / "out") / "spectra"
    assert spectral.envi.open(str(folder / "truth.hdr")).names == ["wet (soil); 2 ?m"]


def test_further_curves_are_written_under_their_names_at_their_own_wavelengths(tmp_path, region):
    shown = scene_with_encoder()
    cubes = (
        further("flight 2"),
        further("flight 2", wavelengths=(500.0, 600.0), quantity="radiance"),
        further("truth"),
    )
    snapshot_ = snapshot(shown, PINS, [region], encoded_truth=True, cubes=cubes, transform="max = 1", pixel_window=3)
    folder = export_regions(snapshot_, tmp_path / "out") / "spectra"
    encoded = {place: extra_spectrum(shown, place, 3) for place in ((10, 20), region)}
    notes, rows = read_table((folder / "wide.csv").read_text())
    at = np.isin(column(rows, "wavelength_nm"), shown.estimate.wavelengths)
    np.testing.assert_allclose(column(rows, "P1_teacher coding")[at], encoded[10, 20].values, rtol=1e-6)
    np.testing.assert_allclose(column(rows, "R 1/a_teacher coding")[at], encoded[region].values, rtol=1e-6)
    measured = dict(zip(column(rows, "wavelength_nm"), column(rows, "P1_cube flight 2"), strict=True))
    assert measured[390.0] == pytest.approx(10 + 0.2 + 0.39)  # the mean of 3 x 3 about (10, 20)
    assert np.isfinite(column(rows, "P1_cube flight 2")).sum() == 4
    assert np.isfinite(column(rows, "P1_cube flight 2 (2)")).sum() == 2
    assert any("cube flight 2 (2): further cube, radiance" in note for note in notes)
    assert any(f"teacher coding: {ENCODED_WORDS}" in note for note in notes)
    _, rows = read_table((folder / "shown_wide.csv").read_text())
    assert np.nanmax(column(rows, "P1_teacher coding")) == pytest.approx(1)
    _, rows = read_table((folder / "long.csv").read_text())
    long = [float(row["value"]) for row in rows if (row["name"], row["cube"]) == ("R 1/a", "teacher coding")]
    np.testing.assert_allclose(long, encoded[region].values, rtol=1e-6)
    library = spectral.envi.open(str(folder / "teacher-coding.hdr"))
    assert library.names == ["P1", "P2", "R 1/a"]
    np.testing.assert_allclose(library.spectra[2], encoded[region].values, rtol=1e-6)
    for name, bands in (("cube-flight-2", 4), ("cube-flight-2-2", 2), ("cube-truth", 4), ("truth", 31)):
        assert spectral.envi.open(str(folder / f"{name}.hdr")).spectra.shape == (3, bands)


def test_curves_that_are_not_drawn_are_not_written(tmp_path):
    folder = export_regions(snapshot(scene_with_encoder()), tmp_path / "out") / "spectra"
    assert "teacher" not in (folder / "wide.csv").read_text()
    assert not (folder / "teacher-coding.sli").exists()


@pytest.mark.parametrize(("cube_format", "suffix"), [("envi", "hdr"), ("zarr", "zarr")])
def test_a_region_is_a_cube_of_its_box_with_nothing_outside(tmp_path, full, region, cube_format, suffix):
    folder = export_regions(full, tmp_path / "out", cube_format=cube_format)
    inside = region.mask[4:8, 10:15]
    for what, offset in (("estimate", 0.0), ("truth", 0.02)):
        cube = read_cube(folder / "cubes" / f"R-1-a_{what}.{suffix}")
        expected = np.moveaxis(np.asarray(full.scene.estimate), 0, -1)[4:8, 10:15] + offset
        np.testing.assert_allclose(cube.values[inside], expected[inside], atol=1e-6)
        assert np.isnan(cube.values[~inside]).all()
        np.testing.assert_allclose(cube.wavelength.values, full.scene.estimate.wavelengths)
    np.testing.assert_array_equal(tifffile.imread(folder / "masks" / "R-1-a.tif") > 0, region.mask)


def test_metrics_are_those_of_the_definitions(tmp_path, full, region):
    estimate = np.moveaxis(np.asarray(full.scene.estimate, np.float64), 0, -1)
    truth = full.scene.truth.values.astype(np.float64)
    folder = export_regions(full, tmp_path / "out")
    rows = {row["name"]: row for row in csv.DictReader(StringIO((folder / "metrics.csv").read_text()))}
    assert list(rows) == ["whole scene", "P1", "P2", "R 1/a"]
    for name, where in (("whole scene", np.ones_like(region.mask)), ("R 1/a", region.mask)):
        p, t = estimate[where], truth[where]
        assert float(rows[name]["rmse"]) == pytest.approx(np.sqrt(np.mean((p - t) ** 2)), rel=1e-5)
        mrae = metrics.relative_error(p / 1.25, t / 1.25).mean()  # in the unit of the picture
        assert float(rows[name]["mrae"]) == pytest.approx(mrae, rel=1e-5)
        assert int(rows[name]["pixels"]) == where.sum()
    roi = cached_region(full.scene, region)
    assert float(rows["R 1/a"]["rmse_of_spectrum"]) == pytest.approx(roi.rmse, rel=1e-5)
    assert float(rows["R 1/a"]["angle_of_spectrum_deg"]) == pytest.approx(roi.angle, rel=1e-5)
    assert "saturated" in rows["P2"]["remarks"]


def test_without_a_truth_there_are_spectra_but_no_errors(tmp_path):
    folder = export_regions(snapshot(scene(truth=False)), tmp_path / "out")
    rows = list(csv.DictReader(StringIO((folder / "metrics.csv").read_text())))
    assert [(row["name"], row["rmse"]) for row in rows] == [("P1", ""), ("P2", "")]
    assert not (folder / "spectra" / "truth.sli").exists()
    assert not (folder / "cubes").exists()  # nor are there regions


def test_an_existing_folder_is_replaced_only_if_asked_and_only_an_export(tmp_path, full):
    folder = export_regions(full, tmp_path / "out")
    (folder / "old.txt").write_text("old")
    with pytest.raises(HydraError, match="exists already"):
        export_regions(full, folder)
    export_regions(full, folder, overwrite=True)
    assert not (folder / "old.txt").exists()
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "thesis.txt").write_text("mine")
    with pytest.raises(HydraError, match="not written by an export"):
        export_regions(full, mine, overwrite=True)
    assert (mine / "thesis.txt").read_text() == "mine"


def test_without_spectra_there_is_nothing_to_export(tmp_path):
    empty = snapshot(pins=())
    with pytest.raises(HydraError, match="click a pixel"):
        export_regions(empty, tmp_path / "out")
    with pytest.raises(HydraError, match="click a pixel"):
        export_plot(tmp_path / "s.png", resolve(empty))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("choices", "words"), [({"cube_format": "tiff"}, "envi or zarr"), ({"transform": "cubed"}, "no transform 'cubed'")]
)
def test_choices_that_there_are_not_are_refused(tmp_path, full, choices, words):
    with pytest.raises(HydraError, match=words):
        export_regions(full, tmp_path / "out", **choices)
    assert list(tmp_path.iterdir()) == []


def test_a_cancelled_export_leaves_nothing(tmp_path, full):
    cancel, seen = threading.Event(), []

    def progress(fraction, stage):
        seen.append((fraction, stage))
        cancel.set()

    with pytest.raises(Cancelled):
        export_regions(full, tmp_path / "out", progress=progress, cancel=cancel)
    assert seen[0][1] == "writing R 1/a"
    assert list(tmp_path.iterdir()) == []


def test_an_export_that_fails_half_way_leaves_nothing(tmp_path, full, monkeypatch):
    def full_disk(*_args, **_keywords):
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(export_module.tifffile, "imwrite", full_disk)
    with pytest.raises(HydraError, match="no space left"):
        export_regions(full, tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_regions_of_one_name_get_files_of_their_own(region):
    others = [Region(name, region.colour, region.mask) for name in ("R 1/a", "r-1-a", "..", "")]
    assert distinct_stems([r.name for r in [region, *others]]) == [
        "R-1-a",
        "R-1-a_2",
        "r-1-a_3",
        "unnamed",
        "unnamed_2",
    ]


def test_progress_runs_from_nothing_to_all(tmp_path, full, region):
    fractions = []
    second = Region("R2", region.colour, region.mask)
    both = snapshot(full.scene, PINS, [region, second])
    export_regions(both, tmp_path / "out", progress=lambda fraction, _: fractions.append(fraction))
    assert fractions == sorted(fractions)
    assert fractions[0] == 0.0
    assert fractions[-1] == pytest.approx(1.0)


# -- plot and cube ---------------------------------------------------------------------------------------------


def test_the_plot_is_written_as_pixels_and_as_vectors(tmp_path, region):
    state = resolve(snapshot(regions=[region], hover=(3, 3)))
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


def test_the_manifest_says_what_the_truth_was_divided_by(region):
    said = ("counts divided by panel.hdr, times the panel's reflectance (taken as 1)",)
    shown = scene()
    shown.truth.attrs["history"] = said
    shown.settings["truth"] = "field.hdr"
    assert input_provenance(snapshot(shown, PINS, [region]))["truth"]["history"] == list(said)


def test_the_manifest_names_files_from_its_own_folder(tmp_path, full):
    (tmp_path / "scene.png").write_bytes(b"a picture")
    chosen = full.scene.settings | {"picture": str(tmp_path / "scene.png"), "truth": "/elsewhere/scene.hdr"}
    scene = replace(full.scene, settings=chosen)
    folder = export_regions(replace(full, scene=scene), tmp_path / "out")
    inputs = json.loads((folder / "manifest.json").read_text())["inputs"]
    assert inputs["picture"] == {"name": "scene.png", "sha256": hashlib.sha256(b"a picture").hexdigest()}
    assert inputs["truth"] == {"name": "/elsewhere/scene.hdr"}
