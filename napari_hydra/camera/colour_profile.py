"""ICC colour profiles: what the numbers of a picture mean as light, worked out by littlecms (in imagecodecs).

Colours go to linear sRGB, relative to the profile's white. Nothing is clipped there: a colour outside sRGB has a
channel below 0 or above 1.

References
----------
ICC.1:2022. Primaries and whites: sRGB IEC 61966-2-1, Display P3 SMPTE EG 432-1, ROMM (ProPhoto) ISO 22028-2.
"""

import io
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from napari_hydra.camera.curves import decode_curve
from napari_hydra.errors import HydraError

D65, D50 = (0.3127, 0.3290), (0.3457, 0.3585)
SRGB = ((0.64, 0.33), (0.30, 0.60), (0.15, 0.06))
DISPLAY_P3 = ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060))
PROPHOTO = ((0.7347, 0.2653), (0.1596, 0.8404), (0.0366, 0.0001))
_CHANNELS = {b"GRAY": 1, b"RGB ": 3, b"CMYK": 4}
_SPACES = {1: "gray", 3: "rgb", 4: "cmyk"}
_CURVE_NODES = 4096
# Encoded: three quarters of a step of 8 bits, more than makers of sRGB profiles differ by.
_SAME_AS_SRGB = 0.003


def make_profile(
    primaries: ArrayLike, white: ArrayLike = D65, gamma: float | None = None, curve: str = "srgb"
) -> bytes:
    """Return the ICC profile of an RGB space.

    Parameters
    ----------
    primaries : (3, 2) array
        Chromaticities x, y of red, green and blue.
    white : (2,) array
    gamma : float, optional
        Exponent of the curve, 1 for linear; `curve`, a name of `curve_names`, where not given.
    curve : str
    """
    import imagecodecs

    options: dict[str, Any] = {"gamma": gamma}
    if gamma is None:
        options = {"transferfunction": decode_curve(np.linspace(0, 1, _CURVE_NODES), curve).astype(np.float32)}
    corners = np.pad(np.asarray(primaries, dtype=np.float64), ((0, 0), (0, 1)), constant_values=1)
    whitepoint = [*np.asarray(white, dtype=np.float64).tolist(), 1.0]
    made: bytes = imagecodecs.cms_profile("rgb", whitepoint=whitepoint, primaries=corners.ravel().tolist(), **options)
    return made


def adobe_rgb() -> bytes:
    """Return the profile of Adobe RGB (1998)."""
    import imagecodecs

    made: bytes = imagecodecs.cms_profile("adobergb")
    return made


def channels_of(profile: bytes) -> int:
    """Return of how many channels a profile speaks: 1 grey, 3 RGB, 4 CMYK.

    Raises
    ------
    HydraError
        If it is no profile, or one of another colour space.
    """
    found = _CHANNELS.get(profile[16:20])
    if found is None or profile[36:40] != b"acsp":
        raise HydraError("The colour profile is damaged or of no colour space known (grey, RGB, CMYK).")
    return found


def profile_name(profile: bytes) -> str:
    """Return what a profile calls itself."""
    from PIL import ImageCms

    try:
        name = ImageCms.getProfileDescription(ImageCms.ImageCmsProfile(io.BytesIO(profile))).strip()
    except (ImageCms.PyCMSError, OSError):
        name = ""
    return " ".join(name.split()) or "without a name"


def to_linear_srgb(values: NDArray[Any], profile: bytes) -> NDArray[np.float32]:
    """Return the linear sRGB of colours that a profile describes.

    Parameters
    ----------
    values : (H, W, 1, 3 or 4) array
        In 0..1, as many channels as the profile has.
    profile : bytes

    Returns
    -------
    (H, W, 3) array of float32
        Not clipped.

    Raises
    ------
    HydraError
        If the profile cannot be used.
    """
    return _transform(values, profile, _linear_srgb())


def to_profile(values: NDArray[Any], profile: bytes, target: bytes) -> NDArray[np.float32]:
    """Return colours of one profile as encoded numbers of another RGB profile, (H, W, 3), not clipped."""
    return _transform(values, profile, target)


@lru_cache(maxsize=64)
def is_srgb(profile: bytes) -> bool:
    """Whether a profile says what is taken for granted without one: sRGB, or grey on its curve.

    Raises
    ------
    HydraError
        If the profile cannot be used.
    """
    channels = channels_of(profile)
    if channels == 4:
        return False
    steps = np.linspace(0, 1, 18 if channels == 1 else 6, dtype=np.float32)
    colours = np.stack(np.meshgrid(*[steps] * channels), axis=-1).reshape(1, -1, channels)
    linear = to_linear_srgb(colours, profile)
    encoded = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * np.maximum(linear, 0.0031308) ** (1 / 2.4) - 0.055)
    return bool(np.abs(encoded - colours).max() < _SAME_AS_SRGB)


@lru_cache(maxsize=1)
def _linear_srgb() -> bytes:
    return make_profile(SRGB, D65, 1.0)


def _transform(values: NDArray[Any], profile: bytes, target: bytes) -> NDArray[np.float32]:
    import imagecodecs

    channels = channels_of(profile)
    # In floating point littlecms neither rounds nor clips; of CMYK it wants per cent.
    numbers = np.ascontiguousarray(values, dtype=np.float32) * np.float32(100 if channels == 4 else 1)
    try:
        found = imagecodecs.cms_transform(
            numbers[..., 0] if channels == 1 else numbers,
            profile,
            target,
            colorspace=_SPACES[channels],
            outcolorspace="rgb",
            outdtype="float32",
            intent=imagecodecs.CMS.INTENT.RELATIVE_COLORIMETRIC,
        )
    except (RuntimeError, ValueError) as error:
        raise HydraError("The colour profile cannot be used; it is damaged or has no way to colours.") from error
    return np.asarray(found, dtype=np.float32)
