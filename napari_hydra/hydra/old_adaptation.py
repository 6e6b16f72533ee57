"""Adaptations saved by the first version of the format: a kernel over square roots of RGB, fitted to the scene."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from napari_hydra.hydra.scene_prior import BRIGHTNESS, COLOUR, PLACE

Floats = NDArray[np.float64]

_LEAST_LEFT = 0.0625


@dataclass(frozen=True, eq=False)
class OldAdaptation:
    """What measured spectra taught, as version 1 kept it: it reconstructs as it did, but takes no more spectra.

    Attributes
    ----------
    features : (n, 5) array
        Square roots of linear RGB and place of the measured pixels.
    weights : (n, k) array
    inverse : (n, n) array
    colour, place, noise : float
        Widths and noise of the kernel; an infinite `place` leaves the place out.
    widening : float
    left_out : (float, float)
    """

    features: Floats
    weights: Floats
    inverse: Floats
    colour: float
    place: float
    noise: float
    widening: float
    left_out: tuple[float, float]
    pictures: tuple[str, ...] = ()

    @property
    def count(self) -> int:
        """Number of measured spectra."""
        return len(self.features)

    def correct(self, features: Floats) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return residual codes (m, k) per unit of brightness, and what half-widths are to be multiplied by (m,)."""
        linear = 3 * features[:, COLOUR] * np.exp(features[:, BRIGHTNESS, None])
        own = np.column_stack([np.sqrt(linear), features[:, PLACE]])
        exponent = _squared_distances(own[:, :3], self.features[:, :3]) / self.colour**2
        if np.isfinite(self.place):
            exponent = exponent + _squared_distances(own[:, 3:], self.features[:, 3:]) / self.place**2
        near = np.exp(-0.5 * exponent)
        left = 1 - np.einsum("mi,ij,mj->m", near, self.inverse, near, optimize=True)
        share = np.sqrt(np.clip(left, _LEAST_LEFT, 1))
        return (near @ self.weights).astype(np.float32), (self.widening * share).astype(np.float32)


def _squared_distances(first: Floats, second: Floats) -> Floats:
    products = first @ second.T
    return np.maximum((first**2).sum(1)[:, None] + (second**2).sum(1)[None] - 2 * products, 0)
