"""Write to a temporary name beside the target, then rename: a failed write leaves nothing behind."""

import errno
import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from napari_hydra.errors import HydraError


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
    temporary = folder / f".{target.name}.{uuid.uuid4().hex[:8]}.part"
    try:
        if needed and shutil.disk_usage(folder).free < needed:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        yield temporary
        refuse_existing(target, overwrite)
        _rename(temporary, target)
    except OSError as error:
        raise HydraError(
            f"{target} could not be written ({_reason(error, folder)}); free some space or choose another folder."
        ) from error
    finally:
        _remove(temporary)


def refuse_existing(target: Path, overwrite: bool) -> None:
    """Raise HydraError if `target` exists and may not be replaced."""
    if not overwrite and (target.exists() or target.is_symlink()):
        raise HydraError(f"{target} exists already; choose another name or ask to overwrite it.")


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
    _remove(old)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _reason(error: OSError, folder: Path) -> str:
    # libraries may report a full disk as "fewer bytes written than asked for", without an error number
    if error.errno == errno.ENOSPC or (error.errno is None and shutil.disk_usage(folder).free < 2**20):
        return "no space left on device"
    return (error.strerror or str(error)).splitlines()[0].lower()
