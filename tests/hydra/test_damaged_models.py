"""A file of weights is compared with itself before anything is built of it, and chooses no other file to be read."""

import json
import random
import shutil
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file

from napari_hydra.errors import HydraError
from napari_hydra.hydra import load_model
from napari_hydra.hydra.adaptation import Adaptation, Observations
from napari_hydra.hydra.model_files import save_adaptation, save_model
from napari_hydra.hydra.networks.network import Architecture, HydraNetwork
from napari_hydra.hydra.scene_prior import ScenePrior
from napari_hydra.io.files.weights_header import read_weights_header


@pytest.fixture
def own(model, tmp_path: Path) -> Path:
    return save_model(tmp_path / "own.safetensors", model.network, model.calibration, model.card)


@pytest.fixture
def adaptation(model) -> Adaptation:
    drawn = np.random.default_rng(0).random
    bands = len(model.calibration_grid())
    features = np.column_stack([drawn((4, 7)), np.zeros(4)])
    shapes = ((4, 8), (4, 8), (4, bands), (4, bands))
    return Adaptation(Observations(features, *(drawn(shape) for shape in shapes)), ScenePrior())


@pytest.fixture
def adapted(own: Path, adaptation: Adaptation, model, tmp_path: Path) -> Path:
    return save_adaptation(tmp_path / "adapted.safetensors", own, adaptation, model.card)


def only_header(path: Path, metadata: dict[str, str]) -> Path:
    text = json.dumps({"__metadata__": metadata}).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text)
    return path


def rewritten(path: Path, change: Callable[[dict[str, torch.Tensor], dict[str, str]], None]) -> Path:
    with safe_open(str(path), framework="pt") as file:
        metadata, tensors = file.metadata(), {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
    change(tensors, metadata)
    save_file(tensors, path, metadata=metadata)
    return path


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"blocks": 100_000_000}, "blocks is 1e.08, not within"),
        ({"step": 1e-7}, "step is 1e-07, not within"),
        ({"step": 0.01}, "a node every 0.01 nm"),
        ({"camera_step": 0.01}, "a node every 0.01 nm"),
        ({"members": 60, "blocks": 60}, "too few for 60 members"),
        ({"hidden": 4096}, "it lacks"),
        ({"student": "none"}, "no student 'none'"),
        ({"student": ["pixel"]}, "student is list"),
        ({"low": 700, "high": 400}, "a node every"),
        ({"later": 1}, "later, which this version does not know"),
    ],
)
def test_a_small_file_asks_for_no_large_network(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, changes: dict[str, Any], words: str
) -> None:
    monkeypatch.setattr(HydraNetwork, "load_state_dict", lambda *_: pytest.fail("it was built"))
    architecture = Architecture(400, 700, blocks=0).to_dict() | changes
    card = json.dumps({"name": "x", "wavelength_range": [400, 700], "architecture": architecture})
    path = only_header(tmp_path / "small.safetensors", {"format": "napari-hydra model 1", "card": card})
    with pytest.raises(HydraError, match=words):
        load_model(path)


def shortened(one: torch.Tensor) -> torch.Tensor:
    return one[:-1]


def without_numbers(one: torch.Tensor) -> torch.Tensor:
    return one * float("nan")


def negative(one: torch.Tensor) -> torch.Tensor:
    return -one


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("network.decoder.table", shortened),
        ("network.decoder.table", without_numbers),
        ("network.decoder.table", None),
        ("calibration.levels", shortened),
        ("calibration.levels", without_numbers),
        ("calibration.levels", negative),
        ("calibration.factors", shortened),
        ("calibration.factors", without_numbers),
        ("calibration.factors", negative),
        ("calibration.familiar", shortened),
        ("calibration.familiar", None),
    ],
)
def test_tensors_that_do_not_fit(own: Path, name: str, change: Callable[..., Any] | None) -> None:
    def alter(tensors: dict[str, torch.Tensor], _: object) -> None:
        tensor = tensors.pop(name)
        if change is not None:
            tensors[name] = change(tensor)

    with pytest.raises(HydraError, match="damaged or of another version"):
        load_model(rewritten(own, alter))


@pytest.mark.parametrize("field", ["features", "residuals", "codes", "half_widths", "remainders", "numbers"])
@pytest.mark.parametrize("change", [shortened, without_numbers, lambda one: one[None], None])
def test_observations_that_do_not_fit(adapted: Path, field: str, change: Callable[..., Any] | None) -> None:
    def alter(tensors: dict[str, torch.Tensor], _: object) -> None:
        tensor = tensors.pop(field)
        if change is not None:
            tensors[field] = change(tensor)

    with pytest.raises(HydraError, match="damaged or of another version"):
        load_model(rewritten(adapted, alter))


# -- what an adapted model stands on ------------------------------------------------------------------------


def test_weights_in_another_folder_are_copied_beside_an_adapted_model(
    own: Path, adaptation: Adaptation, model, tmp_path: Path
) -> None:
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    path = save_adaptation(folder / "adapted.safetensors", own, adaptation, model.card)
    assert (folder / "own.safetensors").read_bytes() == own.read_bytes()
    own.unlink()
    assert load_model(path).adaptation.count == 4
    (folder / "own.safetensors").unlink()
    with pytest.raises(HydraError, match=r"own\.safetensors, which is not beside it; put own\.safetensors into"):
        load_model(path)


def test_other_weights_of_the_same_name_are_left_alone(own, adaptation, model, tmp_path: Path) -> None:
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    taken = folder / "own.safetensors"
    with torch.no_grad():
        model.network.decoder.table.mul_(2)
    save_model(taken, model.network, model.calibration, model.card)
    before = taken.read_bytes()
    path = save_adaptation(folder / "adapted.safetensors", own, adaptation, model.card)
    assert taken.read_bytes() == before
    assert load_model(path).source.name.startswith("own_")


@pytest.mark.parametrize(
    "base",
    [
        "{up}/own.safetensors",
        "../own.safetensors",
        "/etc/passwd",
        "../../etc/passwd",
        "",
        "no-such",
        "link.safetensors",
    ],
)
def test_no_other_file_is_read_for_an_adapted_model(adapted: Path, tmp_path: Path, base: str) -> None:
    below = tmp_path / "below"
    below.mkdir()
    moved = below / "adapted.safetensors"
    shutil.move(adapted, moved)
    (below / "link.safetensors").symlink_to(tmp_path / "own.safetensors")
    rewritten(moved, lambda _, metadata: metadata.update(base=base.format(up=tmp_path)))
    with pytest.raises(HydraError, match=r"adapted\.safetensors"):
        load_model(moved)


def test_weights_of_version_0_1_in_another_folder_still_open(adapted: Path, tmp_path: Path) -> None:
    below = tmp_path / "below"
    below.mkdir()
    shutil.move(adapted, below / "adapted.safetensors")

    def as_then(_: object, metadata: dict[str, str]) -> None:
        del metadata["base_size"]
        metadata["base"] = "../own.safetensors"

    assert load_model(rewritten(below / "adapted.safetensors", as_then)).adaptation is not None


def test_weights_of_another_size_are_not_hashed(adapted: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("napari_hydra.hydra.files.base_weights.has_digest", lambda *_: pytest.fail("it was hashed"))
    rewritten(adapted, lambda _, metadata: metadata.update(base_size="12"))
    with pytest.raises(HydraError, match="adapted from other weights"):
        load_model(adapted)


# -- damage of any kind -----------------------------------------------------------------------------------


@pytest.mark.parametrize("which", ["own", "adapted"])
def test_a_damaged_header_never_surprises(which: str, request: pytest.FixtureRequest) -> None:
    """Values of the header are replaced by others of every kind; each is refused in our words, or harmless."""
    path: Path = request.getfixturevalue(which)
    content, draw = path.read_bytes(), random.Random(7)
    length = int.from_bytes(content[:8], "little")
    header = json.loads(content[8 : 8 + length])
    others = [None, True, -1, 1e300, float("inf"), 10**30, "", "x" * 300, [], [[]], {}, {"a": {}}, [None], "400"]
    refused = 0
    for _ in range(150):
        changed = json.loads(json.dumps(header))
        metadata = changed["__metadata__"]
        key = draw.choice(sorted(metadata))
        if metadata[key][:1] in "{[" and draw.random() < 0.8:
            inner = json.loads(metadata[key])
            place = draw.choice(list(inner) if isinstance(inner, dict) else list(range(len(inner))))
            inner[place] = draw.choice(others)
            metadata[key] = json.dumps(inner)
        else:
            metadata[key] = draw.choice(others)
        text = json.dumps(changed).encode()
        path.write_bytes(struct.pack("<Q", len(text)) + text + content[8 + length :])
        try:
            load_model(path)
        except HydraError:
            refused += 1
    assert refused > 50


def test_a_pipe_is_no_model(tmp_path: Path) -> None:
    os = pytest.importorskip("os")
    if not hasattr(os, "mkfifo"):
        pytest.skip("no pipes with names here")
    os.mkfifo(tmp_path / "pipe.safetensors")
    for read in (load_model, read_weights_header):
        with pytest.raises(HydraError, match="pipe or a device"):
            read(tmp_path / "pipe.safetensors")


@pytest.mark.parametrize(("old", "new"), [(b'"F64"', b'"F-1"'), (b'{"__metadata__"', b'{"__metadatA__"')])
def test_a_damaged_header_of_an_adapted_model(adapted: Path, old: bytes, new: bytes) -> None:
    content = adapted.read_bytes()
    assert old in content
    adapted.write_bytes(content.replace(old, new, 1))
    with pytest.raises(HydraError, match=r"adapted\.safetensors"):
        load_model(adapted, "cpu")
