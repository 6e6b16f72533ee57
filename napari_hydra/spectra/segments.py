"""Where a list of bands is one stretch and where it breaks."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

# A step wider than this many ordinary ones is a gap (bands that were left out).
_GAP_STEPS = 4.0


def contiguous_segments(wavelengths: ArrayLike, detector: ArrayLike | None = None) -> list[NDArray[np.intp]]:
    """Return the indices of bands that follow one another without a gap, detector after detector.

    Parameters
    ----------
    wavelengths : (B,) array
        In nm, never decreasing.
    detector : (B,) array of int, optional
        Whose band each is, where detectors overlap.

    Returns
    -------
    list of (n,) array
        Together every band once. A gap is a step wider than four times the median step of its detector.

    Examples
    --------
    >>> [part.tolist() for part in contiguous_segments([400, 410, 420, 430, 700, 710])]
    [[0, 1, 2, 3], [4, 5]]
    """
    centres = np.asarray(wavelengths, dtype=np.float64)
    owner = np.zeros(centres.size, dtype=np.int64) if detector is None else np.asarray(detector)
    parts: list[NDArray[np.intp]] = []
    for index in np.unique(owner):
        bands = np.flatnonzero(owner == index)
        steps = np.diff(centres[bands])
        is_gap = steps > _GAP_STEPS * np.median(steps) if steps.size > 2 else np.zeros(steps.size, dtype=bool)
        parts.extend(np.split(bands, np.flatnonzero(is_gap) + 1))
    return parts
