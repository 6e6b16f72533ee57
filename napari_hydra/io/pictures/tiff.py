"""TIFF, whatever its photometric says: converted to RGB, or refused."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from napari_hydra.errors import HydraError
from napari_hydra.io.files.tiff_chain import open_tiff
from napari_hydra.io.pictures import declared_colour
from napari_hydra.io.pictures.inks import from_inks, from_lab
from napari_hydra.io.pictures.stored import Alpha, StoredPicture

if TYPE_CHECKING:
    import tifffile

_GREY_OR_RGB = ("MINISWHITE", "MINISBLACK", "RGB", "PALETTE")
_LAB = ("CIELAB", "ICCLAB")
_ALPHA_OF: dict[int, Alpha] = {0: "unknown", 1: "premultiplied", 2: "straight"}
_CMYK = 1  # InkSet


def read(path: Path) -> StoredPicture:
    """Read the whole picture of a TIFF, never a preview beside it."""
    import tifffile

    with open_tiff(path) as file:
        series = _whole_picture(file, path)
        page = series.keyframe
        kind = tifffile.PHOTOMETRIC(page.photometric).name
        _refuse_unknown(page, kind, path)
        tags = {tag.name: tag.value for tag in page.tags}
        array, axes = series.asarray(), series.axes
        palette = page.colormap if kind == "PALETTE" else None
        profile = tags.get("InterColorProfile")
        bits = page.bitspersample if isinstance(page.bitspersample, int) else None
        alpha = _ALPHA_OF.get(int(page.extrasamples[0]), "unknown") if page.extrasamples else "unknown"
        orientation = int(tags.get("Orientation", 1))
    array = _channels_last(array, axes, palette)
    if array.ndim not in (2, 3) or (array.ndim == 3 and array.shape[2] > 4):
        raise HydraError(f"{path} holds {array.shape} numbers, a stack rather than a picture; open it as a cube.")
    profile = profile or declared_colour.of_tiff(tags)
    if kind == "SEPARATED":
        if tags.get("InkSet", _CMYK) != _CMYK or array.ndim != 3 or array.shape[2] != 4 or array.dtype.kind != "u":
            raise HydraError(f"{path} holds inks other than CMYK; save it as RGB.")
        return replace(from_inks(array, profile), orientation=orientation)
    if kind in _LAB:
        if array.ndim != 3 or array.dtype.itemsize > 2 or array.dtype.kind == "f":
            raise HydraError(f"{path} holds L*a*b* in {array.dtype} numbers; save it as RGB.")
        return replace(from_lab(array, icc=kind == "ICCLAB"), orientation=orientation)
    if kind == "MINISWHITE" and array.dtype.kind == "u":
        array = (2**bits - 1 if bits else np.iinfo(array.dtype).max) - array
    return StoredPicture(
        array,
        orientation,
        profile,
        bits if bits and array.dtype.itemsize * 8 > bits and palette is None else None,
        alpha,
        "does not say what its channels are; the first three were taken as red, green and blue"
        if kind in ("MINISWHITE", "MINISBLACK")
        else "",
    )


def _whole_picture(file: "tifffile.TiffFile", path: Path) -> Any:
    """Return the first series, or the largest picture of the file where that is a preview."""
    if not file.pages.first.is_reduced:
        return file.series[0]
    parts: list[Any] = [*file.series, *(part for page in file.pages for part in (page.pages or ()))]
    whole = [part for part in parts if not part.keyframe.is_reduced]
    if not whole:
        raise HydraError(f"{path} holds a preview and no picture; give the picture itself.")
    return max(whole, key=lambda part: part.size)


def _refuse_unknown(page: Any, kind: str, path: Path) -> None:
    if kind in (*_GREY_OR_RGB, *_LAB, "SEPARATED"):
        return
    if kind == "YCBCR" and "JPEG" in page.compression.name:  # its decoder gives RGB
        return
    raise HydraError(f"{path} holds {kind} numbers, which are not read as colours; save it as RGB.")


def _channels_last(array: NDArray[Any], axes: str, palette: NDArray[Any] | None) -> NDArray[Any]:
    single = tuple(i for i, (n, axis) in enumerate(zip(array.shape, axes, strict=True)) if n == 1 and axis not in "YX")
    array = array.squeeze(single)
    axes = "".join(axis for i, axis in enumerate(axes) if i not in single)
    if palette is not None and array.ndim == 2:
        return np.moveaxis(palette, 0, -1)[array]
    if array.ndim == 3 and axes.endswith("YX") and array.shape[0] <= 4:
        return np.moveaxis(array, 0, -1)
    return array
