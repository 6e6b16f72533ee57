"""At which number a picture is white, where that is not the largest of its type: 10, 12 or 14 bits in 16, 8 in 32."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

_BITS = (8, 10, 11, 12, 14)
_SIGNED_BITS = 15
_NEAR = 0.98  # of full scale: cameras saturate a little below it
_FAR = 0.25  # of full scale: two stops darker than any photograph
_LEFT = (10, 11, 12, 14)  # bits that may stand at the left of 16


def find_white_level(array: NDArray[Any], bits: int | None, stored: "np.dtype[Any]") -> tuple[float | None, str | None]:
    """Return the number of white, and the end of a sentence that says how it was found or that it is asked for.

    Parameters
    ----------
    array : (H, W, C) array
        uint8, uint16 or float.
    bits : int or None
        That the file declares for each channel.
    stored : dtype
        Of the file, which may be wider.

    Returns
    -------
    white : float or None
        None where it is the largest of the type.
    notice : str or None
    """
    if array.dtype.kind != "u" or array.size == 0:
        return None, None
    if bits is not None and bits < 8 * array.itemsize and (array < 2**bits).all():
        return float(2**bits - 1), f"has {bits} bits; {2**bits - 1} was taken as white"
    if array.dtype != np.uint16:
        return None, None
    top = int(array.max())
    candidates = (*_BITS, _SIGNED_BITS) if stored.kind == "i" else _BITS
    for count in candidates:
        full = 2**count - 1
        if _NEAR * full <= top <= full:
            return float(full), f"has no number above {top}; it was taken as {count} bits, white at {full}"
    for count in _LEFT:
        unused = 2 ** (16 - count) - 1
        if top == 65535 - unused and not (array & np.uint16(unused)).any():
            return float(top), f"holds {count} bits at the left of 16; {top} was taken as white"
    if 0 < top < _FAR * 65535:
        return None, (
            f"has no number above {top}, far from white at 65535; if its camera gives 10, 12 or 14 bits, set its white "
            "level (1023, 4095 or 16383)"
        )
    return None, None
