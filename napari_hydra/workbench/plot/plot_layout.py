"""Where the parts of the spectra plot stand, for any size of the dock. Lengths in points."""

from dataclasses import dataclass

from napari_hydra.workbench.plot.plot_state import DIFFERENCE_LABEL

FONT, SMALL_FONT = 9.0, 8.0
LETTER = 0.54  # width of a letter, of the font's size, on average; measuring it needs a renderer and takes longer
ROW = 14.0  # height of a legend row
SAMPLE = 20.0  # length of the line sample in a legend row
LEFT, RIGHT, TOP, BOTTOM, GAP = 58.0, 10.0, 18.0, 34.0, 7.0

_WIDE = 520.0  # from this width on, the legend stands beside the axes
_FLAT = 120.0  # a plot lower than this shows differences beside the values instead of below
_TINY = 150.0  # a narrow plot lower than this shows its curves alone, without a legend
_LOW = 40.0  # axes lower than this have no room for words beside them
_LEAST = 40.0
_SHORT_WORDS = {DIFFERENCE_LABEL: "difference"}

Box = tuple[float, float, float, float]  # left, bottom, width, height


@dataclass(frozen=True)
class Layout:
    """Boxes of the axes of values, those of differences (None: there are none), and the legend."""

    upper: Box
    lower: Box | None
    legend: Box

    @property
    def is_stacked(self) -> bool:
        """Whether the differences stand below the values and share their x axis."""
        return self.lower is not None and self.lower[1] < self.upper[1]


def lay_out(width: float, height: float, *, rows: int, letters: int, has_difference: bool) -> Layout:
    """Divide a figure.

    Parameters
    ----------
    width, height : float
    rows : int
        Of the legend, with the one that is kept for the pixel under the cursor; 0 without a legend.
    letters : int
        In the longest row.
    has_difference : bool
    """
    if not rows:
        box = (LEFT, BOTTOM, width - LEFT - RIGHT, height - BOTTOM - TOP)
        legend = (width - 2.0, 2.0, 1.0, 1.0)
    elif width >= _WIDE:
        wanted = LETTER * SMALL_FONT * letters + SAMPLE + 22.0
        legend_width = min(max(wanted, 120.0), 0.46 * width)
        box = (LEFT, BOTTOM, width - LEFT - RIGHT - legend_width, height - BOTTOM - TOP)
        legend = (width - legend_width, 6.0, legend_width - 4.0, height - 6.0 - TOP)
    else:
        legend_height = min(rows * ROW + 4.0, 0.4 * height) if height >= _TINY else 0.0
        box = (LEFT, BOTTOM + legend_height, width - LEFT - RIGHT, height - BOTTOM - TOP - legend_height)
        legend = (10.0, 2.0, width - 14.0, max(legend_height, 1.0))
    upper, lower = _split((box[0], box[1], max(box[2], _LEAST), max(box[3], _LEAST)), has_difference)
    return Layout(upper, lower, legend)


def _split(box: Box, has_difference: bool) -> tuple[Box, Box | None]:
    """Divide the room between values and differences: one above the other, or side by side in a flat plot."""
    left, bottom, width, height = box
    if not has_difference:
        return box, None
    if height < _FLAT and width > 3.0 * height:
        room = width - LEFT - RIGHT
        first = 0.58 * room
        return (left, bottom, first, height), (left + first + RIGHT + LEFT, bottom, room - first, height)
    lower = 0.3 * (height - GAP)
    return (left, bottom + lower + GAP, width, height - lower - GAP), (left, bottom, width, lower)


def axis_words(words: str, height: float) -> tuple[str, float]:
    """Return as much of an axis label as fits beside axes of a height, and its font size; no words if none fit."""
    if height < _LOW:
        return "", SMALL_FONT
    size = FONT if height >= 2 * _LOW else SMALL_FONT
    room = int(height / (LETTER * size))
    without_unit = words.split(" (")[0] if "/ dλ" not in words else words
    for shorter in (words, without_unit, _SHORT_WORDS.get(words, words)):
        if len(shorter) <= room:
            return shorter, size
    lines = words.split(" / ")
    if len(lines) == 2 and max(len(lines[0]), len(lines[1]) + 2) <= int(height / (LETTER * SMALL_FONT)):
        return "\n/ ".join(lines), SMALL_FONT
    return cut(words, room), size


def cut(text: str, letters: int) -> str:
    """Return a text, or its beginning and an ellipsis."""
    return text if len(text) <= letters else text[: max(letters - 1, 1)] + "…"
