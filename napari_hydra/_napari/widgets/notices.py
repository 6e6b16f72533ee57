"""Sentences for the user: notifications of napari, never a traceback for a mistake of theirs."""

from collections.abc import Iterator
from contextlib import contextmanager

from napari.utils.notifications import show_error, show_info, show_warning

from napari_hydra.bug_log import log_bug
from napari_hydra.errors import HydraError


class FaultOfOurs(RuntimeError):
    """A bug, told in one sentence that says where its traceback is; napari shows it as a notification."""


def sentence(error: Exception) -> str:
    """Return an exception's message as a sentence, its first letter large."""
    text = " ".join((error.window if isinstance(error, HydraError) else str(error)).split())
    # A message that begins with a path keeps its letters.
    first = text.split(" ", 1)[0]
    return text[:1].upper() + text[1:] if first.isalpha() else text


def notify_info(text: str) -> None:
    """Show a notice."""
    show_info(text)


def notify_warning(text: str) -> None:
    """Show a warning."""
    show_warning(text)


def words_of(error: Exception) -> str:
    """Return what went wrong and the remedy, "" where the fault is ours."""
    if isinstance(error, HydraError):
        return sentence(error)
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":
        return "There is not enough memory for this; take a smaller picture, fewer bands or another device."
    if isinstance(error, OSError):
        return f"{error.filename or 'A file'} cannot be used: {error.strerror or error}."
    return ""


def notify_failure(error: Exception) -> None:
    """Show what went wrong if the user can put it right; if the fault is ours, log it and raise `FaultOfOurs`."""
    words = words_of(error)
    if not words:
        raise FaultOfOurs(log_bug(error)) from error
    show_error(words)


@contextmanager
def notifying() -> Iterator[None]:
    """Turn a mistake of the user's within the block into a notification."""
    try:
        yield
    except (HydraError, OSError, MemoryError) as error:
        notify_failure(error)
