"""Prior covariance of the errors that a model makes in a scene it has not seen.

Pixels of like colour and brightness that are near each other have like errors, and so, a little, have all pixels of a
scene (its lamp, its camera). For two pixels with chromaticities a, a' (3), natural logarithms of brightness b, b',
positions p, p' (in picture diagonals) and uncertainties u, u' per unit of brightness::

    k(x, x') = (u u' / u0^2)^power (scene + wide g_1 + narrow g_2 + near g_3 [same picture] h)
    g_j = exp(-|a - a'|^2 / (2 colour_j^2) - (b - b')^2 / (2 brightness_j^2))
    h = exp(-|p - p'|^2 / (2 place^2))

u0 is the typical uncertainty, and j stands for wide, narrow and near. The unit is the variance of the part that no
neighbour tells of. The twelve numbers of a `ScenePrior` are learned by `napari_hydra.training.scene_effect`.
"""

import json
from dataclasses import asdict, dataclass
from typing import Annotated

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

from napari_hydra.validation import Within, parse, parse_json

Positive = Annotated[float, Within(1e-12, 1e12)]  # its logarithm is what is learned
Floats = NDArray[np.float64]

COLOUR, BRIGHTNESS, PLACE, UNCERTAINTY, PICTURE = slice(0, 3), 3, slice(4, 6), 6, 7
_NEAR_PLACE = 10  # in `ScenePrior.vector`


@dataclass(frozen=True)
class ScenePrior:
    """Kernel of the errors (latents per unit of brightness) that a model makes in a scene.

    The defaults were learned from the CAVE scenes, each left out of the model's training in turn.

    Attributes
    ----------
    scene, wide, narrow, near : float
        Variance that all pixels of a session share; that likeness in colour carries, widely and narrowly; and that
        only pixels near in place carry. In units of the variance that no neighbour tells anything about.
    wide_colour, narrow_colour, near_colour : float
        Widths in chromaticity (each channel over the sum of the three).
    wide_brightness, narrow_brightness, near_brightness : float
        Widths in the natural logarithm of brightness: what a bright pixel taught says little about a dark one.
    near_place : float
        Width in picture diagonals.
    doubt_power : float
        The standard deviation of the shared part grows with this power of the model's own uncertainty.
    """

    scene: Positive = 0.47
    wide: Positive = 4.86
    narrow: Positive = 5.1
    near: Positive = 4.04
    wide_colour: Positive = 0.181
    narrow_colour: Positive = 0.0544
    near_colour: Positive = 0.221
    wide_brightness: Positive = 1.22
    narrow_brightness: Positive = 0.865
    near_brightness: Positive = 1.36
    near_place: Positive = 0.174
    doubt_power: Positive = 0.4

    @property
    def total(self) -> float:
        """Variance of a pixel of typical uncertainty, without what no neighbour tells (which is 1)."""
        return self.scene + self.wide + self.narrow + self.near

    def covariance(self, first: ArrayLike, second: ArrayLike, typical: float = 1.0) -> Floats:
        """Return the covariance (n, m) of pixels with features (n, 8) and (m, 8); see `scene_kernel`."""
        one, other = (torch.as_tensor(np.asarray(part, dtype=np.float64)) for part in (first, second))
        return np.asarray(scene_kernel(self.vector(), one, other, typical).numpy())

    def variance(self, features: Floats, typical: float = 1.0) -> Floats:
        """Return the variance (n,) of pixels with `features` (n, 8)."""
        return np.asarray(self.total * (features[:, UNCERTAINTY] / typical) ** (2 * self.doubt_power))

    def vector(self) -> Tensor:
        """Return the natural logarithms of the fields, in their order."""
        return torch.tensor(list(asdict(self).values()), dtype=torch.float64).log()

    @classmethod
    def from_vector(cls, vector: Tensor) -> "ScenePrior":
        """Return the prior of a `vector`."""
        return cls(*(float(value) for value in vector.detach().exp()))

    def to_json(self) -> str:
        """Return the prior as JSON text."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> "ScenePrior":
        """Return the prior written by `to_json`; fields of later versions are left out.

        Raises
        ------
        ValueError
            If one of them holds what it cannot.
        """
        return parse(cls, parse_json(text))


def pixel_features(
    linear: ArrayLike, level: ArrayLike, place: ArrayLike, uncertainty: ArrayLike, picture: int
) -> Floats:
    """Return what likeness is judged by, (n, 8): chromaticity, log brightness, place, uncertainty and picture.

    Parameters
    ----------
    linear : (n, 3) array
        Linear sRGB at the common exposure.
    level : (n,) array
        Brightness: the mean of the three channels plus the model's floor.
    place : (n, 2) array
        y and x in picture diagonals.
    uncertainty : (n,) array
        The model's own standard deviation per unit of brightness.
    picture : int
        Number of the picture: place tells nothing between two pictures.
    """
    brightness = np.asarray(level, dtype=np.float64)
    colour = np.maximum(np.asarray(linear, dtype=np.float64), 0) / (3 * brightness[:, None])
    numbers = np.full(len(brightness), float(picture))
    return np.column_stack([colour, np.log(brightness), place, uncertainty, numbers])


def scene_kernel(logs: Tensor, first: Tensor, second: Tensor, typical: float | Tensor = 1.0) -> Tensor:
    """Return the covariance (n, m) of the errors of pixels with features (n, 8) and (m, 8).

    Parameters
    ----------
    logs : (12,) tensor
        See `ScenePrior.vector`.
    first, second : tensors
        See `pixel_features`.
    typical : float
        The uncertainty of a pixel whose shared part has the variance that the prior names.
    """
    shared, near = colour_kernels(logs, first, second, typical)
    return shared + near * place_kernel(logs, first[:, PLACE], second[:, PLACE])


def colour_kernels(logs: Tensor, first: Tensor, second: Tensor, typical: float | Tensor = 1.0) -> tuple[Tensor, Tensor]:
    """Return the parts (n, m) of `scene_kernel` that place leaves alone and that `place_kernel` multiplies."""
    scene, wide, narrow, near, *widths, power = logs.to(first.dtype).exp().unbind()
    colour = _squared_distances(first[:, COLOUR], second[:, COLOUR])
    brightness = (first[:, BRIGHTNESS, None] - second[None, :, BRIGHTNESS]).square()
    same = first[:, PICTURE, None] == second[None, :, PICTURE]

    def alike(number: int) -> Tensor:
        return torch.exp(-0.5 * (colour / widths[number].square() + brightness / widths[number + 3].square()))

    scales = [(part[:, UNCERTAINTY] / typical) ** power for part in (first, second)]
    both = scales[0][:, None] * scales[1][None]
    return both * (scene + wide * alike(0) + narrow * alike(1)), both * near * same * alike(2)


def place_kernel(logs: Tensor, first: Tensor, second: Tensor) -> Tensor:
    """Return the likeness (n, m) of places (n, 2) and (m, 2), in picture diagonals."""
    return torch.exp(-0.5 * _squared_distances(first, second) / logs[_NEAR_PLACE].to(first.dtype).exp().square())


def _squared_distances(first: Tensor, second: Tensor) -> Tensor:
    products = first @ second.T
    return (first.square().sum(1)[:, None] + second.square().sum(1)[None] - 2 * products).clamp(min=0)
