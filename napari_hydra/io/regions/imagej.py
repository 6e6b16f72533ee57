"""Regions of ImageJ and Fiji (.roi, and .zip of several), through roifile, which is kept beside tifffile.

ImageJ counts from the corner of the first pixel; 0.5 is taken off, so that pixel centres are whole numbers.
"""

import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from napari_hydra.errors import HydraError
from napari_hydra.io.regions.file_region import FileRegions, Outlined, Polygon, SceneGrid, hex_of, put_on

_MARK = b"Iout"
_AREAS = {"POLYGON", "RECT", "OVAL", "FREEHAND", "TRACED"}
_MOST_BYTES = 2**26


def matches(path: Path) -> bool:
    """Whether the file is a region of ImageJ, or an archive of them."""
    if path.suffix.lower() == ".zip":
        if not zipfile.is_zipfile(path):
            return False
        with zipfile.ZipFile(path) as archive:
            return any(name.lower().endswith(".roi") for name in archive.namelist())
    with path.open("rb") as file:
        return file.read(4) == _MARK


def read(path: Path, grid: SceneGrid, coordinates: str) -> FileRegions:
    """Read polygons, rectangles, ovals and composites; points and lines are named as left out."""
    try:
        from roifile import ImagejRoi
    except ImportError:
        raise HydraError(
            f"{path} holds regions of ImageJ, which need the package roifile; run "
            "'pip install napari-spectral-hydra[roi]', or export them as GeoJSON."
        ) from None
    found = ImagejRoi.fromfile(path, maxsize=_MOST_BYTES)
    rois = found if isinstance(found, list) else [found]
    if not rois:
        raise HydraError(f"{path} holds no region of ImageJ; save them with the ROI Manager.")
    outlined = [_outlined(roi, number) for number, roi in enumerate(rois, start=1)]
    return put_on(grid, outlined, ("coordinates as ImageJ counts them: pixels, 0, 0 at the corner of the first",))


def _outlined(roi: Any, number: int) -> Outlined:
    kind = roi.roitype.name
    stroke = roi.stroke_color if any(roi.stroke_color) else b""
    colour = hex_of(list(stroke[1:])) if len(stroke) == 4 else None
    name = roi.name or f"Region {number}"
    if roi.multi_coordinates is not None:
        rings = [_ring(points) for points in roi.coordinates(multi=True) if len(points) > 2]
        return Outlined(name=name, colour=colour, polygons=tuple([ring] for ring in rings), even_odd=True)
    if kind not in _AREAS:
        return Outlined(name=name, what=f"a selection of type {kind.lower()}", colour=colour)
    corners = _corners(roi)
    polygons: tuple[Polygon, ...] = ([corners if kind in ("RECT", "OVAL") else _ring(roi.coordinates())],)
    shape = {"RECT": "rectangle", "OVAL": "ellipse"}.get(kind, "polygon")
    return Outlined(name=name, colour=colour, kind=shape, polygons=polygons)


def _ring(points: Any) -> np.ndarray:
    return np.asarray(points, dtype=float)[:, ::-1] - 0.5


def _corners(roi: Any) -> np.ndarray:
    box = (roi.top, roi.left, roi.bottom, roi.right)
    if roi.subpixelresolution and roi.subpixelrect:
        box = (roi.yd, roi.xd, roi.yd + roi.heightd, roi.xd + roi.widthd)
    top, left, bottom, right = (float(value) - 0.5 for value in box)
    return np.array([[top, left], [top, right], [bottom, right], [bottom, left]])
