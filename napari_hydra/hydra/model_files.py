"""Models on disk: weights as safetensors with the model card in the header."""

import json
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open

from napari_hydra.errors import HydraError
from napari_hydra.hydra.adaptation import Adaptation, Observations
from napari_hydra.hydra.files.card import ModelCard
from napari_hydra.hydra.files.registry import ADAPTED_FORMAT, FORMAT, SHIPPED, model_header, model_path, read_card
from napari_hydra.hydra.files.tensor_file import write_tensors
from napari_hydra.hydra.files.weights_digest import has_digest, weights_digest
from napari_hydra.hydra.networks.architecture import Architecture
from napari_hydra.hydra.networks.network import HydraNetwork
from napari_hydra.hydra.scene_prior import ScenePrior

_NETWORK = "network."
# Attributes of `Observations`, and the tensors of a file that hold them.
_OBSERVATION_KEYS = {
    "features": "features",
    "residuals": "residuals",
    "latents": "codes",
    "half_widths": "half_widths",
    "remainders": "remainders",
}


@dataclass(frozen=True, eq=False)
class Calibration:
    """What was measured of a trained network on scenes it had not seen.

    Attributes
    ----------
    levels : (L,) array
        Nominal coverages.
    factors : (L, G) array
        Half-widths in standard deviations at the decoder's nodes.
    familiar : (N, N) array of bool
        Which chromaticities, binned by `chromaticity_bins`, training pixels had.
    """

    levels: NDArray[np.float64]
    factors: NDArray[np.float32]
    familiar: NDArray[np.bool_]

    @classmethod
    def nominal(cls, nodes: int, bins: int = 48) -> "Calibration":
        """Return the factors of a normal distribution, every colour taken for familiar."""
        levels = np.array([0.5, 0.68, 0.8, 0.9, 0.95, 0.99])
        normal = np.array([0.674, 0.994, 1.282, 1.645, 1.960, 2.576], np.float32)
        return cls(levels, np.tile(normal[:, None], (1, nodes)), np.ones((bins, bins), bool))


def chromaticity_bins(linear: NDArray[np.float32], bins: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the bin of red and of green chromaticity of each pixel (..., 3) of linear RGB."""
    total = np.maximum(linear.sum(-1), 1e-6)
    red, green = linear[..., 0] / total, linear[..., 1] / total
    rows, columns = (np.clip((part * bins).astype(np.int64), 0, bins - 1) for part in (red, green))
    return rows, columns


def save_model(
    path: str | Path,
    network: HydraNetwork,
    calibration: Calibration,
    card: ModelCard,
    scene_prior: ScenePrior | None = None,
) -> Path:
    """Write weights, calibration, card and prior to a .safetensors file, replacing what is there.

    Weights stay float32. The covariance in which the data-consistency projection moves latents spans orders of
    magnitude, and its small axes decide: rounded to float16 it moved errors on scenes left out by up to 9 %.
    """
    tensors = {_NETWORK + k: v.float() for k, v in network.state_dict().items()}
    tensors["calibration.levels"] = torch.from_numpy(np.asarray(calibration.levels, np.float64))
    tensors["calibration.factors"] = torch.from_numpy(np.asarray(calibration.factors, np.float32))
    tensors["calibration.familiar"] = torch.from_numpy(calibration.familiar.astype(np.uint8))
    header = {"format": FORMAT, "card": card.to_json()}
    if scene_prior is not None:
        header["scene_prior"] = scene_prior.to_json()
    return write_tensors(path, tensors, header, overwrite=True)


def read_scene_prior(path: str | Path) -> ScenePrior:
    """Return the prior of the scene effect that a weights file holds; the default where it holds none."""
    text = model_header(path).get("scene_prior")
    return ScenePrior() if text is None else ScenePrior.from_json(text)


def adapted_base(path: str | Path) -> Path | None:
    """Return the weights that an adapted model stands on; None for a model that stands alone.

    Raises
    ------
    HydraError
        If they are not where they were, or have changed.
    """
    header = model_header(path)
    if header["format"] == FORMAT:
        return None
    base = header["base"]
    beside = Path(path).parent / base
    found = beside if beside.is_file() else model_path(base)
    if not has_digest(found, header["base_sha256"]):
        raise HydraError(f"{path} was adapted from other weights than {found}; adapt it anew.")
    return found


def save_adaptation(
    path: str | Path, base: Path, adaptation: Adaptation, card: ModelCard, *, overwrite: bool = False
) -> Path:
    """Write what a model learned of a scene as a small file that stands on the weights `base`."""
    target = Path(path)
    observations = adaptation.observations
    arrays = {key: getattr(observations, name) for name, key in _OBSERVATION_KEYS.items()}
    tensors = {key: torch.from_numpy(np.ascontiguousarray(array)) for key, array in arrays.items()}
    numbers = [adaptation.shrinkage_factor, adaptation.interval_inflation, *adaptation.left_out]
    tensors["numbers"] = torch.tensor(numbers, dtype=torch.float64)
    shipped = base.parent == SHIPPED
    header = {
        "format": ADAPTED_FORMAT,
        "card": card.to_json(),
        "base": base.stem if shipped else os.path.relpath(base, target.resolve().parent),
        "base_sha256": weights_digest(base),
        "scene_prior": adaptation.prior.to_json(),
        "pictures": json.dumps(adaptation.pictures),
    }
    return write_tensors(target, tensors, header, overwrite=overwrite)


def load_adaptation(path: str | Path) -> Adaptation:
    """Return what `save_adaptation` wrote."""
    header = model_header(path)
    try:
        with safe_open(str(path), framework="pt") as file:
            arrays = {name: file.get_tensor(key).numpy() for name, key in _OBSERVATION_KEYS.items()}
            shrinkage_factor, interval_inflation, before, after = file.get_tensor("numbers").tolist()
        prior, pictures = ScenePrior.from_json(header["scene_prior"]), tuple(json.loads(header["pictures"]))
    except (SafetensorError, ValueError, KeyError) as error:
        raise HydraError(f"{path} is damaged or of another version; adapt the model anew.") from error
    return Adaptation(Observations(**arrays), prior, pictures, shrinkage_factor, interval_inflation, (before, after))


def load_network(path: str | Path) -> tuple[HydraNetwork, Calibration, ModelCard]:
    """Return network (float32, on the CPU), calibration and card of a weights file.

    Raises
    ------
    HydraError
        If the file is no model of this package, or damaged.
    """
    card = read_card(path)
    try:
        with safe_open(str(path), framework="pt") as file:
            tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118 - not a dict
        network = HydraNetwork(Architecture(**card.architecture))
        state = {k.removeprefix(_NETWORK): v.float() for k, v in tensors.items() if k.startswith(_NETWORK)}
        network.load_state_dict(state)
    except HydraError as error:
        raise HydraError(f"{path} is of another version: {error}") from error
    except (SafetensorError, RuntimeError, TypeError, KeyError) as error:
        raise HydraError(
            f"{path} is damaged or of another version ({type(error).__name__}); train or fetch it anew."
        ) from error
    calibration = Calibration(
        tensors["calibration.levels"].numpy(),
        tensors["calibration.factors"].numpy(),
        tensors["calibration.familiar"].numpy().astype(bool),
    )
    network.eval()
    return network, calibration, card
