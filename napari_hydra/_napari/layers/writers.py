"""File > Save for cubes: a reconstruction is streamed to disk, never decoded whole."""

from pathlib import Path
from typing import Any

from napari_hydra._napari.layers.guarded_cube import GuardedCube
from napari_hydra._napari.layers.scene_layers import KEY, cube_from
from napari_hydra._napari.widgets.notices import sentence
from napari_hydra.cube import QUANTITIES
from napari_hydra.errors import HydraError
from napari_hydra.io import write_cube


def write_cube_layer(path: str, data: Any, attributes: dict[str, Any]) -> list[str]:
    """Write an Image layer that has wavelengths; the suffix chooses the format.

    Parameters
    ----------
    path : str
    data : (B, H, W) array or GuardedCube
    attributes : dict
        The layer's, as napari hands them over; ``metadata["napari_hydra"]`` has the wavelengths.

    Returns
    -------
    list of str
        The file that was written.

    Raises
    ------
    OSError
        If the layer is no cube, or the file cannot be written, in one sentence. (napari takes a ValueError, which
        our own errors are, for "no such writer" and says nothing.)
    """
    try:
        # napari's dialog has asked already whether a file may be replaced.
        return [str(write_cube(_cube_of(data, attributes, path), path, overwrite=True))]
    except HydraError as error:
        raise OSError(sentence(error)) from error


def _cube_of(data: Any, attributes: dict[str, Any], path: str) -> Any:
    noted = attributes.get("metadata", {}).get(KEY, {})
    name = attributes.get("name", "image")
    if isinstance(data, GuardedCube) and data.ndim == 3:
        return data.latent
    if noted.get("wavelengths_nm") is None or getattr(data, "ndim", 0) != 3:
        raise HydraError(
            f"The layer {name} has no wavelengths, so it cannot be written as a spectral cube; "
            f"save it as .tif, or choose a layer that was read from a cube instead of {Path(path).name}."
        )
    quantity = noted.get("quantity", "reflectance")
    return cube_from(data, {**noted, "quantity": quantity if quantity in QUANTITIES else "radiance"}, name)
