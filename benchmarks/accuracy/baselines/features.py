"""Features of a pixel's colour, (n, 3) linear RGB at the common exposure to (n, f)."""

from collections.abc import Callable
from itertools import combinations_with_replacement

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Features = Callable[[Floats], Floats]

# The exponents of red, green and blue that the roots of each degree add (Finlayson, Mackiewicz, Hurlbert 2015).
_ROOTS_OF_SECOND = ((1, 1, 0), (0, 1, 1), (1, 0, 1))
_ROOTS_OF_THIRD = ((1, 2, 0), (0, 1, 2), (1, 0, 2), (2, 1, 0), (0, 2, 1), (2, 0, 1), (1, 1, 1))


def brightness(linear: Floats) -> Floats:
    """Return the mean of the channels, (n, 1): with it a regression is the mean spectrum times brightness."""
    return linear.mean(1, keepdims=True)


def channels(linear: Floats) -> Floats:
    """Return red, green and blue themselves, (n, 3)."""
    return linear


def root_polynomial_2(linear: Floats) -> Floats:
    """Return the root polynomials of second degree, (n, 6)."""
    return np.concatenate([np.maximum(linear, 0), _roots(linear, _ROOTS_OF_SECOND)], 1)


def root_polynomial_3(linear: Floats) -> Floats:
    """Return the root polynomials of third degree, (n, 13)."""
    return np.concatenate([root_polynomial_2(linear), _roots(linear, _ROOTS_OF_THIRD)], 1)


def polynomial_4(linear: Floats) -> Floats:
    """Return the monomials of first to fourth degree, (n, 34): a black pixel keeps a black spectrum."""
    terms = [
        linear[:, list(chosen)].prod(1)
        for degree in range(1, 5)
        for chosen in combinations_with_replacement(range(3), degree)
    ]
    return np.stack(terms, 1)


def chromaticity(linear: Floats) -> Floats:
    """Return the direction of the colour, (n, 3) of length 1, that of grey for black; exposure does not change it."""
    clipped = np.maximum(linear, 0)
    length = np.linalg.norm(clipped, axis=1, keepdims=True)
    return np.where(length > 0, clipped / np.maximum(length, 1e-12), 3**-0.5)


def square_roots(linear: Floats) -> Floats:
    """Return the square roots of the channels, (n, 3), in which dark colours lie less close together."""
    return np.sqrt(np.maximum(linear, 0))


def _roots(linear: Floats, exponents: tuple[tuple[int, int, int], ...]) -> Floats:
    clipped = np.maximum(linear, 0)
    return np.stack([np.prod(clipped ** np.array(powers), axis=1) ** (1 / sum(powers)) for powers in exponents], 1)
