"""The models that the form offers, read from the headers of their weights.

PyTorch takes seconds to import and stalls the window meanwhile; the form needs a name, a range and a sentence.
So this reads model cards alone, and the worker loads the rest.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open

from napari_hydra.errors import HydraError


@dataclass(frozen=True)
class ModelSummary:
    """What the form says of a model.

    Attributes
    ----------
    name : str
        What `napari_hydra.hydra.load_model` takes: a registry name or a path.
    span : (float, float)
        Wavelength range in nm.
    trained_on : str
        One sentence.
    licence : str
        Terms of the weights.
    """

    name: str
    span: tuple[float, float]
    trained_on: str
    licence: str = ""

    @property
    def label(self) -> str:
        """The name without folder and suffix."""
        return Path(self.name).stem if self.name.endswith(".safetensors") else self.name


def shipped_models() -> tuple[ModelSummary, ...]:
    """Return the models that come with the package, ``visible`` first."""
    folder = Path(str(files("napari_hydra"))) / "resources"
    found = [summary_of(path, path.stem) for path in sorted(folder.glob("*.safetensors"))]
    return tuple(sorted(found, key=lambda model: (model.name != "visible", model.name)))


def summary_of(path: Path, name: str | None = None) -> ModelSummary:
    """Return the summary of a weights file.

    Raises
    ------
    HydraError
        If the file is no model of this package.
    """
    try:
        with safe_open(str(path), framework="np") as stored:
            header = stored.metadata() or {}
        card = json.loads(header["card"])
        low, high = card["wavelength_range"]
        trained_on, licence = (str(card.get(key, "")) for key in ("trained_on", "licence"))
        return ModelSummary(name or str(path), (float(low), float(high)), trained_on, licence)
    except (SafetensorError, OSError) as error:
        raise HydraError(f"{path} cannot be read as weights; give a .safetensors model.") from error
    except (KeyError, ValueError, TypeError) as error:
        raise HydraError(
            f"{path} holds weights of another kind; give a model written by 'napari-hydra train'."
        ) from error


def fitting_model(models: Sequence[ModelSummary], wavelengths: NDArray[np.float64] | None) -> ModelSummary:
    """Return the model that covers most of `wavelengths` (nm), and among those the narrowest.

    Raises
    ------
    HydraError
        If there is no model at all, or none that covers a single one of the wavelengths.
    """
    if not models:
        raise HydraError("No model is installed; browse for a .safetensors file written by 'napari-hydra train'.")
    if wavelengths is None:
        return models[0]

    def covered(model: ModelSummary) -> int:
        low, high = model.span
        return int(np.count_nonzero((wavelengths >= low) & (wavelengths <= high)))

    best = max(models, key=lambda model: (covered(model), model.span[0] - model.span[1]))
    if covered(best) == 0:
        raise HydraError(
            f"No model covers {wavelengths.min():g} to {wavelengths.max():g} nm; there are "
            + " and ".join(f"{m.name} ({m.span[0]:g} to {m.span[1]:g} nm)" for m in models)
            + "."
        )
    return best
