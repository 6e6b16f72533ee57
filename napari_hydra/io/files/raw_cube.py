"""What a format's reader found in a file, and how it becomes a cube."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import dask.array as da
import numpy as np
import xarray as xr
from numpy.typing import NDArray

from napari_hydra.cube import QUANTITIES, is_lazy, make_cube
from napari_hydra.errors import HydraError
from napari_hydra.io.files.detectors import split_interleaved
from napari_hydra.io.files.raw_numbers import RawNumbers
from napari_hydra.io.files.wavelengths import missing

LAZY_BYTES = 256 * 2**20
_FIXED = ("quantity", "fwhm", "bad_bands", "ignore_value", "history", "detector", "wavelengths", "units")


@dataclass(frozen=True, eq=False, kw_only=True)
class RawCube:
    """A cube as it lies in its file.

    Attributes
    ----------
    path : Path
    format : str
        For people: "ENVI", "Zarr".
    values : (H, W, B) array
        NumPy, `RawNumbers` or dask, in the file's own numbers.
    wavelengths : (B,) array or None
        In nm; None where the file does not say them.
    dtype : numpy.dtype
        Of the numbers in the file.
    scale : float
        What the numbers are divided by.
    ignore_value : float or None
        The stored number that marks missing pixels.
    ours : bool
        Whether we wrote it, so that what it does not say is not so.
    """

    path: Path
    format: str
    values: Any
    wavelengths: NDArray[np.float64] | None
    dtype: np.dtype[Any]
    quantity: str = "reflectance"
    fwhm: NDArray[np.float64] | None = None
    bad_bands: tuple[int, ...] = ()
    ignore_value: float | None = None
    scale: float = 1.0
    detector: NDArray[np.int64] | None = None
    history: tuple[str, ...] = ()
    extras: Mapping[str, Any] = field(default_factory=dict)
    ours: bool = False


@dataclass(frozen=True, eq=False)
class _Mapped:
    """Numbers on disk that are converted where they are read.

    dask copies an array whole, but asks an array of unknown kind for the part it needs only.
    """

    values: RawNumbers
    scale: float
    ignore_value: float | None
    dtype = np.dtype(np.float32)
    ndim = 3

    @property
    def shape(self) -> tuple[int, ...]:
        return self.values.shape

    def __getitem__(self, key: Any) -> NDArray[np.float32]:
        return _convert(self.values[key], self.scale, self.ignore_value)


def to_cube(raw: RawCube) -> xr.DataArray:
    """Convert to float32, scale, mark missing values as NaN; larger than `LAZY_BYTES` stays lazy."""
    values = raw.values
    if raw.wavelengths is None:
        raise missing(str(raw.path))
    if np.dtype(raw.dtype).kind not in "biuf":
        raise HydraError(f"{raw.path} holds {raw.dtype} numbers; save their real part or magnitude.")
    if 0 in values.shape:
        raise HydraError(f"{raw.path} holds no pixels ({values.shape}); check the file.")
    can_wait = isinstance(values, RawNumbers) or is_lazy(values)
    if can_wait and values.size * 4 > LAZY_BYTES:
        if is_lazy(values):
            values = values.map_blocks(_convert, raw.scale, raw.ignore_value, dtype=np.float32)
        else:
            # a name of its own keeps dask from hashing gigabytes
            name = f"cube-{raw.path}-{raw.path.stat().st_mtime_ns}"
            mapped = _Mapped(values, raw.scale, raw.ignore_value)
            values = da.from_array(mapped, chunks=_chunks(values), name=name, asarray=False)
    else:
        values = _convert(np.asarray(values), raw.scale, raw.ignore_value)
    detector, history = raw.detector, raw.history
    if detector is None and not raw.ours and raw.wavelengths.size > 2 and (np.diff(raw.wavelengths) > 0).all():
        detector = split_interleaved(raw.wavelengths)
        if detector is not None:
            history = (*history, f"{detector.max() + 1} detectors told apart where their bands interleave")
    cube = make_cube(
        values,
        raw.wavelengths,
        quantity=raw.quantity,
        source=str(raw.path),
        fwhm=raw.fwhm,
        bad_bands=raw.bad_bands,
        ignore_value=raw.ignore_value,
        detector=detector,
        history=history,
    )
    cube.attrs.update({k: v for k, v in raw.extras.items() if k not in cube.attrs})
    return cube


def guess_quantity(text: str, dtype: np.dtype[Any], scaled: bool) -> str:
    """Tell what the numbers are from what the file says about itself, else from how they are stored."""
    lower = text.lower()
    positions = {word: lower.find(word) for word in (*QUANTITIES, "digital number") if word in lower}
    if positions:
        first = min(positions, key=lambda word: positions[word])
        return "counts" if first == "digital number" else first
    return "counts" if dtype.kind in "iu" and not scaled else "reflectance"


def from_metadata(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """Turn the metadata that our writers store into arguments of `Stored`."""
    said = str(metadata.get("quantity", "reflectance"))
    out: dict[str, Any] = {"quantity": guess_quantity(said, np.dtype(np.float32), False)}
    out["ours"] = bool(metadata)
    for key, dtype in (("fwhm", np.float64), ("detector", np.int64)):
        if metadata.get(key) is not None:
            out[key] = np.asarray(metadata[key], dtype=dtype)
    out["bad_bands"] = tuple(int(b) for b in metadata.get("bad_bands", ()))
    if metadata.get("ignore_value") is not None:
        out["ignore_value"] = float(metadata["ignore_value"])
    out["history"] = tuple(str(line) for line in metadata.get("history", ()))
    out["extras"] = {k: v for k, v in metadata.items() if k not in _FIXED}
    return out


def _convert(block: NDArray[Any], scale: float, ignore_value: float | None) -> NDArray[np.float32]:
    with np.errstate(over="ignore"):
        out = np.array(block, dtype=np.float32, order="C")
    if scale != 1:
        out /= np.float32(scale)
    if ignore_value is not None and not np.isnan(ignore_value):
        # compared as it is stored: -3.4028235e38 in a header is meant as that float32
        marker = np.float32(ignore_value) if block.dtype == np.float32 else ignore_value
        out[block == marker] = np.nan
    return out


def _chunks(values: RawNumbers) -> tuple[int, int, int]:
    """Return chunks of whole rows of 8 bands, of at most 16 MB: a band needs an eighth more than itself, at worst."""
    height, width, bands = values.shape
    depth = min(bands, 8)
    return max(1, min(height, 2**24 // (width * depth * 4))), width, depth
