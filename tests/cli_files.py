"""Small files for the tests of the command line."""

import signal

import numpy as np

from napari_hydra.cube import make_cube


def hear_ctrl_c():
    """Undo what a background job inherits: a shell starts it deaf to Ctrl-C (for ``preexec_fn``)."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def smooth_cube(height=24, width=20, shift=0.0):
    """Reflectances of one bump each, 380-720 nm, one bad band."""
    wavelengths = np.arange(380.0, 721.0, 10)
    ys, xs = np.mgrid[:height, :width]
    peak = 450 + shift + 200 * xs[..., None] / width
    values = 0.05 + (0.3 + 0.5 * ys[..., None] / height) * np.exp(-(((wavelengths - peak) / 60) ** 2))
    return make_cube(values, wavelengths, bad_bands=(20,), source="made up")


def untrained_model():
    """A network that was never trained: a function of the picture like any other."""
    import torch

    from napari_hydra.hydra.files.card import ModelCard
    from napari_hydra.hydra.model import HydraModel
    from napari_hydra.hydra.model_files import Calibration
    from napari_hydra.hydra.networks.network import Architecture, HydraNetwork

    torch.manual_seed(0)
    architecture = Architecture(400.0, 700.0)
    network = HydraNetwork(architecture).eval()
    with torch.no_grad():  # so that spectra differ from one another and from zero
        network.decoder.table.copy_(torch.rand_like(network.decoder.table))
    card = ModelCard("small", (400.0, 700.0), architecture=architecture.to_dict())
    return HydraModel(network, Calibration.nominal(len(network.decoder.nodes)), card)


def save_untrained(path):
    """Write the untrained network to a .safetensors file."""
    from napari_hydra.hydra.model_files import save_model

    model = untrained_model()
    return save_model(path, model.network, model.calibration, model.card)
