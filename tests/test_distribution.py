"""The name of the distribution, and the warning about another one that owns the package."""

import subprocess
import sys
import warnings
from importlib.metadata import metadata
from pathlib import Path

import pytest
from npe2 import PluginManifest

from napari_hydra.distribution import DISTRIBUTION, NAMESAKE, warn_of_namesake

ROOT = Path(__file__).parents[1]


def installed(folder: Path, name: str) -> None:
    """Let a distribution look installed in `folder`."""
    info = folder / f"{name.replace('-', '_')}-0.0.8.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 0.0.8\n")


def test_manifest_commands_and_distribution_have_one_name():
    manifest = PluginManifest.from_file(ROOT / "napari_hydra" / "napari.yaml")
    assert manifest.name == DISTRIBUTION == metadata(DISTRIBUTION)["Name"]
    assert {command.id.split(".")[0] for command in manifest.contributions.commands} == {DISTRIBUTION}
    assert manifest.display_name == "napari-hydra"


def test_namesake_is_named_once_with_its_remedy_at_import(tmp_path):
    installed(tmp_path, NAMESAKE)
    code = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); import napari_hydra"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stderr.count("napari-hydra 0.0.8 also owns the package napari_hydra") == 1
    assert f"'pip install {DISTRIBUTION}'" in done.stderr


@pytest.mark.parametrize("neighbour", ["napari-hydra-tools", "hydra"])
def test_other_distributions_are_no_matter(neighbour, tmp_path, monkeypatch):
    installed(tmp_path, neighbour)
    monkeypatch.syspath_prepend(tmp_path)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warn_of_namesake()
