"""The reconstruction: teacher, student, physics step, and the cube that they make."""

from napari_hydra.hydra.bundle import choose_model, model_card, model_names
from napari_hydra.hydra.card import ModelCard
from napari_hydra.hydra.coder import Coder
from napari_hydra.hydra.device import devices
from napari_hydra.hydra.latent_cube import LatentCube, RegionSpectrum
from napari_hydra.hydra.model import HydraModel, load_model
from napari_hydra.hydra.reconstructor import Progress

__all__ = [
    "Coder",
    "HydraModel",
    "LatentCube",
    "ModelCard",
    "Progress",
    "RegionSpectrum",
    "choose_model",
    "devices",
    "load_model",
    "model_card",
    "model_names",
]
