"""What the writers write: a cube given out piece by piece."""

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from napari_hydra import __version__
from napari_hydra.cube import QUANTITIES
from napari_hydra.errors import HydraError
from napari_hydra.io.writing.storage import Interval, Storage
from napari_hydra.progress import ProgressCallback, report_step
from napari_hydra.spectral_cube import WHOLE, ArrayCube, SpectralCube, spectral_cube

BLOCK_BYTES = 32 * 2**20


@dataclass(frozen=True, eq=False, kw_only=True)
class CubeSource:
    """A cube on its way to a file.

    Attributes
    ----------
    cube : SpectralCube
    metadata : dict
        All that JSON can hold: quantity, fwhm, bad_bands, ignore_value, detector, history, and what else
        the cube's attributes say (model, camera, ...).
    storage : Storage
        How its numbers are written.
    interval : Interval or None
        Written beside it.
    """

    cube: SpectralCube
    metadata: dict[str, Any]
    storage: Storage = field(default_factory=Storage)
    interval: Interval | None = None
    progress: ProgressCallback | None = None
    cancel: threading.Event | None = None

    @property
    def shape(self) -> tuple[int, int, int]:
        """(H, W, B)."""
        bands, height, width = self.cube.shape
        return height, width, bands

    @property
    def wavelengths(self) -> NDArray[np.float64]:
        """In nm, (B,)."""
        return np.asarray(self.cube.wavelengths, dtype=np.float64)

    @property
    def nbytes(self) -> int:
        """Bytes of the whole cube, not compressed."""
        return int(np.prod(self.shape, dtype=np.int64)) * self.storage.dtype.itemsize

    def step(self, fraction: float) -> None:
        """Report progress; raise Cancelled if that is wanted."""
        report_step(fraction, "writing", self.progress, self.cancel)

    def tiles(self, rows: int, columns: int) -> Iterator[tuple[slice, slice, NDArray[np.float32]]]:
        """Yield ``(ys, xs, values)`` for tiles of at most that size, row after row."""
        height, width, _ = self.shape
        for y in range(0, height, rows):
            for x in range(0, width, columns):
                self.step((y * width + x * min(rows, height - y)) / (height * width))
                ys, xs = slice(y, min(y + rows, height)), slice(x, min(x + columns, width))
                yield ys, xs, np.ascontiguousarray(self.cube.tile(ys, xs), dtype=np.float32)
        self.step(1.0)

    def rows(self) -> Iterator[tuple[slice, NDArray[np.float32]]]:
        """Yield ``(ys, values)`` for blocks of whole rows of about `BLOCK_BYTES`."""
        _, width, bands = self.shape
        for ys, _, values in self.tiles(max(1, BLOCK_BYTES // (width * bands * 4)), width):
            yield ys, values

    def planes(self) -> Iterator[NDArray[np.float32]]:
        """Yield each band (H, W) in turn."""
        height, width, bands = self.shape
        depth = max(1, min(16, BLOCK_BYTES // (height * width * 4)))
        for start in range(0, bands, depth):
            self.step(start / bands)
            block = self.cube[start : start + depth, :, :].tile(WHOLE, WHOLE)
            for i in range(block.shape[2]):
                yield np.ascontiguousarray(block[:, :, i], dtype=np.float32)
        self.step(1.0)


def cube_source(
    cube: SpectralCube | xr.DataArray, progress: ProgressCallback | None = None, cancel: threading.Event | None = None
) -> CubeSource:
    """Look at a cube as something to be written.

    Raises
    ------
    HydraError
        If it is none.
    """
    source = spectral_cube(cube)
    if not isinstance(source, SpectralCube):
        raise HydraError(f"A {type(cube).__name__} cannot be written as a cube; build one with make_cube.")
    attrs = dict(source.attrs)
    # A reconstruction's is a sentence for people; a file holds one of three words.
    if not isinstance(source, ArrayCube) and attrs.get("quantity") not in QUANTITIES:
        attrs["meaning"] = attrs.pop("quantity", None)
        attrs["quantity"] = attrs.pop("cube_quantity", "reflectance")
    return CubeSource(cube=source, metadata=_metadata(attrs), progress=progress, cancel=cancel)


def _metadata(attrs: dict[str, Any]) -> dict[str, Any]:
    origin = attrs.pop("source", "")
    attrs.setdefault("origin", origin)
    attrs["software"] = f"napari-hydra {__version__}"
    attrs["written"] = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {str(key): _plain(value) for key, value in attrs.items() if value is not None}


def _plain(value: Any) -> Any:
    """Return what JSON can hold: NumPy numbers as Python's, NaN as "nan", what is left as its text."""
    if isinstance(value, dict):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple, set)):
        return [_plain(v) for v in value]
    if isinstance(value, np.ndarray):
        return _plain(value.tolist())
    if isinstance(value, np.generic):
        return _plain(value.item())
    if isinstance(value, float) and not np.isfinite(value):
        return str(value)
    return value if isinstance(value, (str, int, float, bool)) or value is None else str(value)


def to_json(metadata: dict[str, Any]) -> str:
    """Return the metadata as one line of ASCII."""
    return json.dumps(metadata, ensure_ascii=True)


def from_json(text: Any) -> dict[str, Any]:
    """Return what `to_json` wrote; an empty dictionary for anything else."""
    try:
        found = json.loads(str(text))
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
