"""Where a cube lies on the ground, from the ``map info`` of its ENVI header.

Format: NV5 Geospatial, "ENVI Header Files": projection, reference pixel (x, y, from 1, its upper left corner), easting
and northing of that point, pixel size (x, y), then zone, hemisphere, datum and ``key=value`` pairs.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Footprint:
    """A map grid whose rows run north to south.

    Attributes
    ----------
    height, width : float
        Of one pixel, in the map's unit.
    corner : (float, float) or None
        North and west of the upper left corner of the first pixel; None where pixels were cut off since.
    projection : tuple of str
        What two grids must share to be put over each other.
    """

    height: float
    width: float
    corner: tuple[float, float] | None
    projection: tuple[str, ...]


def footprint_of(attrs: Mapping[str, Any], shape: tuple[int, ...]) -> Footprint | None:
    """Return where a cube lies.

    Parameters
    ----------
    attrs : mapping
        With ``map_info``: ``fields`` as they stand in the header, and the ``size`` (H, W) that they are about.
    shape : (H, W, ...)
        Of the cube now.

    Returns
    -------
    Footprint or None
        None without a usable ``map_info``, and for a rotated grid.
    """
    noted = attrs.get("map_info")
    found = noted.get("fields", ()) if isinstance(noted, Mapping) else ()
    if not isinstance(noted, Mapping) or len(found) < 7:
        return None
    parts = [str(part).strip() for part in found]
    try:
        x, y, east, north, width, height = (float(part) for part in parts[1:7])
    except ValueError:
        return None
    pairs = {key.strip().lower(): value.strip() for key, _, value in (p.partition("=") for p in parts[7:])}
    if not (width > 0 and height > 0) or _is_turned(pairs.get("rotation", "0")):
        return None
    named = tuple(part.lower() for part in (parts[0], *parts[7:]) if "=" not in part)
    units = (pairs["units"].lower(),) if "units" in pairs else ()
    is_whole = tuple(noted.get("size", ())) == tuple(shape[:2])
    corner = (north + (y - 1) * height, east - (x - 1) * width) if is_whole else None
    return Footprint(height, width, corner, named + units)


def _is_turned(text: str) -> bool:
    try:
        return float(text) != 0
    except ValueError:
        return True
