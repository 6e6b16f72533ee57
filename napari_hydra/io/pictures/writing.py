"""Pictures out: PNG, JPEG, TIFF and BMP, with the colour profile that a picture has."""

import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_hydra.camera import Picture
from napari_hydra.errors import HydraError
from napari_hydra.file_formats import by_suffix, writable
from napari_hydra.io.files.atomic import replacing

_AFTER_HEADER = 33  # bytes: the signature and IHDR of a PNG


def write_picture(picture: NDArray[Any], path: str | Path, *, overwrite: bool = False) -> Path:
    """Write a colour picture; the suffix chooses the format.

    Parameters
    ----------
    picture : (H, W, 3) array
        uint8 (any format), uint16 (.png, .tif) or float32 (.tif). The colour profile of a `Picture` goes into the file.
    path : str or Path
        .png, .jpg, .tif or .bmp.
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
    >>> from napari_hydra import read_picture
    >>> read_picture(path).shape
    (2, 3, 3)
    """
    target, suffix = Path(path), Path(path).suffix.lower()
    written = by_suffix("picture", target)
    if written is None or suffix not in written.writes:
        raise HydraError(
            f"{target} cannot be written as a picture; end its name in one of {', '.join(writable('picture'))}."
        )
    profile = picture.profile if isinstance(picture, Picture) else None
    if profile is not None and suffix == ".bmp":
        raise HydraError(f"{suffix} cannot hold the colour profile of the picture; write .png or .tif instead.")
    array = np.ascontiguousarray(np.asarray(picture))
    if array.ndim != 3 or array.shape[2] != 3 or 0 in array.shape:
        raise HydraError(f"An array of shape {array.shape} is no colour picture; give (height, width, 3).")
    deep = (".png", ".tif", ".tiff") if array.dtype == np.uint16 else (".tif", ".tiff")
    if array.dtype != np.uint8 and suffix not in deep:
        raise HydraError(f"{suffix} cannot hold {array.dtype} numbers; write {' or '.join(deep[:2])} instead.")
    with replacing(target, overwrite=overwrite, needed=array.nbytes if suffix.startswith(".tif") else 0) as temporary:
        if suffix.startswith(".tif"):
            import tifffile

            tifffile.imwrite(temporary, array, photometric="rgb", iccprofile=profile)
        elif array.dtype == np.uint16:
            import imagecodecs

            temporary.write_bytes(_with_profile(bytes(imagecodecs.png_encode(array)), profile))
        else:
            from PIL import Image

            options: dict[str, Any] = {"quality": 95, "subsampling": 0} if written.name == "JPEG" else {}
            if profile is not None:
                options["icc_profile"] = profile
            Image.fromarray(array).save(temporary, format=written.name, **options)
    return target


def _with_profile(png: bytes, profile: bytes | None) -> bytes:
    """Return a PNG with a chunk that holds a profile."""
    if profile is None:
        return png
    body = b"iCCP" + b"profile\0\0" + zlib.compress(profile)
    chunk = struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))
    return png[:_AFTER_HEADER] + chunk + png[_AFTER_HEADER:]
