"""Which model is chosen for wavelengths; what a file must be to count as a model."""

import json

import numpy as np
import pytest
from safetensors.numpy import save_file

from napari_hydra.errors import HydraError
from napari_hydra.hydra import choose_model, model_card, model_names
from napari_hydra.hydra.files.registry import FORMAT, ModelSummary, read_card, shipped_models, summary_of


def test_shipped_models_say_what_their_cards_say():
    assert [model.name for model in shipped_models()] == model_names()
    assert shipped_models()[0].name == "visible"
    for model in shipped_models():
        assert (model.span, model.trained_on) == (
            model_card(model.name).wavelength_range,
            model_card(model.name).trained_on,
        )
        assert model.label == model.name


def test_the_model_that_covers_most_is_chosen_and_of_several_the_narrowest():
    models = [ModelSummary(f"{low}-{high}", (low, high), "") for low, high in ((400, 1000), (400, 700), (900, 1700))]
    assert choose_model(models=models) == "400-1000"
    assert choose_model([400, 700], models=models) == "400-700"
    assert choose_model([399.5, 700.5], models=models) == "400-700"  # a band rounded to whole nanometres
    assert choose_model([399.4, 700.6, 1700.0], models=models, partly=True) == "400-1000"
    assert choose_model([650, 950, 1200, 1300, 1800], models=models, partly=True) == "900-1700"
    with pytest.raises(HydraError, match=r"no model covers 300-700 nm; ask for .* 400-700 nm \(400-700\) or"):
        choose_model([300, 700], models=models)
    with pytest.raises(HydraError, match="no model covers 2000-2500 nm"):
        choose_model([2000, 2500], models=models, partly=True)
    with pytest.raises(HydraError, match="No model is installed"):
        choose_model([500], models=())


def test_weights_without_a_card_are_refused(tmp_path):
    for number, header in enumerate(({}, {"format": FORMAT}, {"format": FORMAT, "card": json.dumps({"name": "a"})})):
        path = tmp_path / f"{number}.safetensors"
        save_file({"a": np.zeros(2, np.float32)}, path, header)
        with pytest.raises(HydraError, match=rf"{number}\.safetensors .*'napari-hydra train'"):
            read_card(path)
        with pytest.raises(HydraError, match="napari-hydra train"):
            summary_of(path)
