"""A scene that is a measured cube alone: what one pins and draws on before, or without, a reconstruction."""

import xarray as xr

from napari_hydra.workbench.scene.measured_cube import MeasuredCube
from napari_hydra.workbench.scene.pairing import bad_spans
from napari_hydra.workbench.scene.scene import Scene


def scene_of_cube(cube: xr.DataArray, name: str) -> Scene:
    """Return the scene of a cube, over all its good bands.

    Parameters
    ----------
    cube : xarray.DataArray
    name : str
        What the scene is called.
    """
    return Scene(
        name=name,
        picture=None,
        estimate=MeasuredCube.of(cube),
        quantity=str(cube.attrs.get("quantity", "reflectance")),
        settings={"cube": cube.attrs.get("source", "")},
        bad_spans=bad_spans(cube),
    )
