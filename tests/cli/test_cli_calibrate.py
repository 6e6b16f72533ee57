"""The verb calibrate: files in, a file of reflectance out, and what it says of it."""

import json

import numpy as np
import pytest

from napari_hydra import make_cube
from napari_hydra.cli import run
from napari_hydra.io import read_cube, write_cube

NM = [450.0, 550.0, 650.0]
DARK, WHITE = np.array([100.0, 110.0, 120.0]), np.array([2100.0, 3110.0, 1120.0])


def ring(x0, y0, x1, y1):
    return [[[x0, y0], [x1, y0], [x1, y1], [x0, y1], [x0, y0]]]


@pytest.fixture(scope="module")
def field(tmp_path_factory):
    """A folder with a scene of known reflectance in counts, white and dark, regions and tables."""
    folder = tmp_path_factory.mktemp("field")
    truth = np.random.default_rng(0).uniform(0.05, 0.8, (6, 8, 3))
    truth[:2, :3] = 1.0
    truth[4:, 5:] = [0.1, 0.15, 0.2]

    def write(values, name):
        write_cube(make_cube(values, NM, quantity="counts"), folder / name)

    write(DARK + truth * (WHITE - DARK), "scene.hdr")
    write(np.broadcast_to(WHITE, (3, 8, 3)), "white.hdr")
    write(np.broadcast_to(DARK + (WHITE - DARK) * 1.1, (3, 8, 3)), "after.hdr")
    write(np.broadcast_to(DARK, (3, 8, 3)), "dark.hdr")
    write(np.broadcast_to([4095.0, 3000.0, 1000.0], (3, 8, 3)), "bright.hdr")
    (folder / "panel.csv").write_text("nm,panel\n400,0.9\n700,0.9\n")
    (folder / "tarps.csv").write_text("nm,panel,tarp\n400,1,0.075\n450,1,0.1\n550,1,0.15\n650,1,0.2\n700,1,0.2\n")
    features = [
        {"type": "Feature", "properties": {"name": name}, "geometry": {"type": "Polygon", "coordinates": rings}}
        for name, rings in (
            ("panel", ring(-0.4, -0.4, 2.4, 1.4)),
            ("tarp", ring(4.6, 3.6, 7.4, 5.4)),
            ("away", ring(90, 90, 95, 95)),
        )
    ]
    (folder / "regions.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return folder, truth


def calibrated(field, tmp_path, *options, code=0):
    folder, _ = field
    words = [str(folder / option) if "." in option else option for option in options]
    out = tmp_path / "out.hdr"
    assert run(["calibrate", str(folder / "scene.hdr"), "-o", str(out), *words]) == code
    return read_cube(out) if code == 0 else None


def test_white_and_dark(field, tmp_path, capsys):
    found = calibrated(field, tmp_path, "--white", "white.hdr", "--dark", "dark.hdr")
    np.testing.assert_allclose(found.values, field[1], atol=2e-6)
    assert found.attrs["quantity"] == "reflectance"
    said = "counts less dark.hdr (column by column) divided by white.hdr (column by column) less dark.hdr"
    assert said in capsys.readouterr().out
    assert any(said in line for line in found.attrs["history"])


def test_panel_table_and_drift(field, tmp_path):
    report = tmp_path / "report.json"
    options = ("--white", "white.hdr", "--white-after", "after.hdr", "--dark", "dark.hdr", "--panel", "panel.csv")
    folder, truth = field
    out = tmp_path / "out.nc"
    words = [str(folder / option) if "." in option else option for option in options]
    arguments = ["calibrate", str(folder / "scene.hdr"), "-o", str(out), *words, "--per", "mean"]
    assert run([*arguments, "--json", str(report)]) == 0
    np.testing.assert_allclose(read_cube(out).values, truth * 0.9 / 1.05, atol=2e-6)
    figures = json.loads(report.read_text())
    assert "10 % (median of the bands)" in figures["drift"]
    assert figures["white"] == "the mean of white.hdr and after.hdr"


def test_a_region_of_the_scene_is_the_panel(field, tmp_path, capsys):
    options = ("--regions", "regions.geojson", "--white-region", "panel", "--dark", "dark.hdr")
    np.testing.assert_allclose(calibrated(field, tmp_path, *options).values, field[1], atol=2e-6)
    assert "away lies outside of the scene" in capsys.readouterr().err


def test_empirical_line(field, tmp_path):
    found = calibrated(field, tmp_path, "--regions", "regions.geojson", "--spectra", "tarps.csv")
    np.testing.assert_allclose(found.values, field[1], atol=5e-6)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ((), "give the white panel"),
        (("--white", "bright.hdr"), "is saturated: 24 of its values are at 4095"),
        (("--white-region", "panel"), "--regions"),
        (("--regions", "regions.geojson", "--white-region", "tile"), "holds panel, tarp"),
        (("--regions", "regions.geojson", "--spectra", "panel.csv"), "two regions or more"),
        (("--white", "white.hdr", "--per", "line"), "--per line"),
    ],
)
def test_what_cannot_be_done_is_refused(field, tmp_path, capsys, options, words):
    calibrated(field, tmp_path, *options, code=2)
    assert words in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
