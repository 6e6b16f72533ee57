"""Sessions: saved, moved, changed, damaged, and brought back without a window."""

import json
import os
import shutil
import warnings
from dataclasses import replace

import numpy as np
import pytest
from snapshot_files import PINS, SIZE, TRIANGLE, scene_of, snapshot_in, write_files

from napari_hydra.errors import Cancelled, HydraError
from napari_hydra.io import read_picture
from napari_hydra.samples import SAMPLE_MARK, color_checker, photograph
from napari_hydra.workbench.scene.run_request import RunRequest, WavelengthChoice
from napari_hydra.workbench.scene.view_snapshot import ViewSnapshot
from napari_hydra.workbench.session.mask_runs import from_runs, to_runs
from napari_hydra.workbench.session.reopening import SessionNotice, load_session, reconstruct_session
from napari_hydra.workbench.session.saving import save_session
from napari_hydra.workbench.session.session import VERSION
from napari_hydra.workbench.session.source_paths import OutsideFolder

MEASURED = {"name": "M1", "y": 1, "x": 1, "source": "f", "used": True, "wavelengths": [400, 500], "values": [0.1, 0.2]}
VIEW = {"level": 0.9, "transform": "SNV", "window": 1, "statistic": "mean", "band": 0}


@pytest.fixture(scope="module")
def origin(tmp_path_factory):
    return write_files(tmp_path_factory.mktemp("origin"))


@pytest.fixture(scope="module")
def snapshot(origin):
    return snapshot_in(origin)


@pytest.fixture
def folder(origin, tmp_path):
    """A folder of its own with the files and a session that refers to them."""
    there = tmp_path / "mine"
    shutil.copytree(origin, there)
    save_session(snapshot_in(there), there / "s.json")
    return there


def assert_same(found, snapshot):
    """Everything that a session keeps is the same; masks are compared pixel by pixel."""
    assert found.pins == snapshot.pins
    assert [(r.name, r.colour, r.visible) for r in found.regions] == [
        (r.name, r.colour, r.visible) for r in snapshot.regions
    ]
    for ours, theirs in zip(found.regions, snapshot.regions, strict=True):
        np.testing.assert_array_equal(ours.mask, theirs.mask)
    for choice in ("level", "transform", "pixel_window", "statistic", "encoded_truth", "band", "arrangement", "sites"):
        assert getattr(found, choice) == getattr(snapshot, choice)
    for ours, theirs in zip(found.measurements, snapshot.measurements, strict=True):
        assert (ours.name, ours.y, ours.x, ours.source, ours.used) == (
            *(theirs.name, theirs.y, theirs.x, theirs.source, theirs.used),
        )
        np.testing.assert_array_equal(ours.wavelengths, theirs.wavelengths)
        np.testing.assert_array_equal(ours.values, theirs.values)


def edited(path, **changes):
    """Change entries of a session file."""
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def test_round_trip_keeps_pins_regions_and_choices(snapshot, origin, tmp_path):
    path = save_session(snapshot, tmp_path / "s.json")
    found = load_session(path, allow_outside=True)
    assert_same(found, snapshot)
    assert found.regions[0].outline.kind == "polygon"
    np.testing.assert_allclose(found.regions[0].outline.vertices, TRIANGLE)
    assert found.regions[1].outline is None
    assert found.name == "field"
    assert found.size == SIZE
    assert found.picture.path == origin / "scene.png"
    assert found.truth.path == origin / "scene.hdr"
    assert found.model.path == origin / "small.safetensors"
    assert (found.camera.name, found.illuminant, found.matched) == ("srgb", "A", True)
    assert found.wavelengths == WavelengthChoice("grid", 420.0, 680.0, 20.0)
    assert found.changes == ()
    assert [entry.name for entry in tmp_path.iterdir()] == ["s.json"]


def test_the_scene_comes_back_number_for_number(snapshot, tmp_path):
    path = save_session(snapshot, tmp_path / "s.json")
    again = reconstruct_session(path, device="cpu", allow_outside=True)
    assert_same(again, snapshot)
    np.testing.assert_array_equal(np.asarray(again.scene.estimate), np.asarray(snapshot.scene.estimate))
    np.testing.assert_array_equal(again.scene.truth.values, snapshot.scene.truth.values)
    assert again.scene.factor == snapshot.scene.factor
    assert again.scene.settings == snapshot.scene.settings | {"device": "cpu"}
    # ... and is saved again as it was.
    second = json.loads(save_session(again, tmp_path / "again.json").read_text())
    assert second == json.loads(path.read_text())


def test_paths_are_relative_so_a_folder_can_move(folder):
    saved = json.loads((folder / "s.json").read_text())
    assert [saved[what]["path"] for what in ("picture", "truth", "model")] == [
        "scene.png",
        "scene.hdr",
        "small.safetensors",
    ]
    elsewhere = folder.parent / "elsewhere"
    folder.rename(elsewhere)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = load_session(elsewhere / "s.json")
    assert found.truth.path == elsewhere / "scene.hdr"
    assert reconstruct_session(found, device="cpu").scene.name == "field"


def as_saved_by_0_1_0(path):
    """Write absolute paths into a session, as that version did also for files beside it."""
    saved = json.loads(path.read_text())
    for what in ("picture", "truth", "model"):
        saved[what]["absolute"] = str(path.parent / saved[what]["path"])
    path.write_text(json.dumps(saved))


def test_a_session_that_moves_alone_finds_its_files_where_it_may(folder, tmp_path):
    as_saved_by_0_1_0(folder / "s.json")
    assert load_session(folder / "s.json").picture.path == folder / "scene.png"
    moved = tmp_path / "desktop" / "deep"
    moved.mkdir(parents=True)
    (folder / "s.json").rename(moved / "s.json")
    with pytest.raises(OutsideFolder, match=r"the truth .*scene\.hdr.* --allow-outside") as caught:
        load_session(moved / "s.json")
    assert len(caught.value.files) == 3
    assert load_session(moved / "s.json", allow_outside=True).picture.path == folder / "scene.png"


def test_what_is_passed_on_says_nothing_of_the_computer(folder):
    assert str(folder) not in (folder / "s.json").read_text()
    (folder / "deep").mkdir()
    save_session(snapshot_in(folder), folder / "deep" / "s.json")  # a file elsewhere is found again by where it lies
    assert str(folder / "scene.png") in (folder / "deep" / "s.json").read_text()


@pytest.mark.parametrize(
    ("what", "entry", "words"),
    [
        ("picture", {"path": "../secret.png"}, "outside of its folder: the picture"),
        ("picture", {"path": "link.png"}, "outside of its folder: the picture"),
        ("picture", {"path": "notes.txt"}, "notes.txt is no file that a session opens as picture"),
        ("picture", {"path": "none.png", "absolute": "/etc/passwd"}, "outside of its folder"),
        ("picture", {"path": "pipe.png"}, "pipe.png is a pipe or a device"),
        ("picture", {"sample": "other"}, "no sample 'other'"),
        ("model", {"path": "notes.txt"}, "notes.txt is no file that a session opens as model"),
        ("model", {"named": "/etc/passwd"}, "no model '/etc/passwd'"),
        ("camera", {"named": "notes.txt"}, "no camera 'notes.txt'"),
        ("camera", {"path": "scene.png"}, "scene.png is no file that a session opens as camera"),
        ("truth", {"path": "notes.txt"}, "notes.txt is no file that a session opens as truth"),
        ("truth", {"rendered": True}, "truth: it says neither a file nor a name"),
        ("model", 7, "model is 7, not entries with names"),
        ("picture", {"path": ["scene.png"]}, "picture.path is list, not a text"),
    ],
)
def test_a_session_does_not_choose_what_is_read(folder, what, entry, words):
    (folder.parent / "secret.png").write_bytes((folder / "scene.png").read_bytes())
    (folder / "link.png").symlink_to(folder.parent / "secret.png")
    (folder / "notes.txt").write_text("400 1 1 1")
    os.mkfifo(folder / "pipe.png")
    edited(folder / "s.json", **{what: entry})
    with pytest.raises(HydraError, match=words.replace(".", r"\.")):
        load_session(folder / "s.json")


def test_a_copied_file_is_not_taken_for_a_changed_one(folder):
    content = (folder / "scene.img").read_bytes()
    (folder / "scene.img").unlink()
    (folder / "scene.img").write_bytes(content)  # another time of change
    assert load_session(folder / "s.json").changes == ()


@pytest.mark.parametrize(
    ("name", "what"), [("scene.img", "truth"), ("scene.png", "picture"), ("small.safetensors", "model")]
)
def test_a_changed_file_is_named(folder, name, what):
    content = bytearray((folder / name).read_bytes())
    content[-5] ^= 1  # of the same size
    (folder / name).write_bytes(content)
    with pytest.warns(SessionNotice, match=f"The {what} .* has changed since") as caught:
        found = load_session(folder / "s.json")
    assert len(caught) == 1
    assert len(found.changes) == 1


def test_every_missing_file_is_named_at_once(folder):
    (folder / "scene.png").unlink()
    (folder / "scene.img").unlink()
    with pytest.raises(HydraError, match=r"the picture .*scene\.png, the data file of .*scene\.hdr; put it back"):
        load_session(folder / "s.json")


def test_a_later_version_is_refused_and_says_so(folder):
    edited(folder / "s.json", version=VERSION + 1, software="napari-hydra 9.1")
    with pytest.raises(HydraError, match=r"later version \(napari-hydra 9\.1; .*update napari-hydra"):
        load_session(folder / "s.json")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "not a session"),
        ("[1, 2]", "not a session"),
        ('{"type": "FeatureCollection"}', "not a session"),
        ('{"format": "napari-hydra session", "version": 1}', "is damaged"),
    ],
)
def test_what_is_no_session_is_refused(tmp_path, text, words):
    (tmp_path / "s.json").write_text(text)
    with pytest.raises(HydraError, match=words):
        load_session(tmp_path / "s.json")
    with pytest.raises(HydraError, match="cannot be read"):
        load_session(tmp_path / "none.json")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (
            {"pins": [{"name": "P1", "y": 1, "x": 1, "colour": "red; background: url(x)", "visible": True}]},
            "the colour",
        ),
        ({"pins": [{"name": "P1", "y": 1, "x": 500, "colour": "#000000", "visible": True}]}, "outside the picture"),
        ({"pins": 7}, "pins is int, not a list"),
        ({"regions": [{"name": "R1", "colour": "#000000", "visible": True, "runs": "470 99"}]}, "beyond"),
        ({"regions": [{"name": "R1", "colour": "#000000", "visible": True, "runs": "1 x"}]}, "regions[0]"),
        ({"regions": [{"name": "R1", "colour": "#000000", "visible": True, "runs": ""}]}, "no pixel"),
        ({"places": [{"number": 1, "y": 900, "x": 0}]}, "outside the picture"),
        ({"measurements": [MEASURED | {"x": -1}]}, "measurements[0].x is -1"),
        ({"measurements": [MEASURED | {"values": [0.1]}]}, "one value for each"),
        ({"measurements": [{"name": "M1"}]}, "measurements[0].wavelengths is missing"),
        ({"view": VIEW | {"arrangement": "upside down"}}, "view.arrangement"),
        ({"view": VIEW | {"transform": "upside down"}}, "view.transform"),
        ({"view": VIEW | {"statistic": "mode"}}, "view.statistic"),
        ({"view": VIEW | {"level": "high"}}, "view.level"),
        ({"view": []}, "view is list"),
    ],
)
def test_what_is_sound_opens_and_the_rest_is_listed(folder, changes, words):
    whole = load_session(folder / "s.json")
    edited(folder / "s.json", **changes)
    with pytest.warns(SessionNotice, match="Left out of the session field"):
        found = load_session(folder / "s.json")
    assert any(words in problem for problem in found.problems), found.problems
    lists = {"pins": "pins", "regions": "regions", "places": "sites", "measurements": "measurements"}
    for key, name in lists.items():
        assert len(getattr(found, name)) == (0 if key in changes else len(getattr(whole, name)))


def test_every_problem_is_listed_beside_what_is_sound(folder):
    pins = [{"name": f"{n}\u202e 𝄞", "y": n % 24, "x": 1, "colour": "#000000", "visible": True} for n in range(10_000)]
    pins[77]["y"], pins[500]["visible"] = -3, None
    edited(folder / "s.json", pins=pins, view=VIEW | {"level": 7}, places=[{}])
    with pytest.warns(SessionNotice, match="Left out"):
        found = load_session(folder / "s.json")
    assert len(found.pins) == 9_998
    assert found.pins[0].name == "0\u202e 𝄞"
    assert found.problems == (
        "pins[77].y is -3, not within 0 to 1e+09",
        "pins[500].visible is None, not true or false",
        "places[0].number is missing",
        "places[0].y is missing",
        "places[0].x is missing",
        "view.level is 7, not within 0.01 to 0.999",
    )


@pytest.mark.parametrize("changes", [{"size": [24]}, {"size": [1e9, 1e9]}, {"size": [20_000, 20_000]}, {"name": None}])
def test_a_session_without_a_head_is_damaged(folder, changes):
    edited(folder / "s.json", **changes)
    with pytest.raises(HydraError, match="is damaged"):
        load_session(folder / "s.json")


def test_a_pipe_is_no_session(tmp_path):
    os.mkfifo(tmp_path / "s.json")
    with pytest.raises(HydraError, match="pipe or a device"):
        load_session(tmp_path / "s.json")


def test_a_session_of_before_the_arrangement_was_kept_still_opens(folder):
    path = folder / "s.json"
    old = json.loads(path.read_text())
    for name in ("coded", "arrangement"):
        del old["view"][name]
    del old["places"], old["measurements"]
    path.write_text(json.dumps(old))
    found = load_session(path)
    assert (found.encoded_truth, found.arrangement, found.sites, found.measurements) == (False, "estimate", (), ())
    assert (found.band, found.transform) == (4, "SNV")


def test_a_picture_of_another_size_is_refused(folder):
    edited(folder / "s.json", size=[24, 21], regions=[])
    with pytest.raises(HydraError, match=r"had 24 x 21 pixels .* now has 24 x 20"):
        reconstruct_session(folder / "s.json", device="cpu")


def test_samples_are_referred_to_by_their_keys(tmp_path):
    picture, cube = color_checker()
    chart = scene_of(
        RunRequest(
            name="chart",
            picture=picture,
            picture_source=SAMPLE_MARK + "color_checker",
            truth=cube,
            gain=cube.attrs["picture_gain"],
            wavelengths=WavelengthChoice("truth"),
            device="cpu",
        )
    )
    path = save_session(ViewSnapshot(scene=chart, pins=PINS), tmp_path / "chart.json")
    saved = json.loads(path.read_text())
    assert (saved["picture"], saved["truth"]) == ({"sample": "color_checker"}, {"sample": "color_checker"})
    assert saved["model"]["named"] == "visible"
    again = reconstruct_session(path, device="cpu", allow_outside=True).scene
    assert again.factor == chart.factor
    np.testing.assert_array_equal(again.estimate.spectrum(60, 40), chart.estimate.spectrum(60, 40))
    photo = replace(chart, truth=None, request=replace(chart.request, picture_source=SAMPLE_MARK + "photograph"))
    photo = replace(photo, picture=photograph(), settings={**photo.settings, "truth": ""})
    found = load_session(save_session(ViewSnapshot(scene=photo), tmp_path / "photo.json"))
    assert (found.picture.name, found.truth) == ("photograph", None)
    edited(path, model={"named": "visible", "sha256": "0" * 64})
    with pytest.warns(SessionNotice, match="The model visible is another one"):
        load_session(path)


def test_a_rendered_picture_is_rendered_again(origin, tmp_path):
    snapshot = snapshot_in(origin, picture=None, picture_source="")
    path = save_session(snapshot, tmp_path / "s.json")
    assert json.loads(path.read_text())["picture"] == {"rendered": True}
    again = reconstruct_session(path, device="cpu", allow_outside=True).scene
    np.testing.assert_array_equal(again.picture, snapshot.scene.picture)
    assert again.factor == snapshot.scene.factor


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float64])
def test_a_picture_without_a_file_is_written_beside(origin, tmp_path, dtype):
    scale = {np.uint8: 1, np.uint16: 255, np.float64: 1 / 255}[dtype]
    picture = read_picture(origin / "scene.png").astype(dtype) * dtype(scale)
    snapshot = snapshot_in(origin, picture=picture, picture_source="")
    path = tmp_path / "s.json"
    save_session(snapshot, path)
    assert set(tmp_path.glob("s*")) == {path, tmp_path / "s_picture.tif"}
    again = reconstruct_session(path, device="cpu", allow_outside=True).scene
    np.testing.assert_allclose(again.picture, picture, rtol=1e-7)
    with pytest.raises(HydraError, match="exists already"):
        save_session(snapshot, path)


def test_an_adapted_model_is_saved_beside_and_used_again(origin, tmp_path):
    snapshot = snapshot_in(origin)
    truth = snapshot.scene.truth
    points = [(y, x, truth[y, x]) for y in range(2, 24, 5) for x in range(2, 20, 5)]
    # The small model of these tests encodes spectra too coarsely to keep their colours.
    adapted = snapshot.scene.model.adapt(snapshot.scene.picture, points=points, camera="unknown")
    assert adapted.adaptation is not None
    request = snapshot.scene.request
    latent = adapted.reconstruct(snapshot.scene.picture, snapshot.scene.estimate.wavelengths)
    latent = latent.scaled(snapshot.scene.factor)
    shown = replace(snapshot, scene=replace(snapshot.scene, model=adapted, estimate=latent))
    path = tmp_path / "s.json"
    save_session(shown, path)
    assert {one.name for one in tmp_path.glob("s*")} == {"s.json", "s_model.safetensors", "small.safetensors"}
    assert json.loads(path.read_text())["model"]["path"] == "s_model.safetensors"
    assert request.model.endswith("small.safetensors")
    again = reconstruct_session(path, device="cpu", allow_outside=True)
    np.testing.assert_allclose(
        again.scene.model.adaptation.observations.residuals, adapted.adaptation.observations.residuals
    )
    # Loaded from that file, it need not be written once more.
    save_session(again, tmp_path / "t.json")
    assert set(tmp_path.glob("t*")) == {tmp_path / "t.json"}
    (tmp_path / "s_model.safetensors").unlink()
    with pytest.raises(HydraError, match=r"the model .*s_model\.safetensors"):
        load_session(path, allow_outside=True)


def test_a_truth_without_a_file_is_told(snapshot, tmp_path):
    scene = replace(snapshot.scene, settings={**snapshot.scene.settings, "truth": "made by a script"})
    with pytest.raises(HydraError, match="made by a script is not in a file; save its layer"):
        save_session(replace(snapshot, scene=scene), tmp_path / "s.json")
    with pytest.raises(HydraError, match="run it again"):
        save_session(replace(snapshot, scene=replace(scene, request=None)), tmp_path / "s.json")
    with pytest.raises(HydraError, match=r"end in \.json"):
        save_session(snapshot, tmp_path / "s.txt")
    assert list(tmp_path.iterdir()) == []


def test_saving_can_be_cancelled_and_leaves_nothing(origin, tmp_path):
    import threading

    cancel = threading.Event()
    seen = []

    def progress(fraction, stage):
        seen.append(stage)
        cancel.set()

    with pytest.raises(Cancelled):
        save_session(snapshot_in(origin, picture_source=""), tmp_path / "s.json", progress=progress, cancel=cancel)
    assert seen == ["looking at the picture"]
    assert list(tmp_path.iterdir()) == []


def test_runs_give_any_mask_back():
    for seed in range(5):
        mask = np.random.default_rng(seed).random((7, 9)) < 0.2 * seed
        np.testing.assert_array_equal(from_runs(to_runs(mask), mask.shape), mask)
    with pytest.raises(ValueError, match="beyond"):
        from_runs([60, 9], (7, 9))
