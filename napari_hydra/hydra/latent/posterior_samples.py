"""Spectra drawn from the distribution that a reconstruction gives each pixel."""

from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri
from scipy.stats import qmc

from napari_hydra.hydra.latent.latent_cube import MIN_STD

if TYPE_CHECKING:
    from napari_hydra.hydra.latent.latent_cube import LatentCube

Floats = NDArray[np.float32]
SAMPLES = 256


def sample_posterior(latent_cube: "LatentCube", ys: slice, xs: slice, level: float = 0.9) -> Floats:
    """Draw spectra of a block of pixels; the same numbers are drawn for each pixel and at each call.

    Parameters
    ----------
    latent_cube : LatentCube
        At the few wavelengths that are needed: all draws are held at once.
    ys, xs : slice
    level : float
        Nominal coverage at which the draws are calibrated: at each band, the share `level` of them in the middle
        spans the interval that `LatentCube.interval` gives at this level.

    Returns
    -------
    (DRAWS, h, w, B) array
        Not negative, as spectra are.

    Notes
    -----
    The errors along a direction of the uncertainty go together over all wavelengths. Of the rest only the size is
    known, and it is drawn for each band on its own: for a difference of bands that is the cautious assumption.
    """
    uncertainty = np.asarray(latent_cube.uncertainty[:, ys, xs])
    height, width = uncertainty.shape[1:]
    deviations = uncertainty.reshape(uncertainty.shape[0], -1).astype(np.float32)
    rows = latent_cube.basis.uncertainty_basis_at(latent_cube.wavelengths)
    rank, bands = rows.shape[1] - 1, rows.shape[0]
    normal = _normal(rank + bands)
    least = np.float32(MIN_STD / latent_cube.attrs.get("picture_gain", 1.0))
    rest = np.sqrt(np.square(deviations[-1][:, None] * rows[:, -1]) + least**2)  # (pixels, B)
    along = normal[:, None, :rank] * rows[:, :-1]  # (draws, B, r)
    errors = np.einsum("dbr,rp->dpb", along, deviations[:-1], optimize=True) + normal[:, None, rank:] * rest
    calibrated = latent_cube.basis.factor_at(latent_cube.wavelengths, level) * np.float32(abs(latent_cube.scale))
    errors *= calibrated / np.float32(ndtri((1.0 + level) / 2.0))
    errors += latent_cube.tile(ys, xs).reshape(1, -1, bands)
    return np.maximum(errors, 0, out=errors).reshape(SAMPLES, height, width, bands)


@cache
def _normal(dimensions: int) -> Floats:
    """Return normal numbers (DRAWS, dimensions) that fill the space evenly, each with its opposite."""
    even = qmc.Sobol(dimensions, seed=0).random(SAMPLES // 2)
    half = ndtri(np.clip(even, 1e-6, 1 - 1e-6))
    half /= np.sqrt(np.mean(half**2, axis=0))
    return np.concatenate([half, -half]).astype(np.float32)
