"""Text files as people keep them."""

from pathlib import Path

from napari_hydra.errors import HydraError


def read_text(path: Path, size: int = -1) -> str:
    """Return the first `size` bytes of a file (-1: all) as text: UTF-8, with or without its mark, or Latin-1.

    Raises
    ------
    HydraError
        If the file cannot be read.
    """
    try:
        with path.open("rb") as file:
            raw = file.read(size)
    except OSError as error:
        raise HydraError(f"{path} cannot be read ({error.strerror}); check the file and its folder.") from error
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def numbers_in(line: str) -> tuple[float, ...] | None:
    """Return the numbers of a line, None if it holds anything else or nothing."""
    try:
        return tuple(map(float, line.split())) or None
    except ValueError:
        return None


def first_line(error: Exception) -> str:
    """Return the beginning of what an error says, or else its kind."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:120]
