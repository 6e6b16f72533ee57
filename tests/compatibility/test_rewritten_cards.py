"""Weights are known by their tensors: a new card orphans no adapted model and no session, other weights are refused."""

import os
import shutil
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import load_file, save_file

import napari_hydra as hydra

REFUSED = "adapted from other weights than"


def rewrite_card(path):
    """Give a model another card, of another length."""
    with safe_open(str(path), framework="np") as kept:
        header = kept.metadata()
    header["card"] = header["card"].replace('"licence": "', '"licence": "CC0, said anew. ', 1)
    save_file(load_file(path), path, header)


def change_a_tensor(path):
    """Change one number of the weights; the card stays."""
    with safe_open(str(path), framework="np") as kept:
        header = kept.metadata()
    tensors = load_file(path)
    tensors["network.decoder.table"][0, 0] += 0.25
    save_file(tensors, path, header)


@pytest.fixture
def folder(written, tmp_path):
    """The files of 0.1.0, an adapted model and a session on one's own weights that were saved now."""
    there = tmp_path / "mine"
    shutil.copytree(written, there)
    hydra.load_model(there / "adapted_own.safetensors", "cpu").save(there / "adapted_now.safetensors")
    hydra.save_session(hydra.reconstruct_session(there / "own.json", device="cpu"), there / "now.json")
    return there


def test_an_adapted_model_and_a_session_outlive_a_new_card(folder, assert_as_it_was):
    rewrite_card(folder / "own.safetensors")
    assert "said anew" in hydra.load_model(folder / "own.safetensors").card.licence
    model = hydra.load_model(folder / "adapted_now.safetensors", "cpu")
    assert_as_it_was(model.reconstruct(hydra.read_picture(folder / "scene.png")), "model adapted_own")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert hydra.load_session(folder / "now.json").changes == ()


def test_other_weights_are_refused_and_told(folder):
    change_a_tensor(folder / "own.safetensors")
    for name in ("adapted_now", "adapted_own"):
        with pytest.raises(
            hydra.HydraError, match=f"{name}.safetensors was {REFUSED} .*own.safetensors; adapt it anew"
        ):
            hydra.load_model(folder / f"{name}.safetensors")
    for name in ("now", "own"):
        with pytest.warns(UserWarning, match=r"The model .*own\.safetensors has changed since the session was saved"):
            hydra.load_session(folder / f"{name}.json")


def test_the_digest_does_not_depend_on_the_order_of_tensors_in_the_file(folder):
    path = folder / "own.safetensors"
    with safe_open(str(path), framework="np") as kept:
        header = kept.metadata()
    content = {name: np.ascontiguousarray(tensor) for name, tensor in reversed(load_file(path).items())}
    save_file(content, path, header)
    hydra.load_model(folder / "adapted_now.safetensors")


def in_a_copy(package, words):
    """Run a script with a copy of the package, whose shipped weights may differ; return what it printed."""
    environment = os.environ | {"PYTHONPATH": str(package.parent)}
    script = f"import napari_hydra as hydra\nassert hydra.__file__.startswith({str(package)!r})\n{words}"
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=package.parent, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    """A copy of the package."""
    copy = tmp_path_factory.mktemp("copy") / "napari_hydra"
    shutil.copytree(Path(hydra.__file__).parent, copy, ignore=shutil.ignore_patterns("__pycache__"))
    return copy


def test_shipped_weights_may_get_a_new_card(written, package):
    for weights in (package / "resources").glob("*.safetensors"):
        rewrite_card(weights)
    shown = in_a_copy(
        package,
        f"""
import warnings
from pathlib import Path
warnings.simplefilter("error", UserWarning)
folder = Path({str(written)!r})
assert "said anew" in hydra.load_model("vnir").card.licence
hydra.load_model(folder / "adapted_vnir.safetensors")
for name in ("field", "rendered", "adapted", "chart"):
    print(hydra.load_session(folder / f"{{name}}.json").changes)
""",
    )
    assert shown.split() == ["()"] * 4


def test_shipped_weights_that_were_trained_anew_are_told(written, package):
    for weights in (package / "resources").glob("*.safetensors"):
        change_a_tensor(weights)
    shown = in_a_copy(
        package,
        f"""
import warnings
from pathlib import Path
warnings.simplefilter("ignore")
folder = Path({str(written)!r})
try:
    hydra.load_model(folder / "adapted_vnir.safetensors")
except hydra.HydraError as error:
    print(error)
for name in ("field", "rendered", "chart"):
    print(*hydra.load_session(folder / f"{{name}}.json").changes)
""",
    )
    assert REFUSED in shown.splitlines()[0]
    names = ("visible", "vnir-accurate", "visible-accurate")
    sentences = [f"The model {name} is another one than when the session was saved." for name in names]
    assert shown.splitlines()[1:] == sentences
