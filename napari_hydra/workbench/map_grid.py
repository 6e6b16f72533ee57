"""Where the pixels of a cube lie on a map, from the "map info" of its ENVI header."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr
from numpy.typing import NDArray


@dataclass(frozen=True)
class MapGrid:
    """An even grid of pixels on a map.

    Attributes
    ----------
    origin : (float, float)
        Easting (or longitude) and northing (or latitude) of the centre of the first pixel.
    step : (float, float)
        Size of a pixel eastwards and southwards.
    description : str
        What the coordinates are.
    """

    origin: tuple[float, float]
    step: tuple[float, float]
    description: str

    def to_map(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return pixels (n, 2) as y, x in map coordinates, easting first."""
        east = self.origin[0] + points[:, 1] * self.step[0]
        north = self.origin[1] - points[:, 0] * self.step[1]
        return np.stack([east, north], axis=1)


def map_grid_of(cube: xr.DataArray | None) -> MapGrid | None:
    """Return the map grid of a cube; None where it has none, or one that is turned against the map."""
    place = None if cube is None else cube.attrs.get("map_info")
    if cube is None or not place or tuple(place["size"]) != cube.shape[:2]:  # of a part of the scene it is not true
        return None
    return parse_map_info(place["fields"])


def parse_map_info(fields: Sequence[str]) -> MapGrid | None:
    """Return the grid of the fields of an ENVI "map info".

    They are the projection, the reference pixel (x, y; 1, 1 is the upper left corner of the first pixel), its easting
    and northing, the size of a pixel in both directions, and what else the projection needs.
    """
    try:
        column, row, easting, northing, width, height = (float(value) for value in fields[1:7])
    except ValueError:
        return None
    further = [str(field).strip() for field in fields[7:]]
    if any(field.startswith("rotation") and float(field.partition("=")[2] or 0) != 0 for field in further):
        return None
    origin = (easting + (1.5 - column) * width, northing - (1.5 - row) * height)
    words = ", ".join([str(fields[0]).strip(), *further])
    return MapGrid(origin, (width, height), f"map coordinates: {words}")


def cut_map_info(fields: Sequence[str], top: int, left: int) -> list[str]:
    """Return the "map info" of a part of a cube that begins at a pixel."""
    shifted = [str(field) for field in fields]
    shifted[1], shifted[2] = f"{float(fields[1]) - left:g}", f"{float(fields[2]) - top:g}"
    return shifted
