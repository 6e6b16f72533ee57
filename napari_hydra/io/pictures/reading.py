"""Colour pictures: PNG, JPEG, TIFF and BMP in 8 or 16 bit, TIFF also in float, always given as (H, W, 3)."""

import warnings
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_hydra.errors import HydraError
from napari_hydra.file_formats import by_suffix, names, readable
from napari_hydra.io.files.atomic import replacing
from napari_hydra.io.files.text import first_line

READABLE_PICTURES = readable("picture")
_TIFF_MAGIC = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_GREY = "is grey; its one channel stands for red, green and blue"
_ALPHA = "has an alpha channel; it was left out"
# EXIF orientation -> (transpose, flip up-down, flip left-right), applied in this order
_ORIENTATIONS = {
    2: (False, False, True),
    3: (False, True, True),
    4: (False, True, False),
    5: (True, False, False),
    6: (True, False, True),
    7: (True, True, True),
    8: (True, True, False),
}


class PictureNotice(UserWarning):
    """A picture was not three colour channels and had to be converted."""


def read_picture(path: str | Path) -> NDArray[Any]:
    """Read a colour picture, upright, with the bit depth of its file.

    Parameters
    ----------
    path : str or Path
        PNG, JPEG, TIFF or BMP; told by content, not by suffix.

    Returns
    -------
    (H, W, 3) array
        uint8, uint16 or float32 as stored. Grey is repeated, alpha is left out, CMYK is converted; a
        `PictureNotice` warning says so.

    Raises
    ------
    HydraError
        If the file is missing, damaged, no picture, has more than four channels, or holds NaN or infinity.

    Examples
    --------
    >>> path = write_picture(np.zeros((2, 3, 3), np.uint8), "field.png", overwrite=True)
    >>> read_picture(path).shape
    (2, 3, 3)
    """
    path = Path(path)
    notices: list[str] = []
    array = _decode(path, notices)
    picture = _as_rgb(_as_known_type(array, path), path, notices)
    for notice in notices:
        warnings.warn(f"{path.name} {notice}.", PictureNotice, stacklevel=2)
    return picture


def read_plane(path: Path) -> NDArray[Any]:
    """Read a grey picture as one plane (H, W) in its own numbers; grey stored as colour counts as grey.

    Raises
    ------
    HydraError
        If it is no picture, or a coloured one.
    """
    array = _as_known_type(_decode(path, []), path)
    if array.ndim == 3:
        colours = array[..., :3] if array.shape[2] >= 3 else array[..., :1]
        if (colours != colours[..., :1]).any():
            raise HydraError(f"{path} is a colour picture; the image of one band is grey.")
        array = colours[..., 0]
    return array


def _decode(path: Path, notices: list[str]) -> NDArray[Any]:
    """Return the numbers as stored, upright."""
    try:
        with path.open("rb") as file:
            head = file.read(32)
    except OSError as error:
        raise HydraError(f"{path} cannot be read ({error.strerror}); check its name.") from error
    try:
        if head[:4] in _TIFF_MAGIC:
            return _read_tiff(path)
        if head.startswith(b"\x89PNG") and len(head) > 24 and head[24] == 16:
            return _read_deep_png(path)
        return _read_pillow(path, notices)
    except HydraError:
        raise
    except Exception as error:  # decoders raise whatever their C libraries give them
        raise HydraError(
            f"{path} is not a readable picture ({first_line(error)}); give a {names('picture')} file."
        ) from error


def write_picture(picture: NDArray[Any], path: str | Path, *, overwrite: bool = False) -> Path:
    """Write a colour picture; the suffix chooses the format.

    Parameters
    ----------
    picture : (H, W, 3) array
        uint8 (any format), uint16 (.png, .tif) or float32 (.tif).
    path : str or Path
        Ending in one of `READABLE_PICTURES`.
    overwrite : bool
        Whether an existing file may be replaced.

    Returns
    -------
    Path
        What was written.

    Raises
    ------
    HydraError
        If the format cannot hold the numbers, the target exists, or it cannot be written.

    Examples
    --------
    >>> path = write_picture(np.zeros((2, 3, 3), np.uint8), "field.png", overwrite=True)
    >>> read_picture(path).shape
    (2, 3, 3)
    """
    target, suffix = Path(path), Path(path).suffix.lower()
    written = by_suffix("picture", target)
    if written is None:
        raise HydraError(
            f"{target} cannot be written as a picture; end its name in one of {', '.join(READABLE_PICTURES)}."
        )
    array = np.ascontiguousarray(picture)
    if array.ndim != 3 or array.shape[2] != 3 or 0 in array.shape:
        raise HydraError(f"An array of shape {array.shape} is no colour picture; give (height, width, 3).")
    deep = (".png", ".tif", ".tiff") if array.dtype == np.uint16 else (".tif", ".tiff")
    if array.dtype != np.uint8 and suffix not in deep:
        raise HydraError(f"{suffix} cannot hold {array.dtype} numbers; write {' or '.join(deep[:2])} instead.")
    with replacing(target, overwrite=overwrite, needed=array.nbytes if suffix.startswith(".tif") else 0) as temporary:
        if suffix.startswith(".tif"):
            import tifffile

            tifffile.imwrite(temporary, array, photometric="rgb")
        elif array.dtype == np.uint16:
            import imagecodecs

            temporary.write_bytes(imagecodecs.png_encode(array))
        else:
            from PIL import Image

            options = {"quality": 95, "subsampling": 0} if written.name == "JPEG" else {}
            Image.fromarray(array).save(temporary, format=written.name, **options)
    return target


def _read_pillow(path: Path, notices: list[str]) -> NDArray[Any]:
    from PIL import Image, ImageOps

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        with Image.open(path, formats=("PNG", "JPEG", "BMP")) as opened:
            opened.load()
            image = ImageOps.exif_transpose(opened)
    if image.mode in {"CMYK", "YCbCr", "LAB", "HSV"}:
        notices.append(f"is {image.mode}; it was converted to RGB")
        image = image.convert("RGB")
    elif image.mode in {"P", "PA"}:
        image = image.convert("RGBA" if "transparency" in image.info or image.mode == "PA" else "RGB")
    elif image.mode == "1":
        image = image.convert("L")
    return np.array(image)


def _read_deep_png(path: Path) -> NDArray[Any]:
    # Pillow would reduce 16-bit colour to 8 bit
    import imagecodecs
    from PIL import Image

    array = np.asarray(imagecodecs.png_decode(path.read_bytes()))
    with Image.open(path) as image:
        return _upright(array, image.getexif().get(274, 1))


def _read_tiff(path: Path) -> NDArray[Any]:
    import tifffile

    with tifffile.TiffFile(path) as file:
        series = file.series[0]
        array, axes = series.asarray(), series.axes
        page = series.keyframe
        tag = page.tags.get(274)
        inverted = page.photometric == tifffile.PHOTOMETRIC.MINISWHITE
        palette = page.colormap if page.photometric == tifffile.PHOTOMETRIC.PALETTE else None
    single = tuple(i for i, (n, axis) in enumerate(zip(array.shape, axes, strict=True)) if n == 1 and axis not in "YX")
    array = array.squeeze(single)
    axes = "".join(axis for i, axis in enumerate(axes) if i not in single)
    if palette is not None and array.ndim == 2:
        array = np.moveaxis(palette, 0, -1)[array]
    elif array.ndim == 3 and axes.endswith("YX") and array.shape[0] <= 4:
        array = np.moveaxis(array, 0, -1)
    if array.ndim not in (2, 3) or (array.ndim == 3 and array.shape[2] > 4):
        raise HydraError(f"{path} holds {array.shape} numbers, a stack rather than a picture; open it as a cube.")
    if inverted and array.dtype.kind == "u":
        array = np.iinfo(array.dtype).max - array
    return _upright(array, tag.value if tag is not None else 1)


def _upright(array: NDArray[Any], orientation: int) -> NDArray[Any]:
    transposed, down, right = _ORIENTATIONS.get(int(orientation), (False, False, False))
    if transposed:
        array = array.swapaxes(0, 1)
    return array[:: -1 if down else 1, :: -1 if right else 1]


def _as_known_type(array: NDArray[Any], path: Path) -> NDArray[Any]:
    if array.dtype.kind == "b":
        return array.astype(np.uint8) * 255
    if array.dtype.kind == "f":
        values = array.astype(np.float32)
        if not np.isfinite(values).all():
            raise HydraError(f"{path} has NaN or infinite values; replace them first.")
        return values
    if array.dtype.kind == "u" and array.dtype.itemsize <= 2:
        return array.astype(array.dtype.newbyteorder("="))
    if array.dtype.kind in "iu" and array.size and array.min() >= 0 and array.max() <= 65535:
        return array.astype(np.uint16)  # 16-bit numbers in a wider or signed type
    raise HydraError(f"{path} holds {array.dtype} numbers; save it with 8 or 16 bits or as 0..1 floats.")


def _as_rgb(array: NDArray[Any], path: Path, notices: list[str]) -> NDArray[Any]:
    if array.size == 0:
        raise HydraError(f"{path} is an empty picture; check the file.")
    channels = array.shape[2] if array.ndim == 3 else 1
    if channels in (2, 4):
        notices.append(_ALPHA)
        array = array[..., :-1]
    if channels <= 2:
        notices.append(_GREY)
        array = np.repeat(array.reshape(*array.shape[:2], 1), 3, axis=2)
    return np.ascontiguousarray(array)
