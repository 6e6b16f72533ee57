"""The reconstruction: teacher, student, data-consistency projection, and the cube that they make.

What computes with PyTorch is loaded when first used; the registry of models needs none of it.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from napari_hydra.deprecation import renamed_of
from napari_hydra.hydra.default_model import DefaultModel, default_model
from napari_hydra.hydra.files.card import ModelCard
from napari_hydra.hydra.files.registry import choose_model, model_card, model_names
from napari_hydra.hydra.latent.latent_cube import LatentCube, RegionSpectrum
from napari_hydra.progress import Progress

if TYPE_CHECKING:
    from napari_hydra.hydra.device import devices
    from napari_hydra.hydra.latent.encoder import Encoder
    from napari_hydra.hydra.model import HydraModel, load_model

__all__ = [
    "DefaultModel",
    "Encoder",
    "HydraModel",
    "LatentCube",
    "ModelCard",
    "Progress",
    "RegionSpectrum",
    "choose_model",
    "default_model",
    "devices",
    "load_model",
    "model_card",
    "model_names",
]

_WHERE = {
    "Encoder": "latent.encoder",
    "HydraModel": "model",
    "devices": "device",
    "load_model": "model",
}
_RENAMED = {"Coder": "Encoder"}


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        name = renamed_of("napari_hydra.hydra", _RENAMED, name)
    return getattr(import_module(f"napari_hydra.hydra.{_WHERE[name]}"), name)
