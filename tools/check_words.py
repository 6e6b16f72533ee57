"""Find words of the past: identifiers and prose that use a name which docs/glossary.md lists as old.

``python tools/check_words.py [path ...]`` prints ``file:line: word -> use this`` and exits 1 if there is any. Checked
are the names that code binds (modules, classes, functions, parameters, attributes, variables), its docstrings, and
Markdown without its code. Names of tests are sentences, so they count as prose. Strings are data and are not looked at.
"""

import ast
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from fnmatch import fnmatch
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
GLOSSARY = ROOT / "docs" / "glossary.md"
# Pages that programs write, or that tell of the past.
LEFT_OUT = ("docs/glossary.md", "CHANGELOG.md", "tests/fixtures/*")

# (files, identifier or phrase) that is right where it stands. Names of tensors and keys are those of files that must
# stay readable.
ALLOWED = (
    ("*/cli/*", "code"),  # the exit code of a process
    ("tests/*", "code"),  # likewise
    ("*", "exit code"),
    ("tools/*", "in_code"),  # here code is source
    ("tools/*", "code"),
    ("tools/*", "code_lines"),
    ("tools/*", "count_code_lines"),
    ("tools/*", "_NO_CODE"),
    ("*", "exit codes"),
    ("*/student.py", "doubt"),  # layers of the student: tensors of the shipped weights
    ("*/student.py", "code_head"),
    ("*/student.py", "spread_head"),
    ("*/student.py", "trust_head"),
    ("*/scene_prior.py", "doubt_power"),  # a key in the header of adapted models
)
_NOT_PROSE = re.compile(r"```.*?```|``.*?``|`[^`\n]*`|\]\([^)]*\)", re.DOTALL)


class Word(NamedTuple):
    """An old word, what to use in its place, and where it is not to be used."""

    old: str
    new: str
    in_code: bool
    in_prose: bool


class Finding(NamedTuple):
    """An old word in a file."""

    path: str
    line: int
    found: str
    new: str


def read_glossary(text: str) -> list[Word]:
    """Return the old words that the tables of a glossary mark by (code), (prose) or (both)."""
    found: dict[str, tuple[list[str], set[str]]] = {}
    for line in text.splitlines():
        if line.startswith("| "):
            term = line.split("|")[1].strip()
            for old, where in re.findall(r"[`\"]([^`\"]+)[`\"] \((code|prose|both)\)", line):
                terms, marks = found.setdefault(old, ([], set()))
                terms.append(term)
                marks.add(where)
    return [
        Word(old, " or ".join(dict.fromkeys(terms)), marks != {"prose"}, marks != {"code"})
        for old, (terms, marks) in found.items()
    ]


def parts_of(identifier: str) -> list[str]:
    """Return the words of an identifier in lower case: ``MeasuredSpectrum`` and ``measured_spectrum`` have two."""
    return [part.lower() for part in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+", identifier)]


def old_in_identifier(identifier: str, words: Iterable[Word]) -> Word | None:
    """Return the first old word in an identifier."""
    parts = parts_of(identifier)
    for word in words:
        if word.old[0].isupper():
            if identifier == word.old:
                return word
            continue
        wanted = parts_of(word.old)
        for start in range(len(parts) - len(wanted) + 1):
            part = parts[start : start + len(wanted)]
            if part == wanted or part == [*wanted[:-1], f"{wanted[-1]}s"]:
                return word
    return None


def old_in_prose(text: str, words: Iterable[Word]) -> Iterator[tuple[int, str, Word]]:
    """Yield (offset, what stands there, word) for every old word of a text, code and addresses of links left out."""
    text = _NOT_PROSE.sub(lambda match: re.sub(r"\S", " ", match[0]), text)
    for word in words:
        pattern = re.escape(word.old).replace(r"\ ", r"\s+")
        for match in re.finditer(rf"(?<![\w-])(?:exit\s+)?{pattern}s?(?![\w-])", text, re.IGNORECASE):
            yield match.start(), " ".join(match[0].lower().split()), word


def bound_names(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield (line, name) of everything that a module binds, but for aliases of old names."""
    aliases = {
        id(target)
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and ast.unparse(node.value).startswith("renamed(")
        for target in node.targets
    }
    for node in ast.walk(tree):
        match node:
            case ast.Name() if id(node) in aliases:
                continue
            case ast.ClassDef() | ast.FunctionDef() | ast.AsyncFunctionDef():
                yield node.lineno, node.name
            case ast.arg():
                yield node.lineno, node.arg
            case ast.Name(ctx=ast.Store()):
                yield node.lineno, node.id
            case ast.Attribute(ctx=ast.Store()):
                yield node.lineno, node.attr
            case ast.alias(asname=str(name)):
                yield node.lineno, name


def docstrings(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield (line, text) of every docstring."""
    for node in ast.walk(tree):
        match node:
            case (
                ast.Module(body=[ast.Expr(value=ast.Constant(value=str(text), lineno=line)), *_])
                | ast.ClassDef(body=[ast.Expr(value=ast.Constant(value=str(text), lineno=line)), *_])
                | ast.FunctionDef(body=[ast.Expr(value=ast.Constant(value=str(text), lineno=line)), *_])
            ):
                yield line, text


def is_allowed(path: str, found: str) -> bool:
    """Whether an identifier or phrase is right in a file."""
    return any(fnmatch(path, files) and found == allowed for files, allowed in ALLOWED)


def check_text(path: str, text: str, words: list[Word]) -> Iterator[Finding]:
    """Yield the old words of one file, given by its path from the root and its text."""
    code, prose = [w for w in words if w.in_code], [w for w in words if w.in_prose]
    texts: list[tuple[int, str]] = [(1, text)]
    if path.endswith(".py"):
        tree = ast.parse(text)
        texts = list(docstrings(tree))
        for line, name in [(1, Path(path).stem), *bound_names(tree)]:
            is_sentence = name.startswith("test_") and line > 1
            word = None if is_sentence else old_in_identifier(name, code)
            if word is not None and not is_allowed(path, name):
                yield Finding(path, line, name, word.new)
            if is_sentence:
                texts.append((line, name.replace("_", " ")))
    for line, piece in texts:
        for offset, found, word in old_in_prose(piece, prose):
            if not is_allowed(path, found):
                yield Finding(path, line + piece.count("\n", 0, offset), found, word.new)


def tracked_files() -> list[str]:
    """Return the Python files and pages that git tracks, from the root."""
    listed = subprocess.run(["git", "ls-files", "*.py", "*.md"], cwd=ROOT, capture_output=True, text=True, check=True)
    return [path for path in listed.stdout.split() if not any(fnmatch(path, pattern) for pattern in LEFT_OUT)]


def main(paths: list[str]) -> int:
    """Check files, all that git tracks where none is named; return the exit code."""
    words = read_glossary(GLOSSARY.read_text(encoding="utf-8"))
    findings = [
        finding
        for path in paths or tracked_files()
        for finding in check_text(path, (ROOT / path).read_text(encoding="utf-8"), words)
    ]
    for path, line, found, new in sorted(findings):
        print(f"{path}:{line}: {found} -> {new}")  # noqa: T201
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
