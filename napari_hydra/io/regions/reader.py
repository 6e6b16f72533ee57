"""Regions in: the table of formats says which module reads which file."""

from pathlib import Path
from typing import Literal

import xarray as xr

from napari_hydra.errors import HydraError
from napari_hydra.file_formats import format_of, names, readable
from napari_hydra.io.files.boundary import file_boundary
from napari_hydra.io.files.outside import refuse_special
from napari_hydra.io.regions.file_region import FileRegions, SceneGrid

REGION_SUFFIXES = readable("regions")
Coordinates = Literal["auto", "pixels", "map"]


def read_regions(
    path: str | Path, scene: xr.DataArray | tuple[int, int], *, coordinates: Coordinates = "auto"
) -> FileRegions:
    """Read regions that were drawn elsewhere, as masks on a scene.

    Parameters
    ----------
    path : str or Path
        GeoJSON (polygons with holes, several parts), ENVI regions of interest as text, regions of ImageJ (.roi, .zip;
        with the extra ``roi``), or a mask (TIFF, PNG) of the scene's size in which every number but 0 is a region.
    scene : xarray.DataArray or (H, W)
        The cube that they lie on, or its height and width where the file is in pixels.
    coordinates : str
        What a GeoJSON is in: "pixels" (x to the right, y downwards, the centre of the first pixel at 0, 0), "map"
        (the map coordinates of the scene), or "auto": what the file says. Another coordinate system is refused.

    Returns
    -------
    FileRegions
        A pixel belongs to a polygon if its centre does. Regions outside of the scene are named in ``left_out``.

    Raises
    ------
    HydraError
        If the file cannot be read, is of another scene, or is in another coordinate system.

    Examples
    --------
    >>> import json
    >>> square = {"type": "Polygon", "coordinates": [[[0, 0], [2, 0], [2, 1], [0, 1], [0, 0]]]}
    >>> with open("tarp.geojson", "w") as file:
    ...     json.dump({"type": "Feature", "properties": {"name": "tarp"}, "geometry": square}, file)
    >>> found = read_regions("tarp.geojson", (3, 4))
    >>> found.names, int(found.regions[0].mask.sum())
    (('tarp',), 6)
    """
    file = Path(path)
    if not file.is_file():
        raise HydraError(f"{file} does not exist; check its name.")
    if coordinates not in ("auto", "pixels", "map"):
        raise HydraError(f"coordinates={coordinates!r} is not known; say auto, pixels or map.")
    refuse_special(file)
    with file_boundary(file, "regions"):
        found = format_of("regions", file)
        if found is None:
            raise HydraError(f"{file} holds no regions; give {names('regions')}.")
        read: FileRegions = found.load().read(file, SceneGrid.of(scene), coordinates)
    return read


def is_regions_file(path: str | Path) -> bool:
    """Whether a file holds regions and can be nothing else: masks are pictures too, and do not count.

    Parameters
    ----------
    path : str or Path
        Of a file.

    Returns
    -------
    bool
        False where there is no such file.

    Examples
    --------
    >>> is_regions_file("notes.txt")
    False
    """
    file = Path(path)
    try:
        with file_boundary(file, "regions"):
            found = format_of("regions", file) if file.is_file() else None
    except HydraError:
        return False
    return found is not None and not found.module.endswith("label_mask")
