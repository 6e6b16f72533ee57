"""Where the traceback of a fault of ours is kept: the user gets one sentence and the name of this file."""

import os
import platform
import sys
import traceback
from datetime import UTC, datetime
from pathlib import Path

LOG_VARIABLE = "NAPARI_HYDRA_LOG"
_LARGEST = 2**20  # bytes; then it begins anew, the old one kept beside it


def log_path() -> Path:
    """Return the log: what NAPARI_HYDRA_LOG names, or else a file where the system keeps such."""
    if os.environ.get(LOG_VARIABLE):
        return Path(os.environ[LOG_VARIABLE])
    if sys.platform == "win32":
        folder = Path(os.environ.get("LOCALAPPDATA", Path.home()))
    elif sys.platform == "darwin":
        folder = Path.home() / "Library" / "Logs"
    else:
        folder = Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state")
    return folder / "napari-hydra" / "errors.log"


def log_bug(error: BaseException) -> str:
    """Keep the traceback of an exception, and return one sentence for the user that says where."""
    words = " ".join(f"{type(error).__name__}: {error}".split())[:200]
    path = log_path()
    head = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ} Python {platform.python_version()} {platform.system()}"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.is_file() and path.stat().st_size > _LARGEST:
            path.replace(path.with_suffix(".old"))
        with path.open("a", encoding="utf-8", errors="backslashreplace") as file:
            file.write(f"{head}\n{''.join(traceback.format_exception(error))}\n")
    except (OSError, RuntimeError) as failed:  # RuntimeError: no home folder
        return f"unexpected {words}; its traceback could not be kept in {path} ({failed})."
    return f"unexpected {words}; this is a fault of napari-hydra, please report it with {path}."
