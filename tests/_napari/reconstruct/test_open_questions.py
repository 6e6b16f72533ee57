"""What a file leaves open is asked in the window, in the words of a window; what was done to its numbers is shown."""

import numpy as np
import pytest
import scipy.io
from napari.components import ViewerModel
from napari.utils.notifications import notification_manager
from qtpy.QtCore import QTimer
from qtpy.QtWidgets import QApplication

from napari_hydra._napari.layers.readers import read_cube_layers
from napari_hydra._napari.layers.scene_layers import layer_metadata
from napari_hydra._napari.reconstruct.files import use_file
from napari_hydra._napari.reconstruct.form import Form
from napari_hydra._napari.widgets.notices import sentence
from napari_hydra.errors import HydraQuestion

TRUTH = np.random.default_rng(0).uniform(0.05, 0.9, (9, 8, 7)).astype("<f4")


@pytest.fixture
def opened(qtbot):
    """Call with a path: opens it by the form, answers the question, and gives the layers."""
    viewer = ViewerModel()
    form = Form(lambda: list(viewer.layers), lambda what: None)

    def open_file(path, answer, what=""):
        def reply():
            dialog = QApplication.activeModalWidget()
            if dialog is None:
                QTimer.singleShot(10, reply)
                return
            answer(dialog)

        if answer is not None:
            QTimer.singleShot(0, reply)
        use_file(viewer, form, path, what)
        return list(viewer.layers)

    return open_file


def envi(folder, values, said=""):
    (folder / "a.dat").write_bytes(values.transpose(0, 2, 1).tobytes())
    code = {"f4": 4, "i2": 2}[values.dtype.str[1:]]
    (folder / "a.hdr").write_text(
        f"ENVI\nsamples = 8\nlines = 9\nbands = 7\ndata type = {code}\ninterleave = bil\nwavelength units = nm\n"
        f"wavelength = {{400, 450, 500, 550, 600, 650, 700}}\n{said}"
    )
    return folder / "a.hdr"


def no_wavelengths(folder):
    scipy.io.savemat(folder / "a.mat", {"ref": TRUTH})
    return folder / "a.mat"


def test_a_cube_without_wavelengths_opens_with_a_question(opened, tmp_path):
    (layer,) = opened(no_wavelengths(tmp_path), lambda dialog: dialog.accept())
    np.testing.assert_array_equal(layer_metadata(layer)["wavelengths_nm"], np.linspace(400, 700, 7))
    np.testing.assert_array_equal(layer.data, TRUTH.transpose(2, 0, 1))


def test_wavelengths_that_are_wrong_can_be_given_anew(opened, tmp_path):
    path = envi(tmp_path, TRUTH)
    path.write_text(path.read_text().replace("400, 450,", "450,"))
    (layer,) = opened(path, lambda dialog: dialog.accept())
    np.testing.assert_array_equal(layer_metadata(layer)["wavelengths_nm"], np.linspace(400, 700, 7))


def test_a_question_that_is_not_answered_opens_nothing(opened, tmp_path):
    assert opened(no_wavelengths(tmp_path), lambda dialog: dialog.reject()) == []


def test_an_unclear_scale_is_asked_for(opened, tmp_path):
    import h5py

    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["cube"] = TRUTH
        file["cube"].attrs["scale"] = 1.5
        file["wavelength"] = np.linspace(400, 700, 7)
    (layer,) = opened(tmp_path / "a.h5", lambda dialog: dialog.defaultButton().click())
    np.testing.assert_allclose(layer.data, TRUTH.transpose(2, 0, 1) * 1.5, rtol=1e-6)


def test_a_scan_that_stopped_early_is_opened_if_wished(opened, tmp_path):
    path = envi(tmp_path, TRUTH)
    data = path.with_suffix(".dat").read_bytes()
    path.with_suffix(".dat").write_bytes(data[: len(data) // 2])
    (layer,) = opened(path, lambda dialog: dialog.defaultButton().click())
    np.testing.assert_array_equal(layer.data, TRUTH[:4].transpose(2, 0, 1))


def test_what_was_done_to_the_numbers_is_told_once(opened, tmp_path):
    stored = np.round(TRUTH * 1e4).astype("<i2")
    stored[:2] = -9999
    notices = []
    notification_manager.notification_ready.connect(lambda one: notices.append(str(one)))
    opened(envi(tmp_path, stored, "reflectance scale factor = 10000\n"), None)
    (notice,) = notices
    assert "a.hdr: " in notice
    assert "taken as missing" in notice
    assert "scale factor 10000" in notice


def test_without_a_window_nobody_is_asked(tmp_path):
    with pytest.raises(HydraQuestion) as caught:
        read_cube_layers(no_wavelengths(tmp_path), ask=False)
    assert "dock Reconstruct" in sentence(caught.value)
    assert "wavelengths=" not in sentence(caught.value)
    assert "--" not in sentence(caught.value)


@pytest.mark.parametrize("name", ["library.hdr", "labels.zarr", "plain.he5"])
def test_what_is_no_picture_is_not_read_as_one(opened, tmp_path, name):
    import h5py
    import zarr

    path = tmp_path / name
    if name == "labels.zarr":
        zarr.open_group(path, mode="w", zarr_format=2).create_array("0", data=TRUTH.transpose(2, 0, 1))
    elif name == "plain.he5":
        with h5py.File(path, "w") as file:
            file["cube"] = TRUTH
    else:
        envi(tmp_path, TRUTH, "file type = ENVI Spectral Library\n").rename(path)
        with pytest.raises(ValueError, match="spectral library"):
            opened(path, None)
        return
    (layer,) = opened(path, lambda dialog: (dialog.stop.setValue(700), dialog.step.setValue(50), dialog.accept()))
    assert layer.data.shape[0] == 7
