"""Encoding curves: how linear light is written as the numbers of a picture, and the exact way back.

References
----------
sRGB: IEC 61966-2-1:1999. BT.709: ITU-R BT.709-6, with the unrounded constants of BT.2020-2, with which the two
pieces of the curve meet.
"""

import re

import numpy as np
from numpy.typing import ArrayLike, NDArray

from napari_hydra.errors import HydraError

_SRGB_KNEE = 0.0031308
_BT709_OFFSET, _BT709_KNEE = 1.09929682680944, 0.018053968510807
_GAMMA = re.compile(r"gamma[\s_-]?(\d+(?:\.\d+)?)")


def curve_names() -> tuple[str, ...]:
    """Return the names of the encoding curves.

    Returns
    -------
    tuple of str
        ``gamma-2.2`` stands for any exponent from 1 to 4.

    Examples
    --------
    >>> curve_names()
    ('srgb', 'linear', 'gamma-2.2', 'bt709')
    """
    return ("srgb", "linear", "gamma-2.2", "bt709")


def canonical_curve(name: str) -> str:
    """Return the curve's name as this package writes it.

    Raises
    ------
    HydraError
        If there is no such curve.
    """
    plain = name.strip().lower().replace("rec.", "bt").replace("rec", "bt").replace("bt.", "bt")
    gamma = _GAMMA.fullmatch(plain)
    if gamma and 1 <= float(gamma[1]) <= 4:
        return f"gamma-{float(gamma[1]):g}"
    if plain in curve_names():
        return plain
    raise HydraError(f"There is no encoding curve {name!r}; choose one of {', '.join(curve_names())}.")


def encode_curve(linear: ArrayLike, curve: str = "srgb") -> NDArray[np.float64]:
    """Encode linear light.

    Parameters
    ----------
    linear : array
        Linear values; clipped to 0..1, where 1 is saturation.
    curve : str
        One of `curve_names`.

    Returns
    -------
    array of float64, same shape
        In 0..1.

    Raises
    ------
    HydraError
        If there is no such curve.

    References
    ----------
    IEC 61966-2-1:1999 (sRGB); ITU-R BT.709-6 and BT.2020-2 (bt709).

    Examples
    --------
    >>> encode_curve([0.0, 0.5, 1.0]).round(4)
    array([0.    , 0.7354, 1.    ])
    """
    x = np.clip(np.asarray(linear, dtype=np.float64), 0, 1)
    name = canonical_curve(curve)
    if name == "linear":
        return x
    if name == "srgb":
        return np.where(x <= _SRGB_KNEE, 12.92 * x, 1.055 * x ** (1 / 2.4) - 0.055)
    if name == "bt709":
        return np.where(x < _BT709_KNEE, 4.5 * x, _BT709_OFFSET * x**0.45 - (_BT709_OFFSET - 1))
    return np.asarray(x ** (1 / float(name.removeprefix("gamma-"))))


def decode_curve(values: ArrayLike, curve: str = "srgb") -> NDArray[np.float64]:
    """Turn encoded values back into linear light: the exact inverse of `encode_curve`.

    Parameters
    ----------
    values : array
        Encoded values; clipped to 0..1.
    curve : str
        One of `curve_names`.

    Returns
    -------
    array of float64, same shape
        Linear, in 0..1, where 1 is saturation.

    Raises
    ------
    HydraError
        If there is no such curve.

    References
    ----------
    See `encode_curve`.

    Examples
    --------
    >>> decode_curve([0.0, 0.5, 1.0], "gamma-2").round(4)
    array([0.  , 0.25, 1.  ])
    """
    v = np.clip(np.asarray(values, dtype=np.float64), 0, 1)
    name = canonical_curve(curve)
    if name == "linear":
        return v
    if name == "srgb":
        return np.where(v <= 12.92 * _SRGB_KNEE, v / 12.92, ((v + 0.055) / 1.055) ** 2.4)
    if name == "bt709":
        upper = ((v + _BT709_OFFSET - 1) / _BT709_OFFSET) ** (1 / 0.45)
        return np.where(v < 4.5 * _BT709_KNEE, v / 4.5, upper)
    return np.asarray(v ** float(name.removeprefix("gamma-")))
