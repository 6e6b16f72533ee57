"""The raw results of the repository, and the pages made of them."""

from pathlib import Path

import pytest

from benchmarks.__main__ import main
from benchmarks.ablation.commands import KEY as ABLATION
from benchmarks.accuracy.commands import KEY as ACCURACY
from benchmarks.rows import RESULTS, provenance, read_rows
from benchmarks.speed import KEY as SPEED

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.skipif((ROOT / "PKG-INFO").is_file(), reason="a source archive holds no raw results")


@pytest.mark.parametrize(
    ("benchmark", "page"), [("accuracy", "results.md"), ("ablation", "ablation.md"), ("speed", "performance.md")]
)
def test_pages_are_what_the_raw_results_make(benchmark, page, tmp_path, monkeypatch):
    monkeypatch.chdir(ROOT)
    main([benchmark, "table", "--page", str(tmp_path / page)])
    assert (tmp_path / page).read_text(encoding="utf-8") == (ROOT / "docs" / page).read_text(encoding="utf-8")


@pytest.mark.parametrize(("name", "key"), [("accuracy", ACCURACY), ("ablation", ABLATION), ("speed", SPEED)])
def test_every_row_says_how_it_was_made_and_stands_once(name, key):
    rows = read_rows(ROOT / RESULTS / f"{name}.json")
    assert all(set(provenance("")) <= set(row) and row["date"] and row["version"] for row in rows)
    assert len({tuple(row[field] for field in key) for row in rows}) == len(rows)
