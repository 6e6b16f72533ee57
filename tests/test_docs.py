"""What the pages and docstrings say runs: their Python examples, and every command's verb and options."""

import doctest
import re
import shlex
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
import typer

from benchmarks.__main__ import build_parser
from napari_hydra.cli import app

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
OURS = r"https://(?:github|raw\.githubusercontent)\.com/napari-spectral-hydra/napari-spectral-hydra"
PACKAGE = ROOT / "napari_hydra"
WITH_EXAMPLES = [
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
    for path in sorted(PACKAGE.rglob("*.py"))
    if "_napari" not in path.parts and ">>> " in path.read_text(encoding="utf-8")
]
VERBS = typer.main.get_command(app).commands


def blocks(page, language):
    """Return the code blocks of a language."""
    return re.findall(rf"^```{language}\n(.*?)^```", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


def commands():
    for page in PAGES:
        text = "".join(blocks(page, "sh")).replace("\\\n", " ")
        for line in text.splitlines():
            if line.lstrip().startswith("napari-hydra "):
                yield pytest.param(line, id=f"{page.name}: {line.strip()}")


@pytest.mark.parametrize("line", list(commands()))
def test_commands_exist_with_their_options(line):
    words = shlex.split(line, comments=True)[1:]
    verb = VERBS[words[0]]
    known = {option for parameter in verb.params for option in parameter.opts} | {"--help"}
    assert {word for word in words[1:] if re.match(r"--?[a-z]", word)} <= known


def test_every_verb_is_explained():
    explained = (ROOT / "docs" / "command-line.md").read_text(encoding="utf-8")
    assert [verb for verb in VERBS if f"napari-hydra {verb}" not in explained] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_of_benchmarks_exist(page):
    text = page.read_text(encoding="utf-8")
    assert not re.search(r"python (-m benchmarks\.|benchmarks/)", text)
    for command in re.findall(r"`python\s+-m\s+benchmarks\s([^`]*)`", text):
        try:
            build_parser().parse_args(command.split())
        except SystemExit as end:
            if end.code:  # other than that of --help
                pytest.fail(command)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_and_pictures_are_there(page):
    text = page.read_text(encoding="utf-8")
    targets = [page.parent / target for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", text)]
    # The README stands on the index too, where links and pictures must be whole.
    targets += [ROOT / target for target in re.findall(rf"\]\({OURS}/(?:blob/)?main/([^)#]+)", text)]
    assert [target for target in targets if not target.exists()] == []


def test_analyse_example_runs(tmp_path):
    (example,) = blocks(ROOT / "docs" / "analyse.md", "python")
    spectra = [(400, 0.1, 0.3), (500, 0.15, 0.2), (600, 0.3, 0.25), (700, 0.4, 0.5)]
    rows = "".join(f"{nm},{soil},{paint}\n" for nm, soil, paint in spectra)
    (tmp_path / "field.csv").write_text(f"wavelength_nm,soil,paint\n{rows}")
    rows = "".join(f"{nm / 1000}\t{4 + nm / 100}\n" for nm, _, _ in spectra)
    header = "Name: Grass\nX Units: Wavelength (micrometers)\nY Units: Reflectance (percent)\n\n"
    (tmp_path / "grass.spectrum.txt").write_text(header + rows)
    done = subprocess.run([sys.executable, "-c", example], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "(G-R)/(G+R)" in done.stdout
    assert {line.split()[0] for line in done.stdout.splitlines()[1:]} == {"soil", "paint", "Grass"}


def test_readme_example_runs(tmp_path):
    (example,) = blocks(ROOT / "README.md", "python")
    done = subprocess.run([sys.executable, "-c", example], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "'mrae'" in done.stdout
    assert (tmp_path / "estimate.hdr").is_file()


@pytest.mark.parametrize("name", WITH_EXAMPLES)
def test_examples_in_docstrings_run(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # some write files
    with np.printoptions(legacy=False):  # whatever a package that another test imported has set
        failed, tried = doctest.testmod(import_module(name))
    assert tried
    assert not failed
