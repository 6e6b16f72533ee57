"""File names out of the names that users give."""

import re
from collections.abc import Iterable

_RESERVED = re.compile(r"(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(?:\..*)?", re.IGNORECASE)  # on Windows
_LONGEST = 120  # bytes; file systems take 255 with all that stands behind a stem


def file_stem(name: str) -> str:
    """Return a name without what file systems refuse, or Windows keeps for itself, and not too long."""
    plain = re.sub(r"[^\w.-]+", "-", name).strip("-.")
    plain = plain.encode("utf-8", "ignore")[:_LONGEST].decode("utf-8", "ignore").strip("-.") or "unnamed"
    return f"_{plain}" if _RESERVED.fullmatch(plain) else plain


def distinct_stems(names: Iterable[str]) -> list[str]:
    """Return a `file_stem` for each name, numbered where two are alike, in upper or lower case."""
    stems: list[str] = []
    for name in names:
        plain = file_stem(name)
        taken = {stem.lower() for stem in stems}
        numbered = (f"{plain}_{n}" for n in range(2, len(stems) + 3))
        stems.append(next(stem for stem in (plain, *numbered) if stem.lower() not in taken))
    return stems
