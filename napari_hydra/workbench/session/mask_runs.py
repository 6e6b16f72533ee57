"""Masks as run lengths: exact, short for areas of any shape, and readable in a text file."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def to_runs(mask: NDArray[np.bool_]) -> list[int]:
    """Return where runs of True start and how long they are, row after row: [start, length, start, length, ...].

    >>> to_runs(np.array([[False, True, True], [True, False, True]]))
    [1, 3, 5, 1]
    """
    steps = np.diff(np.concatenate([[0], np.asarray(mask, dtype=np.int8).ravel(), [0]]))
    starts, stops = np.flatnonzero(steps == 1), np.flatnonzero(steps == -1)
    runs: list[int] = np.stack([starts, stops - starts], axis=1).ravel().tolist()
    return runs


def from_runs(runs: Sequence[int], shape: tuple[int, int]) -> NDArray[np.bool_]:
    """Return the mask (H, W) that `to_runs` wrote.

    Raises
    ------
    ValueError
        If the runs do not lie in the mask.
    """
    pairs = np.asarray(runs, dtype=np.int64).reshape(-1, 2)
    starts, lengths = pairs[:, 0], pairs[:, 1]
    size = shape[0] * shape[1]
    if (starts < 0).any() or (lengths < 1).any() or (starts + lengths > size).any():
        raise ValueError(f"runs beyond {shape[0]} x {shape[1]} pixels")
    steps = np.zeros(size + 1, dtype=np.int32)
    np.add.at(steps, starts, 1)
    np.add.at(steps, starts + lengths, -1)
    return np.asarray(steps[:-1].cumsum() > 0).reshape(shape)
