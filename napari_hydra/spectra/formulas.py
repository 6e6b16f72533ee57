"""What a formula of bands is: a spectral index of the catalogue, or band maths that a user types."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Method = Literal["interpolated", "nearest"]

_TRIALS = 200  # reflectances with which a formula is tried


@dataclass(frozen=True, eq=False)
class BandMix:
    """From which bands of a cube those of a formula are made.

    Attributes
    ----------
    names : tuple of str
    centres : (n,) array
        Where they are taken, in nm.
    columns : (m,) array of int
        The bands of the cube that are read.
    weights : (n, m) array
        What each takes of them.
    """

    names: tuple[str, ...]
    centres: Floats
    columns: NDArray[np.intp]
    weights: Floats

    def __call__(self, values: ArrayLike) -> Floats:
        """Return the bands (..., n) from the values (..., m) of the columns."""
        array = np.asarray(values, dtype=np.float64)
        # A band without data spoils only what is made of it.
        return np.stack([array[..., row > 0] @ row[row > 0] for row in self.weights], axis=-1)


class Formula(Protocol):
    """A formula whose value a pixel, region or cube has; hashable, so that a result can be kept by it."""

    @property
    def name(self) -> str:
        """Return what a table or layer is called after."""

    @property
    def formula(self) -> str:
        """Return the formula as it is written."""

    def mix(self, wavelengths: ArrayLike, method: Method = "interpolated") -> BandMix:
        """Return the bands that it takes of a cube; raises HydraError where the cube lacks them."""

    def __call__(self, bands: Mapping[str, ArrayLike], centres: Mapping[str, float] | None = None) -> Floats:
        """Return the value from the bands of `mix`, by name; NaN where it is not finite."""

    @property
    def is_scale_free(self) -> bool:
        """Whether the value stays the same if every band is multiplied by one factor."""

    @property
    def limits(self) -> tuple[float, float] | None:
        """Display limits that depend on the formula alone, None where the values have to give them."""


def trial_bands(names: Iterable[str]) -> dict[str, Floats]:
    """Return reflectances that cover what materials have, for each name of a band."""
    names = list(names)
    values = np.random.default_rng(0).uniform(0.02, 0.6, (_TRIALS, len(names)))
    return dict(zip(names, values.T, strict=True))


def is_scale_free(formula: Formula, names: Iterable[str]) -> bool:
    """Return whether a formula of the bands `names` is the same in any unit."""
    bands = trial_bands(names)
    scaled = {name: 3.0 * values for name, values in bands.items()}
    return bool(np.allclose(formula(bands), formula(scaled), rtol=1e-6, equal_nan=True))
