"""Pixels of measured cubes, as methods that learn from colour to spectrum read them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from napari_hydra.camera import get_camera, linearise
from napari_hydra.cube import good_bands, select_bands, wavelengths_of
from napari_hydra.evaluation.protocol import take_picture
from napari_hydra.spectra.resample import interpolation_matrix

Floats = NDArray[np.float64]
MOST_PIXELS = 10000  # of one scene


@dataclass(frozen=True, eq=False)
class FittingPixels:
    """Colours and spectra of many scenes on one grid of wavelengths.

    Attributes
    ----------
    nodes : (G,) array
        Wavelengths in nm.
    linear : (n, 3) array
        Linear sRGB of the 8-bit picture at the common exposure.
    spectra : (n, G) array
        At the nodes, 1.0 being the saturation of the picture; 0 where the sensor does not reach.
    sensor : (n,) array of int
        Which row of `reaches` a pixel has.
    reaches : (S, G) array of bool
        Which nodes each sensor covers.
    """

    nodes: Floats
    linear: Floats
    spectra: Floats
    sensor: NDArray[np.int64]
    reaches: NDArray[np.bool_]


def grid(low: float, high: float, step: float) -> Floats:
    """Return the wavelengths from `low` to `high` nm, both included."""
    return np.arange(low, high + step / 2, step)


def draw_pixels(cubes: Sequence[xr.DataArray], nodes: Floats, seed: int = 0, most: int = MOST_PIXELS) -> FittingPixels:
    """Draw up to `most` pixels of every cube and render their colours as track ``srgb`` does.

    A node counts as covered by a sensor up to one band width beyond its last band.
    """
    random = np.random.default_rng(seed)
    linears, spectra, sensors = [], [], []
    reaches: list[NDArray[np.bool_]] = []
    for cube in cubes:
        usable = select_bands(cube, good_bands(cube))
        wavelengths = wavelengths_of(usable)
        view = take_picture(usable.values, wavelengths)
        linear = linearise(view.picture, get_camera("srgb")).reshape(-1, 3)
        picked = random.permutation(len(linear))[:most]
        reach = np.median(np.diff(wavelengths))
        inside = (nodes >= wavelengths[0] - reach) & (nodes <= wavelengths[-1] + reach)
        found = [i for i, known in enumerate(reaches) if (known == inside).all()]
        if not found:
            reaches.append(inside)
        measured = usable.values.reshape(-1, len(wavelengths))[picked].astype(np.float64) * view.gain
        linears.append(linear[picked].astype(np.float64))
        spectra.append(measured @ interpolation_matrix(wavelengths, nodes).T * inside)
        sensors.append(np.full(len(picked), found[0] if found else len(reaches) - 1))
    return FittingPixels(
        nodes, np.concatenate(linears), np.concatenate(spectra), np.concatenate(sensors), np.array(reaches)
    )
