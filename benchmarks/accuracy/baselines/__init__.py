"""Cheap methods to hold a model against: from colour to spectrum, fitted in closed form.

They share the model's surface (``card.wavelength_range`` and ``reconstruct``), so `evaluate_cube` scores them alike.
Root-polynomial features are those of Finlayson, Mackiewicz and Hurlbert (2015): proportional to exposure.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import xarray as xr

from benchmarks.accuracy.baselines import features
from benchmarks.accuracy.baselines.local_maps import fit_local_maps
from benchmarks.accuracy.baselines.pixels import FittingPixels, draw_pixels, grid
from benchmarks.accuracy.baselines.regression import fit_regression
from benchmarks.accuracy.baselines.surface import ColourMethod
from napari_hydra.errors import HydraError


@dataclass(frozen=True)
class BaselineRecipe:
    """How a baseline is fitted.

    Attributes
    ----------
    features : callable
        Of a regression; for local maps the space in which nearness is judged.
    ridge : float
        The default penalty; `fit_baseline` takes another.
    anchors : int
        Of local maps, 0 for a regression.
    ridges : tuple of float
        Penalties worth trying on scenes left out; empty where it does not matter.
    """

    features: features.Features
    ridge: float = 1e-9
    anchors: int = 0
    ridges: tuple[float, ...] = ()


_NEIGHBOURS = 2048
BASELINES: dict[str, BaselineRecipe] = {
    "mean spectrum": BaselineRecipe(features.brightness),
    "linear": BaselineRecipe(features.channels),
    "root polynomial 2": BaselineRecipe(features.root_polynomial_2),
    "root polynomial 3": BaselineRecipe(features.root_polynomial_3),
    "polynomial 4": BaselineRecipe(features.polynomial_4, 1e-5, ridges=(1e-7, 1e-6, 1e-5, 1e-4, 1e-3)),
    "A+": BaselineRecipe(features.square_roots, 1e-3, 1024, (1e-5, 1e-4, 1e-3, 1e-2)),
    "A+ on chromaticity": BaselineRecipe(features.chromaticity, 1e-3, 1024, (1e-5, 1e-4, 1e-3, 1e-2)),
}


def fit_pixels(
    name: str, pixels: FittingPixels, *, relative: bool = False, ridge: float | None = None, seed: int = 0
) -> ColourMethod:
    """Fit one of `BASELINES` to pixels already drawn; see `fit_baseline`."""
    if name not in BASELINES:
        raise HydraError(f"There is no baseline {name!r}; choose one of {', '.join(BASELINES)}.")
    recipe = BASELINES[name]
    penalty = recipe.ridge if ridge is None else ridge
    if not recipe.anchors:
        return fit_regression(recipe.features, pixels, relative=relative, ridge=penalty)
    options: dict[str, Any] = {"anchors": recipe.anchors, "neighbours": _NEIGHBOURS, "seed": seed}
    return fit_local_maps(recipe.features, pixels, relative=relative, ridge=penalty, **options)


def fit_baseline(
    name: str,
    cubes: Sequence[xr.DataArray],
    low: float,
    high: float,
    step: float,
    *,
    relative: bool = False,
    ridge: float | None = None,
    seed: int = 0,
) -> ColourMethod:
    """Fit one of `BASELINES` to measured cubes.

    Parameters
    ----------
    name : str
        A key of `BASELINES`.
    cubes : sequence of DataArray
        Each node of the grid learns from the cubes whose bands reach it.
    low, high, step : float
        The grid in nm.
    relative : bool
        Weigh every pixel by the inverse of its brightness: better in relative, worse in absolute error.
    ridge : float, optional
        The penalty, otherwise that of the recipe.
    seed : int
        Of the pixels drawn.

    Raises
    ------
    HydraError
        If there is no such baseline.
    """
    return fit_pixels(name, draw_pixels(cubes, grid(low, high, step), seed), relative=relative, ridge=ridge, seed=seed)
