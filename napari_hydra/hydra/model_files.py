"""Models on disk: weights as safetensors with the model card in the header."""

import json
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open

from napari_hydra.errors import HydraError
from napari_hydra.hydra.adaptation import Adaptation, Observations
from napari_hydra.hydra.files.base_weights import find_base, note_base
from napari_hydra.hydra.files.card import ModelCard
from napari_hydra.hydra.files.registry import ADAPTED_FORMAT, FORMAT, model_header, read_card
from napari_hydra.hydra.files.tensor_file import write_tensors
from napari_hydra.hydra.networks.architecture import Architecture
from napari_hydra.hydra.networks.network import HydraNetwork
from napari_hydra.hydra.networks.shapes import require_fit
from napari_hydra.hydra.scene_prior import ScenePrior
from napari_hydra.io.files.atomic import refuse_existing
from napari_hydra.io.files.weights_header import read_weights_header
from napari_hydra.validation import MaxLength, Within, parse, parse_json

_MOST_OBSERVATIONS = 5000  # covariances grow as its square
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
    if text is None:
        return ScenePrior()
    try:
        return ScenePrior.from_json(text)
    except ValueError as error:
        raise HydraError(f"{path} has a damaged scene prior ({error}); train or fetch it anew.") from error


def adapted_base(path: str | Path) -> Path | None:
    """Return the weights that an adapted model stands on; None for a model that stands alone.

    Raises
    ------
    HydraError
        If they are not beside it, or have changed.
    """
    header = model_header(path)
    return None if header["format"] == FORMAT else find_base(Path(path), header)


def save_adaptation(
    path: str | Path, base: Path, adaptation: Adaptation, card: ModelCard, *, overwrite: bool = False
) -> Path:
    """Write what a model learned of a scene as a small file that stands on the weights `base`.

    Weights that are neither shipped nor in its folder are copied beside it.
    """
    target = Path(path)
    observations = adaptation.observations
    arrays = {key: getattr(observations, name) for name, key in _OBSERVATION_KEYS.items()}
    tensors = {key: torch.from_numpy(np.ascontiguousarray(array)) for key, array in arrays.items()}
    numbers = [adaptation.shrinkage_factor, adaptation.interval_inflation, *adaptation.left_out]
    tensors["numbers"] = torch.tensor(numbers, dtype=torch.float64)
    refuse_existing(target, overwrite)
    with ExitStack() as files:
        header = {
            "format": ADAPTED_FORMAT,
            "card": card.to_json(),
            **note_base(base, target, files),
            "scene_prior": adaptation.prior.to_json(),
            "pictures": json.dumps(adaptation.pictures),
        }
        return write_tensors(target, tensors, header, overwrite=overwrite)


def load_adaptation(path: str | Path) -> Adaptation:
    """Return what `save_adaptation` wrote.

    Raises
    ------
    HydraError
        If the file is damaged or of another version.
    """
    header = model_header(path)
    try:
        tensors = {name: tensor.numpy().astype(np.float64) for name, tensor in _tensors(path).items()}
        observations = Observations(**{name: tensors[key] for name, key in _OBSERVATION_KEYS.items()})
        _require_consistent(observations)
        prior = ScenePrior.from_json(header["scene_prior"])
        noted = {"pictures": parse_json(header["pictures"]), "numbers": tensors["numbers"].tolist()}
        found = parse(_AdaptationHeader, noted)
    except KeyError as error:
        raise HydraError(
            f"{path} is damaged or of another version (it lacks {error}); adapt the model anew."
        ) from error
    except (SafetensorError, ValueError) as error:
        raise HydraError(f"{path} is damaged or of another version ({error}); adapt the model anew.") from error
    shrinkage_factor, interval_inflation, before, after = found.numbers
    return Adaptation(observations, prior, found.pictures, shrinkage_factor, interval_inflation, (before, after))


@dataclass(frozen=True)
class _AdaptationHeader:
    pictures: Annotated[tuple[Annotated[str, MaxLength(1000)], ...], MaxLength(_MOST_OBSERVATIONS)]
    numbers: tuple[Annotated[float, Within(0, 1)], Annotated[float, Within(1e-6, 1e6)], float, float]


def _require_consistent(observations: Observations) -> None:
    """Refuse arrays that are no features, latents and spectra of the same pixels."""
    count, size, bands = len(observations), observations.latents.shape[1:], observations.half_widths.shape[1:]
    shapes = {"features": (8,), "residuals": size, "latents": size, "half_widths": bands, "remainders": bands}
    for name, shape in shapes.items():
        array = getattr(observations, name)
        if array.ndim != 2 or array.shape != (count, *shape):
            raise HydraError(f"{name} are {array.shape} and not {(count, *shape)}")
        if not np.isfinite(array).all():
            raise HydraError(f"{name} hold values that are no numbers")
    if not 1 <= count <= _MOST_OBSERVATIONS:
        raise HydraError(f"it holds {count} measured spectra")


def _tensors(path: str | Path) -> dict[str, torch.Tensor]:
    with safe_open(str(path), framework="pt") as file:
        return {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118 - not a dict


def load_network(path: str | Path) -> tuple[HydraNetwork, Calibration, ModelCard]:
    """Return network (float32, on the CPU), calibration and card of a weights file.

    What the card says of the network is compared with the tensors there are before it is built.

    Raises
    ------
    HydraError
        If the file is no model of this package, or damaged.
    """
    card = read_card(path)
    _, shapes = read_weights_header(path)
    try:
        architecture = Architecture.from_dict(card.architecture)
        weights = {k.removeprefix(_NETWORK): v for k, v in shapes.items() if k.startswith(_NETWORK)}
        require_fit(architecture, weights)
        tensors = _tensors(path)
        state = {k.removeprefix(_NETWORK): v.float() for k, v in tensors.items() if k.startswith(_NETWORK)}
        for name, tensor in state.items():
            if not torch.isfinite(tensor).all():
                raise HydraError(f"{name} holds values that are no numbers")
        network = HydraNetwork(architecture)
        network.load_state_dict(state)
        calibration = _calibration(tensors, network.decoder.nodes.size)
    except (SafetensorError, ValueError) as error:
        raise HydraError(f"{path} is damaged or of another version: {error}; train or fetch it anew.") from error
    network.eval()
    return network, calibration, card


def _calibration(tensors: dict[str, torch.Tensor], nodes: int) -> Calibration:
    """Return the calibration of a network with so many decoder nodes."""
    names = [f"calibration.{part}" for part in ("levels", "factors", "familiar")]
    lacking = [name for name in names if name not in tensors]
    if lacking:
        raise HydraError(f"it lacks {lacking[0]}")
    levels, factors, familiar = (tensors[name] for name in names)
    if levels.ndim != 1 or tuple(factors.shape) != (len(levels), nodes) or not len(levels):
        raise HydraError(f"{names[1]} are {list(factors.shape)} and not {[levels.numel(), nodes]}")
    if not ((levels > 0) & (levels < 1)).all() or not (levels.diff() > 0).all():
        raise HydraError(f"{names[0]} do not increase between 0 and 1")
    if not (torch.isfinite(factors) & (factors >= 0)).all():
        raise HydraError(f"{names[1]} hold values that are no factors")
    if familiar.ndim != 2 or familiar.shape[0] != familiar.shape[1] or not len(familiar):
        raise HydraError(f"{names[2]} are {list(familiar.shape)} and no square")
    return Calibration(levels.numpy(), factors.numpy(), familiar.numpy().astype(bool))
