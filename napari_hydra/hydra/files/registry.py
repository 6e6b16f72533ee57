"""The models that come with the package, what weights say of themselves, and which model fits wavelengths.

PyTorch takes seconds to import and would stall window and command line meanwhile; this reads headers alone.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike

from napari_hydra.cube import SAME_BAND_NM
from napari_hydra.errors import HydraError
from napari_hydra.hydra.files.card import ModelCard
from napari_hydra.io.files.regular import require_regular
from napari_hydra.io.files.weights_header import read_weights_header

FORMAT = "napari-hydra model 1"
ADAPTED_FORMAT = "napari-hydra adapted model 1"
SHIPPED = Path(str(files("napari_hydra"))) / "resources"
DEFAULT = "visible"


@dataclass(frozen=True)
class ModelSummary:
    """What there is to choose a model by.

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


def model_names() -> list[str]:
    """Return the names of the models that come with the package, the default first.

    Returns
    -------
    list of str
        What `load_model` and `model_card` take.

    Examples
    --------
    >>> model_names()[0]
    'visible'
    """
    return sorted((path.stem for path in SHIPPED.glob("*.safetensors")), key=lambda name: (name != DEFAULT, name))


def model_path(name: str | Path) -> Path:
    """Return the file of a model given by registry name or path.

    Raises
    ------
    HydraError
        If there is neither.
    """
    if str(name) in model_names():
        return SHIPPED / f"{name}.safetensors"
    given = Path(name).expanduser()
    require_regular(given)
    with suppress(OSError):  # a name that is too long for a file
        if given.is_file():
            return given
    raise HydraError(f"there is no model {str(name)!r}; give a path to weights or one of {', '.join(model_names())}.")


def model_header(path: str | Path) -> dict[str, str]:
    """Return the header of a weights file.

    Raises
    ------
    HydraError
        If the file is no model of this package.
    """
    header, _ = read_weights_header(path)
    if header.get("format") not in (FORMAT, ADAPTED_FORMAT):
        raise HydraError(f"{path} holds weights of another kind; give a model written by 'napari-hydra train'.")
    return header


def read_card(path: str | Path) -> ModelCard:
    """Return the card of a weights file.

    Raises
    ------
    HydraError
        If the file is no model of this package.
    """
    header = model_header(path)
    if "card" not in header:
        raise HydraError(f"{path} has no model card; give a model written by 'napari-hydra train'.")
    try:
        return ModelCard.from_json(header["card"])
    except ValueError as error:
        raise HydraError(
            f"{path} has a damaged model card ({error}); give a model written by 'napari-hydra train'."
        ) from error


@lru_cache(maxsize=16)
def _card_of(path: str, modified: float) -> ModelCard:
    return read_card(path)


def model_card(name: str | Path) -> ModelCard:
    """Return the card of a model, without loading its weights.

    Parameters
    ----------
    name : str or Path
        A registry name, or a .safetensors file.

    Returns
    -------
    ModelCard
        From the header of the weights.

    Raises
    ------
    HydraError
        If there is no such model.

    Examples
    --------
    >>> model_card("visible").wavelength_range
    (400.0, 700.0)
    """
    path = model_path(name)
    return _card_of(str(path), path.stat().st_mtime)


def summary_of(name: str | Path) -> ModelSummary:
    """Return the summary of a model given by registry name or path.

    Raises
    ------
    HydraError
        If it is no model of this package.
    """
    card = model_card(name)
    return ModelSummary(str(name), card.wavelength_range, card.trained_on, card.licence)


def shipped_models() -> tuple[ModelSummary, ...]:
    """Return the models that come with the package, the default first."""
    return tuple(summary_of(name) for name in model_names())


def choose_model(
    wavelengths: ArrayLike | None = None, *, partly: bool = False, models: Sequence[ModelSummary] | None = None
) -> str:
    """Return the name of the model that covers most of the wavelengths; of several the narrowest, then the first.

    Parameters
    ----------
    wavelengths : (B,) array, optional
        In nm; without any, the first model is chosen.
    partly : bool
        Whether it is enough to cover one of them: for the bands of a measured cube, of which the others are left out.
    models : sequence of ModelSummary, optional
        To choose from; otherwise those that come with the package.

    Returns
    -------
    str
        What `load_model` takes.

    Raises
    ------
    HydraError
        If there is no model, or none that covers all of the wavelengths (`partly`: a single one).

    Examples
    --------
    >>> choose_model([450, 650])
    'visible'
    """
    offered = shipped_models() if models is None else models
    if not offered:
        raise HydraError("No model is installed; give a .safetensors file written by 'napari-hydra train'.")
    wanted = np.asarray([] if wavelengths is None else wavelengths, dtype=np.float64).ravel()
    if not wanted.size:
        return offered[0].name

    def covered(model: ModelSummary) -> int:
        low, high = model.span
        return int(((wanted >= low - SAME_BAND_NM) & (wanted <= high + SAME_BAND_NM)).sum())

    best = max(offered, key=lambda model: (covered(model), model.span[0] - model.span[1]))
    if covered(best) < (1 if partly else wanted.size):
        raise HydraError(
            f"no model covers {wanted.min():g}-{wanted.max():g} nm; ask for wavelengths inside "
            + " or ".join(f"{model.span[0]:g}-{model.span[1]:g} nm ({model.label})" for model in offered)
            + ", or give a model of your own."
        )
    return best.name
