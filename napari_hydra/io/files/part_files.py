"""Names of files that are being written, which say who writes them, and the removal of those whose writer is gone."""

import contextlib
import os
import re
import shutil
import socket
import time
import uuid
from pathlib import Path

_DAY = 86400  # seconds
_LONGEST = 60  # letters of the target's name: with all that follows it must fit into a file name
_PART = re.compile(r"\.(?P<host>[^.]+)\.(?P<process>\d+)\.(?P<start>\d+)\.[0-9a-f]{8}\.part")


def part_name(target: Path) -> Path:
    """Return a new name beside a target, with the host, the process and the time in seconds since 1970."""
    return (
        target.parent / f"{_beginning(target)}.{_host()}.{os.getpid()}.{int(time.time())}.{uuid.uuid4().hex[:8]}.part"
    )


def remove_abandoned(target: Path) -> None:
    """Remove what writers of the same target left behind: those of this host that ended, others after a day."""
    beginning = _beginning(target)
    for path in target.parent.glob(".*.part"):
        said = _PART.fullmatch(path.name.removeprefix(beginning)) if path.name.startswith(beginning) else None
        if said is None:
            continue
        is_over = said["host"] == _host() and not _is_running(int(said["process"]))
        if is_over or time.time() - int(said["start"]) > _DAY:
            with contextlib.suppress(OSError):
                remove(path)


def remove(path: Path) -> None:
    """Remove a file or folder, if it is there."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _beginning(target: Path) -> str:
    return f".{target.name.encode()[:_LONGEST].decode(errors='ignore')}"


def _host() -> str:
    return re.sub(r"[^\w-]", "-", socket.gethostname())[:40] or "host"


def _is_running(process: int) -> bool:
    """Whether a process lives; on Windows, where asking may end it, it always seems to."""
    if os.name == "nt":
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:  # it belongs to somebody else
        return True
    return True
