"""File names out of the names that users give."""

import re
from collections.abc import Iterable

from napari_hydra.io.files.atomic import is_reserved

_LONGEST = 120  # bytes: a suffix and the name of a file that is being written follow


def file_stem(name: str) -> str:
    """Return a name without what file systems refuse, and no longer than they take."""
    plain = re.sub(r"[^\w.-]+", "-", name).strip("-.") or "unnamed"
    plain = plain.encode()[:_LONGEST].decode(errors="ignore").strip("-.")
    return f"{plain}_" if is_reserved(plain) else plain


def distinct_stems(names: Iterable[str]) -> list[str]:
    """Return a `file_stem` for each name, numbered where two are alike, in upper or lower case."""
    stems: list[str] = []
    for name in names:
        plain = file_stem(name)
        taken = {stem.lower() for stem in stems}
        numbered = (f"{plain}_{n}" for n in range(2, len(stems) + 3))
        stems.append(next(stem for stem in (plain, *numbered) if stem.lower() not in taken))
    return stems
