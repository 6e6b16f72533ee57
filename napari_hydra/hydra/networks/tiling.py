"""A picture in tiles, each with the margin that its network looks at, so that tiles agree with the whole picture."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from napari_hydra.hydra.networks.network import HydraNetwork
from napari_hydra.hydra.networks.student import REDUCTION

TILE = 256


def tile_slices(height: int, width: int, size: int) -> Iterator[tuple[slice, slice]]:
    """Yield slices that cover (height, width) in tiles of at most `size` pixels a side."""
    for y in range(0, height, size):
        for x in range(0, width, size):
            yield slice(y, min(y + size, height)), slice(x, min(x + size, width))


def padded_block(linear: NDArray[Any], ys: slice, xs: slice, margin: int) -> tuple[NDArray[Any], tuple[slice, slice]]:
    """Cut a tile with its margin out of a picture, sides brought to multiples of the student's reduction.

    Tiles start at multiples of the reduction, so that the reduced pixels of a tile are those of the whole picture.

    Returns
    -------
    block : (h, w, 3) array
    inner : (slice, slice)
        Where the tile lies in the block.
    """
    height, width = linear.shape[:2]
    top, left = max(0, ys.start - margin), max(0, xs.start - margin)
    bottom, right = min(height, ys.stop + margin), min(width, xs.stop + margin)
    block = linear[top:bottom, left:right]
    extra = [(0, -n % REDUCTION) for n in block.shape[:2]]
    if any(pad[1] for pad in extra):
        block = np.pad(block, [*extra, (0, 0)], mode="edge")
    inner_y, inner_x = ys.start - top, xs.start - left
    inner = (slice(inner_y, inner_y + ys.stop - ys.start), slice(inner_x, inner_x + xs.stop - xs.start))
    return block, inner


def run_block(
    network: HydraNetwork,
    block: NDArray[np.float32],
    gain: float,
    primaries: NDArray[np.float32] | None,
    colour: torch.Tensor,
    srgb_matrix: torch.Tensor | None,
    consistency_scale: float,
    ends: NDArray[np.int8] | None = None,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return latents (k, h, w) and uncertainty planes (r + 1, h, w) of a block of linear RGB, commonly exposed.

    For `ends` see `LinearImage`.
    """
    picture = _planes(block).to(colour.device)
    if ends is None:
        low, high = picture <= 0, picture >= 1
    else:
        bounds = _planes(ends).to(colour.device)
        low, high = bounds < 0, bounds > 0
    exposed = picture * gain
    linear = exposed if ends is None else exposed.clamp(min=0)
    if primaries is not None:
        matrix = torch.from_numpy(primaries).to(colour.device)
        linear = torch.einsum("dc,nchw->ndhw", matrix, exposed).clamp(min=0)
    result = network(linear, low, high, colour, exposed, consistency_scale, srgb_matrix=srgb_matrix)
    return result.mean[0], result.uncertainty[0]


def _planes(block: NDArray[Any]) -> torch.Tensor:
    return torch.from_numpy(np.ascontiguousarray(block.transpose(2, 0, 1)))[None]
