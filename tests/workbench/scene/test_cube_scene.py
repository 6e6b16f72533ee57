"""A cube alone is a scene: its spectra, statistics and exports, without a picture, a model or a run."""

import csv
import json

import numpy as np
import pytest

from napari_hydra import make_cube
from napari_hydra.errors import HydraError
from napari_hydra.spectra import region_statistics
from napari_hydra.workbench.export.export import export_cube, export_regions
from napari_hydra.workbench.plot.plot_state import resolve
from napari_hydra.workbench.report.report import write_report
from napari_hydra.workbench.scene.cube_scene import scene_of_cube
from napari_hydra.workbench.scene.roi_spectra import read_pixel, read_region
from napari_hydra.workbench.scene.scene import Pin, Region
from napari_hydra.workbench.scene.view_snapshot import ViewSnapshot

WAVELENGTHS = np.array([450.0, 900.0, 1400.0, 1650.0, 2200.0])
BAD = 2


@pytest.fixture(scope="module")
def cube():
    values = np.random.default_rng(5).random((6, 8, 5)).astype(np.float32)
    return make_cube(values, WAVELENGTHS, bad_bands=(BAD,), source="field.hdr")


@pytest.fixture(scope="module")
def scene(cube):
    return scene_of_cube(cube, "field")


@pytest.fixture(scope="module")
def region():
    mask = np.zeros((6, 8), dtype=bool)
    mask[1:4, 2:6] = True
    return Region("R1", "#e69f00", mask)


def test_a_pixel_shows_all_good_bands_and_no_interval(cube, scene):
    roi = read_pixel(scene, 3, 5, 0.9)

    np.testing.assert_array_equal(roi.estimate.wavelengths, np.delete(WAVELENGTHS, BAD))
    np.testing.assert_array_equal(roi.estimate.values, np.delete(cube.values[3, 5], BAD))
    assert roi.estimate.low is None
    assert roi.truth is None
    assert roi.notes == ()


def test_a_window_of_pixels_is_their_mean(cube, scene):
    roi = read_pixel(scene, 0, 0, 0.9, 3)

    np.testing.assert_allclose(roi.estimate.values, np.delete(cube.values[:2, :2].mean(axis=(0, 1)), BAD), rtol=1e-6)
    assert roi.count == 4


@pytest.mark.parametrize("statistic", ["mean", "median"])
def test_a_region_has_its_statistics(scene, region, statistic):
    roi = read_region(scene, region, statistic)
    known = region_statistics(scene.estimate.cube, region.mask)

    np.testing.assert_allclose(roi.estimate.values, getattr(known, statistic), rtol=1e-6)
    edge = known.mean - known.std if statistic == "mean" else known.lower_quartile
    np.testing.assert_allclose(roi.estimate.lower, edge, rtol=1e-6)
    assert (roi.count, roi.statistic) == (12, statistic)


def test_the_plot_calls_it_measured(scene, region):
    shown = ViewSnapshot(scene=scene, pins=(Pin("P1", 3, 5, "#56b4e9"),), regions=(region,))
    state = resolve(shown)

    words = " ".join(row.text for row in state.rows)
    assert "measured" in words
    assert "reconstruction" not in words
    assert "interval" not in words
    assert not state.has_difference
    assert state.x_limits[1] > 2200
    assert state.bad_spans == scene.bad_spans != ()


def test_it_is_exported_as_measured(tmp_path, cube, scene, region):
    snapshot = ViewSnapshot(scene=scene, pins=(Pin("P1", 3, 5, "#56b4e9"),), regions=(region,))
    folder = export_regions(snapshot, tmp_path / "out")

    lines = [one for one in (folder / "spectra" / "wide.csv").read_text().splitlines() if not one.startswith("#")]
    rows = list(csv.DictReader(lines))
    assert [float(row["P1_measured"]) for row in rows] == pytest.approx(np.delete(cube.values[3, 5], BAD).tolist())
    assert not any("estimate" in title or "low" in title for title in rows[0])
    assert (folder / "spectra" / "measured.sli").is_file()
    assert (folder / "cubes" / "R1_measured.hdr").is_file()
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["model"] == {}
    assert manifest["inputs"] == {"cube": {"name": "field.hdr"}}
    assert manifest["settings"]["factor"] is None


def test_what_needs_a_reconstruction_says_so(tmp_path, scene):
    with pytest.raises(HydraError, match="field is a measured cube"):
        export_cube(tmp_path / "cube.npz", scene)
    with pytest.raises(HydraError, match="field is a measured cube"):
        write_report(ViewSnapshot(scene=scene), tmp_path / "report.html")
    assert not list(tmp_path.iterdir())
