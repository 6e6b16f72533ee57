"""Where the pixels of a cube lie on a map: the ``map info`` of its ENVI header.

Format: NV5 Geospatial, "ENVI Header Files": projection, reference pixel (x, y; 1, 1 is the upper left corner of the
first pixel), easting and northing of that point, pixel size (x, y), then zone, hemisphere, datum and ``key=value``
pairs. ``rotation`` is in degrees: rows of pixels run that far counter-clockwise of east, around the reference pixel.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import cos, isfinite, radians, sin
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from napari_hydra.errors import HydraError


@dataclass(frozen=True)
class MapInfo:
    """An even grid of pixels on a map.

    Attributes
    ----------
    fields : tuple of str
        As they stand in the header.
    reference : (float, float)
        The reference pixel, x and y.
    place : (float, float)
        Its easting (or longitude) and northing (or latitude).
    width, height : float
        Of one pixel, in the map's unit.
    rotation : float
        In degrees: how far the rows are turned counter-clockwise of east.
    system : tuple of str
        Projection, zone, datum and unit in lower case: what two grids must share to be put over each other.
    size : (int, int) or None
        Height and width in pixels of what the fields are about.
    """

    fields: tuple[str, ...]
    reference: tuple[float, float]
    place: tuple[float, float]
    width: float
    height: float
    rotation: float
    system: tuple[str, ...]
    size: tuple[int, int] | None = None

    @property
    def description(self) -> str:
        """What the coordinates are."""
        return "map coordinates: " + ", ".join((self.fields[0], *self.fields[7:]))

    def to_map(self, pixels: ArrayLike) -> NDArray[np.float64]:
        """Return pixels (n, 2) as y, x in map coordinates, easting first; 0, 0 is the centre of the first pixel."""
        points = np.asarray(pixels, dtype=float)
        along = (points[:, 1] + 1.5 - self.reference[0]) * self.width
        down = (points[:, 0] + 1.5 - self.reference[1]) * self.height
        c, s = cos(radians(self.rotation)), sin(radians(self.rotation))
        return np.stack([self.place[0] + c * along + s * down, self.place[1] + s * along - c * down], axis=1)

    def to_pixels(self, points: ArrayLike) -> NDArray[np.float64]:
        """Return map coordinates (n, 2) as pixels y, x."""
        east, north = (np.asarray(points, dtype=float) - self.place).T
        c, s = cos(radians(self.rotation)), sin(radians(self.rotation))
        x = (c * east + s * north) / self.width + self.reference[0] - 1.5
        y = (s * east - c * north) / self.height + self.reference[1] - 1.5
        return np.stack([y, x], axis=1)

    def part(self, top: int, left: int) -> tuple[str, ...]:
        """Return the fields of a part of the cube that begins at a pixel.

        The reference pixel of a turned grid becomes the part's first: some readers turn around that one always.
        """
        if self.rotation == 0:
            x, y = (f"{a - b:.15g}" for a, b in zip(self.reference, (left, top), strict=True))
            return (self.fields[0], x, y, *self.fields[3:])
        east, north = self.to_map([[top - 0.5, left - 0.5]])[0]
        return (self.fields[0], "1", "1", f"{east:.15g}", f"{north:.15g}", *self.fields[5:])


def epsg_of(place: MapInfo) -> int | None:
    """Return the EPSG number of a grid's coordinate system, where it is one of WGS 84: longitude and latitude, or UTM.

    >>> epsg_of(parse_map_info("UTM 1 1 500000 4100000 2 2 33 North WGS-84".split()))
    32633
    """
    words = set(place.system)
    if not words & {"wgs-84", "wgs84", "wgs 84"}:
        return None
    if place.system[0].startswith("geographic"):
        return 4326
    zone = next((int(word) for word in place.system if word.isdigit()), 0)
    half = {"north": 32600, "south": 32700}.get(next(iter(words & {"north", "south"}), ""), 0)
    return half + zone if place.system[0] == "utm" and half and 1 <= zone <= 60 else None


def map_info_of(attrs: Mapping[str, Any], shape: tuple[int, ...] | None = None) -> MapInfo | None:
    """Return where a cube lies.

    Parameters
    ----------
    attrs : mapping
        With ``map_info``: ``fields`` as they stand in the header, and the ``size`` (H, W) that they are about.
    shape : (H, W, ...), optional
        Of the cube now.

    Returns
    -------
    MapInfo or None
        None without a ``map_info``, and for a part of what it is about, whose place it does not say.

    Raises
    ------
    HydraError
        If it cannot be read.
    """
    noted = attrs.get("map_info")
    if not isinstance(noted, Mapping) or not noted.get("fields"):
        return None
    size = tuple(noted.get("size", ()))
    if shape is not None and size != tuple(shape[:2]):
        return None
    return parse_map_info(noted["fields"], source=str(attrs.get("source", "")), size=size or None)


def parse_map_info(fields: Sequence[Any], *, source: str = "", size: tuple[int, int] | None = None) -> MapInfo:
    """Read the fields of an ENVI ``map info``; keys may be in any case.

    Raises
    ------
    HydraError
        If they are too few, or one is not the number that it should be.
    """
    parts = tuple(str(part).strip() for part in fields)
    what = f"The map info of {source}" if source else "The map info"
    remedy = "correct 'map info' in the ENVI header, or remove it, and open the cube again."

    def number(text: str, name: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = float("nan")
        if not isfinite(value) or (name == "pixel size" and value <= 0):
            raise HydraError(f"{what} cannot be read ({name} '{text}'); {remedy}")
        return value

    if len(parts) < 7:
        raise HydraError(f"{what} cannot be read ({len(parts)} of its at least 7 entries); {remedy}")
    names = ("reference pixel",) * 2 + ("easting", "northing") + ("pixel size",) * 2
    x, y, east, north, width, height = (number(text, name) for text, name in zip(parts[1:7], names, strict=True))
    pairs = {key.strip().lower(): value.strip() for key, _, value in (p.partition("=") for p in parts[7:])}
    words = tuple(part.lower() for part in (parts[0], *parts[7:]) if "=" not in part)
    return MapInfo(
        fields=parts,
        reference=(x, y),
        place=(east, north),
        width=width,
        height=height,
        rotation=number(pairs.get("rotation", "0"), "rotation"),
        system=(*words, pairs["units"].lower()) if "units" in pairs else words,
        size=size,
    )
