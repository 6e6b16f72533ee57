"""Where to measure next: the pixels whose spectra lower the expected error of a picture most."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from napari_hydra.hydra.scene_prior import ScenePrior

Floats = NDArray[np.float64]


def choose_sites(
    features: Floats,
    candidates: NDArray[np.intp],
    relative: Floats,
    absolute: Floats,
    count: int,
    prior: ScenePrior,
    typical: float,
    known: Sequence[int] = (),
) -> list[int]:
    """Return which pixels to measure so that the expected error falls most, the most useful first.

    Greedy: each next measurement is the one after which the sum of MRAE and RMSE, each as a share of what it is
    without any measurement, is expected to be smallest under the prior.

    Parameters
    ----------
    features : (m, 8) array
        Of a sample of the picture's pixels, see `pixel_features`.
    candidates : (c,) array
        Indices into the sample that may be measured.
    relative, absolute : (m,) arrays
        The pixel's expected relative error, and its expected absolute error.
    count : int
    prior : ScenePrior
    typical : float
        See `ScenePrior.between`.
    known : sequence of int
        Indices of pixels that are measured already.
    """
    columns = np.concatenate([np.asarray(known, dtype=np.intp), candidates])
    covariance = prior.covariance(features, features[columns], typical)
    variance = prior.variance(features, typical) + 1
    whole = variance.copy()
    importance = relative / relative.sum(), np.square(absolute) / np.square(absolute).sum()
    chosen: list[int] = []
    for number in range(min(len(known) + count, len(columns))):
        noisy = covariance[columns, np.arange(len(columns))] + 1
        if number < len(known):
            pick = number
        else:
            left = np.maximum(variance[:, None] - np.square(covariance) / noisy, 1e-9) / whole[:, None]
            expected = importance[0] @ np.sqrt(left) + np.sqrt(importance[1] @ left)
            expected[: len(known)] = np.inf
            expected[chosen] = np.inf
            pick = int(expected.argmin())
            chosen.append(pick)
        column = covariance[:, pick] / np.sqrt(noisy[pick])
        variance = variance - np.square(column)
        covariance = covariance - np.outer(column, column[columns])
    return [int(columns[i]) for i in chosen]
