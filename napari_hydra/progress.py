"""How far a long computation is: generators that say so at each step, and callables that are told."""

import threading
from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import dataclass
from typing import TypeVar

from napari_hydra.errors import Cancelled

T = TypeVar("T")


@dataclass(frozen=True)
class Progress:
    """How far a computation is.

    Attributes
    ----------
    fraction : float
        0 to 1.
    stage : str
        What it is doing: "reading the picture".

    Examples
    --------
    >>> Progress(0.5, "estimating latents").fraction
    0.5
    """

    fraction: float
    stage: str = ""


Steps = Generator[Progress, None, T]  # yields on the way, and returns the result
ProgressCallback = Callable[[float, str], None]  # called with a fraction and a stage


def drain(steps: Steps[T], progress: ProgressCallback | None = None, cancel: threading.Event | None = None) -> T:
    """Run steps to their end and return their result.

    Parameters
    ----------
    steps : generator of Progress
    progress : callable, optional
        Called with the fraction and the stage of each step.
    cancel : threading.Event, optional
        Set it to stop at the next step.

    Raises
    ------
    Cancelled
        If `cancel` was set.
    """
    check_cancelled(cancel)
    with closing(steps):
        while True:
            try:
                step = next(steps)
            except StopIteration as end:
                result: T = end.value
                return result
            report_step(step.fraction, step.stage, progress, cancel)


def report_step(fraction: float, stage: str, progress: ProgressCallback | None, cancel: threading.Event | None) -> None:
    """Tell `progress` how far it is, where there is one; raise `Cancelled` where `cancel` is set."""
    check_cancelled(cancel)
    if progress is not None:
        progress(fraction, stage)


def check_cancelled(cancel: threading.Event | None) -> None:
    """Raise `Cancelled` where `cancel` is set."""
    if cancel is not None and cancel.is_set():
        raise Cancelled("The computation was cancelled.")


def sub_steps(steps: Steps[T], start: float, stop: float) -> Steps[T]:
    """Return the steps of a part, its progress brought between two fractions of the whole."""
    while True:
        try:
            step = next(steps)
        except StopIteration as end:
            result: T = end.value
            return result
        yield Progress(start + (stop - start) * step.fraction, step.stage)


def sub_progress(
    progress: ProgressCallback | None, start: float, stop: float, stage: str = "{}"
) -> ProgressCallback | None:
    """Return a callable for a part of what `progress` is told of.

    Parameters
    ----------
    progress : callable or None
        That of the whole; without it there is none of the part.
    start, stop : float
        Between which fractions of the whole the part lies.
    stage : str
        What the whole is told, "{}" being the part's own words.
    """
    if progress is None:
        return None
    return lambda fraction, words: progress(start + (stop - start) * fraction, stage.replace("{}", words))


def drained(
    steps: Callable[[], Steps[T]],
) -> Callable[[ProgressCallback | None, threading.Event | None], T]:
    """Return a function of ``(progress, cancel)`` that begins steps and runs them to their end."""
    return lambda progress, cancel: drain(steps(), progress, cancel)
