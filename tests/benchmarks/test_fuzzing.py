"""The fuzzer finds what it is to find, and finds nothing in a short run."""

import json
import sys
from pathlib import Path
from random import Random

import pytest

from benchmarks.reliability.fuzzing import OUTCOMES, Opener, fuzz
from benchmarks.reliability.mutations import damage
from benchmarks.reliability.page import BEGIN, END, write_page
from benchmarks.reliability.seeds import make_seeds
from benchmarks.rows import write_rows

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs limits of a process and timers")
FAULTY = """
import os, signal
from benchmarks.reliability import worker
from napari_hydra.errors import HydraError

def endless(path):
    while True:
        pass

def refuse(path):
    raise HydraError("no")

worker.SECONDS = 1
worker.main({
    "opened": lambda path: 0,
    "HydraError": refuse,
    "other exception": lambda path: [][1],
    "crash": lambda path: os.kill(os.getpid(), signal.SIGSEGV),
    "hang": endless,
    "too much memory": lambda path: len(b"x" * 400_000_000) * 0,
})
"""


@pytest.fixture(scope="module")
def seeds(tmp_path_factory):
    return make_seeds(tmp_path_factory.mktemp("seeds"))


def test_every_outcome_is_told_from_the_others(tmp_path, monkeypatch):
    (tmp_path / "faulty.py").write_text(FAULTY)
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}:{Path(__file__).parents[2]}")
    with Opener("faulty") as opener:
        found = {wanted: opener.open(wanted, tmp_path / "none")[0] for wanted in OUTCOMES}
    assert found == {wanted: wanted for wanted in OUTCOMES}


def test_a_short_run_finds_nothing(seeds, tmp_path):
    with Opener() as opener:
        opened = {one.folder.name: opener.open(one.kind, one.folder / one.name) for one in seeds}
    assert {name: found for name, found in opened.items() if found[0] != "opened"} == {}
    rows = fuzz(150, 7, seeds, tmp_path)
    assert [row for row in rows if "kind" not in row] == []
    assert sum(row["opened"] + row["HydraError"] for row in rows) == 150
    assert all(row["HydraError"] for row in rows if row["kind"] != "preferences")


def test_damage_follows_from_the_seed(tmp_path):
    def damaged(name):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "a.json").write_text(json.dumps({"size": 3, "name": "soil"}))
        done = damage(folder, Random("1 4"), "a.json")
        return done, [path.read_bytes() for path in folder.iterdir()]

    assert damaged("one") == damaged("two")


def test_the_table_stands_between_its_marks(tmp_path):
    row = {"kind": "cube", "date": "2026-01-01", "version": "1", "python": "3", "seed": 0}
    write_rows(tmp_path / "r.json", [row | dict.fromkeys(OUTCOMES, 7)])
    page = tmp_path / "page.md"
    page.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n")
    write_page(tmp_path / "r.json", page)
    text = page.read_text()
    assert text.startswith("before\n")
    assert text.endswith("after\n")
    assert "| cubes | 42 | 7 | 7 | 7 | 7 | 7 | 7 |" in text
    assert "old" not in text
