"""The question for wavelengths: three ways to answer, and none that does not fit."""

import numpy as np
import pytest
from qtpy.QtWidgets import QDialogButtonBox

from napari_hydra._napari.widgets.wavelengths_dialog import WavelengthsDialog
from napari_hydra.cube import make_cube
from napari_hydra.errors import HydraError
from napari_hydra.io import write_cube

OTHERS = {"neighbour": np.linspace(450, 900, 7), "another": np.linspace(400, 700, 31)}


@pytest.fixture
def dialog(qtbot):
    made = WavelengthsDialog("scene.mat does not say its wavelengths", [7, 9], {})
    qtbot.addWidget(made)
    return made


def ok(dialog):
    return dialog.buttons.button(QDialogButtonBox.StandardButton.Ok).isEnabled()


def test_a_grid_of_as_many_bands_as_the_cube_has(dialog):
    assert ok(dialog)
    np.testing.assert_array_equal(dialog.wavelengths, np.linspace(400, 700, 7))
    dialog.stop.setValue(1000)  # the step follows
    assert dialog.step.value() == 100
    np.testing.assert_array_equal(dialog.wavelengths, np.arange(400, 1001, 100))
    dialog.step.setValue(75)  # nine bands, along another axis
    assert dialog.wavelengths.size == 9
    dialog.step.setValue(7)
    assert not ok(dialog)
    assert "86 bands" in dialog.note.text()


def test_uneven_steps_keep_both_ends(qtbot):
    dialog = WavelengthsDialog("scene.mat does not say its wavelengths", [204], {})
    qtbot.addWidget(dialog)
    dialog.stop.setValue(1000)
    np.testing.assert_array_equal(dialog.wavelengths, np.linspace(400, 1000, 204))


def test_a_list_pasted_or_loaded(dialog, tmp_path):
    dialog.choose(1)
    assert not ok(dialog)
    dialog.list_text.setPlainText("0.4 0.45 0.5 0.55 0.6 0.65 0.7 µm")
    np.testing.assert_array_equal(dialog.wavelengths, np.linspace(400, 700, 7))
    (tmp_path / "bands.csv").write_text("band,nm\n" + "\n".join(f"{i},{400 + 10 * i}" for i in range(1, 8)))
    dialog.load_list(tmp_path / "bands.csv")
    np.testing.assert_array_equal(dialog.wavelengths, np.arange(410, 471, 10))


def test_those_of_another_cube_open_or_on_disk(qtbot, tmp_path):
    dialog = WavelengthsDialog("scene.mat does not say its wavelengths", [7], OTHERS)
    qtbot.addWidget(dialog)
    np.testing.assert_array_equal(dialog.wavelengths, OTHERS["neighbour"])  # the only one that fits is offered first
    assert dialog.other.count() == 1
    path = write_cube(make_cube(np.ones((2, 3, 7)), np.arange(500, 507)), tmp_path / "a.hdr")
    dialog.take_from(path)
    np.testing.assert_array_equal(dialog.wavelengths, np.arange(500, 507))
    path = write_cube(make_cube(np.ones((2, 3, 5)), np.arange(500, 505)), tmp_path / "b.hdr")
    with pytest.raises(HydraError, match="has 5 bands, not 7"):
        dialog.take_from(path)
