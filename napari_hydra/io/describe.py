"""What a file is, told without loading its numbers where the format allows."""

import math
import warnings
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from napari_hydra.camera.colour_profile import profile_name
from napari_hydra.errors import HydraError, HydraQuestion
from napari_hydra.file_formats import by_suffix
from napari_hydra.io.files.outside import refuse_special
from napari_hydra.io.files.weights_header import read_weights_header
from napari_hydra.io.formats.registry import is_cube_file, open_raw
from napari_hydra.io.formats.tiff import is_stack
from napari_hydra.io.libraries.spectra_files import is_spectra_file, read_spectra
from napari_hydra.io.libraries.spectral_library import named
from napari_hydra.io.numbers.raw_cube import RawCube
from napari_hydra.io.pictures.reader import read_picture
from napari_hydra.io.pictures.stored import PictureNotice
from napari_hydra.validation import InvalidValue, parse_json


@dataclass(frozen=True)
class FileInfo:
    """A file in short.

    Attributes
    ----------
    kind : str
        "cube", "picture", "spectral library" or "model".
    format : str
        "ENVI", "PNG", ...
    shape : tuple of int
        (H, W, B) of a cube, (H, W, 3) of a picture, (n, B) of a library, () of a model.
    dtype : str
        Of the stored numbers.
    wavelength_range : (float, float) or None
        Shortest and longest band centre in nm.
    details : dict
        What else the file says: quantity, bad bands, notices, a model's card.

    Examples
    --------
    >>> FileInfo("picture", "PNG", (480, 640, 3), "uint8").wavelength_range is None
    True
    """

    kind: str
    format: str
    shape: tuple[int, ...]
    dtype: str
    wavelength_range: tuple[float, float] | None = None
    details: dict[str, Any] = field(default_factory=dict)


def describe_file(path: str | Path, *, incomplete: bool = False) -> FileInfo:
    """Tell what a file is: a cube, a picture, spectra or a model's weights.

    Parameters
    ----------
    path : str or Path
        A file, or a folder of a cube; the numbers are not loaded where the format allows.
    incomplete : bool
        Whether to look at what is whole of an ENVI file that is cut off.

    Returns
    -------
    FileInfo
        Kind, format, shape, wavelengths, and what else the file says.

    Raises
    ------
    HydraError
        If the file is missing, damaged or of no kind known.

    Examples
    --------
    >>> from napari_hydra import make_cube, write_cube
    >>> path = write_cube(make_cube(np.ones((2, 3, 4)), [500, 600, 700, 800]), "field.hdr")
    >>> describe_file(path).shape, describe_file(path).wavelength_range
    ((2, 3, 4), (500.0, 800.0))
    """
    path = Path(path)
    if not path.exists():
        raise HydraError(f"{path} does not exist; check its name.")
    refuse_special(path)
    if path.suffix.lower() == ".safetensors":
        return _describe_model(path)
    if by_suffix("picture", path) and not is_cube_file(path) and not is_stack(path):
        return _describe_picture(path)
    if path.is_file() and is_spectra_file(path):
        return _describe_spectra(path)
    if path.is_file() and not by_suffix("cube", path) and not is_cube_file(path):
        raise HydraError(f"{path} is neither a cube, a picture nor a model; check the file.")
    raw = _opened(path, incomplete)
    centres = raw.wavelengths
    details: dict[str, Any] = {"quantity": raw.quantity}
    if raw.bad_bands:
        details["bad bands"] = len(raw.bad_bands)
    if np.any(np.asarray(raw.scale) != 1):
        details["scale factor"] = raw.scale if np.ndim(raw.scale) == 0 else [float(v) for v in np.asarray(raw.scale)]
    if raw.ignore_value is not None:
        details["ignore value"] = raw.ignore_value
    if raw.fwhm is not None:
        details["fwhm"] = f"{np.min(raw.fwhm):g} to {np.max(raw.fwhm):g} nm"
    details.update({k: v for k, v in raw.extras.items() if v not in ("", None) and k != "map_info"})
    if "map_info" in raw.extras:
        details["map info"] = ", ".join(map(str, raw.extras["map_info"]["fields"]))
    if centres is None:
        details["wavelengths"] = "not said in the file"
    lines = (*raw.history, *(n for n in raw.notices if n not in raw.history))
    if lines:
        details["history"] = list(lines)
    return FileInfo(
        kind="cube",
        format=raw.format,
        shape=tuple(int(n) for n in raw.values.shape),
        dtype=np.dtype(raw.dtype).name,
        wavelength_range=None if centres is None else (float(centres.min()), float(centres.max())),
        details=details,
    )


def _describe_picture(path: Path) -> FileInfo:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PictureNotice)
        picture = read_picture(path)
    found = by_suffix("picture", path)
    name = found.name if found else ""
    details: dict[str, Any] = {}
    if picture.profile is not None:
        details["colour profile"] = profile_name(picture.profile)
    if picture.white_level is not None:
        details["white level"] = picture.white_level
    if picture.history:
        details["notices"] = list(picture.history)
    return FileInfo("picture", name, picture.shape, picture.dtype.name, None, details)


def _describe_spectra(path: Path) -> FileInfo:
    try:
        library = named(read_spectra(path))
    except HydraError as error:
        if path.suffix.lower() != ".txt":
            raise
        raise HydraError(f"{path} is neither a cube, a picture nor a model, and not spectra either: {error}") from error
    span = (float(library.wavelengths[0]), float(library.wavelengths[-1]))
    details = {"quantity": library.unit, "names": list(library.names), "history": list(library.history)}
    found = by_suffix("spectra", path)
    name = found.name if found else "text"
    return FileInfo("spectral library", name, library.values.shape, library.values.dtype.name, span, details)


def _opened(path: Path, incomplete: bool) -> RawCube:
    """Open a cube; what its scale leaves open is told instead of asked."""
    try:
        return open_raw(path, incomplete=incomplete)
    except HydraQuestion as question:
        if question.asks != "scale":
            raise
        raw = open_raw(path, divide_by=1.0, incomplete=incomplete)
        return replace(raw, notices=(question.problem, *raw.notices))


def _describe_model(path: Path) -> FileInfo:
    metadata, tensors = read_weights_header(path)
    details: dict[str, Any] = {key: _parsed(value) for key, value in metadata.items()}
    card = details.pop("card", None)  # as our own models keep it
    details.update(card if isinstance(card, dict) else {})
    details["tensors"] = len(tensors)
    details["parameters"] = sum(math.prod(shape) for _, shape in tensors.values())
    dtypes = ", ".join(sorted({dtype for dtype, _ in tensors.values()}))
    limits = details.get("wavelength_range")
    span = (float(limits[0]), float(limits[1])) if isinstance(limits, list) and len(limits) == 2 else None
    return FileInfo("model", "safetensors", (), dtypes, span, details)


def _parsed(value: str) -> Any:
    try:
        return parse_json(value)
    except InvalidValue:
        return value
