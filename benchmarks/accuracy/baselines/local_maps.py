"""A+: a linear map from colour to spectrum for each of many anchors in the space of colours.

After J. Aeschbacher, J. Wu and R. Timofte, "In defense of shallow learned spectral reconstruction from RGB images",
ICCV Workshops 2017. Anchors come from k-means; each map is a ridge regression on the training pixels nearest to its
anchor. Here the penalty pulls towards the map of all pixels, so that wavelengths which no near pixel's sensor reaches
still get an answer.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from benchmarks.accuracy.baselines.features import Features
from benchmarks.accuracy.baselines.pixels import FittingPixels
from benchmarks.accuracy.baselines.regression import fit_regression, relative_weights
from benchmarks.accuracy.baselines.surface import ColourMethod, ColourSpace

Floats = NDArray[np.float64]
_BLOCK = 1 << 15  # pixels whose maps are gathered at once


@dataclass(frozen=True, eq=False)
class LocalMaps(ColourMethod):
    """Linear maps, each for the colours nearest to its anchor.

    Attributes
    ----------
    place : callable
        (n, 3) linear sRGB to the space (n, d) in which nearness is judged.
    anchors : (A, d) array
    maps : (A, 3, G) array
    """

    place: Features
    anchors: Floats
    maps: Floats

    @property
    def parameters(self) -> int:
        """How many numbers were fitted."""
        return self.anchors.size + self.maps.size

    def spectra_of(self, linear: Floats) -> Floats:
        """Return the spectra (H, W, G) of linear sRGB (H, W, 3)."""
        flat = linear.reshape(-1, 3)
        _, nearest = cKDTree(self.anchors).query(self.place(flat))
        out = np.empty((len(flat), self.maps.shape[2]))
        for start in range(0, len(flat), _BLOCK):
            block = slice(start, start + _BLOCK)
            out[block] = np.einsum("nc,ncg->ng", flat[block], self.maps[nearest[block]])
        return out.reshape(*linear.shape[:-1], -1)


def fit_local_maps(
    place: Features,
    pixels: FittingPixels,
    *,
    anchors: int,
    neighbours: int,
    ridge: float,
    relative: bool,
    seed: int = 0,
) -> LocalMaps:
    """Fit a map around each anchor.

    Parameters
    ----------
    place : callable
        The space in which nearness is judged, see `LocalMaps`.
    pixels : FittingPixels
    anchors, neighbours : int
        How many maps, and how many pixels each is fitted to (fewer where there are not so many).
    ridge : float
        Weight of the map of all pixels, as a share of the neighbours' own.
    relative : bool
        Weigh every pixel by the inverse of its brightness.
    seed : int
        Of the first anchors.
    """
    points = place(pixels.linear)
    centres = k_means(points, min(anchors, len(points)), np.random.default_rng(seed))
    start = fit_regression(lambda linear: linear, pixels, relative=relative, ridge=1e-9).matrix
    _, near = cKDTree(points).query(centres, k=min(neighbours, len(points)))
    weights = relative_weights(pixels.linear) if relative else np.ones((len(points), 1))
    maps = np.empty((len(centres), *start.shape))
    for index, members in enumerate(near.reshape(len(centres), -1)):
        maps[index] = _one_map(pixels, members, weights[members], start, ridge)
    return LocalMaps(ColourSpace.of(pixels), place, centres, maps)


def _one_map(pixels: FittingPixels, members: NDArray[np.int64], weight: Floats, start: Floats, ridge: float) -> Floats:
    """Return the (3, G) map of some pixels, pulled towards `start`."""
    x, y = pixels.linear[members] * weight, pixels.spectra[members] * weight
    penalty = ridge * (np.trace(x.T @ x) / 3 + 1e-12) * np.eye(3)
    out = np.array(start)
    sensors = pixels.sensor[members]
    present = np.unique(sensors)
    # Nodes that the same of these sensors reach share their equations.
    patterns, which = np.unique(pixels.reaches[present], axis=1, return_inverse=True)
    for column, pattern in enumerate(patterns.T):
        nodes = np.flatnonzero(which.ravel() == column)
        rows = np.isin(sensors, present[pattern])
        seen = x[rows]
        left = y[rows][:, nodes] - seen @ start[:, nodes]
        out[:, nodes] += np.linalg.solve(seen.T @ seen + penalty, seen.T @ left)
    return out


def k_means(points: Floats, count: int, random: np.random.Generator, rounds: int = 12, most: int = 60000) -> Floats:
    """Return the centres (count, d) of Lloyd's algorithm on up to `most` of the points (n, d); empty ones stay."""
    used = points[random.permutation(len(points))[:most]]
    centres = used[random.choice(len(used), count, replace=False)]
    for _ in range(rounds):
        _, nearest = cKDTree(centres).query(used)
        sizes = np.bincount(nearest, minlength=count)
        sums = np.stack([np.bincount(nearest, used[:, axis], count) for axis in range(used.shape[1])], 1)
        centres = np.where(sizes[:, None] > 0, sums / np.maximum(sizes, 1)[:, None], centres)
    return centres
