"""Spectra of the FieldSpec and other spectroradiometers of ASD (Malvern Panalytical), binary ``.asd``.

Format: ASD Inc., "ASD File Format, version 8, revision B" (2012). The header of 484 bytes is followed by the numbers of
the target and, from version 2 on, by those of the white reference. Versions 6 to 8 were read from instruments' files.
"""

import struct
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from napari_hydra.errors import HydraError
from napari_hydra.io.files.declared_size import believe
from napari_hydra.io.libraries.spectral_library import SpectralLibrary, gathered

Floats = NDArray[np.float64]

_MARKS = (b"ASD", b"asd", *(f"as{n}".encode() for n in range(2, 9)))
_HEADER = 484
_KINDS = ["counts", "reflectance", "radiance", "unknown", "irradiance", "quality index", "transmittance", "unknown"]
_KINDS += ["absorbance"]
_NUMBERS = {0: "<f4", 1: "<i4", 2: "<f8"}
_DETECTORS = ((1, "VNIR"), (2, "SWIR 1"), (4, "SWIR 2"))


def matches(path: Path) -> bool:
    """Whether a file begins as one of these, whatever its suffix: it may be a number."""
    with path.open("rb") as file:
        head = file.read(_HEADER)
    return head[:3] in _MARKS and len(head) == _HEADER and head[199] in _NUMBERS


def read(path: Path, together: Sequence[Path] = ()) -> SpectralLibrary:
    """Read a spectrum: target divided by white reference where the file holds both, else the target.

    Raises
    ------
    HydraError
        If it is no such file, or cut off.
    """
    raw = path.read_bytes()
    if raw[:3] not in _MARKS or len(raw) < _HEADER or raw[199] not in _NUMBERS:
        raise HydraError(f"{path} does not begin as a file of ASD does; it is damaged or of another format.")
    kind = _KINDS[raw[186]] if raw[186] < len(_KINDS) else "unknown"
    start, step = struct.unpack_from("<ff", raw, 191)
    count = struct.unpack_from("<H", raw, 204)[0]
    dtype = np.dtype(_NUMBERS[raw[199]])
    believe(path, (count,), dtype, len(raw) - _HEADER)
    # a step that is no step would give one wavelength, or none
    if count < 2 or not (np.isfinite([start, step]).all() and start > 0 and 0 < step < 1000):
        raise HydraError(f"{path} says {count} bands from {start:g} nm in steps of {step:g} nm; it is damaged.")
    target = np.frombuffer(raw, dtype, count, _HEADER).astype(np.float64)
    wavelengths = np.round(start + step * np.arange(count), 6)
    values, unit, history = _result(target, _reference(raw, count, dtype), kind, raw[2:3])
    saturated = [name for bit, name in _DETECTORS if raw[422] & bit]
    if saturated:
        history.append(f"the detector {' and '.join(saturated)} was saturated")
    return gathered([path.stem], wavelengths, values, unit=unit, source=str(path), history=tuple(history))


def _reference(raw: bytes, count: int, dtype: np.dtype[np.generic]) -> Floats | None:
    """Return the white reference; None where none was taken."""
    at = _HEADER + count * dtype.itemsize
    if raw[:3] in (b"ASD", b"asd") or len(raw) < at + 20:
        return None
    taken, words = struct.unpack_from("<H", raw, at)[0], struct.unpack_from("<H", raw, at + 18)[0]
    first = at + 20 + words  # after the flag, two times and a description
    if not taken or len(raw) < first + count * dtype.itemsize:
        return None
    return np.frombuffer(raw, dtype, count, first).astype(np.float64)


def _result(target: Floats, white: Floats | None, kind: str, version: bytes) -> tuple[Floats, str, list[str]]:
    """Return values, their unit and what is to be said of them."""
    if kind in ("counts", "reflectance") and white is not None and (white > 0).any():
        known = white > 0
        ratio = np.full(target.shape, np.nan)
        ratio[known] = target[known] / white[known]
        said = ["counts of the target divided by those of the white reference, as one"]
        if not known.all():
            said.append(f"{int((~known).sum())} bands without a white reference left out")
        return ratio, "reflectance", said
    if kind == "reflectance" and np.nanmedian(np.abs(target)) > 2:
        return target, "counts", ["holds no white reference: its counts are taken as they are"]
    if kind in ("radiance", "irradiance") and version in (b"7", b"8"):
        return (
            target,
            "counts",
            [f"{kind} is stored as counts with calibrations, which are not applied: counts are taken"],
        )
    return target, kind, [] if kind == "reflectance" else [f"holds {kind}, no reflectance"]
