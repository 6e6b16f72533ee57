"""How often each pixel of a scene is drawn: rare colours count for more than their area.

What one scene says of a colour is one opinion, however many of its pixels have it: the material is the same. A scene
that is half background says no more of that background than a small patch of it would. Drawing the scene's colours
more evenly than its pixels gives each material its say.
"""

import numpy as np
from numpy.typing import NDArray

from napari_hydra.camera import decode_curve

_CHROMATICITIES, _BRIGHTNESSES = 16, 12
_DARKEST = 2.0**-8  # of saturation; anything darker is one bin
_LINEAR = decode_curve(np.arange(256) / 255, "srgb").astype(np.float32)


def colour_bins(picture: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Return a number for the colour of each pixel, (H W,): binned red and blue chromaticity, and log brightness."""
    linear = _LINEAR[picture].reshape(-1, 3)
    level = linear.mean(1) + _DARKEST
    red, blue = (linear[:, channel] / (3 * level) for channel in (0, 2))
    steps = (np.log2(level) - np.log2(_DARKEST)) / -np.log2(_DARKEST)
    parts = (red * _CHROMATICITIES, blue * _CHROMATICITIES, steps * _BRIGHTNESSES)
    sizes = (_CHROMATICITIES, _CHROMATICITIES, _BRIGHTNESSES)
    binned = [np.clip(part.astype(np.int64), 0, size - 1) for part, size in zip(parts, sizes, strict=True)]
    return np.ravel_multi_index(binned, sizes).astype(np.int64)


def pixel_probabilities(picture: NDArray[np.uint8], evenness: float) -> NDArray[np.float64]:
    """Return the chance of each pixel (H W,) to be drawn, summing to 1.

    `evenness` 0 draws pixels alike; 1 draws the colours that the picture has alike, whatever their area.
    """
    _, inverse, counts = np.unique(colour_bins(picture), return_inverse=True, return_counts=True)
    probabilities = counts[inverse].astype(np.float64) ** -evenness
    return probabilities / probabilities.sum()
