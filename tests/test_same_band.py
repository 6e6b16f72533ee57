"""The tolerance within which two wavelengths are one band stands in one place."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCES = sorted(path for folder in ("napari_hydra", "benchmarks", "tools") for path in (ROOT / folder).rglob("*.py"))
WAVELENGTHS = re.compile(r"\b(low|high|[ab])\b|span|range|wavelength|wanted|centre|decoded|bands|nodes")


def stray_tolerances(tree: ast.AST) -> list[int]:
    """Return the lines where half a nanometre, as a number, is added to a wavelength or taken from it."""
    return [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.BinOp)
        and isinstance(node.op, ast.Add | ast.Sub)
        and isinstance(node.right, ast.Constant)
        and node.right.value in (0.5, 0.51)
        and WAVELENGTHS.search(ast.unparse(node.left))
    ]


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_module_has_a_tolerance_of_its_own(path):
    found = stray_tolerances(ast.parse(path.read_text(encoding="utf-8")))
    assert not found, f"{path}: use SAME_BAND_NM of napari_hydra.cube in lines {found}"


def test_the_search_sees_what_it_should():
    source = "keep = (w >= span[0] - 0.5) & (w <= high + 0.5)\nmiddle = column + 0.5\nmore = wavelengths.max() + 0.51"
    assert sorted(stray_tolerances(ast.parse(source))) == [1, 1, 3]
