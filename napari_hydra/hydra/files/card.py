"""What a model says of itself."""

import json
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class ModelCard:
    """Model card, stored in the header of the weights and shown in the window.

    Attributes
    ----------
    name : str
    wavelength_range : (float, float)
        In nm, both ends included.
    default_step : float
        Spacing in nm of the wavelengths that are reconstructed when none are asked for.
    trained_on : str
        One sentence naming the data and their terms.
    quantity : str
        What a value of the reconstruction means.
    value_range : str
        What 0 and 1 mean.
    licence, date, command, version : str
        Terms of the weights, day and command of training, version of the package.
    provenance : list of str
        The data that made the weights, a line for each: its use (trains, calibrates, judges), terms and citation.
    metrics : dict
        Figures with the command that gives them.
    architecture : dict
        See `napari_hydra.hydra.networks.network.Architecture`.

    Examples
    --------
    >>> card = ModelCard("mine", (400.0, 700.0), default_step=100.0)
    >>> card.default_wavelengths.tolist()
    [400.0, 500.0, 600.0, 700.0]
    >>> ModelCard.from_json(card.to_json()) == card
    True
    """

    name: str
    wavelength_range: tuple[float, float]
    default_step: float = 10.0
    trained_on: str = ""
    quantity: str = "reflectance times illumination (1 = the picture's saturation)"
    value_range: str = "0 is black, 1 is the picture's saturation; beyond 700 nm values may pass 1"
    licence: str = ""
    date: str = ""
    command: str = ""
    version: str = ""
    provenance: list[str] = field(default_factory=list)
    metrics: dict[str, Any] = field(default_factory=dict)
    architecture: dict[str, Any] = field(default_factory=dict)

    @property
    def default_wavelengths(self) -> NDArray[np.float64]:
        """The wavelengths in nm that are reconstructed when none are asked for."""
        low, high = self.wavelength_range
        return np.arange(round((high - low) / self.default_step) + 1, dtype=np.float64) * self.default_step + low

    def to_json(self) -> str:
        """Return the card as JSON text.

        Returns
        -------
        str
            One line.
        """
        return json.dumps(asdict(self), ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> "ModelCard":
        """Return the card written by `to_json`.

        Parameters
        ----------
        text : str
            Fields of later versions are left out.

        Returns
        -------
        ModelCard
            As it was written.
        """
        known = {k: v for k, v in json.loads(text).items() if k in cls.__dataclass_fields__}
        low, high = known["wavelength_range"]
        known["wavelength_range"] = (float(low), float(high))
        return cls(**known)
