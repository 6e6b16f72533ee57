"""Colour pictures of a cube: as a camera sees it, or from three of its bands."""

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike, NDArray

from napari_hydra.camera import automatic_gain, get_camera
from napari_hydra.errors import HydraError
from napari_hydra.spectral_cube import WHOLE, SpectralCube, blocks, spectral_cube

# Near infrared as red, red as green, green as blue: plants come out red.
COLOUR_INFRARED = (860.0, 650.0, 550.0)
_BLOCK_VALUES = 8_000_000
_FARTHEST_STEPS = 1.0  # how many steps of its neighbours a band may lie off the wavelength asked for


def true_colour(cube: SpectralCube | xr.DataArray, camera: str = "srgb") -> NDArray[np.uint8]:
    """Return the cube as a camera sees it, exposed automatically.

    Parameters
    ----------
    cube : SpectralCube or xarray.DataArray
        Read some rows at a time, never whole; bad bands are left out.
    camera : str
        What `napari_hydra.camera.get_camera` takes.

    Returns
    -------
    (H, W, 3) array of uint8
        Pixels without data are black.

    Raises
    ------
    HydraError
        If the bands do not cover the visible, or the cube is black there.
    """
    tiles = spectral_cube(cube, usable=True)
    model = get_camera(camera)
    response = model.response(tiles.wavelengths)
    bands, height, width = tiles.shape
    linear = np.empty((height, width, 3))
    for ys in blocks(height, width * bands, _BLOCK_VALUES):
        linear[ys] = tiles.tile(ys, WHOLE).astype(np.float64) @ response
    exposed = np.clip(np.nan_to_num(linear * automatic_gain(linear), nan=0.0), 0.0, 1.0)
    return np.round(255.0 * model.encode(exposed)).astype(np.uint8)


def three_bands(
    cube: SpectralCube | xr.DataArray, wavelengths: tuple[float, float, float], *, low: float = 2.0, high: float = 98.0
) -> tuple[NDArray[np.uint8], tuple[float, float, float]]:
    """Return the bands nearest to three wavelengths as red, green and blue, each stretched by itself.

    Parameters
    ----------
    cube : SpectralCube or xarray.DataArray
        Bad bands are left out.
    wavelengths : (float, float, float)
        Of red, green and blue, in nm.
    low, high : float
        Percentiles that become 0 and 255; see `stretch`.

    Returns
    -------
    picture : (H, W, 3) array of uint8
    taken : (float, float, float)
        Centres of the bands that were taken, in nm.

    Raises
    ------
    HydraError
        If the cube has no band near one of the wavelengths.
    """
    tiles = spectral_cube(cube, usable=True)
    bands = [nearest_band(tiles.wavelengths, wanted) for wanted in wavelengths]
    planes = np.stack(
        [stretch(tiles[band : band + 1, :, :].tile(WHOLE, WHOLE)[..., 0], low, high) for band in bands], axis=-1
    )
    red, green, blue = (float(tiles.wavelengths[band]) for band in bands)
    return planes, (red, green, blue)


def stretch(plane: ArrayLike, low: float = 2.0, high: float = 98.0) -> NDArray[np.uint8]:
    """Return values brought to 0..255 so that two percentiles become the ends; NaN becomes 0.

    >>> stretch([[0.0, 0.5], [1.0, 2.0]], 0, 100).tolist()
    [[0, 64], [128, 255]]
    """
    values = np.asarray(plane, dtype=np.float64)
    known = values[np.isfinite(values)]
    if not known.size:
        return np.zeros(values.shape, dtype=np.uint8)
    bottom, top = np.percentile(known, [low, high])
    scaled = (values - bottom) / ((top - bottom) or 1.0)
    return np.round(255.0 * np.clip(np.nan_to_num(scaled, nan=0.0), 0.0, 1.0)).astype(np.uint8)


def nearest_band(wavelengths: ArrayLike, wanted: float) -> int:
    """Return the index of the band nearest to a wavelength in nm.

    Raises
    ------
    HydraError
        If that band lies more than a step between bands away.
    """
    centres = np.asarray(wavelengths, dtype=np.float64)
    band = int(np.abs(centres - wanted).argmin())
    steps = np.abs(np.diff(centres[max(band - 1, 0) : band + 2]))
    reach = max(_FARTHEST_STEPS * float(steps.max()) if steps.size else 0.0, 5.0)
    if abs(centres[band] - wanted) > reach:
        raise HydraError(
            f"The cube has no band near {wanted:g} nm ({centres.min():g} to {centres.max():g} nm); "
            "choose a wavelength that it covers."
        )
    return band
