"""File names out of the names that users give."""

import re
from collections.abc import Iterable


def file_stem(name: str) -> str:
    """Return a name without what file systems refuse."""
    return re.sub(r"[^\w.-]+", "-", name).strip("-.") or "unnamed"


def distinct_stems(names: Iterable[str]) -> list[str]:
    """Return a `file_stem` for each name, numbered where two are alike, in upper or lower case."""
    stems: list[str] = []
    for name in names:
        plain = file_stem(name)
        taken = {stem.lower() for stem in stems}
        numbered = (f"{plain}_{n}" for n in range(2, len(stems) + 3))
        stems.append(next(stem for stem in (plain, *numbered) if stem.lower() not in taken))
    return stems
