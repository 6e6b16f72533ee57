"""A new student is one class and one entry: it trains, is saved, loaded and reconstructs."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import nn
from torch.nn import functional as F

from napari_hydra.camera import render
from napari_hydra.cli.training import Range, _settings
from napari_hydra.errors import HydraError
from napari_hydra.hydra import load_model
from napari_hydra.hydra.model_files import load_network
from napari_hydra.hydra.networks.architecture import Architecture
from napari_hydra.hydra.networks.student import REDUCTION, ContextStudent, PixelStudent, Student
from napari_hydra.hydra.networks.students import STUDENTS, find_student
from napari_hydra.io import describe_file
from napari_hydra.training.ensemble import train_ensemble
from napari_hydra.training.run import train


class BlurringStudent(Student):
    """Looks at the mean of 3 x 3 pixels."""

    margin = REDUCTION

    def build(self, architecture):
        self.enter = nn.Conv2d(6, architecture.hidden, 1)

    def features(self, linear, with_context):
        around = linear if with_context is False else F.avg_pool2d(F.pad(linear, (1, 1, 1, 1), mode="replicate"), 3, 1)
        return F.silu(self.enter(torch.cat([linear, around], 1)))


@pytest.fixture
def blurring(monkeypatch):
    monkeypatch.setitem(STUDENTS, "blurring", BlurringStudent)


@pytest.fixture
def brief(settings):
    return replace(
        settings, student="blurring", teacher_steps=8, colour_steps=8, context_steps=8, joint_steps=8, blocks=0
    )


def test_a_registered_student_trains_is_saved_and_reconstructs(blurring, brief, cubes, tmp_path):
    path = train(cubes[:3], cubes[3:], tmp_path / "run", brief, name="toy", device="cpu")
    model = load_model(path, "cpu")
    assert isinstance(model.network.student, BlurringStudent)
    assert model.card.architecture["student"] == "blurring"
    picture = render(cubes[3][1]).picture
    moved = picture.copy()
    moved[8, 8] = 255 - moved[8, 8]
    first, second = (np.asarray(model.reconstruct(p)) for p in (picture, moved))
    changed = np.abs(first - second).max(0) > 1e-6
    assert changed[7:10, 7:10].all()  # it sees its neighbours, and the picture is read with them
    assert "student blurring" in str(describe_file(path).details).replace("'", "").replace(":", "")


def test_an_ensemble_has_members_of_the_kind_that_is_named(blurring, brief, cubes, tmp_path):
    path = train_ensemble(cubes, tmp_path, brief, folds=2, name="wise", device="cpu")
    members = load_network(path)[0].student.members
    assert [type(member) for member in members] == [BlurringStudent] * 2


def test_a_file_of_an_unknown_student_is_refused(blurring, brief, cubes, tmp_path, monkeypatch):
    path = train(cubes[:3], cubes[3:], tmp_path / "run", brief, name="toy", device="cpu")
    monkeypatch.delitem(STUDENTS, "blurring")
    with pytest.raises(HydraError, match="no student 'blurring'; choose one of pixel, context") as refused:
        load_model(path)
    assert str(path) in str(refused.value)
    assert "\n" not in str(refused.value)


def test_files_that_name_no_student_are_read_as_before(cubes, settings, tmp_path):
    brief = replace(settings, teacher_steps=4, colour_steps=4, context_steps=4, joint_steps=4)
    path = train(cubes[:3], cubes[3:], tmp_path / "run", brief, name="toy", device="cpu")
    with safe_open(str(path), framework="pt") as opened:
        header, tensors = dict(opened.metadata()), {key: opened.get_tensor(key) for key in opened.keys()}  # noqa: SIM118
    card = json.loads(header["card"])
    assert card["architecture"].pop("student") == "context"
    old = tmp_path / "old.safetensors"
    save_file(tensors, old, {**header, "card": json.dumps(card)})
    assert isinstance(load_network(old)[0].student, ContextStudent)
    assert type(load_model("visible", "cpu").network.student) is PixelStudent


@pytest.mark.parametrize("name", ["pixel", "context"])
def test_context_decides_the_margin(name):
    shape = Architecture(400, 700, size=4, directions=2, width=8, blocks=1, hidden=8, student=name)
    student = find_student(name)(shape)
    assert student.margin == {"pixel": 0, "context": REDUCTION * 5}[name]


def test_the_command_line_chooses_a_student_by_name():
    assert _settings(Range.visible, "pixel", None, 0, {}).blocks == 0
    chosen = _settings(Range.visible, "context", None, 0, {})
    assert (chosen.student, chosen.blocks, chosen.context_steps) == ("context", 5, 600)
    with pytest.raises(HydraError, match="no student 'poet'; choose one of pixel, context"):
        _settings(Range.visible, "poet", None, 0, {})
