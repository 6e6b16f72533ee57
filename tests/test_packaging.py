"""The wheel and the source archive carry everything that an installed plugin needs."""

import re
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest

import napari_hydra

ROOT = Path(__file__).parents[1]
PACKAGE_FILES = {
    path.relative_to(ROOT).as_posix()
    for path in (ROOT / "napari_hydra").rglob("*")
    if path.is_file() and "__pycache__" not in path.parts
}


def build(source: Path, target: str, folder: Path) -> Path:
    """Build a "wheel" or an "sdist" of the project in `source`, and return its path."""
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", target, "-d", str(folder)],
        cwd=source,
        check=True,
        capture_output=True,
    )
    (archive,) = folder.iterdir()
    return archive


@pytest.fixture(scope="module")
def source_archive(tmp_path_factory):
    return build(ROOT, "sdist", tmp_path_factory.mktemp("sdist"))


@pytest.fixture(scope="module")
def wheel(source_archive, tmp_path_factory):
    """A wheel built from the unpacked source archive: the way it goes from PyPI."""
    folder = tmp_path_factory.mktemp("source")
    with tarfile.open(source_archive) as archive:
        archive.extractall(folder, filter="data")
    (source,) = folder.iterdir()
    return build(source, "wheel", tmp_path_factory.mktemp("wheel"))


def test_wheel_holds_the_whole_package(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    assert {name for name in names if name.startswith("napari_hydra/")} == PACKAGE_FILES
    assert {"napari_hydra/napari.yaml", "napari_hydra/py.typed"} <= names
    assert any(name.startswith("napari_hydra/resources/") for name in names)


def test_wheel_registers_plugin_and_command(wheel):
    with zipfile.ZipFile(wheel) as archive:
        (entry_points,) = (name for name in archive.namelist() if name.endswith("entry_points.txt"))
        text = archive.read(entry_points).decode()
        metadata = archive.read(entry_points.replace("entry_points.txt", "METADATA")).decode()
    assert "[napari.manifest]\nnapari-spectral-hydra = napari_hydra:napari.yaml" in text
    assert "[console_scripts]\nnapari-hydra = napari_hydra.cli:main" in text
    required = [line for line in metadata.splitlines() if line.startswith("Requires-Dist") and "extra ==" not in line]
    assert not [line for line in required if re.search(r"pyqt|pyside|napari\[", line, re.IGNORECASE)]


def test_source_archive_can_be_tested(source_archive):
    with tarfile.open(source_archive) as archive:
        names = {name.split("/", 1)[1] for name in archive.getnames() if "/" in name}
    assert {"Makefile", "constraints.txt", "LICENSE", "CITATION.cff", "tools/install-system-packages.sh"} <= names
    assert {"tests/test_packaging.py", "benchmarks/rows.py"} <= names
    assert not [name for name in names if name.startswith("benchmarks/results")]
    # The links at the top of a clone are files of text where the system has no links: nothing depends on them.
    assert not {"napari.yaml", "resources"} & names


def test_wheel_says_under_which_terms_it_comes(wheel):
    with zipfile.ZipFile(wheel) as archive:
        (metadata,) = (archive.read(name).decode() for name in archive.namelist() if name.endswith("/METADATA"))
        notices = [name for name in archive.namelist() if name.endswith((".dist-info/licenses/NOTICE", "/LICENSE"))]
    assert "License-Expression: BSD-3-Clause AND LicenseRef-Research-Data\n" in metadata
    assert len(notices) == 2
    assert re.search(r"^Project-URL: Source, https://", metadata, re.MULTILINE)
    assert not re.search(r"\]\((?!https?:|#)", metadata)  # a page on an index knows no relative links


def test_one_version_everywhere():
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    assert napari_hydra.__version__ == declared
    assert f"\nversion: {declared}\n" in (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert f"\n## {declared}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
