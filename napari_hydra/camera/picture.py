"""Pictures: rendered from a cube, and read back as linear light."""

import io
from dataclasses import dataclass
from typing import Literal

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike, NDArray

from napari_hydra.camera.colour_picture import by_profile, profile_for, white_of
from napari_hydra.camera.model import Camera, get_camera
from napari_hydra.cube import good_bands, require_finite, select_bands, wavelengths_of
from napari_hydra.errors import HydraError

Exposure = float | Literal["auto"] | None
_BLOCK = 1 << 22  # values multiplied at once, so that their float64 copy stays near 32 MB


@dataclass(frozen=True)
class Rendering:
    """A picture taken of a cube.

    Attributes
    ----------
    picture : (H, W, 3) array
        uint8 for a camera of 8 bits, else uint16 with saturation at `white_level`.
    gain : float
        Linear RGB is ``gain * (cube @ response)``: an estimate from the picture, divided by it, is in the cube's
        unit.
    clipped : (H, W) array of bool
        Where a channel is saturated.
    white_level : int
        The number at which a channel is saturated.

    Examples
    --------
    >>> import numpy as np
    >>> from napari_hydra.camera import render_array
    >>> rendering = render_array(np.full((2, 3, 31), 0.5), np.linspace(400, 700, 31))
    >>> rendering.picture.shape, rendering.white_level
    ((2, 3, 3), 255)
    """

    picture: NDArray[np.uint8] | NDArray[np.uint16]
    gain: float
    clipped: NDArray[np.bool_]
    white_level: int


def render(
    cube: xr.DataArray,
    camera: str | Camera = "srgb",
    *,
    exposure: Exposure = "auto",
    noise_electrons: float | None = None,
    jpeg_quality: int | None = None,
    seed: int = 0,
) -> Rendering:
    """Take the picture that a camera would take of a cube.

    Bad bands are left out; pixels without data (declared by an ignore value) come out black. The values are
    taken as reflectance lit by the camera's illuminant; a cube of radiance has its light in it, for which the
    illuminant ``E`` adds none.

    Parameters
    ----------
    cube : xarray.DataArray
        See `napari_hydra.cube`. Only its visible bands are read.
    camera : str or Camera
        What `get_camera` takes.
    exposure : float, "auto" or None
        See `render_array`.
    noise_electrons : float, optional
        Likewise.
    jpeg_quality : int, optional
        Likewise.
    seed : int
        Likewise.

    Returns
    -------
    Rendering

    Raises
    ------
    HydraError
        If the bands do not cover the visible, the cube is black there, or has NaN that nothing declares.

    Examples
    --------
    >>> import numpy as np
    >>> from napari_hydra import make_cube
    >>> cube = make_cube(np.full((2, 3, 31), 0.5), np.linspace(400, 700, 31))
    >>> render(cube, exposure=1.0).picture[0, 0]
    array([188, 188, 188], dtype=uint8)
    """
    model = get_camera(camera)
    keep = good_bands(cube)
    usable = select_bands(cube, keep)
    try:
        matrix = model.response(wavelengths_of(usable))
        seen = matrix.any(axis=1)
        values = np.asarray(require_finite(select_bands(usable, seen)).values)
        linear = linear_rgb(values, matrix[seen])
        return _expose(linear, model, exposure, noise_electrons, jpeg_quality, seed)
    except HydraError as error:
        source = cube.attrs.get("source")
        if not source or str(source) in str(error):
            raise
        raise HydraError(f"{source}: {error}") from error


def render_array(
    values: ArrayLike,
    wavelengths: ArrayLike,
    camera: str | Camera = "srgb",
    *,
    exposure: Exposure = "auto",
    noise_electrons: float | None = None,
    jpeg_quality: int | None = None,
    seed: int = 0,
) -> Rendering:
    """Take the picture of an array of reflectances.

    Parameters
    ----------
    values : (H, W, B) array
        Reflectance-like; NaN comes out black.
    wavelengths : (B,) array
        Band centres in nm, increasing.
    camera : str or Camera
        What `get_camera` takes.
    exposure : float, "auto" or None
        Gain on linear RGB. "auto" puts the 99.5th percentile of the brightest channel at 95 % of saturation;
        None takes the values as they are.
    noise_electrons : float, optional
        Full well in electrons; where given, photon (Poisson) noise is added before the encoding.
    jpeg_quality : int, optional
        JPEG compression (1 to 95), only for 8 bits.
    seed : int
        Of the noise.

    Returns
    -------
    Rendering

    Raises
    ------
    HydraError
        If the bands do not cover the visible, the values are black there, or an option is out of range.

    Examples
    --------
    >>> grey = np.full((2, 3, 31), 0.4)
    >>> render_array(grey, np.linspace(400, 700, 31), "nikon-5100", exposure=None).picture[0, 0]
    array([1638, 1638, 1638], dtype=uint16)
    """
    model = get_camera(camera)
    linear = linear_rgb(np.asarray(values), model.response(wavelengths))
    return _expose(linear, model, exposure, noise_electrons, jpeg_quality, seed)


def linear_rgb(values: NDArray[np.floating], matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return ``values @ matrix`` in float64, a few rows at a time: (H, W, B) times (B, 3)."""
    height, width, bands = values.shape
    out = np.empty((height, width, 3))
    rows = max(1, _BLOCK // max(1, width * bands))
    for start in range(0, height, rows):
        out[start : start + rows] = values[start : start + rows].astype(np.float64) @ matrix
    return out


def automatic_gain(linear: NDArray[np.float64]) -> float:
    """Return the gain that brings a picture to the common exposure.

    Parameters
    ----------
    linear : (H, W, 3) array
        Linear RGB; NaN pixels do not count.

    Returns
    -------
    float
        It puts the 99.5th percentile of the brightest channel at 0.95.

    Raises
    ------
    HydraError
        If there is no light.

    Examples
    --------
    >>> automatic_gain(np.full((2, 2, 3), 0.5))
    1.9
    """
    brightest = linear.max(axis=-1)
    brightest = brightest[np.isfinite(brightest)]
    level = float(np.percentile(brightest, 99.5)) if brightest.size else 0.0
    if level <= 0:
        raise HydraError("The cube is black in the visible, so no exposure fits it; give the exposure.")
    return 0.95 / level


def add_photon_noise(linear: NDArray[np.float64], electrons: float, seed: int = 0) -> NDArray[np.float64]:
    """Return linear values (0..1) as a sensor with this full well counts them (Poisson)."""
    return np.asarray(np.random.default_rng(seed).poisson(linear * electrons) / electrons)


def compress_jpeg(picture: NDArray[np.uint8], quality: int) -> NDArray[np.uint8]:
    """Return the picture after a JPEG compression (Pillow's defaults, 4:2:0 chroma)."""
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "JPEG", quality=quality)
    return np.asarray(Image.open(buffer))


def _expose(
    linear: NDArray[np.float64],
    camera: Camera,
    exposure: Exposure,
    noise_electrons: float | None,
    jpeg_quality: int | None,
    seed: int,
) -> Rendering:
    gain = automatic_gain(linear) if exposure == "auto" else 1.0 if exposure is None else exposure
    if isinstance(gain, str) or not (np.isfinite(gain) and gain > 0):
        raise HydraError(f"An exposure of {exposure} cannot be used; give a positive number or 'auto'.")
    if noise_electrons is not None and not noise_electrons > 0:
        raise HydraError(f"A full well of {noise_electrons} electrons cannot be used; give a positive number.")
    if jpeg_quality is not None and not (camera.bits == 8 and 1 <= jpeg_quality <= 95):
        raise HydraError(
            f"JPEG of quality {jpeg_quality} with {camera.bits} bits cannot be written; "
            "it takes quality 1 to 95 and 8 bits."
        )
    exposed = np.nan_to_num(linear * gain, nan=0.0)
    clipped = exposed.max(axis=-1) >= 1
    exposed = np.clip(exposed, 0, 1)
    if noise_electrons is not None:
        exposed = add_photon_noise(exposed, noise_electrons, seed)
    picture = camera.quantise(camera.encode(exposed))
    if jpeg_quality is not None:
        picture = compress_jpeg(picture.astype(np.uint8), jpeg_quality)
    return Rendering(picture, gain, clipped, camera.white_level)


def linearise(
    picture: ArrayLike, camera: str | Camera = "srgb", white_level: float | None = None
) -> NDArray[np.float32]:
    """Turn a picture's numbers into linear light.

    Parameters
    ----------
    picture : (H, W, 3) array
        uint8, uint16 or float.
    camera : str or Camera
        The one whose encoding curve is undone. A `Picture` with a colour profile is read by that instead, unless
        the camera is a sensor.
    white_level : float, optional
        The number at which a channel is saturated: 4095 for 12 bits in uint16. By default what a `Picture` says, or
        255, 65535, or 1 for float.

    Returns
    -------
    (H, W, 3) array of float32
        Linear RGB in 0..1, 1 being saturation; by a profile linear sRGB, beyond 0..1 where a colour lies outside it.

    Raises
    ------
    HydraError
        If the array is no picture, holds NaN or negative values, or exceeds the white level.

    Examples
    --------
    >>> linearise(np.array([[[0, 188, 255]]], dtype=np.uint8)).round(3)
    array([[[0.   , 0.503, 1.   ]]], dtype=float32)
    """
    values, model = np.asarray(picture), get_camera(camera)
    if values.ndim != 3 or values.shape[2] != 3 or 0 in values.shape:
        raise HydraError(f"The picture has shape {values.shape}; it needs rows, columns and three colours.")
    is_integer = values.dtype in (np.uint8, np.uint16)
    if not is_integer and not np.issubdtype(values.dtype, np.floating):
        raise HydraError(f"The picture has {values.dtype} values; give uint8, uint16 or float.")
    white = white_of(picture, white_level)
    if not (np.isfinite(white) and white > 0):
        raise HydraError(f"A white level of {white_level} cannot be used; give a positive number.")
    low, high = float(values.min()), float(values.max())  # NaN makes both NaN
    if not (np.isfinite(low) and np.isfinite(high)):
        raise HydraError("The picture holds NaN or infinite values; replace them.")
    if low < 0 or high > white * (1 + 1e-6):
        raise HydraError(
            f"The picture holds values from {low:g} to {high:g}, outside 0 to {white:g}; "
            "give the white level at which it is saturated."
        )
    profile = profile_for(picture, model)
    if profile is not None:
        return by_profile(values, profile, white)
    if is_integer:  # one decoded value for each possible number is quicker than one for each pixel
        table = model.decode(np.minimum(np.arange(np.iinfo(values.dtype).max + 1) / white, 1)).astype(np.float32)
        return table[values]
    return model.decode(values.astype(np.float64) / white).astype(np.float32)
