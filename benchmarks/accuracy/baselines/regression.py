"""Regression from features of a pixel's colour to its spectrum, in closed form."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.accuracy.baselines.features import Features
from benchmarks.accuracy.baselines.pixels import FittingPixels
from benchmarks.accuracy.baselines.surface import ColourMethod, ColourSpace

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class ColourRegression(ColourMethod):
    """A linear map from features of a pixel's colour to its spectrum.

    Attributes
    ----------
    features : callable
        (n, 3) linear sRGB at the common exposure to (n, f).
    matrix : (f, G) array
    """

    features: Features
    matrix: Floats

    @property
    def parameters(self) -> int:
        """How many numbers were fitted."""
        return self.matrix.size

    def spectra_of(self, linear: Floats) -> Floats:
        """Return the spectra (H, W, G) of linear sRGB (H, W, 3)."""
        return (self.features(linear.reshape(-1, 3)) @ self.matrix).reshape(*linear.shape[:-1], -1)


def fit_regression(features: Features, pixels: FittingPixels, *, relative: bool, ridge: float) -> ColourRegression:
    """Fit a regression by ridge least squares.

    Parameters
    ----------
    features : callable
        See `features`.
    pixels : FittingPixels
        Every node learns from the pixels whose sensor reaches it.
    relative : bool
        Weigh every pixel by the inverse of its brightness.
    ridge : float
        Penalty on the weights of features brought to unit size, as a share of the number of pixels.
    """
    x = features(pixels.linear)
    weight = relative_weights(pixels.linear) if relative else np.ones((len(x), 1))
    scale = np.sqrt(np.mean(np.square(x * weight), axis=0)) + 1e-12
    x, y = x * weight / scale, pixels.spectra * weight
    gram, moment = np.zeros((len(pixels.nodes), x.shape[1], x.shape[1])), np.zeros((len(pixels.nodes), x.shape[1]))
    for index, reach in enumerate(pixels.reaches):
        chosen = pixels.sensor == index
        gram[reach] += x[chosen].T @ x[chosen]
        moment[reach] += (x[chosen].T @ y[chosen][:, reach]).T
    penalty = (ridge * np.trace(gram, axis1=1, axis2=2) / x.shape[1] + 1e-12)[:, None, None] * np.eye(x.shape[1])
    solution = np.linalg.solve(gram + penalty, moment[:, :, None])[:, :, 0]
    return ColourRegression(ColourSpace.of(pixels), features, (solution / scale).T)


def relative_weights(linear: Floats) -> Floats:
    """Return the inverse of each pixel's brightness, (n, 1), kept finite for black ones."""
    return 1 / (linear.mean(1, keepdims=True) + 0.01)
