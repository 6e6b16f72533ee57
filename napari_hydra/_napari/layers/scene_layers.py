"""How cubes and pictures become layers, and back.

A cube is one Image layer (wavelength, y, x). Its band axis counts bands, because napari's axes are even and
wavelengths are not; the wavelengths stand in ``layer.metadata["napari_hydra"]`` together with

``role``     "picture", "cube" (a cube as it was read), "estimate" or "truth" (the bands that are compared)
``gain``     of a picture that was rendered from a cube: what the cube was multiplied by
``rendered_from``  the source of that cube
``picture``  of a file whose colours the layer cannot show as they are: as it was read; ``fingerprint`` of the data then
``refused``  why the file of a layer that another reader made is no picture
"""

import zlib
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from napari_hydra._napari.layers.guarded_cube import GuardedCube
from napari_hydra.camera import Picture
from napari_hydra.cube import make_cube, wavelengths_of
from napari_hydra.errors import HydraError
from napari_hydra.workbench.scene.limits import cube_limits

KEY = "napari_hydra"
AXES = ("wavelength", "y", "x")
Layer = Any  # napari's own Layer; importing it here would cost a second for nothing


def layer_metadata(layer: Layer) -> dict[str, Any]:
    """Return what we noted on a layer; empty for a layer that is not ours."""
    noted = layer.metadata.get(KEY)
    return dict(noted) if isinstance(noted, dict) else {}


def role(layer: Layer) -> str:
    """Return "picture", "cube", "estimate", "truth" or "" for anything else."""
    noted = layer_metadata(layer).get("role", "")
    if noted:
        return str(noted)
    return "picture" if getattr(layer, "rgb", False) is True else ""


def layers_of(viewer: Any, wanted: str) -> list[Layer]:
    """Return the layers of a viewer that have a role; none where the viewer is gone."""
    return [] if viewer is None else [layer for layer in viewer.layers if role(layer) == wanted]


# -- cubes -----------------------------------------------------------------------------------------------------


def cube_layer_arguments(cube: xr.DataArray, name: str, *, role: str = "cube") -> dict[str, Any]:
    """Return the arguments of ``add_image`` that show a cube, besides its data (see `stack_of`)."""
    return {
        "name": name,
        "rgb": False,
        "axis_labels": AXES,
        "contrast_limits": cube_limits(cube),
        "metadata": {
            KEY: {
                "role": role,
                "wavelengths_nm": tuple(wavelengths_of(cube).tolist()),
                "fwhm_nm": cube.attrs.get("fwhm"),
                "bad_bands": tuple(cube.attrs.get("bad_bands", ())),
                "quantity": cube.attrs.get("quantity", "reflectance"),
                "source": cube.attrs.get("source", ""),
                "ignore_value": cube.attrs.get("ignore_value"),
                "detector": tuple(cube["detector"].values.tolist()) if "detector" in cube.coords else None,
                "history": tuple(cube.attrs.get("history", ())),
                "map_info": cube.attrs.get("map_info"),
            }
        },
    }


def stack_of(cube: xr.DataArray) -> Any:
    """Return the cube's values as (wavelength, y, x), without a copy; dask stays dask."""
    return cube.data.transpose(2, 0, 1)


def is_cube(layer: Layer) -> bool:
    """Whether the layer holds a measured cube, and not something that we made from one."""
    return role(layer) == "cube" and layer.ndim == 3


def cube_of(layer: Layer) -> xr.DataArray:
    """Return the cube that a layer shows, without copying it.

    Raises
    ------
    HydraError
        If the layer has no wavelengths, or not one for each band.
    """
    noted = layer_metadata(layer)
    if noted.get("wavelengths_nm") is None:
        raise HydraError(
            f"The layer {layer.name} has no wavelengths; open the cube from a file that has them (ENVI, MATLAB, ...)."
        )
    if getattr(layer, "multiscale", False) or layer.ndim != 3:
        raise HydraError(f"The layer {layer.name} is not one stack of bands; choose a layer (wavelength, y, x).")
    data = layer.data
    if isinstance(data, GuardedCube):
        data = np.asarray(data)
    return cube_from(data, noted, layer.name)


def cube_from(stack: Any, noted: dict[str, Any], name: str) -> xr.DataArray:
    """Return the cube of a stack (wavelength, y, x) and of what is noted on its layer."""
    cube = make_cube(
        stack.transpose(1, 2, 0),
        noted["wavelengths_nm"],
        quantity=noted.get("quantity", "reflectance"),
        source=noted.get("source") or name,
        fwhm=noted.get("fwhm_nm"),
        bad_bands=noted.get("bad_bands", ()),
        ignore_value=noted.get("ignore_value"),
        detector=noted.get("detector"),
        history=noted.get("history", ()),
    )
    if noted.get("map_info"):
        cube.attrs["map_info"] = noted["map_info"]
    return cube


def good_wavelengths(layer: Layer) -> NDArray[np.float64]:
    """Return the wavelengths in nm of the usable bands of a cube's layer; its values are not touched."""
    noted = layer_metadata(layer)
    wavelengths = np.asarray(noted["wavelengths_nm"], dtype=np.float64)
    return np.delete(wavelengths, list(noted.get("bad_bands", ())))


# -- pictures --------------------------------------------------------------------------------------------------


def picture_layer_arguments(name: str, **noted: Any) -> dict[str, Any]:
    """Return the arguments of ``add_image`` that show a picture; `noted` goes into the metadata."""
    return {"name": name, "rgb": True, "metadata": {KEY: {"role": "picture", **noted}}}


def is_picture(layer: Layer) -> bool:
    """Whether the layer is a colour picture."""
    return getattr(layer, "rgb", False) is True and layer.ndim == 2


def picture_metadata(picture: Picture, shown: NDArray[Any], source: str) -> dict[str, Any]:
    """Return what is noted on the layer that shows a picture of a file as `shown`."""
    noted = {"source": source, "history": picture.history, "white_level": picture.white_level}
    if np.shares_memory(picture, shown):
        return noted
    return {**noted, "picture": picture, "fingerprint": fingerprint(shown)}


def fingerprint(data: Any) -> tuple[Any, ...]:
    """Return what tells whether the data of a layer are still those that were read."""
    values = np.ascontiguousarray(data)
    return (*values.shape, values.dtype.str, zlib.crc32(values.data))


def picture_data(layer: Layer) -> Any:
    """Return the pixels that a picture's layer shows, in their full size."""
    return layer.data[0] if getattr(layer, "multiscale", False) else layer.data


def picture_of(layer: Layer) -> Picture:
    """Return the picture of a layer, (H, W, 3); transparency is left out.

    That of its file, with its colour profile, unless the pixels were changed since: then what the layer shows.

    Raises
    ------
    HydraError
        If its file holds what cannot be read as a picture.
    """
    noted, data = layer_metadata(layer), picture_data(layer)
    if "fingerprint" in noted and fingerprint(data) == noted["fingerprint"]:
        if noted.get("refused"):
            raise HydraError(noted["refused"])
        picture: Picture = noted["picture"]
        return picture
    return Picture(np.asarray(data)[..., :3], history=noted.get("history", ()))
