"""Keys on the canvas, which hold while the dock Spectra is open."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class KeyAction:
    """A key on the canvas.

    Attributes
    ----------
    key : str
        As napari spells it.
    words : str
        What it does.
    run : callable
        Takes the dock Spectra.
    """

    key: str
    words: str
    run: Callable[[Any], None]


KEYS = (
    KeyAction("D", "draw a region with the tool used last", lambda dock: dock.draw()),
    KeyAction("Shift-D", "paint a region", lambda dock: dock.paint()),
    KeyAction("Q", "leave drawing and painting: clicks pin pixels again", lambda dock: dock.pick()),
    KeyAction("E", "give the plot most of the window, or the room that it had", lambda dock: dock.toggle_large()),
    KeyAction("Control-Z", "undo the last change of pins and regions", lambda dock: dock.undo()),
    KeyAction("Control-Shift-Z", "do again what was undone", lambda dock: dock.redo()),
    KeyAction("W", "average a larger window of pixels", lambda dock: dock.step_pixel_window(1)),
    KeyAction("Shift-W", "average a smaller window of pixels", lambda dock: dock.step_pixel_window(-1)),
    KeyAction("U", "show or hide the encoded truth", lambda dock: dock.toggle_encoded_truth()),
)
