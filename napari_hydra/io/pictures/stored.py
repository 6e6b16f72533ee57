"""What a file of a picture holds: its numbers, and what it says of them."""

from dataclasses import dataclass, field
from typing import Any, Literal

from numpy.typing import NDArray

# EXIF orientation -> (transpose, flip up-down, flip left-right), applied in this order
_ORIENTATIONS = {
    2: (False, False, True),
    3: (False, True, True),
    4: (False, True, False),
    5: (True, False, False),
    6: (True, False, True),
    7: (True, True, True),
    8: (True, True, False),
}
Alpha = Literal["straight", "premultiplied", "unknown"]


class PictureNotice(UserWarning):
    """A picture was not three sRGB channels up to the largest number of its type, and something was done about it."""


@dataclass(eq=False)
class StoredPicture:
    """The numbers of a file.

    Attributes
    ----------
    array : (H, W) or (H, W, C) array
        As stored.
    orientation : int
        Of EXIF: how it is to be turned to stand upright.
    profile : bytes or None
        ICC profile of its colours, from wherever the file says it.
    bits : int or None
        Of each channel, where the file says fewer than its numbers have room for.
    alpha : str
        What the channel beyond grey or RGB is: "straight", "premultiplied" or "unknown".
    channels : str
        What the others are, where the file does not say that they are colours; "" where it does.
    notices : list of str
        What was done so far: ends of a sentence that begins with the name of the file.
    """

    array: NDArray[Any]
    orientation: int = 1
    profile: bytes | None = None
    bits: int | None = None
    alpha: Alpha = "straight"
    channels: str = ""
    notices: list[str] = field(default_factory=list)


def upright(stored: StoredPicture) -> NDArray[Any]:
    """Return the numbers upright, which EXIF may say lie on a side or are seen in a mirror."""
    array = stored.array
    transposed, down, right = _ORIENTATIONS.get(stored.orientation, (False, False, False))
    if transposed:
        array = array.swapaxes(0, 1)
    return array[:: -1 if down else 1, :: -1 if right else 1]
