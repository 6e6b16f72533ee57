"""What a model says of itself."""

import json
from dataclasses import asdict, dataclass, field
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray

from napari_hydra.validation import InvalidValue, MaxLength, Within, parse, parse_json

_MOST_BANDS = 100_000  # by default
Nanometres = Annotated[float, Within(1e-3, 1e6)]
Words = Annotated[str, MaxLength(100_000)]


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

    name: Annotated[str, MaxLength(1000)]
    wavelength_range: tuple[Nanometres, Nanometres]
    default_step: Nanometres = 10.0
    trained_on: Words = ""
    quantity: Words = "reflectance times illumination (1 = the picture's saturation)"
    value_range: Words = "0 is black, 1 is the picture's saturation; beyond 700 nm values may pass 1"
    licence: Words = ""
    date: Words = ""
    command: Words = ""
    version: Words = ""
    provenance: Annotated[list[Words], MaxLength(10_000)] = field(default_factory=list)
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

        Raises
        ------
        ValueError
            If a field is missing or holds what it cannot.
        """
        card = parse(cls, parse_json(text))
        low, high = card.wavelength_range
        if not 0 <= high - low <= _MOST_BANDS * card.default_step:
            raise InvalidValue(f"wavelength_range is {low:g} to {high:g} nm in steps of {card.default_step:g} nm")
        return card
