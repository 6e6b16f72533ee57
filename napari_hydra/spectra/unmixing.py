"""Linear unmixing: which share of each endmember makes up a pixel."""

from dataclasses import dataclass

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import nnls

from napari_hydra.errors import HydraError
from napari_hydra.progress import Progress, Steps
from napari_hydra.spectral_cube import WHOLE, SpectralCube, blocks, spectral_cube

Floats = NDArray[np.float64]

_BLOCK = 4_000  # pixels at a time: some 40 ms, so that it can be cancelled
_SUM_WEIGHT = 1e3  # of the sum-to-one row, in units of the largest endmember
_ALIKE = 1e-5  # smallest singular value of the endmembers, each of length 1


@dataclass(frozen=True, eq=False)
class Abundances:
    """What unmixing finds.

    Attributes
    ----------
    names : tuple of str
        Of the endmembers.
    maps : (n, H, W) array
        Abundances; NaN where a pixel has no data.
    rmse : (H, W) array
        Root mean square of what is left, in the unit of the cube.
    """

    names: tuple[str, ...]
    maps: NDArray[np.float32]
    rmse: NDArray[np.float32]


def unmix(
    spectra: ArrayLike, endmembers: ArrayLike, *, nonnegative: bool = True, sum_to_one: bool = True
) -> tuple[Floats, Floats]:
    """Unmix spectra by least squares.

    Parameters
    ----------
    spectra : (N, B) array
    endmembers : (n, B) array
        Bands where one of them is NaN are left out.
    nonnegative : bool
        Whether no abundance may be negative (solved by `scipy.optimize.nnls`).
    sum_to_one : bool
        Whether abundances must sum to 1: right where endmembers and pixels are lit alike; without it a shadowed
        pixel sums to less.

    Returns
    -------
    abundances : (N, n) array
        NaN where a spectrum has no data in one of the bands.
    rmse : (N,) array
        Root mean square of what is left.

    Raises
    ------
    HydraError
        If there are more endmembers than bands, or two of them are alike.

    Notes
    -----
    Both constraints together are the fully constrained least squares of D. C. Heinz and C.-I. Chang, IEEE Transactions
    on Geoscience and Remote Sensing 39 (2001) 529-545: the sum is one more band of great weight.
    """
    pixels = np.asarray(spectra, dtype=np.float64)
    bands, matrix = checked_endmembers(endmembers)
    pixels = pixels[:, bands]
    weight = _SUM_WEIGHT * np.abs(matrix).max() if sum_to_one else 0.0
    system = np.concatenate([matrix, np.full((1, matrix.shape[1]), weight)])
    targets = np.concatenate([pixels, np.full((len(pixels), 1), weight)], axis=1)
    q, r = np.linalg.qr(system)
    reduced = targets @ q  # n numbers a pixel say as much as B
    abundances = np.full((len(pixels), matrix.shape[1]), np.nan)
    seen = np.isfinite(pixels).all(axis=1)
    if nonnegative:
        for i in np.flatnonzero(seen):
            abundances[i] = nnls(r, reduced[i])[0]
    else:
        abundances[seen] = np.linalg.solve(r, reduced[seen].T).T
    left = pixels - abundances @ matrix.T
    return abundances, np.sqrt(np.mean(left**2, axis=1))


def unmix_steps(
    cube: SpectralCube | xr.DataArray,
    names: tuple[str, ...],
    endmembers: ArrayLike,
    *,
    nonnegative: bool = True,
    sum_to_one: bool = True,
) -> Steps[Abundances]:
    """Unmix a cube, yielding `Progress` after some rows each.

    Parameters
    ----------
    cube : SpectralCube or xarray.DataArray
    names : tuple of str
        Of the endmembers.
    endmembers, nonnegative, sum_to_one
        See `unmix`.
    """
    checked_endmembers(endmembers)
    source = spectral_cube(cube)
    _, height, width = source.shape
    maps = np.empty((len(names), height, width), np.float32)
    rmse = np.empty((height, width), np.float32)
    for ys in blocks(height, width, _BLOCK):
        block = np.asarray(source.tile(ys, WHOLE), dtype=np.float64)
        found, left = unmix(
            block.reshape(-1, block.shape[-1]), endmembers, nonnegative=nonnegative, sum_to_one=sum_to_one
        )
        maps[:, ys] = found.T.reshape(len(names), -1, width)
        rmse[ys] = left.reshape(-1, width)
        yield Progress(ys.stop / height, "unmixing")
    return Abundances(names, maps, rmse)


def checked_endmembers(endmembers: ArrayLike) -> tuple[NDArray[np.bool_], Floats]:
    """Return the bands (B,) that all endmembers have, and the endmembers there as columns (b, n).

    Raises
    ------
    HydraError
        If they cannot be told apart.
    """
    members = np.atleast_2d(np.asarray(endmembers, dtype=np.float64))
    bands: NDArray[np.bool_] = np.asarray(np.isfinite(members).all(axis=0))
    matrix = members[:, bands].T
    if len(members) > bands.sum():
        raise HydraError(
            f"{len(members)} endmembers share only {int(bands.sum())} bands and cannot be told apart; choose fewer."
        )
    lengths = np.linalg.norm(matrix, axis=0)
    if not lengths.all():
        raise HydraError("An endmember is zero in every band; choose another pixel or region.")
    if np.linalg.svd(matrix / lengths, compute_uv=False).min() < _ALIKE:
        raise HydraError("Two endmembers have the same shape, or one is a mixture of others; leave one of them out.")
    return bands, matrix
