"""Text files as people keep them."""

import codecs
from pathlib import Path

from napari_hydra.errors import HydraError

_LATIN_END = "\u0250"
_SAMPLE = 4096
_CONTROLS = "\t\n\r\f\x1a"


def read_text(path: Path, size: int = -1) -> str:
    """Return the first `size` bytes of a file (-1: all) as text: UTF-8 or UTF-16, with or without its mark, or Latin-1.

    Raises
    ------
    HydraError
        If the file cannot be read.
    """
    try:
        with path.open("rb") as file:
            raw = file.read(size)
    except OSError as error:
        raise HydraError(f"{path} cannot be read ({error.strerror}); check the file and its folder.") from error
    wide = _wide(raw)
    if wide is not None:
        return wide
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def is_text(head: str) -> bool:
    """Whether the head of a file is text; some instruments pad the names in their text with zero bytes."""
    if "\0" not in head:
        return True
    rest = head.replace("\0", "")
    plain = rest.isascii() and all(one.isprintable() or one in _CONTROLS for one in rest)
    return plain and len(rest) > len(head) / 2


def _wide(raw: bytes) -> str | None:
    """Return the text of UTF-16; None of anything else."""
    codec = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}.get(raw[:2])
    start = 2 if codec else 0
    if codec is None:
        even, odd = raw[:_SAMPLE:2], raw[1:_SAMPLE:2]
        if len(odd) > 1 and odd.count(0) > 0.9 * len(odd) and not even.count(0):
            codec = "utf-16-le"
        elif len(odd) > 1 and even.count(0) > 0.9 * len(even) and not odd.count(0):
            codec = "utf-16-be"
    if codec is None:
        return None
    text = raw[start : start + (len(raw) - start) // 2 * 2].decode(codec, errors="replace")
    head = text[:_SAMPLE]
    # tables are numbers for the most part: anything else is no text that happens to begin with the mark
    return text if 2 * sum(one < _LATIN_END and one != "\0" for one in head) > len(head) else None


def numbers_in(line: str) -> tuple[float, ...] | None:
    """Return the numbers of a line, None if it holds anything else or nothing."""
    try:
        return tuple(map(float, line.split())) or None
    except ValueError:
        return None


def first_line(error: Exception) -> str:
    """Return the beginning of what an error says, or else its kind."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:120]
