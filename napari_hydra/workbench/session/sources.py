"""What a session refers to: files, remembered so that a change is noticed, and things that come with the package."""

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from napari_hydra.io.formats.envi_header import DATA_SUFFIXES, find_data, find_header

Kind = Literal["file", "sample", "named", "rendered"]
_BLOCK = 1 << 22


@dataclass(frozen=True)
class Source:
    """Where a picture, a truth, a camera or a model comes from.

    Attributes
    ----------
    kind : str
        "file"; "sample", one of `napari_hydra.samples`; "named", a model or a camera of the package; "rendered", a
        picture that was rendered from the truth.
    name : str
        The absolute path of a file or folder, a sample's key or a name.
    sha256 : str
        Of what the file holds (with the data file of an ENVI header, and all files of a folder), of a model that of
        its tensors, so that its card may change; "" where there is no file.
    size, modified : int
        Bytes, and time of the last change in ns: as long as both are the same, the file is not read to compare it.
    """

    kind: Kind
    name: str = ""
    sha256: str = ""
    size: int = 0
    modified: int = 0

    @property
    def path(self) -> Path:
        """The file."""
        return Path(self.name)

    def has_changed(self) -> bool:
        """Whether the file holds something else than it did."""
        size, modified = _size_and_time(self.path)
        if (size, modified) == (self.size, self.modified):
            return False
        return size != self.size or fingerprint(self.path) != self.sha256

    def to_json(self, folder: Path) -> dict[str, Any]:
        """Return the entry of a session file in `folder`: a file's path from there, or where it is elsewhere."""
        if self.kind != "file":
            entry: dict[str, Any] = {self.kind: self.name or True}
            return entry | ({"sha256": self.sha256} if self.sha256 else {})
        path = _relative(self.path, folder)
        # What is passed on with the session says nothing of whose computer it was saved on.
        absolute = path if self.path.is_relative_to(folder) else self.name
        entry = {"path": path, "absolute": absolute, "sha256": self.sha256}
        return entry | {"size": self.size, "modified": self.modified}


def file_source(path: str | Path) -> Source:
    """Return a file or folder as it is now."""
    there = Path(path).expanduser().absolute()
    size, modified = _size_and_time(there)
    return Source("file", os.path.normpath(there), fingerprint(there), size, modified)


def fingerprint(path: Path) -> str:
    """Return the SHA-256 of a file; of several that belong together, that of their names and SHA-256s."""
    files = list(files_of(path))
    if files == [path]:
        return sha256_of(path)
    names = [f"{sha256_of(file)}  {os.path.relpath(file, path.parent)}\n" for file in files]
    return hashlib.sha256("".join(names).replace(os.sep, "/").encode()).hexdigest()


def files_of(path: Path) -> Iterator[Path]:
    """Yield the files that make up what is at `path`: a folder's, an ENVI header and its data."""
    if path.is_dir():
        yield from sorted(file for file in path.rglob("*") if file.is_file())
        return
    yield path
    header = find_header(path) if path.suffix.lower() in (".hdr", *DATA_SUFFIXES) else None
    if header is not None:
        data = find_data(header)
        yield from (file for file in (header, data) if file is not None and file != path)


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of one file."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def moved_to(source: Source, path: Path) -> Source:
    """Return the source of a file that was written under another name and now is at `path`."""
    return replace(source, name=os.path.normpath(path.absolute()))


def _size_and_time(path: Path) -> tuple[int, int]:
    stats = [file.stat() for file in files_of(path)]
    return sum(stat.st_size for stat in stats), max((stat.st_mtime_ns for stat in stats), default=0)


def _relative(path: Path, folder: Path) -> str:
    """Return a path from a folder, with slashes; the absolute one where there is none (another drive)."""
    try:
        return Path(os.path.relpath(path, folder)).as_posix()
    except ValueError:
        return path.as_posix()
