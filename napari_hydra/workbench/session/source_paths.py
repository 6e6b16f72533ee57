"""Which files a session may have opened: of the kinds that sessions have, and outside of its folder only on a yes."""

import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

from napari_hydra.camera.model import is_camera_name
from napari_hydra.camera.tables import TABLE_SUFFIXES
from napari_hydra.errors import HydraError
from napari_hydra.file_formats import readable
from napari_hydra.hydra.files.registry import model_names
from napari_hydra.io.formats.envi_header import DATA_SUFFIXES, find_header
from napari_hydra.samples import SAMPLES
from napari_hydra.validation import checked
from napari_hydra.workbench.session.entries import SourceEntry
from napari_hydra.workbench.session.sources import Source


class OutsideFolder(HydraError):
    """A session refers to files outside of its folder; `files` are they, as "the truth /folder/scene.hdr"."""

    def __init__(self, path: Path, files: list[str]) -> None:
        super().__init__(
            f"{path} refers to files outside of its folder: {', '.join(files)}; if you trust it, add --allow-outside "
            "(in Python allow_outside=True), or put them beside it."
        )
        self.files = files


def _is_cube(path: Path) -> bool:
    suffix = path.suffix.lower()
    return suffix in (*readable("cube"), *DATA_SUFFIXES) or find_header(path) is not None


# What a session refers to: names that it may have, and whether a file may be such a thing.
_NAMES: dict[str, Callable[[str], bool]] = {
    "model": lambda name: name in model_names(),
    "camera": is_camera_name,
}
_KINDS: dict[str, Callable[[Path], bool]] = {
    "picture": lambda path: path.suffix.lower() in readable("picture"),
    "truth": _is_cube,
    "model": lambda path: path.suffix.lower() == ".safetensors",
    "camera": lambda path: path.suffix.lower() in TABLE_SUFFIXES,
}


def read_sources(found: dict[str, Any], path: Path, *, allow_outside: bool) -> dict[str, Source]:
    """Return what a session file at `path` refers to, by what each is for; all that is wrong is named at once.

    Raises
    ------
    HydraError
        If one is missing from the file, or is nothing that a session has.
    OutsideFolder
        If files lie outside of the session's folder and `allow_outside` is false. Such files are not looked at.
    """
    problems: list[str] = []
    outside: list[str] = []
    sources = {}
    for what in _KINDS:
        if what == "truth" and found.get(what) is None:
            continue
        entry = checked(SourceEntry, found.get(what), problems, what)
        if entry is None:
            continue
        try:
            source = _source(entry, what, path.absolute().parent, allow_outside)
        except ValueError as error:
            problems.append(f"{what}: {error}")
            continue
        if source is None:
            outside.append(f"the {what} {entry.absolute or entry.path}")
        else:
            sources[what] = source
    if problems:
        raise HydraError(f"{path} is damaged ({'; '.join(problems)}); save the session anew.")
    if outside:
        raise OutsideFolder(path, outside)
    return sources


def _source(entry: SourceEntry, what: str, folder: Path, allow_outside: bool) -> Source | None:
    """Return a source; None where its file lies outside of the folder and may not be looked at."""
    if entry.path is None:
        return _named(entry, what)
    place = _place(entry, folder, allow_outside)
    if place is None:
        return None
    if not _KINDS[what](place):
        raise HydraError(f"{place.name} is no file that a session opens as {what}")
    _require_file(place)
    return Source("file", str(place), entry.sha256, entry.size, entry.modified)


def _named(entry: SourceEntry, what: str) -> Source:
    if entry.sample is not None and what in ("picture", "truth"):
        if entry.sample not in SAMPLES:
            raise HydraError(f"there is no sample {entry.sample!r}")
        return Source("sample", entry.sample, entry.sha256)
    if entry.named is not None and what in _NAMES:
        if not _NAMES[what](entry.named):  # a path here would be a file that nobody asked about
            raise HydraError(f"there is no {what} {entry.named!r} in this version")
        return Source("named", entry.named, entry.sha256)
    if entry.rendered and what == "picture":
        return Source("rendered")
    raise HydraError("it says neither a file nor a name")


def _place(entry: SourceEntry, folder: Path, allow_outside: bool) -> Path | None:
    """Return where a file is: in the session's folder, or where it was; the first place where it is nowhere."""
    written = [text for text in (entry.path, entry.absolute) if text]
    candidates = [Path(os.path.normpath(folder / text)) for text in written]
    for candidate in candidates:
        if (allow_outside or candidate.is_relative_to(folder)) and os.path.lexists(candidate):
            is_inside = candidate.resolve().is_relative_to(folder.resolve())  # a link may lead anywhere
            return candidate if is_inside or allow_outside else None
    elsewhere = any(not candidate.is_relative_to(folder) for candidate in candidates)
    return candidates[0] if allow_outside or not elsewhere else None


def _require_file(path: Path) -> None:
    try:
        mode = path.stat().st_mode
    except OSError:  # missing: told with all that is
        return
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
        raise HydraError(f"{path.name} is a pipe or a device")
