"""Count lines of code, without comments, blank lines and docstrings: ``count_code_lines.py [FOLDER ...]``."""

import ast
import sys
import tokenize
from pathlib import Path

_NO_CODE = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}
_DOCUMENTED = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


def code_lines(path: Path) -> int:
    """Return how many lines of a Python file hold code."""
    with tokenize.open(path) as stream:
        text = stream.read()
    lines: set[int] = set()
    for token in tokenize.generate_tokens(iter(text.splitlines(keepends=True)).__next__):
        if token.type not in _NO_CODE:
            lines.update(range(token.start[0], token.end[0] + 1))
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, _DOCUMENTED) and ast.get_docstring(node, clean=False) is not None:
            docstring = node.body[0]
            lines.difference_update(range(docstring.lineno, (docstring.end_lineno or docstring.lineno) + 1))
    return len(lines)


if __name__ == "__main__":
    whole = 0
    for folder in sys.argv[1:] or ["napari_hydra"]:
        counts = [code_lines(path) for path in sorted(Path(folder).rglob("*.py"))]
        whole += sum(counts)
        sys.stdout.write(f"{folder}: {sum(counts)} lines of code in {len(counts)} files\n")
    sys.stdout.write(f"all: {whole}\n")
