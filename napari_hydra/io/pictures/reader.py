"""Colour pictures in: PNG, JPEG, TIFF, BMP and raw photographs, always given as (H, W, 3)."""

import warnings
from dataclasses import replace
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from napari_hydra.camera import Picture
from napari_hydra.camera.colour_profile import channels_of, is_srgb, profile_name
from napari_hydra.errors import HydraError
from napari_hydra.file_formats import names, readable
from napari_hydra.io.files.boundary import file_boundary
from napari_hydra.io.files.outside import refuse_special
from napari_hydra.io.files.tiff_chain import MAGIC
from napari_hydra.io.pictures import encoded, raw, tiff
from napari_hydra.io.pictures.channels import as_known_type, as_rgb
from napari_hydra.io.pictures.stored import PictureNotice, StoredPicture, upright
from napari_hydra.io.pictures.white_level import find_white_level

READABLE_PICTURES = readable("picture")


def read_picture(path: str | Path) -> Picture:
    """Read a colour picture, upright, in the numbers of its file.

    Parameters
    ----------
    path : str or Path
        PNG, JPEG, TIFF, BMP or a raw photograph (with rawpy); told by content, not by suffix.

    Returns
    -------
    Picture
        An array (H, W, 3) of uint8, uint16 or float32 as stored. Grey is repeated, alpha is left out, CMYK and L*a*b*
        are converted. Its `profile` describes colours that are not sRGB's, its `white_level` is the number of white
        where that is not the type's largest: reconstructing heeds both. Its `history` says what was done, and so does
        a `PictureNotice` warning.

    Raises
    ------
    HydraError
        If the file is missing, damaged, no picture, has more than four channels or colours that are not known, or
        holds NaN or infinity.

    Examples
    --------
    >>> import numpy as np
    >>> from napari_hydra import write_picture
    >>> path = write_picture(np.zeros((2, 3, 3), np.uint8), "field.png", overwrite=True)
    >>> read_picture(path).shape
    (2, 3, 3)
    """
    path = Path(path)
    picture = _picture(_decode(path), path)
    for sentence in picture.history:
        warnings.warn(sentence, PictureNotice, stacklevel=2)
    return picture


def read_as_stored(path: Path) -> tuple[Picture, Picture]:
    """Return what `read_picture` does, without warnings, and the same as the file stores it, not turned upright."""
    stored = _decode(path)
    picture = _picture(replace(stored, notices=[*stored.notices]), path)
    if stored.orientation == 1:
        return picture, picture
    return picture, _picture(replace(stored, orientation=1), path)


def _picture(stored: StoredPicture, path: Path) -> Picture:
    array = as_known_type(upright(stored), path)
    profile = _other_than_srgb(stored)
    rgb = as_rgb(array, stored, path)
    white, notice = find_white_level(rgb, stored.bits, stored.array.dtype)
    stored.notices.extend([notice] if notice else [])
    history = tuple(f"{path.name} {notice}." for notice in stored.notices)
    return Picture(rgb, profile=profile, white_level=white, history=history)


def read_plane(path: Path) -> NDArray[Any]:
    """Read a grey picture as one plane (H, W) in its own numbers; grey stored as colour counts as grey.

    Raises
    ------
    HydraError
        If it is no picture, or a coloured one.
    """
    array = as_known_type(upright(_decode(path)), path)
    if array.ndim == 3:
        colours = array[..., :3] if array.shape[2] >= 3 else array[..., :1]
        if (colours != colours[..., :1]).any():
            raise HydraError(f"{path} is a colour picture; the image of one band is grey.")
        array = colours[..., 0]
    return array


def _decode(path: Path) -> StoredPicture:
    """Return the numbers as stored."""
    refuse_special(path)
    try:
        with path.open("rb") as file:
            head = file.read(32)
    except OSError as error:
        raise HydraError(f"{path} cannot be read ({error.strerror}); check its name.") from error
    with file_boundary(path, "a picture", remedy=f"give a {names('picture')} file"):
        if raw.is_raw(path, head):
            return raw.develop(path)
        return tiff.read(path) if head[:4] in MAGIC else encoded.read(path, head)


def _other_than_srgb(stored: StoredPicture) -> bytes | None:
    """Return the profile if it says anything else than sRGB; what became of it is added to the notices."""
    profile = stored.profile
    if profile is None:
        return None
    try:
        if is_srgb(profile):
            return None
        wanted = channels_of(profile)
    except HydraError:
        stored.notices.append("has a colour profile that cannot be used (damaged?); its colours were taken as sRGB")
        return None
    count = stored.array.shape[2] if stored.array.ndim == 3 else 1
    if wanted == 4 or (wanted == 1 and count > 2):
        stored.notices.append("has a colour profile of other channels than its own; its colours were taken as sRGB")
        return None
    if not stored.notices:  # a conversion named it already
        stored.notices.append(f"is read by its colour profile ({profile_name(profile)})")
    return profile
