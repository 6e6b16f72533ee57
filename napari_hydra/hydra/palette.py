"""The distinct colours of a picture.

Photographs of 8 bits hold few, and a student without context reads a pixel by its colour alone: each need be read once.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

_WIDTH = 256  # of the picture of colours
_MOST = 1 / 3  # of the pixels: with more distinct colours the detour gains too little
_SAMPLED = 17  # every how many pixels the sample takes; a prime, so that it keeps out of step with patterns
_SAMPLE_MOST = 0.9  # distinct in a sample of 1/16 of the pixels, if a third of all are and each as often as the others


@dataclass(frozen=True, eq=False)
class Palette:
    """The distinct colours of a picture.

    Attributes
    ----------
    colours : (h, w, 3) array
        A small picture that holds each of them, in the picture's own integers; the last one fills the last row.
    index : (H, W) array of int
        The number of each pixel's colour, counted along the rows of `colours`.
    """

    colours: NDArray[Any]
    index: NDArray[np.integer]


def find_palette(picture: NDArray[Any]) -> Palette | None:
    """Return the distinct colours of a picture (H, W, 3); None where they are many or its values are not integers."""
    picture = np.asarray(picture)
    if picture.dtype not in (np.uint8, np.uint16):
        return None
    sample = _pack(picture.reshape(-1, 3)[::_SAMPLED])
    if len(np.unique(sample)) > max(1.0, _SAMPLE_MOST * sample.size):
        return None
    packed = _pack(picture)
    found, index = _distinct_24_bit(packed) if picture.dtype == np.uint8 else _distinct(packed)
    if len(found) > max(1.0, _MOST * packed.size):
        return None
    bits = 8 * picture.itemsize
    colours = np.stack([found >> found.dtype.type(shift * bits) for shift in range(3)], axis=-1).astype(picture.dtype)
    width = min(_WIDTH, len(colours))
    full = np.pad(colours, ((0, -len(colours) % width), (0, 0)), mode="edge")
    return Palette(full.reshape(-1, width, 3), index.reshape(packed.shape))


def count_colours(picture: NDArray[Any]) -> int | None:
    """Return how many distinct colours a picture (H, W, 3) has; None where `find_palette` finds no palette."""
    palette = find_palette(picture)
    return None if palette is None else int(palette.index.max()) + 1


def _pack(picture: NDArray[Any]) -> NDArray[Any]:
    """Return each pixel's three integers (..., 3) as one, (...)."""
    bits = 8 * picture.itemsize
    wide: Any = np.uint32 if bits == 8 else np.uint64
    red, green, blue = (picture[..., channel].astype(wide) for channel in range(3))
    return np.asarray(red | green << wide(bits) | blue << wide(2 * bits))


def _distinct(packed: NDArray[Any]) -> tuple[NDArray[Any], NDArray[np.integer]]:
    """Return the distinct values (n,), increasing, and which of them each pixel has."""
    found, index = np.unique(packed, return_inverse=True)
    return found, index.astype(_index_type(len(found)))


def _distinct_24_bit(packed: NDArray[Any]) -> tuple[NDArray[Any], NDArray[np.integer]]:
    """Return what `_distinct` does, without sorting: a table of all values marks which are there."""
    there = np.zeros(1 << 24, bool)
    there[packed] = True
    found = np.flatnonzero(there).astype(np.uint32)
    place = np.empty(1 << 24, _index_type(len(found)))
    place[found] = np.arange(len(found), dtype=place.dtype)
    return found, place[packed]


def _index_type(count: int) -> type[np.uint16] | type[np.int32]:
    return np.uint16 if count <= 1 << 16 else np.int32
