"""The heaps of an HDF5 file, in which its texts of any length lie: HDF5 itself reads a damaged one without end.

Format: The HDF Group, "HDF5 File Format Specification", version 3.0, III.E "Global Heap".
"""

import struct
from pathlib import Path

from napari_hydra.errors import HydraError

_MARK = b"GCOL\x01\0\0\0"
_HEAD, _OBJECT = 16, 16  # bytes: of a heap, and of an object in it, before what they hold
_SMALLEST = 4096
_SPAN = 64 * 2**20  # at each end of a file; between them lie the numbers of a large one


def check_heaps(path: Path) -> None:
    """Refuse a file with a heap that has no end.

    Raises
    ------
    HydraError
        If it has one.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        for start in {0, max(0, size - _SPAN)}:
            file.seek(start)
            content = file.read(_SPAN)
            at = content.find(_MARK)
            while at >= 0:
                if at + _HEAD <= len(content) and not _ends(content, at):
                    raise HydraError(f"{path} is damaged (a heap at byte {start + at} has no end); fetch it anew.")
                at = content.find(_MARK, at + 1)


def _ends(content: bytes, at: int) -> bool:
    (size,) = struct.unpack_from("<Q", content, at + 8)
    if size < _SMALLEST or at + size > len(content):
        return True  # no heap, or HDF5 refuses it
    here, end = at + _HEAD, at + size
    while here + _OBJECT <= end:
        number, length = struct.unpack_from("<H6xQ", content, here)
        # what is free has number 0, and counts its own head
        step = length if number == 0 else _OBJECT + length
        step = (step + 7) // 8 * 8
        if step == 0 or step >= 2**63:
            return False
        here += step
    return True
