"""What follows from the table of file formats: the manifest, the docs, and each format's module."""

import re
from pathlib import Path

import pytest
from npe2 import PluginManifest

from napari_hydra import io
from napari_hydra.file_formats import FORMATS, by_suffix, names, readable, writable

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def manifest():
    return PluginManifest.from_file(ROOT / "napari_hydra" / "napari.yaml").contributions


@pytest.mark.parametrize("kind", ["cube", "picture"])
def test_manifest_reads_what_the_table_says(manifest, kind):
    (patterns,) = (one.filename_patterns for one in manifest.readers if one.command.endswith(f"read_{kind}"))
    assert patterns == [f"*{suffix}" for suffix in readable(kind)]


def test_manifest_writes_what_the_table_says(manifest):
    (writer,) = manifest.writers
    assert writer.filename_extensions == list(writable("cube"))


def test_docs_name_the_formats_that_are_written():
    text = (ROOT / "docs" / "command-line.md").read_text(encoding="utf-8")
    (sentence,) = re.findall(r"The suffix chooses the format: (.*?)\. [A-Z]", text, re.DOTALL)
    assert re.findall(r"`(\.\w+)`", sentence) == list(writable("cube"))


def test_public_lists_follow_the_table():
    assert readable("cube") == io.READABLE
    assert writable("cube") == io.WRITABLE
    assert readable("picture") == io.READABLE_PICTURES
    assert readable("spectra") == io.LIBRARY_SUFFIXES
    assert readable("regions") == io.REGION_SUFFIXES


@pytest.mark.parametrize("entry", FORMATS, ids=lambda one: f"{one.kind} {one.name}")
def test_module_does_what_the_entry_says(entry):
    module = entry.load()
    if entry.kind == "picture":  # told by their content: one module reads them all
        assert module is io.pictures.reader
        return
    needed = ["read"] + ["write"] * bool(entry.writes) + ["matches"] * (entry.by_head or entry.kind == "cube")
    assert [name for name in needed if not callable(vars(module).get(name))] == []
    assert entry.by_head or not entry.shared
    assert set(entry.writes) <= set(entry.suffixes)


def test_no_suffix_decides_for_two_formats():
    decisive = [(one.kind, suffix) for one in FORMATS for suffix in one.suffixes]
    assert len(set(decisive)) == len(decisive)


def test_words_for_people():
    assert names("picture") == "PNG, JPEG, TIFF, BMP or raw photograph"
    assert by_suffix("picture", Path("a.JPEG")).name == "JPEG"
    assert by_suffix("spectra", Path("a.txt")) is None
