"""The verbs that work from a session, in this process, on real files."""

import json
from types import SimpleNamespace

import pytest

from napari_hydra import cli
from napari_hydra.io import read_cube
from napari_hydra.workbench.session.saving import save_session


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    from snapshot_files import snapshot_in, write_files

    folder = write_files(tmp_path_factory.mktemp("field"))
    save_session(snapshot_in(folder), folder / "s.json")
    return folder


@pytest.fixture
def run(capsys):
    """Run the command line in this process: run("info", path) -> code, out, err."""

    def call(*arguments):
        code = cli.run([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return SimpleNamespace(code=code, out=captured.out, err=captured.err)

    return call


def test_export_writes_the_folder_and_its_manifest_as_json(run, folder, tmp_path):
    out = tmp_path / "out"
    done = run("export", folder / "s.json", "-o", out, "--transform", "max = 1", "--format", "zarr", "--json", "-")
    assert done.code == 0, done.err
    printed = json.loads(done.out)
    assert printed["settings"]["transform"] == "max = 1"
    assert printed["folder"] == str(out)
    assert printed["model"]["name"] == "small"
    assert {name: len(entry["sha256"]) for name, entry in printed["inputs"].items()} == {"picture": 64, "truth": 64}
    assert {key: value for key, value in printed.items() if key != "folder"} == json.loads(
        (out / "manifest.json").read_text()
    )
    assert read_cube(out / "cubes" / "leaf_truth.zarr").sizes["wavelength"] == 26  # its own bands
    again = run("export", folder / "s.json", "-o", out)
    assert again.code == 2
    assert "exists already" in again.err
    assert run("export", folder / "s.json", "-o", out, "--overwrite").code == 0
    assert (out / "cubes" / "leaf_truth.hdr").exists()
    assert not (out / "cubes" / "leaf_truth.zarr").exists()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--transform", "cubed"], "no transform 'cubed'"),
        (["--format", "tiff"], "envi or zarr"),
        (["--json", "nowhere/f.json"], "its folder does not exist"),
        (["--device", "abacus"], "no device 'abacus'"),
    ],
)
def test_bad_choices_exit_with_2_and_write_nothing(run, folder, tmp_path, options, words):
    done = run("export", folder / "s.json", "-o", tmp_path / "out", *options)
    assert done.code == 2
    assert words in done.err
    assert done.err.count("\n") == 1 or "export:" in done.err
    assert list(tmp_path.iterdir()) == []


def test_report_writes_a_page(run, folder, tmp_path):
    done = run("report", folder / "s.json", "-o", tmp_path / "r.html")
    assert (done.code, done.out) == (0, f"wrote {tmp_path / 'r.html'}\n")
    assert "<h1>field" in (tmp_path / "r.html").read_text(encoding="utf-8")
    assert run("report", folder / "s.json", "-o", tmp_path / "r.html").code == 2
    refused = run("report", folder / "s.json", "-o", tmp_path / "r.txt")
    assert refused.code == 2
    assert "end in .html" in refused.err


@pytest.mark.parametrize("verb", [["export", "-o", "out"], ["report", "-o", "out.html"], ["show", "--session"]])
def test_what_is_no_session_is_refused(run, tmp_path, monkeypatch, verb):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "s.json").write_text("{}")
    done = run(verb[0], *([*verb[1:], "s.json"] if verb[0] == "show" else ["s.json", *verb[1:]]))
    assert done.code == 2
    assert "s.json is not a session" in done.err
    assert [path.name for path in tmp_path.iterdir()] == ["s.json"]


def test_missing_and_changed_files_are_named(run, folder, tmp_path):
    printed = json.loads((folder / "s.json").read_text())
    printed["picture"] |= {"size": printed["picture"]["size"] + 1}
    changed = folder / "changed.json"
    changed.write_text(json.dumps(printed))
    done = run("report", changed, "-o", tmp_path / "r.html")
    assert done.code == 0
    assert "scene.png has changed since the session was saved" in done.err
    printed["truth"] |= {"path": "gone.hdr", "absolute": str(folder / "gone.hdr")}
    changed.write_text(json.dumps(printed))
    done = run("export", changed, "-o", tmp_path / "out")
    assert done.code == 2
    assert "gone.hdr" in done.err


def test_show_takes_a_session_or_files_but_not_both(run, folder):
    done = run("show", folder / "scene.png", "--session", folder / "s.json")
    assert done.code == 2
    assert "leave the others out" in done.err
