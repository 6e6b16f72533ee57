"""Colours that are no RGB: inks (CMYK) and CIE L*a*b*, taken to a wide RGB of 16 bits.

References
----------
L*a*b*: CIE 15:2018; its numbers in files: TIFF 6.0, section 23, and TIFF Technical Note 4 (ICC L*a*b*).
"""

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_hydra.camera.colour_profile import D50, PROPHOTO, make_profile, profile_name, to_profile
from napari_hydra.io.pictures.stored import StoredPicture

_D50_XYZ = np.array([0.96422, 1.0, 0.82521])


def from_inks(array: NDArray[Any], profile: bytes | None) -> StoredPicture:
    """Return CMYK (H, W, 4), 0 being no ink, as RGB: by its profile in a wide space, without one ink times ink."""
    full = np.iinfo(array.dtype).max
    if profile is not None:
        wide = to_profile(array / np.float32(full), profile, _wide_rgb())
        notice = f"is CMYK ({profile_name(profile)}); it was converted to RGB by its colour profile"
        return StoredPicture(_sixteen_bits(wide), profile=_wide_rgb(), notices=[notice])
    if array.dtype == np.uint8:  # rounded as Pillow does
        from PIL import Image

        rgb = np.array(Image.fromarray(np.ascontiguousarray(array), "CMYK").convert("RGB"))
    else:
        light = 1 - array.astype(np.float64) / full
        rgb = np.round(light[..., :3] * light[..., 3:] * full).astype(array.dtype)
    return StoredPicture(
        rgb, notices=["is CMYK without a colour profile; it was converted to RGB without knowing its inks"]
    )


def from_lab(array: NDArray[Any], *, icc: bool) -> StoredPicture:
    """Return L*a*b* under D50, as TIFF stores it in 8 or 16 bits, as RGB in a wide space."""
    wide = array.dtype.itemsize == 2
    if icc:
        lightness = array[..., 0] * (100 / (65280 if wide else 255))
        chroma = (array[..., 1:3].astype(np.float64) - (32768 if wide else 128)) / (256 if wide else 1)
    else:
        lightness = array[..., 0] * (100 / (65535 if wide else 255))
        signed = np.ascontiguousarray(array[..., 1:3]).view(np.int16 if wide else np.int8)
        chroma = signed.astype(np.float64) / (256 if wide else 1)
    y = (lightness + 16) / 116
    cubed = np.stack([y + chroma[..., 0] / 500, y, y - chroma[..., 1] / 200], axis=-1)
    xyz = np.where(cubed > 6 / 29, cubed**3, 3 * (6 / 29) ** 2 * (cubed - 4 / 29)) * _D50_XYZ
    linear = np.clip(xyz @ _from_xyz().T, 0, 1)
    notice = "is L*a*b*; it was converted to RGB"
    return StoredPicture(_sixteen_bits(linear ** (1 / 1.8)), profile=_wide_rgb(), notices=[notice])


def _sixteen_bits(values: NDArray[Any]) -> NDArray[np.uint16]:
    return np.round(np.clip(values, 0, 1) * 65535).astype(np.uint16)


@lru_cache(maxsize=1)
def _wide_rgb() -> bytes:
    return make_profile(PROPHOTO, D50, 1.8)


def _from_xyz() -> NDArray[np.float64]:
    """Return the matrix from XYZ under D50 to linear RGB of the wide space, white to (1, 1, 1)."""
    corners = np.array([[x / y, 1, (1 - x - y) / y] for x, y in PROPHOTO]).T
    return np.linalg.inv(corners * np.linalg.solve(corners, _D50_XYZ))
