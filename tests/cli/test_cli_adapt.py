"""The verbs around measured spectra, on the sample scene."""

import json

import numpy as np
import pytest

from napari_hydra.cli import run
from napari_hydra.cube import wavelengths_of
from napari_hydra.hydra import load_model
from napari_hydra.io import read_cube, read_picture, write_cube, write_picture
from napari_hydra.samples import color_checker
from napari_hydra.workbench.export.region_polygons import regions_geojson
from napari_hydra.workbench.scene.scene import Region


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A picture and its truth."""
    where = tmp_path_factory.mktemp("adapt")
    picture, cube = color_checker()
    write_picture(picture, where / "scene.png")
    write_cube(cube, where / "truth.hdr")
    return where


def write_spectra(path, cube, sites):
    grid = wavelengths_of(cube)
    rows = [[y, x, *cube.values[y, x]] for y, x in sites]
    lines = ["y,x," + ",".join(f"{w:g}" for w in grid), *(",".join(f"{v:g}" for v in row) for row in rows)]
    path.write_text("\n".join(lines) + "\n")


def test_suggested_readings_make_the_reconstruction_better(folder, capsys):
    picture = str(folder / "scene.png")
    report = folder / "places.json"
    assert run(["suggest", picture, "-n", "12", "--json", str(report)]) == 0
    printed = capsys.readouterr().out.splitlines()
    sites = [(row["y"], row["x"]) for row in json.loads(report.read_text())["places"]]
    assert printed[0] == "number,y,x"
    assert [tuple(map(int, line.split(",")))[1:] for line in printed[1:]] == sites
    truth = read_cube(folder / "truth.hdr")
    write_spectra(folder / "readings.csv", truth, sites)
    model = folder / "mine.safetensors"
    assert run(["adapt", picture, "--spectra", str(folder / "readings.csv"), "-o", str(model)]) == 0
    assert "adapted to 12 spectra" in capsys.readouterr().out

    gain = color_checker()[1].attrs["picture_gain"]
    pixels = read_picture(picture)
    before, after = (
        np.abs(load_model(name).reconstruct(pixels, truth.wavelength).to_cube().values / gain - truth.values).mean()
        for name in ("visible", model)
    )
    assert after < 0.97 * before
    assert run(["reconstruct", picture, "-o", str(folder / "estimate.hdr"), "--model", str(model)]) == 0
    assert read_cube(folder / "estimate.hdr").shape == truth.shape


def test_further_readings_complement_the_first(folder, tmp_path, capsys):
    picture, truth = str(folder / "scene.png"), read_cube(folder / "truth.hdr")
    spectra, more = tmp_path / "readings.csv", tmp_path / "more.csv"
    first, second = tmp_path / "first.safetensors", tmp_path / "second.safetensors"
    assert run(["suggest", picture, "-n", "6"]) == 0
    sites = [tuple(map(int, row.split(","))) for row in capsys.readouterr().out.splitlines()[1:]]
    write_spectra(spectra, truth, [place[1:] for place in sites])
    assert run(["adapt", picture, "--spectra", str(spectra), "-o", str(first)]) == 0
    assert run(["suggest", picture, "-n", "6", "--measured", str(spectra)]) == 0
    others = [tuple(map(int, row.split(","))) for row in capsys.readouterr().out.splitlines()[-6:]]
    assert not {place[1:] for place in sites} & {place[1:] for place in others}
    write_spectra(more, truth, [place[1:] for place in others])
    assert run(["adapt", picture, "--spectra", str(more), "--model", str(first), "-o", str(second)]) == 0
    assert load_model(second).card.name == "visible, adapted to 12 spectra"


@pytest.mark.parametrize("name", ["mask.png", "mask.geojson"])
def test_a_patch_of_truth_serves_too(folder, name):
    mask = np.zeros((192, 256), dtype=bool)
    mask[::16, ::16] = True
    write_picture(np.repeat(np.uint8(255) * mask[..., None], 3, axis=2), folder / "mask.png", overwrite=True)
    (folder / "mask.geojson").write_text(json.dumps(regions_geojson([Region("patch", "#000000", mask)])))
    out = folder / f"{name}.safetensors"
    arguments = ["--truth", str(folder / "truth.hdr"), "--mask", str(folder / name), "-o", str(out)]
    assert run(["adapt", str(folder / "scene.png"), *arguments]) == 0
    assert load_model(out).card.name == "visible, adapted to 192 spectra"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("wavelength,value\n400,1\n500,1\n", "does not say the pixel of its spectrum 'value'"),
        ("a,b\n400,1\n", "neither a header 'y,x"),
        ("y,x,400,500\n1,2,0.5\n", "instead of 4"),
        ("y,x,400,500\n1,2,a,b\n", "other than numbers"),
        ("y,x,-500,400\n1,2,1,1\n", "make no sense"),
        ("y,x,400,500,600\n1,2,1,1,1\n", "at least 5"),
    ],
)
def test_bad_readings_exit_with_2_and_write_nothing(folder, tmp_path, capsys, text, message):
    spectra = tmp_path / "bad.csv"
    spectra.write_text(text)
    out = tmp_path / "model.safetensors"
    assert run(["adapt", str(folder / "scene.png"), "--spectra", str(spectra), "-o", str(out)]) == 2
    error = capsys.readouterr().err.strip()
    assert message in error
    assert len(error.splitlines()) == 1
    assert sorted(p.name for p in tmp_path.iterdir()) == ["bad.csv"]


def test_contradictions_are_refused(folder, tmp_path, capsys):
    scene, out = str(folder / "scene.png"), str(tmp_path / "m.safetensors")
    assert run(["adapt", scene, "-o", out]) == 2
    assert run(["adapt", scene, "--spectra", "a.csv", "--mask", "m.png", "-o", out]) == 2
    assert run(["adapt", scene, "--spectra", "a.csv", "-o", str(tmp_path / "m.pt")]) == 2
    assert run(["suggest", scene, "-n", "0"]) == 2
    assert "one at least" in capsys.readouterr().err


def test_files_of_a_spectrometer_are_placed_by_their_names(folder, tmp_path, capsys):
    picture, out = str(folder / "scene.png"), str(tmp_path / "model.safetensors")
    cube = read_cube(folder / "truth.hdr")
    given, rows = [], ["name,y,x"]
    for number, (y, x) in enumerate([(5, 5), (20, 40), (40, 12), (60, 60), (70, 20)]):
        table = "\n".join(f"{w:g} {100 * v:.5f}" for w, v in zip(wavelengths_of(cube), cube.values[y, x], strict=True))
        path = tmp_path / f"Leaf{number}.txt"
        path.write_text(f"Reflectance (%)\nby hand\n{table}\n")
        given += ["--spectra", str(path)]
        rows.append(f"leaf{number},{y},{x}")
    pins = tmp_path / "pins.csv"
    assert run(["adapt", picture, *given, "-o", out]) == 2
    assert "does not say the pixel of its spectrum 'Leaf0'" in capsys.readouterr().err
    pins.write_text("\n".join(rows[:-1]))
    assert run(["adapt", picture, *given, "--pins", str(pins), "-o", out]) == 2
    assert "has no pin for the spectra 'Leaf4'" in capsys.readouterr().err
    pins.write_text("\n".join(rows))
    assert run(["adapt", picture, *given, "--pins", str(pins), "-o", out]) in (0, 2)  # 2: adapting brings nothing
    said = capsys.readouterr().err
    assert "Leaf0.txt: per cent divided by 100" in said
    assert "pin" not in said
