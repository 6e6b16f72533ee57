"""File > Save for cubes: a reconstruction is streamed to disk, never decoded whole."""

from pathlib import Path
from typing import Any

from napari_hydra._napari.guarded_cube import GuardedCube
from napari_hydra._napari.scene_layers import KEY
from napari_hydra.cube import make_cube
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
    HydraError
        If the layer is no cube, or the file cannot be written.
    """
    noted = attributes.get("metadata", {}).get(KEY, {})
    name = attributes.get("name", "The layer")
    if isinstance(data, GuardedCube) and data.ndim == 3:
        # napari's dialog has asked already whether a file may be replaced.
        return [str(write_cube(data.latent, path, overwrite=True))]
    wavelengths = noted.get("wavelengths_nm")
    if wavelengths is None or getattr(data, "ndim", 0) != 3:
        raise HydraError(
            f"{name} has no wavelengths, so it cannot be written as a spectral cube; "
            f"save it as .tif, or choose a layer that was read from a cube instead of {Path(path).name}."
        )
    cube = make_cube(
        data.transpose(1, 2, 0),
        wavelengths,
        quantity=_cube_quantity(noted.get("quantity", "reflectance")),
        source=str(noted.get("source") or name),
        fwhm=noted.get("fwhm_nm"),
        bad_bands=noted.get("bad_bands", ()),
        ignore_value=noted.get("ignore_value"),
        detector=noted.get("detector"),
        history=noted.get("history", ()),
    )
    return [str(write_cube(cube, path, overwrite=True))]


def _cube_quantity(quantity: str) -> str:
    from napari_hydra.cube import QUANTITIES

    return quantity if quantity in QUANTITIES else "radiance"
