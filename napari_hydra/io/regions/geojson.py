"""Regions as GeoJSON (RFC 7946), in pixels or in the map coordinates of the scene."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from napari_hydra.errors import HydraError
from napari_hydra.io.files.map_info import MapInfo, epsg_of
from napari_hydra.io.files.text import read_text
from napari_hydra.io.regions.file_region import FileRegions, Outlined, Ring, SceneGrid, hex_of, put_on


class CoordinatesUnclear(HydraError):
    """What a file says of its coordinates does not fit the scene.

    Attributes
    ----------
    question : str
        What is unclear, for a surface that asks.
    has_map : bool
        Whether the scene has map coordinates.
    """

    def __init__(self, question: str, *, has_map: bool) -> None:
        known = f"{question}; if you know what they are, say"
        choices = ("pixels", "map") if has_map else ("pixels",)
        super().__init__(
            f"{known} coordinates={' or '.join(map(repr, choices))}.",
            command_line=f"{known} --coordinates {' or '.join(choices)}.",
            window=f"{question}.",
        )
        self.question, self.has_map = question, has_map


_TYPES = ("FeatureCollection", "Feature", "GeometryCollection", "Polygon", "MultiPolygon")
_NAMES = ("name", "Name", "NAME", "label", "Label", "title", "id", "fid")
_COLOURS = ("colour", "color", "stroke", "fill")
_LONGITUDE_LATITUDE = 4326
_WITHOUT_AREA = {"Point": "a point", "MultiPoint": "points", "LineString": "a line", "MultiLineString": "lines"}
_HALF_PIXEL = 0.5
_DECIMALS = 6
_PIXEL_WORDS = "pixels of the scene, x to the right, y downwards, the centre of the first pixel at 0, 0"


def matches(path: Path) -> bool:
    """Whether the file begins as GeoJSON does."""
    if path.suffix.lower() not in (".json", ".geojson"):
        return False
    return re.search(r'"type"\s*:\s*"(' + "|".join(_TYPES) + ')"', read_text(path, 4096)) is not None


def read(path: Path, grid: SceneGrid, coordinates: str) -> FileRegions:
    """Read polygons; points and lines are named as left out."""
    content = json.loads(read_text(path))
    if not isinstance(content, dict):
        raise HydraError(f"{path} is no GeoJSON (it holds no object); export the regions as GeoJSON.")
    features = list(_features(content))
    if not features:
        raise HydraError(f"{path} holds no feature; export the regions as GeoJSON.")
    place, words = _coordinates(path, content, features, grid, coordinates)
    shift = _HALF_PIXEL if place is None and any("objectType" in _properties(one) for one in features) else 0.0
    if shift:
        words = "coordinates taken as those of QuPath: pixels, 0, 0 at the corner of the first"
    found = [_outlined(path, one, number, place, shift) for number, one in enumerate(features, start=1)]
    return put_on(grid, found, (words,))


def _features(content: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if content.get("type") == "FeatureCollection":
        yield from (one for one in content.get("features", ()) if isinstance(one, dict))
    elif content.get("type") == "Feature":
        yield content
    elif "type" in content:
        yield {"type": "Feature", "properties": {}, "geometry": content}


def _properties(feature: dict[str, Any]) -> dict[str, Any]:
    found = feature.get("properties")
    return found if isinstance(found, dict) else {}


def _outlined(path: Path, feature: dict[str, Any], number: int, place: MapInfo | None, shift: float) -> Outlined:
    properties = _properties(feature)
    kind_of_object = properties.get("classification")
    sources = (properties, feature, kind_of_object if isinstance(kind_of_object, dict) else {})
    name = next((str(s[key]) for s in sources for key in _NAMES if s.get(key) not in (None, "")), f"Region {number}")
    colour = next((found for s in sources for key in _COLOURS if (found := _colour(s.get(key)))), None)
    geometry = feature.get("geometry") or {}
    parts: list[list[Ring]] = []
    lacking = []
    for one in geometry.get("geometries", [geometry]) if isinstance(geometry, dict) else []:
        kind = str(one.get("type"))
        polygons = {"Polygon": [one.get("coordinates")], "MultiPolygon": one.get("coordinates")}.get(kind)
        if polygons is None:
            lacking.append(_WITHOUT_AREA.get(kind, "without a geometry"))
            continue
        parts += [[_ring(path, name, ring, place) - shift for ring in rings] for rings in polygons if rings]
    return Outlined(
        name=name,
        what=lacking[0] if lacking else "an empty polygon",
        colour=colour,
        kind="rectangle" if properties.get("drawn_as") == "rectangle" else None,
        polygons=tuple(parts),
    )


def _ring(path: Path, name: str, ring: Any, place: MapInfo | None) -> Ring:
    try:
        points = np.array([[float(point[0]), float(point[1])] for point in ring])
    except (TypeError, ValueError, IndexError):
        points = np.empty((0, 2))
    if len(points) < 3:
        raise HydraError(f"{path} cannot be used: a ring of {name} is no list of three x, y pairs or more; correct it.")
    # a corner on a pixel's centre stays there on its way over the map
    return points[:, ::-1] if place is None else np.round(place.to_pixels(points), _DECIMALS)


def _colour(value: Any) -> str | None:
    if isinstance(value, list):
        return hex_of(value) if all(isinstance(v, (int, float)) for v in value) else None
    return value.lower() if isinstance(value, str) and re.fullmatch(r"#[0-9a-fA-F]{6}", value) else None


def _coordinates(
    path: Path, content: dict[str, Any], features: list[dict[str, Any]], grid: SceneGrid, wanted: str
) -> tuple[MapInfo | None, str]:
    """Return the map that the coordinates are of, None for pixels, and a sentence on it."""
    ours = str(content.get("coordinate_system") or _properties(features[0]).get("coordinates") or "")
    said = _epsg(content)
    if wanted == "auto":
        if ours.startswith("pixels"):
            wanted = "pixels"
        elif ours.startswith("map coordinates") or said is not None:
            _check_system(path, ours if said is None else said, grid)
            wanted = "map"
        elif grid.place is None:
            wanted = "pixels"
        elif epsg_of(grid.place) == _LONGITUDE_LATITUDE:
            wanted = "map"
        else:
            raise CoordinatesUnclear(
                f"{path} does not say whether its coordinates are pixels or those of the scene's map", has_map=True
            )
    if wanted == "pixels":
        return None, f"coordinates taken as {_PIXEL_WORDS}"
    if grid.place is None:
        raise HydraError(f"{path} is in map coordinates, but the scene does not say where it lies; give pixels.")
    return grid.place, f"coordinates taken as {grid.place.description}"


def _epsg(content: dict[str, Any]) -> int | str | None:
    """Return the reference system of the member ``crs``, as QGIS writes it: its EPSG number, or else its name."""
    crs = content.get("crs")
    name = str((crs.get("properties") or {}).get("name", "")) if isinstance(crs, dict) else ""
    if not name:
        return None
    if "CRS84" in name:
        return _LONGITUDE_LATITUDE
    number = re.search(r"EPSG:+(?:[\d.]*:)?(\d+)$", name)
    return int(number[1]) if number else name


def _check_system(path: Path, said: int | str, grid: SceneGrid) -> None:
    there = f"EPSG:{said}" if isinstance(said, int) else said
    if grid.place is None:
        raise CoordinatesUnclear(
            f"{path} is in map coordinates ({there}), but the scene does not say where it lies", has_map=False
        )
    number = epsg_of(grid.place)
    if said == (number if isinstance(said, int) else grid.place.description):
        return
    here = grid.place.description if number is None else f"EPSG:{number}"
    raise CoordinatesUnclear(
        f"{path} is in another coordinate system ({there}) than the scene ({here}), and is not reprojected (QGIS does: "
        "Export, Save Features As, CRS)",
        has_map=True,
    )
