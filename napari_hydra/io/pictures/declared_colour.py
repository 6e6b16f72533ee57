"""Colour spaces that a file declares without an ICC profile: chunks of PNG, EXIF of cameras, tags of TIFF.

References
----------
PNG: W3C Portable Network Graphics (Third Edition), 11.3.2. EXIF: CIPA DC-008 and DCF, interoperability index "R03".
TIFF: TIFF 6.0, section 20. Code points: ITU-T H.273.
"""

import struct
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from napari_hydra.camera.colour_profile import D65, DISPLAY_P3, SRGB, adobe_rgb, make_profile

_BT2020 = ((0.708, 0.292), (0.170, 0.797), (0.131, 0.046))
_PRIMARIES = {1: SRGB, 9: _BT2020, 12: DISPLAY_P3}
_CURVES: dict[int, dict[str, Any]] = {
    1: {"curve": "bt709"},
    4: {"gamma": 2.2},
    6: {"curve": "bt709"},
    8: {"gamma": 1.0},
    13: {"curve": "srgb"},
    14: {"curve": "bt709"},
    15: {"curve": "bt709"},
}
_SRGB_GAMMA = 45455  # what gAMA holds for 1 / 2.2, by which sRGB is meant
_USUAL = 500
_SRGB_CORNERS = np.array([D65, *SRGB])  # white, red, green, blue
_SAME_XY = 0.002  # of chromaticities
_EXIF, _INTEROPERABILITY = 0x8769, 0xA005
_COLOUR_SPACE, _ADOBE = 0xA001, 2


def of_png(data: bytes) -> tuple[bytes | None, str]:
    """Return the profile that the chunks of a PNG declare, without iCCP, and what could not be understood."""
    chunks = _chunks(data)
    if "cICP" in chunks:
        space, transfer, _, full_range = chunks["cICP"][:4]
        if space in _PRIMARIES and transfer in _CURVES and full_range:
            return make_profile(_PRIMARIES[space], **_CURVES[transfer]), ""
        return None, f"declares a colour space (cICP {space}, {transfer}) that is not known; it was taken as sRGB"
    if "iCCP" in chunks or "sRGB" in chunks or "gAMA" not in chunks:
        return None, ""
    gamma = struct.unpack(">I", chunks["gAMA"])[0]
    corners = _SRGB_CORNERS
    if "cHRM" in chunks:
        corners = np.array(struct.unpack(">8I", chunks["cHRM"])).reshape(4, 2) / 1e5
    usual = abs(gamma - _SRGB_GAMMA) < _USUAL
    if gamma == 0 or (usual and np.abs(corners - _SRGB_CORNERS).max() < _SAME_XY):
        return None, ""
    return make_profile(corners[1:], corners[0], None if usual else 1e5 / gamma), ""


def of_exif(exif: Any) -> bytes | None:
    """Return the profile that a camera declares in EXIF (a Pillow `Exif`): Adobe RGB, or None for sRGB."""
    if exif.get_ifd(_EXIF).get(_COLOUR_SPACE) == _ADOBE:
        return adobe_rgb()
    # Cameras write "uncalibrated" for the colour space and "R03" for the interoperability.
    index = exif.get_ifd(_INTEROPERABILITY).get(1, "")
    text = index.decode("latin-1") if isinstance(index, bytes) else str(index)
    return adobe_rgb() if text.startswith("R03") else None


def of_tiff(tags: Mapping[str, Any]) -> bytes | None:
    """Return the profile of the tags PrimaryChromaticities and WhitePoint, None where they are sRGB's or absent."""
    corners = tags.get("PrimaryChromaticities")
    if corners is None:
        return None
    primaries = _fractions(corners).reshape(3, 2)
    white = _fractions(tags["WhitePoint"]) if "WhitePoint" in tags else np.array(D65)
    if np.abs(np.vstack([white, primaries]) - _SRGB_CORNERS).max() < _SAME_XY:
        return None
    return make_profile(primaries, white)


def _fractions(numbers: Sequence[float]) -> "np.ndarray[Any, np.dtype[np.float64]]":
    """Return rationals, which tifffile gives as numerators and denominators in turn."""
    values = np.asarray(numbers, dtype=np.float64)
    return values[::2] / values[1::2] if values.size in (4, 12) else values


def _chunks(data: bytes) -> dict[str, bytes]:
    """Return the chunks of a PNG before its pixels."""
    found, place = {}, 8
    while place + 8 <= len(data):
        length, name = struct.unpack(">I4s", data[place : place + 8])
        if name == b"IDAT":
            break
        found[name.decode("latin-1")] = data[place + 8 : place + 8 + length]
        place += length + 12
    return found
