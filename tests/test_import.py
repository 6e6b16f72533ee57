"""What an import pulls in, seen in a fresh interpreter."""

import json
import subprocess
import sys

import pytest

import napari_hydra

HEAVY = {"torch", "napari", "qtpy", "PyQt5", "PyQt6", "PySide2", "PySide6", "superqt", "magicgui", "vispy"}


def modules_after(code: str) -> set[str]:
    """Return the top-level modules that are loaded after the code has run in a new interpreter."""
    report = "\nimport sys, json; print(json.dumps(sorted({name.split('.')[0] for name in sys.modules})))"
    done = subprocess.run([sys.executable, "-c", code + report], capture_output=True, text=True, check=True)
    return set(json.loads(done.stdout.splitlines()[-1]))


def test_import_pulls_neither_torch_nor_qt_nor_napari():
    loaded = modules_after("import napari_hydra")
    assert not loaded & (HEAVY | {"numpy", "xarray", "matplotlib"})


@pytest.mark.parametrize("module", ["io", "camera", "samples", "spectra", "cube", "hydra", "hydra.files.registry"])
def test_science_without_networks_needs_no_torch(module):
    assert not modules_after(f"import napari_hydra.{module}") & HEAVY


@pytest.mark.parametrize("module", ["hydra.model", "evaluation", "workbench", "training"])
def test_engine_needs_no_window(module):
    assert not modules_after(f"import napari_hydra.{module}") & (HEAVY - {"torch"})


def test_command_line_help_stays_light():
    code = "import sys; from napari_hydra.cli import main; sys.argv = ['napari-hydra', '--help']\n"
    code += "try: main()\nexcept SystemExit as end: assert not end.code"
    assert not modules_after(code) & (HEAVY | {"numpy", "xarray", "matplotlib"})


@pytest.mark.parametrize("name", napari_hydra.__all__)
def test_public_names_exist(name):
    assert getattr(napari_hydra, name) is not None
    assert name in dir(napari_hydra)


def test_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="reconstruct_magic"):
        napari_hydra.reconstruct_magic  # noqa: B018
