"""Write to a temporary name beside the target, then rename: a failed write leaves nothing behind.

A process that is killed leaves its ``.part``. The name says which it was, on which computer and since when, so that the
next writer can remove it.
"""

import errno
import os
import re
import shutil
import socket
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from napari_hydra.errors import HydraError

_HOST = re.sub(r"[^A-Za-z0-9-]", "-", socket.gethostname())[:24] or "host"
_STARTED = int(time.time())
_LEFT = re.compile(r"\..*\.(?P<host>[A-Za-z0-9-]+)-(?P<process>\d+)-(?P<started>\d+)-[0-9a-f]{8}\.(?:part|old)")
_DAY = 86400.0
_LONGEST = 120  # bytes of a target's name within the temporary one; file systems take 255
_REMEDIES = {
    errno.ENOSPC: "free some space or choose another folder",
    errno.ENAMETOOLONG: "choose a shorter name",
    errno.EROFS: "choose another folder",
    errno.EACCES: "choose another folder",
    errno.EPERM: "choose another folder",
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
    require_target(target, overwrite)
    folder = target.parent
    if not folder.is_dir():
        raise HydraError(f"{target} cannot be written: {folder} is not a folder; make it or choose another.")
    _remove_left(folder)
    temporary = folder / _temporary_name(target)
    try:
        if needed and shutil.disk_usage(folder).free < needed:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        yield temporary
        require_target(target, overwrite)
        _rename(temporary, target)
    except OSError as error:
        remedy = _REMEDIES.get(error.errno or errno.ENOSPC, _REMEDIES[errno.ENOSPC])
        raise HydraError(f"{target} could not be written ({_reason(error, folder)}); {remedy}.") from error
    finally:
        _remove(temporary)


def require_target(target: Path, overwrite: bool) -> None:
    """Refuse a target before anything is computed for it.

    Raises
    ------
    HydraError
        If it exists and may not be replaced, or its folder (or the one that will hold that) is read-only.
    """
    try:
        exists = target.exists() or target.is_symlink()
    except OSError as error:  # before Python 3.12: its name is too long
        raise HydraError(f"{target} could not be written ({error.strerror}); choose a shorter name.") from error
    if not overwrite and exists:
        raise HydraError(f"{target} exists already; choose another name or ask to overwrite it.")
    folder = next((one for one in target.absolute().parents if one.exists()), None)
    if folder is not None and folder.is_dir() and not os.access(folder, os.W_OK | os.X_OK):
        raise HydraError(f"{target} could not be written ({folder} is read-only); choose another folder.")


def _temporary_name(target: Path) -> str:
    name = target.name.encode("utf-8", "surrogateescape")[:_LONGEST].decode("utf-8", "ignore")
    return f".{name}.{_HOST}-{os.getpid()}-{_STARTED}-{uuid.uuid4().hex[:8]}.part"


def _remove_left(folder: Path) -> None:
    """Remove what processes left that were killed while they wrote here."""
    try:
        names = [entry.name for entry in os.scandir(folder) if entry.name.endswith((".part", ".old"))]
    except OSError:
        return
    for name in names:
        found = _LEFT.fullmatch(name)
        if found and _is_left(folder / name, found["host"], int(found["process"]), int(found["started"])):
            _remove(folder / name)


def _is_left(path: Path, host: str, process: int, started: int) -> bool:
    try:
        if time.time() - path.stat().st_mtime > _DAY:
            return True
    except OSError:
        return False
    if host != _HOST:
        return False
    if process == os.getpid():
        return started != _STARTED
    if os.name != "posix":
        return False  # there, asking after a process would end it
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return True
    except (OSError, OverflowError):
        return False
    return False


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
        with suppress(FileNotFoundError, PermissionError):
            path.unlink()


def _reason(error: OSError, folder: Path) -> str:
    # libraries may report a full disk as "fewer bytes written than asked for", without an error number
    if error.errno == errno.ENOSPC or (error.errno is None and shutil.disk_usage(folder).free < 2**20):
        return "no space left on device"
    return (error.strerror or str(error)).splitlines()[0].lower()
