"""Raw photographs (DNG, CR2, CR3, NEF, ARW, RAF, ORF, RW2, PEF): developed linearly with LibRaw, never the preview.

What is read are the camera's own white-balanced numbers, 0 at its black level and 65535 at its white level, with the
camera's matrix as a colour profile. A camera whose sensitivities are known needs no more than the numbers.

References
----------
LibRaw; the matrix is that of XYZ to the camera, normalised to white as in Adobe DNG Specification 1.7, chapter 6.
"""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_hydra.camera.colour_profile import D65, SRGB, make_profile
from napari_hydra.errors import HydraError
from napari_hydra.file_formats import by_suffix
from napari_hydra.io.files.text import first_line
from napari_hydra.io.files.tiff_chain import MAGIC, open_tiff
from napari_hydra.io.pictures.stored import StoredPicture

RAW = "raw photograph"
# Beginnings of raw files that are no TIFF, and where they stand.
_HEADS = ((0, b"FUJIFILMCCD-RAW"), (4, b"ftypcrx "), (0, b"IIRO"), (0, b"IIRS"), (0, b"MMOR"), (0, b"IIU\0"))
_CANON = b"CR"  # in a CR2, after the head of a TIFF
_DNG_VERSION = 50706
_SINGULAR = 1e-9  # determinant of a matrix that says nothing
_RAW_PHOTOMETRIC = (32803, 34892)  # a mosaic of colours, and what it becomes before any matrix


def is_raw(path: Path, head: bytes) -> bool:
    """Whether a file is a raw photograph, told by its content; `head` are its first 32 bytes."""
    if any(head[place:].startswith(mark) for place, mark in _HEADS):
        return True
    if head[:4] not in MAGIC:
        return False
    by_name = by_suffix("picture", path)
    return head[8:10] == _CANON or (by_name is not None and by_name.name == RAW) or _has_raw_pages(path)


def _has_raw_pages(path: Path) -> bool:
    with open_tiff(path) as file:
        first = file.pages.first
        pages: list[Any] = [first, *(first.pages or ())]
        return _DNG_VERSION in first.tags or any(page.photometric in _RAW_PHOTOMETRIC for page in pages)


def develop(path: Path) -> StoredPicture:
    """Develop a raw photograph.

    Raises
    ------
    HydraError
        If rawpy is not installed, or LibRaw cannot read the file or does not know its camera's colours.
    """
    try:
        import rawpy
    except ImportError:
        raise HydraError(
            f"{path} is a raw photograph of a camera; to develop it: pip install 'napari-spectral-hydra[raw]', "
            "or give a linear TIFF of 16 bits that another program developed."
        ) from None
    try:
        with rawpy.imread(str(path)) as raw:
            matrix = _to_srgb(np.asarray(raw.rgb_xyz_matrix)[:3], np.asarray(raw.color_matrix)[:, :3])
            measured = raw.camera_whitebalance[0] > 0
            # LibRaw takes the black level off the white of a mosaic, but not of a file of three colours a pixel.
            stack = raw.raw_type == rawpy.RawType.Stack
            white = int(raw.white_level) - min(raw.black_level_per_channel[:3]) if stack else None
            numbers = raw.postprocess(
                user_sat=white,
                output_color=rawpy.ColorSpace.raw,
                gamma=(1, 1),
                output_bps=16,
                no_auto_bright=True,
                use_camera_wb=True,
                adjust_maximum_thr=0.0,  # white is where the file says, not the brightest pixel
                highlight_mode=rawpy.HighlightMode.Clip,
            )
    except rawpy.LibRawError as error:
        raise HydraError(
            f"{path} is a raw photograph that cannot be developed ({first_line(error)}); "
            "give a linear TIFF of 16 bits that another program developed."
        ) from error
    if matrix is None:
        raise HydraError(
            f"{path} is a raw photograph of a camera whose colours LibRaw does not know; "
            "give a linear TIFF of 16 bits that another program developed."
        )
    balance = "as shot" if measured else "for daylight"
    notice = f"is a raw photograph; it was developed linearly, white balance {balance}, with the camera's own matrix"
    return StoredPicture(numbers, profile=_profile(matrix), notices=[notice])


def _to_srgb(to_camera: NDArray[Any], to_srgb: NDArray[Any]) -> NDArray[np.float64] | None:
    """Return the matrix (3, 3) from white-balanced camera numbers to linear sRGB, white to white; None if not known.

    Parameters
    ----------
    to_camera : (3, 3) array
        From XYZ, of LibRaw's table of cameras; zero for one that is not in it.
    to_srgb : (3, 3) array
        What LibRaw worked out of the matrices in the file; the unit matrix where there are none.
    """
    if abs(np.linalg.det(to_camera)) > _SINGULAR:
        camera = to_camera.astype(np.float64) @ _srgb_to_xyz()
        return np.asarray(np.linalg.inv(camera / camera.sum(1, keepdims=True)))
    if abs(np.linalg.det(to_srgb)) > _SINGULAR and not np.array_equal(to_srgb, np.eye(3)):
        return to_srgb / to_srgb.sum(1, keepdims=True, dtype=np.float64)
    return None


def _profile(to_srgb: NDArray[np.float64]) -> bytes:
    """Return a linear profile of a matrix to linear sRGB."""
    columns = _srgb_to_xyz() @ to_srgb
    return make_profile((columns[:2] / columns.sum(0)).T, D65, 1.0)


def _srgb_to_xyz() -> NDArray[np.float64]:
    corners = np.array([[x / y, 1, (1 - x - y) / y] for x, y in SRGB]).T
    white = np.array([D65[0] / D65[1], 1, (1 - D65[0] - D65[1]) / D65[1]])
    return np.asarray(corners * np.linalg.solve(corners, white))
