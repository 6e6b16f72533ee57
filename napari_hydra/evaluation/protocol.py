"""The fixed protocol: how a measured cube becomes the picture from which it is reconstructed.

Every figure that the project reports is made with these definitions.

Exposure: gain ``g = 0.95 / P99.5`` of the brightest linear channel. The target is ``g * cube``, so 1.0 is the
saturation of the sensor and every metric is in that unit.

========== ====================================================================================================
track      picture
========== ====================================================================================================
srgb       linear sRGB under D65 (CIE 1931, 2 degrees), clipped, sRGB curve, 8 bit
srgb-jpeg  the same after photon noise (full well 2000 electrons) and JPEG of quality 85
camera     linear RGB of a Nikon D5100 under D65, white balanced, 12 bit, no curve
exposure   as srgb, the picture two stops darker and the target unchanged: scored after fitting one factor
========== ====================================================================================================
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from napari_hydra.camera import Camera, Rendering, get_camera, render_array
from napari_hydra.camera.picture import automatic_gain, linear_rgb
from napari_hydra.errors import HydraError

TRACKS = ("srgb", "srgb-jpeg", "camera", "exposure")
FULL_WELL, JPEG_QUALITY, DARKER = 2000, 85, 4
ROUND_TRIP_RANGE = (410.0, 690.0)


def track_camera(track: str) -> Camera:
    """Return the camera of a track.

    Raises
    ------
    HydraError
        If there is no such track.
    """
    if track not in TRACKS:
        raise HydraError(f"There is no track {track!r}; choose one of {', '.join(TRACKS)}.")
    return get_camera("nikon-5100" if track == "camera" else "srgb")


def take_picture(values: ArrayLike, wavelengths: ArrayLike, track: str = "srgb", seed: int = 0) -> Rendering:
    """Return the picture of a track and the gain that makes the target.

    Parameters
    ----------
    values : (H, W, B) array
        Reflectance-like, bad bands dropped; NaN marks pixels without data.
    wavelengths : (B,) array
        In nm, increasing.
    track : str
        One of `TRACKS`.
    seed : int
        Of the photon noise.

    Returns
    -------
    Rendering
        ``gain * values`` is the target.
    """
    camera = track_camera(track)
    if track == "srgb-jpeg":
        return render_array(
            values, wavelengths, camera, noise_electrons=FULL_WELL, jpeg_quality=JPEG_QUALITY, seed=seed
        )
    if track != "exposure":
        return render_array(values, wavelengths, camera)
    linear = linear_rgb(np.asarray(values), camera.response(wavelengths))
    gain = automatic_gain(linear)
    exposed = np.clip(np.nan_to_num(linear * gain), 0, 1)  # what saturates is lost before the shutter is shortened
    clipped = exposed.max(axis=-1) >= 1
    return Rendering(camera.quantise(camera.encode(exposed / DARKER)), gain, clipped, camera.white_level)


def is_fitted(track: str) -> bool:
    """Whether one factor is fitted before the metrics, because the track hides the exposure."""
    return track == "exposure"


def has_round_trip(picture: NDArray[np.generic], wavelengths: ArrayLike) -> bool:
    """Whether the estimate can be rendered back: an 8-bit picture and bands from 410 to 690 nm or beyond."""
    bands = np.asarray(wavelengths, dtype=np.float64)
    low, high = ROUND_TRIP_RANGE
    return bool(picture.dtype == np.uint8 and bands[0] <= low and bands[-1] >= high)
