"""The manifest, and what napari finds through it."""

import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest
from npe2 import PluginManager, PluginManifest

from napari_hydra._napari.widgets.docks import command_name
from napari_hydra.evaluation.maps import ERROR_MAPS
from napari_hydra.workbench.scene.transforms import TRANSFORMS

ROOT = Path(__file__).parents[2]
MANIFEST = ROOT / "napari_hydra" / "napari.yaml"


@pytest.fixture(scope="module")
def manifest():
    return PluginManifest.from_file(MANIFEST)


def test_npe2_finds_nothing_wrong():
    done = subprocess.run(
        [sys.executable, "-m", "npe2", "validate", str(MANIFEST)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_command_can_be_imported(manifest):
    for command in manifest.contributions.commands:
        module, name = command.python_name.split(":")
        assert callable(getattr(import_module(module), name)), command.id


@pytest.mark.parametrize(
    ("menu", "verb", "titles"),
    [
        ("compare", "map", [error.title for error in ERROR_MAPS.values()]),
        ("transforms", "show", list(TRANSFORMS)),
    ],
)
def test_menu_follows_the_table(manifest, menu, verb, titles):
    """Each entry of the table is a command under its name, in the table's order, and there are no others."""
    commands = {command.id: command.python_name for command in manifest.contributions.commands}
    entries = [item.command for item in manifest.contributions.menus[f"napari-spectral-hydra/{menu}"]]
    names = [command_name(verb, title) for title in titles]
    assert [entry for entry in entries if f".{verb}_" in entry] == [f"napari-spectral-hydra.{name}" for name in names]
    assert [commands[f"napari-spectral-hydra.{name}"].split(":")[1] for name in names] == names


@pytest.mark.parametrize("name", ["napari.yaml", "resources"])
def test_links_at_the_top_lead_into_the_package(name):
    link, target = ROOT / name, ROOT / "napari_hydra" / name
    # Where the system has no links, a clone holds a file that says where they lead.
    assert link.resolve() == target.resolve() or link.read_text() == f"napari_hydra/{name}"


def test_installed_package_brings_the_manifest():
    manager = PluginManager()
    manager.discover()
    assert manager.get_manifest("napari-spectral-hydra").package_metadata.name == "napari-spectral-hydra"


def test_reader_patterns_are_narrow(manifest):
    patterns = {pattern for reader in manifest.contributions.readers for pattern in reader.filename_patterns}
    assert "*" not in patterns
    assert {"*.hdr", "*.mat", "*.zarr", "*.nc", "*.npz", "*.png", "*.jpg", "*.bmp"} <= patterns
    assert not patterns & {"*.lsm", "*.czi", "*.csv", "*.gif"}


def test_docks_and_menus_are_there(manifest):
    names = [widget.display_name for widget in manifest.contributions.widgets]
    assert names == ["Reconstruct", "Spectra", "Compare", "Adapt", "Analyse"]
    assert {"napari/layers/visualize", "napari/layers/measure", "napari/file/io_utilities"} <= set(
        manifest.contributions.menus
    )


def test_every_submenu_has_a_place_and_entries_that_are_known(manifest):
    menus = manifest.contributions.menus
    known = {command.id for command in manifest.contributions.commands}
    placed = [item.submenu for items in menus.values() for item in items if hasattr(item, "submenu")]
    assert sorted(placed) == sorted(submenu.id for submenu in manifest.contributions.submenus)
    for submenu in placed:
        entries = [item.command for item in menus[submenu] if hasattr(item, "command")]
        assert entries, submenu
        assert set(entries) <= known
