"""Public names of 0.1 go on working, and say how they are called now."""

import importlib
from dataclasses import fields

import numpy as np
import pytest
from latent_scene import scene

from napari_hydra.hydra import Encoder, HydraModel, LatentCube
from napari_hydra.hydra.adaptation import Adaptation
from napari_hydra.training.settings import TrainingSettings
from napari_hydra.workbench.scene.view_snapshot import ViewSnapshot
from napari_hydra.workbench.session.session import Session


@pytest.mark.parametrize(
    ("module", "old", "new"),
    [
        ("napari_hydra", "Bench", "ViewSnapshot"),
        ("napari_hydra.hydra", "Coder", "Encoder"),
        ("napari_hydra.io", "PointSpectrum", "MeasuredSpectrum"),
        ("napari_hydra.io", "read_point_spectra", "read_measured_spectra"),
    ],
)
def test_a_module_serves_an_old_name(module, old, new):
    room = importlib.import_module(module)
    with pytest.warns(DeprecationWarning, match=new) as caught:
        assert getattr(room, old) is getattr(room, new)
    assert caught[0].filename == __file__
    assert old not in dir(room)
    with pytest.raises(AttributeError, match="no_such_name"):
        _ = room.no_such_name


@pytest.mark.parametrize(
    ("kind", "old", "new"),
    [
        (HydraModel, "code", "encode"),
        (HydraModel, "coder", "encoder"),
        (HydraModel, "suggest", "suggest_sites"),
        (HydraModel, "tables", "decoder_basis"),
        (HydraModel, "colours", "colour_matrices"),
        (HydraModel, "light", "linear_image"),
        (HydraModel, "doubt", "rms_half_width"),
        (Encoder, "code", "encode"),
        (Encoder, "tables", "basis"),
        (LatentCube, "codes", "latents"),
        (LatentCube, "spread", "uncertainty"),
        (LatentCube, "tables", "basis"),
        (Adaptation, "measured", "observations"),
        (Adaptation, "strength", "shrinkage_factor"),
        (Adaptation, "widening", "interval_inflation"),
        (ViewSnapshot, "coded", "encoded_truth"),
        (ViewSnapshot, "window", "pixel_window"),
        (ViewSnapshot, "places", "sites"),
        (Session, "coded", "encoded_truth"),
        (Session, "window", "pixel_window"),
        (Session, "places", "sites"),
    ],
)
def test_an_object_serves_an_old_attribute(kind, old, new):
    thing = object.__new__(kind)  # what an attribute holds does not matter here
    if new in {field.name for field in fields(kind)}:
        object.__setattr__(thing, new, object())
    with pytest.warns(DeprecationWarning, match=rf"{kind.__name__}\.{old} is called {new} now") as caught:
        assert getattr(thing, old) == getattr(thing, new)
    assert caught[0].filename == __file__


@pytest.mark.parametrize(
    ("old", "new", "value"), [("coded", "encoded_truth", True), ("window", "pixel_window", 3), ("places", "sites", ())]
)
def test_a_snapshot_takes_an_old_keyword(old, new, value):
    with pytest.warns(DeprecationWarning, match=f"{old}= is called {new}= now") as caught:
        assert getattr(ViewSnapshot(scene=scene(), **{old: value}), new) == value
    assert caught[0].filename == __file__


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("alone", "context_dropout"),
        ("anchor", "autoencoder_weight"),
        ("taught", "soft_label_weight"),
        ("noisy", "noise_probability"),
        ("exposure", "exposure_jitter"),
        ("mixed", "mixing_probability"),
        ("evenness", "colour_balance"),
        ("average", "ema_decay"),
    ],
)
def test_settings_of_a_run_are_read_under_old_names(old, new):
    assert getattr(TrainingSettings.from_dict({old: 0.25}), new) == 0.25
    assert np.isclose(TrainingSettings.from_dict(TrainingSettings(**{new: 0.75}).to_dict()).to_dict()[new], 0.75)
