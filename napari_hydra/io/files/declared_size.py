"""A size that a file declares is believed only where the file can hold it: a few bytes may declare terabytes."""

import math
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import DTypeLike

from napari_hydra.errors import HydraError

LIMIT_VARIABLE = "NAPARI_HYDRA_LARGEST_GB"
DEFLATE = 1032  # decoded bytes of a stored one, at most
_LIMIT_GB = 1.0


def largest() -> int:
    """Return how many bytes may be declared beyond what a file is sure to hold: constant chunks, strong compression.

    Raises
    ------
    HydraError
        If the environment variable that changes it is not a number.
    """
    said = os.environ.get(LIMIT_VARIABLE, "")
    try:
        return int((float(said) if said else _LIMIT_GB) * 2**30)
    except (ValueError, OverflowError) as error:
        raise HydraError(f"{LIMIT_VARIABLE}={said} is not a number of gigabytes; correct or unset it.") from error


def believe(
    path: Path,
    shape: Sequence[int],
    dtype: DTypeLike,
    stored: int,
    *,
    compressed: bool = False,
    unbounded: bool = False,
) -> None:
    """Refuse an array that its file cannot hold.

    Parameters
    ----------
    path : Path
    shape : sequence of int
    dtype : dtype
    stored : int
        Bytes that the file has for it.
    compressed : bool
        Whether they are; then each may stand for up to `DEFLATE`.
    unbounded : bool
        Whether they may stand for more, up to `largest`: by compression other than deflate, or because parts that hold
        one number only are not stored.

    Raises
    ------
    HydraError
        Naming what is declared and what there is.
    """
    sizes = [int(n) for n in shape]
    if any(n < 0 for n in sizes):
        raise HydraError(f"{path} declares an array of {tuple(sizes)} numbers; it is damaged.")
    declared = math.prod(sizes) * np.dtype(dtype).itemsize
    if declared <= stored * (DEFLATE if compressed else 1):
        return
    if unbounded and declared <= largest():
        return
    words = f"{path} declares {_words(declared)} ({' x '.join(map(str, sizes))} {np.dtype(dtype).name})"
    remedy = f", or set {LIMIT_VARIABLE} to allow it" if unbounded else ""
    raise HydraError(f"{words} but holds {_words(stored)} for it; it is damaged or cut off, fetch it anew{remedy}.")


def _words(count: int) -> str:
    for unit, size in (("TiB", 2**40), ("GiB", 2**30), ("MiB", 2**20), ("KiB", 2**10)):
        if count >= size:
            return f"{count / size:.1f} {unit}"
    return f"{count} bytes"
