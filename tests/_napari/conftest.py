"""Windows and models for the tests of the window."""

import threading

import numpy as np
import pytest
from latent_scene import latent_cube
from qtpy.QtWidgets import QFileDialog

from napari_hydra._napari.reconstruct import form as form_module
from napari_hydra.cube import make_cube
from napari_hydra.hydra import Encoder
from napari_hydra.hydra.files.card import ModelCard
from napari_hydra.hydra.files.registry import ModelSummary


@pytest.fixture(autouse=True)
def no_dialog_waits(monkeypatch):
    """Let a file dialog that a test does not answer fail it: a real one would wait for ever."""
    for name in ("getOpenFileName", "getOpenFileNames", "getSaveFileName", "getExistingDirectory"):

        def unanswered(*_, name=name, **__):
            pytest.fail(f"QFileDialog.{name} was opened, and the test does not answer it")

        monkeypatch.setattr(QFileDialog, name, unanswered)


class SteadyModel:
    """Reconstructs as the real one does, step by step, at a pace that a test can follow.

    `may_finish` holds it back; `steps` counts what it did.
    """

    def __init__(self, span=(400.0, 700.0)):
        self.card = ModelCard("visible", span)
        self.adaptation = self.source = None
        self.may_finish = threading.Event()
        self.under_way = threading.Event()
        self.asked = {}
        self.runs = 0
        self.error = None

    def reconstruct_steps(self, picture, wavelengths, camera, white_level=None, device=None):
        from napari_hydra.hydra import Progress

        self.runs += 1
        self.asked = {"picture": picture, "wavelengths": wavelengths, "camera": camera, "white_level": white_level}
        if self.error is not None:
            raise self.error
        self.under_way.set()
        yield Progress(0.5, "estimating latents")
        while not self.may_finish.wait(0.01):
            yield Progress(0.5, "estimating latents")
        grid = np.arange(400.0, 701.0, 10.0) if wavelengths is None else wavelengths
        return latent_cube(grid, *picture.shape[:2])

    def encoder(self, wavelengths):
        """Code by least squares with the rows of the test's decoder."""
        basis = latent_cube().basis
        return Encoder(np.linalg.pinv(basis.rows_at(wavelengths)), np.asarray(wavelengths), basis)


@pytest.fixture
def steady_model(monkeypatch):
    model = SteadyModel()
    monkeypatch.setattr("napari_hydra.hydra.load_model", lambda *args, **keywords: model)
    visible = ModelSummary("visible", (400.0, 700.0), "three scenes of a test.")
    monkeypatch.setattr(form_module, "shipped_models", lambda: (visible,))
    return model


@pytest.fixture
def quick_model(steady_model):
    steady_model.may_finish.set()
    return steady_model


@pytest.fixture
def picture():
    return np.random.default_rng(2).integers(20, 230, (24, 32, 3), dtype=np.uint8)


@pytest.fixture
def measured():
    """A reflectance cube of 24 x 32 pixels whose spectra are smooth."""
    wavelengths = np.arange(400.0, 701.0, 10.0)
    ys, xs = np.mgrid[:24, :32]
    slope = (wavelengths - 400) / 300
    values = 0.2 + ys[..., None] / 100 + xs[..., None] / 100 * slope
    return make_cube(values, wavelengths, source="measured.hdr")


@pytest.fixture
def notices():
    """The texts of napari's notifications, as they come."""
    from napari.utils.notifications import notification_manager

    seen = []

    def note(notification):
        seen.append((str(notification.severity), notification.message))

    notification_manager.notification_ready.connect(note)
    yield seen
    notification_manager.notification_ready.disconnect(note)
