"""Write to a temporary name beside the target, then rename: a failed write leaves nothing behind."""

import errno
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from napari_hydra.errors import HydraError
from napari_hydra.io.files.part_files import part_name, remove, remove_abandoned

_LONGEST_NAME = 255  # bytes, of the file systems that are common
_RESERVED = re.compile(r"(?i)con|prn|aux|nul|com\d|lpt\d")
_NOT_ALLOWED = "its folder may not be written to; choose another"
_WORDS = {
    errno.ENOSPC: "no space left on device; free some or choose another folder",
    errno.EFBIG: "the file would be larger than it may be; choose another folder",
    errno.ENAMETOOLONG: "its name is too long; choose a shorter one",
    errno.EACCES: _NOT_ALLOWED,
    errno.EPERM: _NOT_ALLOWED,
    errno.EROFS: _NOT_ALLOWED,
}


@contextmanager
def replacing(target: Path, *, overwrite: bool = False, needed: int = 0) -> Iterator[Path]:
    """Give a temporary path to write a file or folder to; it becomes `target` when the block ends well.

    Parameters
    ----------
    target : Path
        What is to exist afterwards.
    overwrite : bool
        Whether an existing target may be replaced.
    needed : int
        Bytes that will be written; refused at once if the disk has less.

    Raises
    ------
    HydraError
        If the target exists and may not be replaced, its folder cannot be written to, or the disk is full.
    """
    refuse_existing(target, overwrite)
    folder = target.parent
    if not folder.is_dir():
        raise HydraError(f"{target} cannot be written: {folder} is not a folder; make it or choose another.")
    remove_abandoned(target)
    temporary = part_name(target)
    try:
        if needed and shutil.disk_usage(folder).free < needed:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        yield temporary
        refuse_existing(target, overwrite)
        _rename(temporary, target)
    except OSError as error:
        raise HydraError(f"{target} could not be written ({_reason(error, folder)}).") from error
    finally:
        remove(temporary)


def refuse_existing(target: Path, overwrite: bool) -> None:
    """Raise HydraError if `target` cannot be written: said before anything is computed.

    Raises
    ------
    HydraError
        If it exists and may not be replaced, its name cannot be one, or its folder may not be written to.
    """
    try:
        exists = target.exists() or target.is_symlink()
    except OSError as error:
        raise HydraError(f"{target} cannot be written ({_reason(error, target.parent)}).") from error
    if exists and not overwrite:
        raise HydraError(f"{target} exists already; choose another name or ask to overwrite it.")
    if len(target.name.encode()) > _LONGEST_NAME:
        raise HydraError(f"{target} cannot be written ({_WORDS[errno.ENAMETOOLONG]}).")
    if os.name == "nt" and is_reserved(target.name):
        raise HydraError(f"{target} cannot be written: Windows keeps that name for itself; choose another.")
    folder = next((one for one in target.absolute().parents if one.exists()), None)
    if folder is not None and folder.is_dir() and not os.access(folder, os.W_OK):
        raise HydraError(f"{target} cannot be written ({_WORDS[errno.EACCES]}).")


def is_reserved(name: str) -> bool:
    """Whether Windows refuses a file name, whatever its suffix: CON, NUL, COM1, a point at its end."""
    return bool(_RESERVED.fullmatch(name.split(".")[0].strip())) or name != name.rstrip(" .")


def _rename(temporary: Path, target: Path) -> None:
    if not target.is_dir():
        os.replace(temporary, target)
        return
    # A folder cannot be replaced in one step: the old one is kept until the new one stands.
    old = temporary.with_suffix(".old")
    os.replace(target, old)
    try:
        os.replace(temporary, target)
    except OSError:
        os.replace(old, target)
        raise
    remove(old)


def _reason(error: OSError, folder: Path) -> str:
    """Return what happened and the remedy."""
    # libraries may report a full disk as "fewer bytes written than asked for", without an error number
    if error.errno is None and shutil.disk_usage(folder).free < 2**20:
        return _WORDS[errno.ENOSPC]
    said = (error.strerror or str(error)).splitlines()[0].lower()
    return _WORDS.get(error.errno or 0, f"{said}; choose another folder")
