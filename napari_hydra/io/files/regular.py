"""Only files and folders are read: a pipe waits for ever, and a device has no end."""

import stat
from pathlib import Path

from napari_hydra.errors import HydraError


def require_regular(path: str | Path) -> None:
    """Refuse what is neither a file nor a folder; what is missing is left to whoever opens it.

    Raises
    ------
    HydraError
        If it is a pipe, a socket or a device.
    """
    try:
        mode = Path(path).stat().st_mode
    except (OSError, ValueError):  # a name may hold a zero byte
        return
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
        raise HydraError(f"{path} is a pipe or a device and is not read; give a file.")
