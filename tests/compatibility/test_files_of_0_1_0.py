"""What 0.1.0 wrote still opens, and gives the numbers that it gave; by public names and the command line alone."""

import csv
import json
import shutil
import sys
import warnings

import numpy as np
import pytest
import tifffile
from spectral import open_image

import napari_hydra as hydra
from napari_hydra.cli import main

SESSIONS = ("field", "rendered", "adapted", "own", "chart")
PLOTS = {"plots/spectra.png", "plots/spectra.svg", "plots/spectra.pdf"}  # not kept beside the others, for their size


def run(monkeypatch, *words):
    """Run the command line in this process and return its exit code."""
    monkeypatch.setattr(sys, "argv", ["napari-hydra", *map(str, words)])
    with pytest.raises(SystemExit) as ended:
        main()
    return ended.value.code or 0


# -- cubes and models ----------------------------------------------------------------------------------------


def test_a_cube_is_read_as_it_was(written, golden, recorded):
    cube = hydra.read_cube(written / "scene.hdr")
    np.testing.assert_array_equal(cube.values[tuple(golden["pixels"].T)], golden["cube/values"])
    np.testing.assert_array_equal(cube["wavelength"].values, golden["cube/wavelengths"])
    assert list(cube.attrs["bad_bands"]) == recorded["cube"]["bad_bands"]
    assert cube.attrs["quantity"] == recorded["cube"]["quantity"]
    place = cube.attrs["map_info"]
    assert {"fields": list(place["fields"]), "size": list(place["size"])} == recorded["cube"]["map_info"]
    assert hydra.describe_file(written / "scene.hdr").details["map info"] == recorded["cube"]["map info told"]


def test_a_picture_is_rendered_as_it_was(written, recorded):
    taken = hydra.render(hydra.read_cube(written / "scene.hdr"))
    assert taken.gain == pytest.approx(recorded["gain"], rel=1e-6)
    difference = taken.picture.astype(int) - hydra.read_picture(written / "scene.png")
    assert np.abs(difference).max() <= 1  # where rounding to 8 bit falls between two numbers


@pytest.mark.parametrize("name", ["visible", "visible-accurate", "vnir", "vnir-accurate"])
def test_shipped_models_reconstruct_as_they_did(written, golden, assert_as_it_was, name):
    estimate = hydra.load_model(name, "cpu").reconstruct(hydra.read_picture(written / "scene.png"))
    assert_as_it_was(estimate, f"model {name}")
    np.testing.assert_array_equal(estimate.flags, golden[f"model {name}/flags"])


def test_an_unknown_camera_reconstructs_as_it_did(written, assert_as_it_was):
    picture = hydra.read_picture(written / "scene.png")
    estimate = hydra.load_model("visible", "cpu").reconstruct(picture, camera="unknown")
    assert_as_it_was(estimate, "model visible, unknown camera")


@pytest.mark.parametrize("name", ["own", "adapted_vnir", "adapted_own"])
def test_model_files_load_and_reconstruct_as_they_did(written, assert_as_it_was, name):
    model = hydra.load_model(written / f"{name}.safetensors", "cpu")
    assert_as_it_was(model.reconstruct(hydra.read_picture(written / "scene.png")), f"model {name}")


def test_scores_are_what_they_were(written, recorded):
    truth = hydra.read_cube(written / "scene.hdr")
    picture = hydra.read_picture(written / "scene.png")
    estimate = hydra.load_model("visible", "cpu").reconstruct(picture, truth["wavelength"].values)
    found = hydra.score(estimate.scaled(1 / recorded["gain"]), truth)
    # Means over 500 spectra: nearer to one another than single values are. Some pixels may cross their interval.
    for name, value in recorded["scores"].items():
        assert found[name] == pytest.approx(value, rel=1e-4, abs=1e-3 if name == "coverage90" else 1e-6), name


# -- sessions ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SESSIONS)
def test_a_session_opens_without_a_notice_and_gives_the_same_numbers(written, recorded, assert_as_it_was, name):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        session = hydra.load_session(written / f"{name}.json")
    assert session.changes == ()
    scene = hydra.reconstruct_session(session, device="cpu").scene
    assert_as_it_was(scene.estimate, f"session {name}")
    figures = recorded[f"session {name}"]
    assert scene.matched == figures["matched"]
    assert scene.factor == pytest.approx(figures["factor"], rel=1e-4)


def test_pins_regions_and_choices_of_a_session_come_back(written):
    snapshot = hydra.reconstruct_session(written / "field.json", device="cpu")
    assert [(p.name, p.y, p.x, p.colour, p.visible) for p in snapshot.pins] == [
        ("P1", 5, 6, "#e69f00", True),
        ("P2", 20, 3, "#56b4e9", False),
    ]
    stems = {"leaf": "leaf", "tarp": "tarp", "ball": "ball", "soil, wet": "soil-wet"}
    assert {region.name: region.visible for region in snapshot.regions} == {name: name != "soil, wet" for name in stems}
    for region in snapshot.regions:
        mask = tifffile.imread(written / "export" / "masks" / f"{stems[region.name]}.tif")
        np.testing.assert_array_equal(region.mask, mask > 0)
    kinds = [None if region.outline is None else region.outline.kind for region in snapshot.regions]
    assert kinds == ["polygon", "rectangle", "ellipse", None]
    assert (snapshot.level, snapshot.transform, snapshot.pixel_window, snapshot.statistic) == (0.8, "SNV", 3, "median")
    assert (snapshot.encoded_truth, snapshot.band, snapshot.arrangement) == (True, 4, "side by side")
    assert [(place.number, place.y, place.x) for place in snapshot.sites] == [(1, 2, 3), (2, 20, 9)]
    first, second = snapshot.measurements
    assert (first.name, first.y, first.x, first.source, first.used) == ("P1", 5, 6, "truth", True)
    assert (second.name, second.y, second.x, second.source, second.used) == ("tarp", 0, 0, "field.csv", False)
    np.testing.assert_array_equal(first.wavelengths, [420.0, 550.5, 680.0])
    np.testing.assert_array_equal(first.values, [0.1, 1 / 3, 0.2])


def test_a_session_that_is_saved_again_holds_all_that_it_held(written, tmp_path):
    shutil.copytree(written, tmp_path / "moved")
    snapshot = hydra.reconstruct_session(tmp_path / "moved" / "field.json", device="cpu")
    hydra.save_session(snapshot, tmp_path / "moved" / "again.json")
    old, new = (
        json.loads((tmp_path / "moved" / name).read_text(encoding="utf-8")) for name in ("field.json", "again.json")
    )
    kept = ("name", "illuminant", "white_level", "wavelengths", "matched", "size", "view", "pins", "regions")
    assert_nothing_is_lost({name: old[name] for name in (*kept, "places", "measurements")}, new, "session")
    for what in ("picture", "truth"):
        assert (new[what]["path"], new[what]["sha256"]) == (old[what]["path"], old[what]["sha256"])
    assert new["model"]["named"] == "visible"


# -- training ------------------------------------------------------------------------------------------------


def test_a_run_goes_on_from_its_checkpoint_to_the_same_model(written, golden, tmp_path, monkeypatch):
    shutil.copytree(written / "run", tmp_path / "run")
    log = (tmp_path / "run" / "log.csv").read_text(encoding="utf-8")
    cubes = [written / "scene.hdr", written / "second.hdr"]
    assert run(monkeypatch, "train", *cubes, "--out", tmp_path / "run", "--name", "own", "--device", "cpu") != 0
    resumed = ["--out", tmp_path / "run", "--name", "own", "--device", "cpu", "--resume"]
    assert run(monkeypatch, "train", *cubes, *resumed) == 0
    whole = (tmp_path / "run" / "log.csv").read_text(encoding="utf-8")
    assert whole.startswith(log)
    stages = [row["stage"] for row in csv.DictReader(whole.splitlines())][log.count("\n") - 1 :]
    assert set(stages) == {"joint"}  # the stages before were not trained again
    picture = hydra.read_picture(written / "scene.png")
    model = hydra.load_model(tmp_path / "run" / "own.safetensors", "cpu")
    # Each step of Adam divides by a running mean of squares, which enlarges how processors differ in the last digits.
    found = np.array([model.reconstruct(picture).spectrum(y, x) for y, x in golden["pixels"]])
    np.testing.assert_allclose(found, golden["model own/spectra"], atol=2e-3)
    best, then = (
        hydra.load_model(path, "cpu").card.metrics["validation"]
        for path in (tmp_path / "run" / "own.safetensors", written / "own.safetensors")
    )
    assert best["step"] == then["step"]
    assert best["mrae"] == pytest.approx(then["mrae"], rel=0.01)


# -- exports -------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def exported(written, tmp_path_factory):
    """An export of the same session, which replaces a copy of that of 0.1.0: it is known as one."""
    folder = tmp_path_factory.mktemp("export") / "export"
    shutil.copytree(written / "export", folder)
    with pytest.MonkeyPatch.context() as patched:
        words = ("export", written / "field.json", "--output", folder, "--device", "cpu")
        assert run(patched, *words) != 0
        assert run(patched, *words, "--overwrite") == 0
    return folder


def files_in(folder, suffix=""):
    return {path.relative_to(folder).as_posix() for path in folder.rglob(f"*{suffix}") if path.is_file()}


def test_an_export_holds_every_file_that_it_held(written, exported):
    assert files_in(written / "export") | PLOTS <= files_in(exported)


@pytest.mark.parametrize("name", ["wide", "long", "shown_wide", "shown_long"])
def test_tables_of_spectra_say_what_they_said(written, exported, name):
    # What is shown is SNV: divided by a standard deviation of about 0.1 here, and so are the differences.
    scale = 10 if name.startswith("shown") else 1
    assert_same_table(*(folder / "spectra" / f"{name}.csv" for folder in (written / "export", exported)), scale=scale)


def test_the_table_of_errors_says_what_it_said(written, exported):
    # Errors are differences of nearly equal numbers. Of a pin's 117 values one or two may cross their interval.
    tables = [folder / "metrics.csv" for folder in (written / "export", exported)]
    assert_same_table(*tables, scale=10, coarse={"coverage90": 0.02})


@pytest.mark.parametrize("name", ["estimate", "truth", "teacher-coding"])
def test_libraries_hold_what_they_held(written, exported, name):
    old, new = (open_image(str(folder / "spectra" / f"{name}.hdr")) for folder in (written / "export", exported))
    assert new.names == old.names
    np.testing.assert_allclose(new.bands.centers, old.bands.centers, rtol=1e-6)
    np.testing.assert_allclose(new.spectra, old.spectra, rtol=1e-4, atol=2e-5)


def test_cubes_and_masks_of_regions_hold_what_they_held(written, exported):
    for name in sorted(files_in(written / "export" / "cubes", ".hdr")):
        old, new = (hydra.read_cube(folder / "cubes" / name) for folder in (written / "export", exported))
        np.testing.assert_allclose(new.values, old.values, rtol=1e-4, atol=2e-5)
        np.testing.assert_allclose(new["wavelength"], old["wavelength"])
        assert new.attrs.get("map_info") == old.attrs.get("map_info")
        assert new.attrs["bad_bands"] == old.attrs["bad_bands"]
    for name in sorted(files_in(written / "export" / "masks", ".tif")):
        old, new = (tifffile.imread(folder / "masks" / name) for folder in (written / "export", exported))
        np.testing.assert_array_equal(new, old)


@pytest.mark.parametrize("name", ["regions", "regions_map"])
def test_outlines_lie_where_they_lay(written, exported, name):
    old, new = (folder / "masks" / f"{name}.geojson" for folder in (written / "export", exported))
    assert_nothing_is_lost(*(json.loads(path.read_text(encoding="utf-8")) for path in (old, new)), name)


def test_a_manifest_says_what_it_said(written, exported):
    old, new = (
        json.loads((folder / "manifest.json").read_text(encoding="utf-8")) for folder in (written / "export", exported)
    )
    assert (new["format"], new["scene"]) == (old["format"], old["scene"])
    assert_nothing_is_lost(old["settings"], new["settings"], "settings")
    assert set(old["model"]) <= set(new["model"])
    for what in ("picture", "truth"):
        assert new["inputs"][what]["sha256"] == old["inputs"][what]["sha256"]
    assert {entry["path"] for entry in old["files"]} <= {entry["path"] for entry in new["files"]}


# -- parts ---------------------------------------------------------------------------------------------------


def read_table(path):
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    return list(csv.DictReader(lines))


def assert_same_table(old_path, new_path, scale=1, coarse=None):
    """Every column that there was is there with its values; further ones may have come."""
    old, new = read_table(old_path), read_table(new_path)
    assert len(new) == len(old)
    assert set(old[0]) <= set(new[0])
    for then, now in zip(old, new, strict=True):
        for column, text in then.items():
            try:
                value = float(text)
            except ValueError:
                assert now[column] == text, column
                continue
            close = pytest.approx(value, rel=1e-4 * scale, abs=(coarse or {}).get(column, 2e-5 * scale), nan_ok=True)
            assert float(now[column]) == close, column


def assert_nothing_is_lost(old, new, where):
    """What a JSON file held is there with its value; further entries may have come."""
    if isinstance(old, dict):
        for key, value in old.items():
            assert key in new, f"{where}: {key}"
            assert_nothing_is_lost(value, new[key], f"{where}: {key}")
    elif isinstance(old, list):
        assert len(new) == len(old), where
        for index, (then, now) in enumerate(zip(old, new, strict=True)):
            assert_nothing_is_lost(then, now, f"{where}[{index}]")
    elif isinstance(old, float):
        assert new == pytest.approx(old, rel=1e-4, abs=1e-9), where
    else:
        assert new == old, where
