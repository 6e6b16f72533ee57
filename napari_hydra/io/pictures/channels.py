"""From the channels of a file to red, green and blue."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_hydra.errors import HydraError
from napari_hydra.io.pictures.stored import StoredPicture

_GREY = "is grey; its one channel stands for red, green and blue"
_ALPHA = "has an alpha channel; it was left out"
_OPAQUE_OR_CLEAR = 0.01  # least share of the pixels of a real alpha channel that are at an end of its range


def as_known_type(array: NDArray[Any], path: Path) -> NDArray[Any]:
    """Return numbers as uint8, uint16 or float32.

    Raises
    ------
    HydraError
        If they do not fit, or are NaN or infinite.
    """
    if array.dtype.kind == "b":
        return array.astype(np.uint8) * 255
    if array.dtype.kind == "f":
        values = array.astype(np.float32)
        if not np.isfinite(values).all():
            raise HydraError(f"{path} has NaN or infinite values; replace them first.")
        return values
    if array.dtype.kind == "u" and array.dtype.itemsize <= 2:
        return array.astype(array.dtype.newbyteorder("="))
    if array.dtype.kind in "iu" and array.size and array.min() >= 0 and array.max() <= 65535:
        return array.astype(np.uint16)  # 16-bit numbers in a wider or signed type
    raise HydraError(f"{path} holds {array.dtype} numbers; save it with 8 or 16 bits or as 0..1 floats.")


def as_rgb(array: NDArray[Any], stored: StoredPicture, path: Path) -> NDArray[Any]:
    """Return numbers of a known type as (H, W, 3); what is left out or repeated is added to the notices of `stored`."""
    if array.size == 0:
        raise HydraError(f"{path} is an empty picture; check the file.")
    count = array.shape[2] if array.ndim == 3 else 1
    if stored.channels and count >= 3:
        stored.notices.append(stored.channels)
    if count in (2, 4):
        array = _without_last(array, stored)
    if count <= 2:
        stored.notices.append(_GREY)
        array = np.repeat(array.reshape(*array.shape[:2], 1), 3, axis=2)
    return np.ascontiguousarray(array)


def _without_last(array: NDArray[Any], stored: StoredPicture) -> NDArray[Any]:
    """Return all channels but the last, which is alpha or something else."""
    last, colours = array[..., -1], array[..., :-1]
    place = "fourth" if array.shape[2] == 4 else "second"
    full = np.iinfo(array.dtype).max if array.dtype.kind == "u" else 1.0
    if stored.alpha == "unknown":
        stored.notices.append(
            f"has a {place} channel that it does not call alpha (near infrared?); it was left out, a cube file keeps it"
        )
        return colours
    if float(((last == 0) | (last >= full)).mean()) < _OPAQUE_OR_CLEAR:
        stored.notices.append(
            f"has a {place} channel called alpha that looks like a band of a picture (near infrared?); it was left out"
        )
        return colours
    if stored.alpha == "premultiplied" and (last < full).any():
        stored.notices.append("has an alpha channel; its colours were divided by it and it was left out")
        share = np.where(last > 0, last / full, 1)[..., None]
        values = np.minimum(colours / share, full)
        return np.round(values).astype(array.dtype) if array.dtype.kind == "u" else values.astype(array.dtype)
    stored.notices.append(_ALPHA)
    return colours
