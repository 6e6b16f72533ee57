"""A small network with random weights: enough for the mechanics, never for figures."""

import numpy as np
import pytest
import torch

from napari_hydra.hydra.files.card import ModelCard
from napari_hydra.hydra.model import HydraModel
from napari_hydra.hydra.model_files import Calibration
from napari_hydra.hydra.networks.network import Architecture, HydraNetwork


def smooth_table(nodes, size):
    """A decoder table of positive bumps, so that decoded spectra look like spectra."""
    centres = np.linspace(nodes[0], nodes[-1], size)
    width = (nodes[-1] - nodes[0]) / size
    return np.exp(-(((nodes[:, None] - centres) / width) ** 2)).astype(np.float32)


@pytest.fixture
def model() -> HydraModel:
    torch.manual_seed(1)
    network = HydraNetwork(Architecture(400, 700, size=8, directions=3, width=16, blocks=2, hidden=16))
    with torch.no_grad():
        network.decoder.table.copy_(torch.from_numpy(smooth_table(network.decoder.nodes, 8)))
        network.student.linear.copy_(torch.rand(8, 3) * 0.3)
        network.student.bridge.weight.normal_(std=0.1)
    network.eval()
    card = ModelCard("small", (400.0, 700.0), architecture=network.architecture.to_dict(), date="2026-01-01")
    return HydraModel(network, Calibration.nominal(network.decoder.nodes.size), card, "cpu")


@pytest.fixture
def picture():
    random = np.random.default_rng(0)
    coarse = random.random((12, 15, 3))
    fine = coarse.repeat(8, 0).repeat(8, 1)[:90, :117] * 0.8 + random.random((90, 117, 3)) * 0.15
    return (fine * 255).astype(np.uint8)
