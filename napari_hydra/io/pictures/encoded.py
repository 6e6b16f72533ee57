"""PNG, JPEG and BMP."""

import struct
import warnings
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from napari_hydra.errors import HydraError
from napari_hydra.io.files.declared_size import believe
from napari_hydra.io.pictures import declared_colour
from napari_hydra.io.pictures.inks import from_inks
from napari_hydra.io.pictures.stored import StoredPicture

_ORIENTATION = 274
_PNG = b"\x89PNG"
_EMBEDDED = b"DEBM"  # bV5CSType of a BMP: its profile stands in the file


def read(path: Path, head: bytes) -> StoredPicture:
    """Read a PNG, JPEG or BMP."""
    if head.startswith(_PNG) and len(head) > 24 and head[24] == 16:
        return _read_deep_png(path)
    return _read_pillow(path, head)


def _read_pillow(path: Path, head: bytes) -> StoredPicture:
    from PIL import Image

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        with Image.open(path, formats=("PNG", "JPEG", "BMP")) as opened:
            _check_size(path, opened)
            opened.load()
            image: Image.Image = opened
            exif = image.getexif()
            profile = image.info.get("icc_profile") or (_bmp_profile(path) if head.startswith(b"BM") else None)
            if image.mode == "CMYK":
                return replace(from_inks(np.array(image), profile), orientation=_orientation(exif))
            if image.mode in {"YCbCr", "LAB", "HSV"}:
                raise HydraError(f"{path} holds {image.mode} numbers; save it as RGB.")
            if image.mode in {"P", "PA"}:
                image = image.convert("RGBA" if "transparency" in image.info or image.mode == "PA" else "RGB")
            elif image.mode == "1":
                image = image.convert("L")
            stored = StoredPicture(np.array(image), _orientation(exif), profile)
    if stored.profile is None:
        _declare(stored, path, head, exif)
    return stored


def _read_deep_png(path: Path) -> StoredPicture:
    # Pillow would reduce 16-bit colour to 8 bit
    import imagecodecs
    from PIL import Image

    with Image.open(path, formats=("PNG",)) as image:
        _check_size(path, image)
        array = np.asarray(imagecodecs.png_decode(path.read_bytes()))
        exif = image.getexif()
        stored = StoredPicture(array, _orientation(exif), image.info.get("icc_profile"))
    if stored.profile is None:
        _declare(stored, path, _PNG, exif)
    return stored


def _check_size(path: Path, image: Any) -> None:
    # a pixel may take a bit; JPEG needs one for 64 numbers of a channel, which is less than deflate may reach
    bits = 1 if image.mode in {"1", "L", "P"} else 8 * len(image.getbands())
    believe(path, (image.height, image.width * bits // 8), np.uint8, path.stat().st_size, compressed=True)


def _orientation(exif: Any) -> int:
    return int(exif.get(_ORIENTATION, 1))


def _declare(stored: StoredPicture, path: Path, head: bytes, exif: Any) -> None:
    """Add the colour space that chunks or EXIF declare."""
    if head.startswith(_PNG):
        stored.profile, unknown = declared_colour.of_png(path.read_bytes())
        stored.notices.extend([unknown] if unknown else [])
    else:
        stored.profile = declared_colour.of_exif(exif)


def _bmp_profile(path: Path) -> bytes | None:
    """Return the profile in a BMP of version 5."""
    data = path.read_bytes()
    if len(data) < 138 or struct.unpack("<I", data[14:18])[0] < 124 or data[70:74] != _EMBEDDED:
        return None
    start, size = struct.unpack("<II", data[126:134])
    return data[14 + start : 14 + start + size] or None
