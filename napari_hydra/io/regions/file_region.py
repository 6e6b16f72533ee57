"""What a file of regions says, on the pixels of a scene."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from napari_hydra.errors import HydraError
from napari_hydra.io.files.map_info import MapInfo, map_info_of
from napari_hydra.io.regions.shape_masks import shape_mask

Ring = NDArray[np.float64]  # (n, 2), y and x
Polygon = Sequence[Ring]  # the outer ring, then its holes
_HALF = 0.5


@dataclass(frozen=True, eq=False, kw_only=True)
class FileRegion:
    """A region of a file.

    Attributes
    ----------
    name : str
        As the file says it; made different where two are the same.
    mask : (H, W) array of bool
        The pixels of the scene whose centres lie in it.
    colour : str or None
        "#rrggbb", where the file says it.
    kind : str or None
        "polygon", "rectangle" or "ellipse" where it is one shape without holes, None otherwise.
    vertices : (n, 2) array or None
        Of that shape, in pixels (y, x); an ellipse by the corners of its box.

    Examples
    --------
    >>> FileRegion(name="tarp", mask=np.eye(2, dtype=bool)).mask.sum()
    np.int64(2)
    """

    name: str
    mask: NDArray[np.bool_]
    colour: str | None = None
    kind: str | None = None
    vertices: Ring | None = None


@dataclass(frozen=True, eq=False, kw_only=True)
class FileRegions:
    """The regions of a file.

    Attributes
    ----------
    regions : tuple of FileRegion
        Those that hold pixels of the scene.
    left_out : tuple of str
        What is not among them and why, a sentence each: outside of the scene, without area, smaller than a pixel.
    history : tuple of str
        How the coordinates were read, and which regions are cut at the scene's edge.

    Examples
    --------
    >>> FileRegions(regions=(FileRegion(name="tarp", mask=np.eye(2, dtype=bool)),)).names
    ('tarp',)
    """

    regions: tuple[FileRegion, ...]
    left_out: tuple[str, ...] = ()
    history: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Of the regions."""
        return tuple(region.name for region in self.regions)


@dataclass(frozen=True, eq=False, kw_only=True)
class SceneGrid:
    """The pixels that regions are put on: height and width, and where they lie on the map if that is known."""

    shape: tuple[int, int]
    place: MapInfo | None = None

    @classmethod
    def of(cls, scene: "xr.DataArray | tuple[int, int]") -> "SceneGrid":
        """Return that of a cube, or of a height and width."""
        if isinstance(scene, xr.DataArray):
            shape = (scene.sizes["y"], scene.sizes["x"])
            return cls(shape=shape, place=map_info_of(scene.attrs, shape))
        return cls(shape=(int(scene[0]), int(scene[1])))


@dataclass(frozen=True, eq=False, kw_only=True)
class Outlined:
    """A region of a file as polygons, or as pixels (n, 2) or a mask, not put on a scene yet.

    Without any it is what encloses nothing, as points and lines; `what` says which.
    """

    name: str
    what: str = "a region"
    colour: str | None = None
    kind: str | None = None
    polygons: tuple[Polygon, ...] = ()
    mask: NDArray[np.bool_] | None = None
    even_odd: bool = False  # rings cut each other out, whichever is the outer one


def put_on(grid: SceneGrid, found: Iterable[Outlined], history: Sequence[str]) -> FileRegions:
    """Return the regions with their masks, and sentences on those that have none."""
    regions: list[FileRegion] = []
    left_out: list[str] = []
    notes: list[str] = list(history)
    for one in found:
        name = _distinct(one.name, [region.name for region in regions])
        rings = [np.asarray(ring, dtype=float) for part in one.polygons for ring in part]
        if any(not np.isfinite(ring).all() for ring in rings):
            raise HydraError(f"The region {name} has corners that are no finite numbers; draw it anew.")
        if not rings and one.mask is None:
            left_out.append(f"{name} is {one.what} and encloses no pixels")
            continue
        mask = _mask_of(one, grid.shape) if one.mask is None else one.mask
        low, high = -_HALF, np.array(grid.shape) - _HALF
        if rings and all((ring.max(axis=0) < low).any() or (ring.min(axis=0) > high).any() for ring in rings):
            left_out.append(f"{name} lies outside of the scene")
            continue
        if not mask.any():
            left_out.append(f"{name} holds the centre of no pixel of the scene")
            continue
        if any((ring < low - 1e-6).any() or (ring > high + 1e-6).any() for ring in rings):
            notes.append(f"{name} is cut at the edge of the scene")
        simple = len(rings) == 1
        regions.append(
            FileRegion(
                name=name,
                mask=mask,
                colour=one.colour,
                kind=(one.kind or "polygon") if simple else None,
                vertices=_open(rings[0]) if simple else None,
            )
        )
    return FileRegions(regions=tuple(regions), left_out=tuple(left_out), history=tuple(notes))


def _mask_of(one: Outlined, shape: tuple[int, int]) -> NDArray[np.bool_]:
    mask = np.zeros(shape, dtype=bool)
    for outer, *holes in one.polygons:
        inside = _ring_mask(one, outer, shape)
        for hole in holes:
            inside &= ~_ring_mask(one, hole, shape)
        mask = mask ^ inside if one.even_odd else mask | inside
    return mask


def _ring_mask(one: Outlined, ring: Ring, shape: tuple[int, int]) -> NDArray[np.bool_]:
    return shape_mask(one.kind or "polygon", _open(np.asarray(ring, dtype=float)), shape)


def _open(ring: Ring) -> Ring:
    """Return a ring without the repetition of its first corner."""
    return ring[:-1] if len(ring) > 1 and np.array_equal(ring[0], ring[-1]) else ring


def _distinct(name: str, taken: Sequence[str]) -> str:
    if name not in taken:
        return name
    return next(other for n in range(2, len(taken) + 3) if (other := f"{name} {n}") not in taken)


def hex_of(channels: Sequence[float]) -> str | None:
    """Return "#rrggbb" of red, green and blue from 0 to 255, None where they are none."""
    if len(channels) < 3 or not all(0 <= value <= 255 for value in channels[:3]):
        return None
    return "#" + "".join(f"{int(value):02x}" for value in channels[:3])
