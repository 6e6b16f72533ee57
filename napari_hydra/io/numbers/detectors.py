"""Tell two detectors apart in a wavelength list that was sorted: in their overlap the bands interleave.

EnMAP's 224 bands are the example: 8 nm steps up to 993 nm, 10 nm steps from 902 nm on, delivered as one rising list.
Drawn as one curve, the small offset between the detectors would look like a sawtooth.
"""

import numpy as np
from numpy.typing import NDArray

_SMOOTH = 0.1  # how much a detector's step may change from one band to the next
_FEWEST = 3  # bands of each detector within the overlap, and of each one alone


def split_interleaved(wavelengths: NDArray[np.float64]) -> NDArray[np.int64] | None:
    """Return the detector of each band, or None where one smooth sequence explains the list.

    Parameters
    ----------
    wavelengths : (B,) array
        In nm, increasing.
    """
    detector = np.zeros(wavelengths.size, dtype=np.int64)
    rest = np.arange(wavelengths.size)
    while (second := _second_sequence(wavelengths[rest])) is not None:
        rest = rest[second]
        detector[rest] += 1
    return detector if detector.any() else None


def _second_sequence(centres: NDArray[np.float64]) -> NDArray[np.int64] | None:
    """Return which bands continue as a second detector after the first has ended."""
    first = _follow(centres)
    second = np.setdiff1d(np.arange(centres.size), first)
    if second.size == 0 or second[0] == 0:
        return None
    last = first[-1]
    alone_before, alone_after = second[0], np.count_nonzero(second > last)
    shared = min(np.count_nonzero(first > second[0]), np.count_nonzero(second < last))
    if min(alone_before, alone_after, shared) < _FEWEST:
        return None
    steps = np.diff(centres[second[: np.count_nonzero(second < last) + _FEWEST]])
    return second if (np.abs(np.diff(steps)) <= _SMOOTH * steps[1:]).all() else None


def _follow(centres: NDArray[np.float64]) -> NDArray[np.int64]:
    """Follow the sequence that starts the list, each step like the one before, past bands that do not fit in."""
    taken, skipped = [0, 1], False
    while taken[-1] + 1 < centres.size:
        step = centres[taken[-1]] - centres[taken[-2]]
        off = np.abs(centres[taken[-1] + 1 :] - (centres[taken[-1]] + step))
        nearest = int(np.argmin(off))
        if off[nearest] > _SMOOTH * step:
            if skipped:
                break  # the first detector ends here
            nearest = 0  # an uneven list or a gap, nothing more
        skipped = skipped or nearest > 0
        taken.append(taken[-1] + 1 + nearest)
    return np.array(taken)
