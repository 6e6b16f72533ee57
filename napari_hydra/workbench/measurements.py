"""Spectra that were measured at pixels of a scene, and where measuring would help."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

TRUTH = "truth"


@dataclass(frozen=True)
class Place:
    """A pixel where measuring helps; `number` 1 helps most."""

    number: int
    y: int
    x: int


@dataclass(frozen=True, eq=False)
class Measurement:
    """A spectrum that was measured at a pixel of the scene.

    Attributes
    ----------
    name : str
        Of its pin, its place or in its file.
    y, x : int
    wavelengths, values : (B,) array
        In nm, increasing; in the unit of the source.
    source : str
        "truth", or the name of a file.
    used : bool
        Whether adapting uses it.
    """

    name: str
    y: int
    x: int
    wavelengths: NDArray[np.float64]
    values: NDArray[np.float64]
    source: str = TRUTH
    used: bool = True
