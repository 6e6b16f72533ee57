"""Cheap methods to hold a model against: regressions from colour to spectrum, fitted in closed form.

They share the model's surface (``card.wavelength_range`` and ``reconstruct``), so `evaluate_cube` scores them alike.
Root-polynomial features are those of Finlayson, Mackiewicz and Hurlbert (2015): proportional to exposure.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from napari_hydra.camera import get_camera, linearise
from napari_hydra.cube import good_bands, select_bands, wavelengths_of
from napari_hydra.evaluation.protocol import take_picture
from napari_hydra.hydra.model import common_exposure

Features = Callable[[NDArray[np.float64]], NDArray[np.float64]]
_MOST_PIXELS = 10000  # of one scene


def brightness_feature(linear: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the mean of the channels, (n, 1): with it a regression is the mean spectrum times brightness."""
    return linear.mean(1, keepdims=True)


def linear_features(linear: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return red, green and blue themselves, (n, 3)."""
    return linear


def root_polynomial_features(linear: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the root polynomials of second degree, (n, 6)."""
    red, green, blue = np.maximum(linear, 0).T
    roots = [np.sqrt(red * green), np.sqrt(green * blue), np.sqrt(red * blue)]
    return np.stack([red, green, blue, *roots], 1)


BASELINES: dict[str, tuple[Features, bool]] = {
    "mean spectrum": (brightness_feature, False),
    "linear": (linear_features, False),
    "root polynomial 2, relative": (root_polynomial_features, True),
}


@dataclass(frozen=True)
class BaselineCard:
    """The part of a model card that scoring reads."""

    wavelength_range: tuple[float, float]


@dataclass(frozen=True, eq=False)
class DecodedCube:
    """A reconstruction held as an array (H, W, B), with the surface that scoring asks of a LatentCube."""

    values: NDArray[np.float32]

    @property
    def shape(self) -> tuple[int, int, int]:
        """(B, H, W)."""
        height, width, bands = self.values.shape
        return bands, height, width

    def tile(self, ys: slice, xs: slice) -> NDArray[np.float32]:
        """Return a block of pixels, (h, w, B)."""
        return self.values[ys, xs]


@dataclass(frozen=True, eq=False)
class ColourRegression:
    """A linear map from features of a pixel's colour to its spectrum.

    Attributes
    ----------
    features : callable
        (n, 3) linear RGB at the common exposure to (n, f).
    nodes : (G,) array
        Wavelengths in nm.
    matrix : (f, G) array
    """

    features: Features
    nodes: NDArray[np.float64]
    matrix: NDArray[np.float64]

    @property
    def card(self) -> BaselineCard:
        """The range of wavelengths."""
        return BaselineCard((float(self.nodes[0]), float(self.nodes[-1])))

    def reconstruct(
        self, picture: NDArray[Any], wavelengths: Any, camera: Any = "srgb", white_level: float | None = None
    ) -> DecodedCube:
        """Return the estimate of a picture at `wavelengths`."""
        linear = linearise(picture, get_camera(camera), white_level)
        gain = common_exposure(linear)
        rows = np.stack([np.interp(wavelengths, self.nodes, row) for row in self.matrix])
        flat = self.features(linear.reshape(-1, 3).astype(np.float64) * gain) @ rows / gain
        return DecodedCube(np.maximum(flat, 0).reshape(*picture.shape[:2], -1).astype(np.float32))


def fit_baseline(name: str, cubes: Sequence[xr.DataArray], low: float, high: float, step: float) -> ColourRegression:
    """Fit one of `BASELINES` to measured cubes by least squares.

    Each node of the grid from `low` to `high` nm learns from the cubes whose bands reach it. A relative fit weighs
    every pixel by the inverse of its brightness.
    """
    features, relative = BASELINES[name]
    nodes = np.arange(low, high + step / 2, step)
    size = features(np.ones((1, 3))).shape[1]
    gram, moment = np.zeros((len(nodes), size, size)), np.zeros((len(nodes), size))
    random = np.random.default_rng(0)
    for cube in cubes:
        usable = select_bands(cube, good_bands(cube))
        wavelengths = wavelengths_of(usable)
        view = take_picture(usable.values, wavelengths)
        linear = linearise(view.picture, get_camera("srgb")).reshape(-1, 3).astype(np.float64)
        picked = random.permutation(len(linear))[:_MOST_PIXELS]
        spectra = usable.values.reshape(-1, len(wavelengths))[picked].astype(np.float64) * view.gain
        x = features(linear[picked])
        if relative:
            weight = 1 / (linear[picked].mean(1, keepdims=True) + 0.01)
            x, spectra = x * weight, spectra * weight
        reach = np.median(np.diff(wavelengths))
        inside = (nodes >= wavelengths[0] - reach) & (nodes <= wavelengths[-1] + reach)
        targets = np.stack([np.interp(nodes[inside], wavelengths, s) for s in spectra])
        gram[inside] += x.T @ x
        moment[inside] += (x.T @ targets).T
    ridge = 1e-9 * np.trace(gram, axis1=1, axis2=2)[:, None, None] * np.eye(size) + 1e-12 * np.eye(size)
    solution = np.linalg.solve(gram + ridge, moment[:, :, None])[:, :, 0]
    return ColourRegression(features, nodes, solution.T)
