"""Words that a spreadsheet would run are escaped and come back; numbers never change."""

import pytest

from napari_hydra.io.files.csv_cells import escaped, unescaped


@pytest.mark.parametrize("words", ["=1+1", "+leaf", "-leaf (2)", "@home", "'=1", "''@"])
def test_words_that_begin_like_a_formula(words: str) -> None:
    assert escaped(words) == f"'{words}"
    assert unescaped(f"'{words}") == words


@pytest.mark.parametrize("cell", ["-0.25", "+1e-3", "-inf", "-nan", "", "leaf = 2", "'quoted'", -0.25, None, 3])
def test_all_else_stays(cell: object) -> None:
    assert escaped(cell) == cell
    if isinstance(cell, str):
        assert unescaped(cell) == cell
