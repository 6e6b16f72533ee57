"""Regions as GeoJSON (RFC 7946), in pixel coordinates, and in map coordinates where the cube has them."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from skimage.measure import find_contours, points_in_poly

from napari_hydra.io.files.map_info import MapInfo
from napari_hydra.workbench.scene.scene import Region

PIXELS = (
    "pixels of the picture: x to the right, y downwards, the centre of the first pixel at 0, 0; not longitude, latitude"
)
Ring = NDArray[np.float64]  # (n, 2), y and x, closed


def regions_geojson(regions: Sequence[Region], grid: MapInfo | None = None) -> dict[str, Any]:
    """Return a FeatureCollection with a polygon (or several) for each region.

    Polygons and rectangles that were drawn keep their vertices; ellipses and painted regions become the outline of
    their pixels.

    Parameters
    ----------
    regions : sequence of Region
    grid : MapInfo, optional
        Gives map coordinates; pixels where not given.
    """
    unit = PIXELS if grid is None else grid.description
    return {
        "type": "FeatureCollection",
        "coordinate_system": unit,
        "features": [_feature(region, unit, _to_pairs if grid is None else grid.to_map) for region in regions],
    }


def _feature(region: Region, unit: str, place: Callable[[Ring], Ring]) -> dict[str, Any]:
    parts = polygons_of(region)
    coordinates = [[place(ring).tolist() for ring in part] for part in parts]
    single = len(coordinates) == 1
    return {
        "type": "Feature",
        "properties": {
            "name": region.name,
            "colour": region.colour,
            "pixels": int(np.count_nonzero(region.mask)),
            "drawn_as": "painted" if region.outline is None else region.outline.kind,
            "coordinates": unit,
        },
        "geometry": {
            "type": "Polygon" if single else "MultiPolygon",
            "coordinates": coordinates[0] if single else coordinates,
        },
    }


def polygons_of(region: Region) -> list[list[Ring]]:
    """Return the polygons of a region, each as its outer ring and its holes."""
    outline = region.outline
    if outline is not None and outline.kind in ("polygon", "rectangle"):
        return [[_wound(np.concatenate([outline.vertices, outline.vertices[:1]]), outer=True)]]
    rings = [ring - 1 for ring in find_contours(np.pad(region.mask, 1).astype(float), 0.5)]
    # Contours around pixels of the region turn one way, those around holes in it the other.
    outer = [ring for ring in rings if _area(ring) > 0]
    holes = [ring for ring in rings if _area(ring) < 0]
    outer.sort(key=lambda ring: abs(_area(ring)))
    parts = [[_wound(ring, outer=True)] for ring in outer]
    for hole in holes:
        inside = [part for part, ring in zip(parts, outer, strict=True) if points_in_poly(hole[:1], ring)[0]]
        inside[0].append(_wound(hole, outer=False))  # the smallest that holds it
    return parts


def _area(ring: Ring) -> float:
    """Return the signed area, positive where the ring turns counter-clockwise with x right and y up."""
    y, x = ring[:, 0], ring[:, 1]
    return float((x[:-1] * y[1:] - x[1:] * y[:-1]).sum() / 2)


def _wound(ring: Ring, *, outer: bool) -> Ring:
    """Return a ring that turns as RFC 7946 wants it: the outer one counter-clockwise, holes clockwise."""
    return ring if (_area(ring) > 0) == outer else ring[::-1]


def _to_pairs(ring: Ring) -> Ring:
    return ring[:, ::-1]
