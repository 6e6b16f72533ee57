"""The exceptions that a user may meet on purpose."""

from typing import Any


class HydraError(ValueError):
    """Something the user gave cannot be used.

    The message is one sentence that names the file or value and the remedy. Where the remedy is another one in the
    window or on the command line, each is given its own sentence; ``str(error)`` is Python's.

    Parameters
    ----------
    message : str
        The sentence for Python.
    command_line : str, optional
        The sentence for the command line, which prints it and exits with 2.
    window : str, optional
        The sentence for the window, which shows it as a notification.
    """

    def __init__(self, message: str, *, command_line: str = "", window: str = "") -> None:
        super().__init__(message)
        self.command_line = command_line or message
        self.window = window or message


class HydraQuestion(HydraError):
    """A file leaves something open that its reader cannot know, and the user can answer.

    Parameters
    ----------
    message, command_line, window : str
        As for `HydraError`.
    asks : str
        "wavelengths", "scale" or "incomplete": the answer is the argument ``wavelengths``, ``divide_by`` or
        ``incomplete`` of `read_cube`.
    **known
        What is known: ``lengths``, how many bands there may be, the likeliest first; ``choices``, pairs of words and
        answer.
    """

    def __init__(self, message: str, *, asks: str, command_line: str = "", window: str = "", **known: Any) -> None:
        super().__init__(message, command_line=command_line, window=window)
        self.problem = message.rpartition(";")[0] or message  # without the remedy
        self.asks = asks
        self.known = known


class Cancelled(Exception):
    """A long computation stopped because its cancel event was set."""


def with_remedy(problem: str, *, python: str, command_line: str, window: str) -> HydraError:
    """Return an error with one remedy for each surface: ``"FILE does not say ...; give ..."``."""
    return HydraError(
        f"{problem}; {python}.", command_line=f"{problem}; {command_line}.", window=f"{problem}; {window}."
    )
