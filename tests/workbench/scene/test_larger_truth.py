"""A truth of larger pixels than the picture's in sessions, exports and reports: the sample, averaged 8 x 8."""

import csv
import json

import numpy as np
import pytest

from napari_hydra.cube import make_cube, wavelengths_of
from napari_hydra.evaluation import metrics
from napari_hydra.io import read_cube, read_picture, write_cube, write_picture
from napari_hydra.progress import drain
from napari_hydra.samples import color_checker
from napari_hydra.workbench.export.export import export_regions
from napari_hydra.workbench.export.metrics_table import WHOLE, error_rows, metrics_table
from napari_hydra.workbench.report.report import write_report
from napari_hydra.workbench.scene.roi_spectra import cached_region
from napari_hydra.workbench.scene.run import run_steps
from napari_hydra.workbench.scene.run_request import RunRequest
from napari_hydra.workbench.scene.scene import Pin, Region
from napari_hydra.workbench.scene.view_snapshot import ViewSnapshot
from napari_hydra.workbench.session.reopening import reconstruct_session
from napari_hydra.workbench.session.saving import save_session

STEP = 8
SIZE = (160, 240)
PINS = (Pin("P1", 80, 40, "#e69f00"), Pin("P2", 87, 47, "#56b4e9"), Pin("P3", 88, 48, "#009e73"))


def means(values):
    height, width = (n // STEP for n in values.shape[:2])
    return values.reshape(height, STEP, width, STEP, -1).mean((1, 3))


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory):
    """The sample's picture against its cube averaged 8 x 8, saved as a session and opened again."""
    folder = tmp_path_factory.mktemp("coarse")
    picture, cube = color_checker()
    part = np.asarray(cube.data, dtype=np.float64)[: SIZE[0], : SIZE[1]]
    write_picture(picture[: SIZE[0], : SIZE[1]], folder / "photo.png")
    write_cube(make_cube(means(part).astype(np.float32), wavelengths_of(cube), source="c"), folder / "coarse.hdr")
    request = RunRequest(
        name="chart",
        picture=read_picture(folder / "photo.png"),
        picture_source=str(folder / "photo.png"),
        truth=read_cube(folder / "coarse.hdr"),
        device="cpu",
    )
    scene = drain(run_steps(request)).scene
    # Whole pixels of the truth, so that the definition of the figures needs no shares.
    mask = np.zeros(SIZE, dtype=bool)
    mask[40:72, 104:160] = True
    first = ViewSnapshot(scene=scene, pins=PINS, regions=(Region("R1", "#0072b2", mask),))
    again = reconstruct_session(save_session(first, folder / "s.json"), device="cpu")
    np.testing.assert_array_equal(np.asarray(again.scene.estimate.latents), np.asarray(scene.estimate.latents))
    return again


def test_a_session_brings_the_larger_pixels_back(snapshot):
    assert snapshot.scene.truth.shape[:2] == SIZE
    assert snapshot.scene.coarse_truth.shape[:2] == (20, 30)
    assert snapshot.scene.overlay.size == "8 x 8"
    np.testing.assert_array_equal(snapshot.scene.truth.values[87, 47], snapshot.scene.coarse_truth.values[10, 5])


def test_figures_are_over_the_pixels_of_the_truth(snapshot, tmp_path):
    folder = export_regions(snapshot, tmp_path / "out")
    rows = {row["name"]: row for row in csv.DictReader((folder / "metrics.csv").read_text().splitlines())}
    estimate = means(np.moveaxis(np.asarray(snapshot.scene.estimate, dtype=np.float64), 0, -1))
    truth = snapshot.scene.coarse_truth.values.astype(np.float64)
    for name, where in {
        WHOLE: np.s_[:, :],
        "R1": np.s_[5:9, 13:20],
        "P1": np.s_[10:11, 5:6],
        "P3": np.s_[11:12, 6:7],
    }.items():
        p, t = estimate[where], truth[where]
        assert float(rows[name]["rmse"]) == pytest.approx(np.sqrt(np.mean((p - t) ** 2)), rel=1e-4)
        gain = snapshot.scene.factor
        assert float(rows[name]["mrae"]) == pytest.approx(metrics.relative_error(p / gain, t / gain).mean(), rel=1e-4)
        assert "compared over the truth's pixels (8 x 8 each)" in rows[name]["remarks"]
    assert rows["P1"]["rmse"] == rows["P2"]["rmse"]  # in the same pixel of the truth
    roi = cached_region(snapshot.scene, snapshot.regions[0])
    assert float(rows["R1"]["rmse_of_spectrum"]) == pytest.approx(roi.rmse, rel=1e-5)


def test_a_region_that_cuts_pixels_of_the_truth_has_figures(snapshot):
    mask = np.zeros(SIZE, dtype=bool)
    mask[43:75, 101:160] = True
    row = error_rows(ViewSnapshot(scene=snapshot.scene, regions=(Region("R1", "#0072b2", mask),)))[1]
    assert 0 < row.figures.rmse < 0.2
    assert "R1,region" in metrics_table([row])


def test_cubes_of_a_region_say_that_pixels_are_repeated(snapshot, tmp_path):
    folder = export_regions(snapshot, tmp_path / "out")
    cube = read_cube(folder / "cubes" / "R1_truth.hdr")
    np.testing.assert_allclose(cube.values[::STEP, ::STEP], snapshot.scene.coarse_truth.values[5:9, 13:20], atol=1e-6)
    assert cube.attrs["repeated"] == "Each pixel of the truth is repeated over 8 x 8 of the picture's."
    assert "repeated" not in read_cube(folder / "cubes" / "R1_estimate.hdr").attrs
    settings = json.loads((folder / "manifest.json").read_text())["settings"]
    assert settings["averaging"] == snapshot.scene.overlay.words


def test_a_report_says_over_which_pixels_it_compares(snapshot, tmp_path):
    page = write_report(snapshot, tmp_path / "r.html").read_text()
    assert snapshot.scene.overlay.words.replace("'", "&#39;") in page.replace("&#x27;", "&#39;")
