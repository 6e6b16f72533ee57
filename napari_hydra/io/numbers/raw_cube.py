"""What a format's reader found in a file, and how it becomes a cube."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import dask.array as da
import numpy as np
import xarray as xr
from numpy.typing import NDArray

from napari_hydra.cube import QUANTITIES, is_lazy, make_cube
from napari_hydra.errors import HydraError
from napari_hydra.io.files.wavelengths import missing
from napari_hydra.io.numbers.detectors import split_interleaved
from napari_hydra.io.numbers.raw_numbers import RawNumbers
from napari_hydra.io.numbers.stored_numbers import Factor, Said, convert

LAZY_BYTES = 256 * 2**20
_FIXED = (
    *("quantity", "fwhm", "bad_bands", "ignore_value", "history", "detector"),
    *("wavelengths", "units", "stored_steps", "variable"),
)


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
    quantity : str
        "" where `settled` is to tell it.
    said : Said
        What the file says of its numbers; `settled` turns it into the next five.
    scale, offset : float or (B,) array
        What the numbers are divided by, and what is then added.
    ignore_value : float or None
        The stored number that marks missing pixels.
    further_missing : tuple of float
        Others that do.
    valid : (float, float) or None
        Stored numbers outside are missing.
    lost : (H, W) array of bool or None
        Pixels that are missing in all bands.
    notices : tuple of str
        What the user is told: what was done to the numbers, and what could not be done.
    ours : bool
        Whether we wrote it, so that what it does not say is not so.
    lengths : tuple of int
        How many bands there may be, where the file does not say which axis is spectral; the likeliest is that of
        `values`.
    """

    path: Path
    format: str
    values: Any
    wavelengths: NDArray[np.float64] | None
    dtype: np.dtype[Any]
    quantity: str = "reflectance"
    fwhm: NDArray[np.float64] | None = None
    bad_bands: tuple[int, ...] = ()
    said: Said = field(default_factory=Said)
    scale: Factor = 1.0
    offset: Factor = 0.0
    ignore_value: float | None = None
    further_missing: tuple[float, ...] = ()
    valid: tuple[float, float] | None = None
    lost: NDArray[np.bool_] | None = None
    notices: tuple[str, ...] = ()
    detector: NDArray[np.int64] | None = None
    history: tuple[str, ...] = ()
    extras: Mapping[str, Any] = field(default_factory=dict)
    ours: bool = False
    lengths: tuple[int, ...] = ()

    @property
    def stays_lazy(self) -> bool:
        """Whether it is so large that it stays on disk until used."""
        can_wait = isinstance(self.values, RawNumbers) or is_lazy(self.values)
        return bool(can_wait and self.values.size * 4 > LAZY_BYTES)

    @property
    def missing(self) -> tuple[float, ...]:
        """The stored numbers that mark missing values."""
        first = () if self.ignore_value is None or np.isnan(self.ignore_value) else (self.ignore_value,)
        return (*first, *self.further_missing)


@dataclass(frozen=True, eq=False)
class _Mapped:
    """Numbers on disk that are converted where they are read.

    dask copies a memory-mapped array whole, but asks an array of unknown kind for the part it needs only.
    """

    raw: RawCube
    dtype = np.dtype(np.float32)
    ndim = 3

    @property
    def shape(self) -> tuple[int, ...]:
        return tuple(self.raw.values.shape)

    def __getitem__(self, key: Any) -> NDArray[np.float32]:
        rows, columns, bands = key if isinstance(key, tuple) else (key, slice(None), slice(None))
        raw = self.raw
        scale, offset = (f[bands] if isinstance(f, np.ndarray) else f for f in (raw.scale, raw.offset))
        lost = None if raw.lost is None else raw.lost[rows, columns]
        return _convert(raw.values[key], scale, offset, raw.missing, raw.valid, lost)


def to_cube(raw: RawCube) -> xr.DataArray:
    """Convert to float32, scale, mark missing values as NaN; larger than `LAZY_BYTES` stays lazy."""
    values = raw.values
    if raw.wavelengths is None:
        raise missing(str(raw.path), values.shape[2], raw.lengths)
    if np.dtype(raw.dtype).kind not in "biuf":
        raise HydraError(f"{raw.path} holds {raw.dtype} numbers; save their real part or magnitude.")
    if 0 in values.shape:
        raise HydraError(f"{raw.path} holds no pixels ({values.shape}); check the file.")
    if raw.stays_lazy:
        # a name of its own keeps dask from hashing gigabytes
        name = f"cube-{raw.path}-{raw.path.stat().st_mtime_ns}"
        plain = not (np.ndim(raw.scale) or np.ndim(raw.offset)) and raw.lost is None
        if is_lazy(values) and plain:
            how = (raw.scale, raw.offset, raw.missing, raw.valid)
            values = values.map_blocks(_convert, *how, dtype=np.float32)
        elif is_lazy(values):
            values = _lazily(raw)
        else:
            values = da.from_array(_Mapped(raw), chunks=_chunks(values), name=name, asarray=False)
    else:
        values = _convert(np.asarray(values), raw.scale, raw.offset, raw.missing, raw.valid, raw.lost)
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


def with_named_bands(raw: RawCube) -> RawCube:
    """Leave out the bands to which a list of wavelengths gives none (PRISMA's zeros)."""
    if raw.wavelengths is None or (raw.wavelengths > 0).all():
        return raw
    keep = np.flatnonzero(raw.wavelengths > 0)
    # a slice stays on disk where a list of indices would be read
    part = slice(keep[0], keep[-1] + 1) if keep[-1] - keep[0] + 1 == keep.size else keep
    on_disk = isinstance(raw.values, RawNumbers) and isinstance(part, slice)
    bad = set(raw.bad_bands)
    scale, offset = raw.said.scale, raw.said.offset
    return replace(
        raw,
        values=raw.values.part(part) if on_disk else raw.values[:, :, part],
        wavelengths=raw.wavelengths[part],
        fwhm=None if raw.fwhm is None else raw.fwhm[part],
        bad_bands=tuple(i for i, old in enumerate(keep) if int(old) in bad),
        said=replace(
            raw.said,
            scale=scale[part] if isinstance(scale, np.ndarray) else scale,
            offset=offset[part] if isinstance(offset, np.ndarray) else offset,
        ),
        notices=(*raw.notices, f"{raw.wavelengths.size - keep.size} bands without a wavelength left out"),
    )


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
    if metadata.get("stored_steps") is not None:
        out["scale"] = float(metadata["stored_steps"])
    if metadata.get("ignore_value") is not None:
        out["ignore_value"] = float(metadata["ignore_value"])
    out["history"] = tuple(str(line) for line in metadata.get("history", ()))
    out["extras"] = {k: v for k, v in metadata.items() if k not in _FIXED}
    return out


def _convert(
    block: NDArray[Any],
    scale: Factor = 1.0,
    offset: Factor = 0.0,
    missing: tuple[float, ...] = (),
    valid: tuple[float, float] | None = None,
    lost: NDArray[np.bool_] | None = None,
) -> NDArray[np.float32]:
    out = convert(block, scale, offset, missing, valid)
    if lost is not None:
        out[lost] = np.nan
    return out


def _lazily(raw: RawCube) -> Any:
    """Convert a dask array band by band, with what differs between bands and pixels."""
    values = raw.values
    bands, rows, columns = values.chunks[2], values.chunks[0], values.chunks[1]
    scale, offset = (
        da.from_array(np.broadcast_to(f, values.shape[2]), chunks=(bands,))[None, None, :]
        for f in (raw.scale, raw.offset)
    )
    lost = np.zeros(values.shape[:2], dtype=bool) if raw.lost is None else raw.lost
    pixels = da.from_array(lost, chunks=(rows, columns))[:, :, None]

    def converted(block: Any, by: Any, add: Any, gone: Any) -> NDArray[np.float32]:
        return _convert(block, by[0, 0], add[0, 0], raw.missing, raw.valid, gone[:, :, 0])

    return da.map_blocks(converted, values, scale, offset, pixels, dtype=np.float32)


def _chunks(values: NDArray[Any]) -> tuple[int, int, int]:
    """Return chunks of whole rows of 8 bands, of at most 16 MB: a band needs an eighth more than itself, at worst."""
    height, width, bands = values.shape
    depth = min(bands, 8)
    return max(1, min(height, 2**24 // (width * depth * 4))), width, depth
