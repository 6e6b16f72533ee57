"""The chain of directories of a TIFF file, walked before a library follows it: damaged ones lead in circles.

Format: Adobe, "TIFF", revision 6.0; BigTIFF as tifffile and libtiff have it.
"""

import struct
from pathlib import Path

import tifffile

from napari_hydra.errors import HydraError
from napari_hydra.io.files.declared_size import believe
from napari_hydra.io.files.outside import refuse_markup

MAGIC = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_MOST_TAGS = 4096
_SIZES = (0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4, 0, 0, 8, 8, 8)  # bytes of a value of each type
_GDAL_METADATA = 42112
_BOUNDED = {1, 8, 32773, 32946}  # none, deflate, PackBits


def open_tiff(path: Path) -> tifffile.TiffFile:
    """Open a TIFF file whose directories, sizes and XML are sound; no other file is read with it.

    Raises
    ------
    HydraError
        If they are not.
    """
    _walk(path)
    file = tifffile.TiffFile(path, _multifile=False)
    try:
        first = file.pages.first
        refuse_markup(path, first.description)
        refuse_markup(path, str(first.tags.valueof(_GDAL_METADATA) or ""))
        _check_size(path, file)
    except BaseException:
        file.close()
        raise
    return file


def _walk(path: Path) -> None:
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(16)
        if head[:4] not in MAGIC:
            return  # tifffile says what is wrong
        order, big = "<" if head[:2] == b"II" else ">", 43 in (head[2], head[3])
        offset = struct.unpack_from(order + ("Q" if big else "I"), head.ljust(16, b"\0"), 8 if big else 4)[0]
        width, entry = (8, order + "HHQ") if big else (2, order + "HHI")
        length, after = (20, 8) if big else (12, 4)
        seen: set[int] = set()
        while offset:
            if offset in seen or offset + width > size:
                raise _damaged(path, "its directories lead in a circle" if offset in seen else "a page lies outside it")
            seen.add(offset)
            file.seek(offset)
            count = int.from_bytes(file.read(width), "little" if order == "<" else "big")
            tags = file.read(count * length) if 0 < count <= _MOST_TAGS else b""
            rest = file.read(after)
            if len(tags) < length or len(tags) != count * length or len(rest) != after:
                raise _damaged(path, f"the directory of page {len(seen)} is not whole")
            for i in range(count):
                tag, kind, number = struct.unpack_from(entry, tags, i * length)
                if number * (_SIZES[kind] if kind < len(_SIZES) else 1) > size:
                    raise _damaged(path, f"the tag {tag} of page {len(seen)} is larger than the file")
            offset = int.from_bytes(rest, "little" if order == "<" else "big")


def _check_size(path: Path, file: tifffile.TiffFile) -> None:
    series, size = file.series[0], path.stat().st_size
    page = series.keyframe
    if series.dataoffset is not None and page.compression == 1:
        believe(path, series.shape, series.dtype, max(0, size - series.dataoffset))
        return
    counts = [count for one in series.pages if one is not None for count in one.databytecounts]
    stored = min(sum(counts), size * max(1, len(series.pages)))
    bits = page.bitspersample if isinstance(page.bitspersample, int) else max(page.bitspersample)
    packed = bits % 8 != 0 or page.photometric == tifffile.PHOTOMETRIC.YCBCR
    unbounded = 0 in counts or page.compression not in _BOUNDED
    believe(path, series.shape, series.dtype, stored, compressed=page.compression != 1 or packed, unbounded=unbounded)


def _damaged(path: Path, what: str) -> HydraError:
    return HydraError(f"{path} is damaged: {what}; fetch it anew.")
