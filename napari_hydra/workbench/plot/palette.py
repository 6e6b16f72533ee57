"""Colours of pins and regions that people with colour-blindness tell apart, and the themes they are drawn on."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

# Okabe and Ito, "Color Universal Design" (2008), without black and yellow, which vanish on one of the themes.
CYCLE = ("#e69f00", "#56b4e9", "#009e73", "#cc79a7", "#d55e00", "#0072b2")


FOREGROUND = "foreground"  # a colour that only the theme knows: the curve under the cursor


def next_colour(taken: Iterable[str]) -> str:
    """Return the colour of the cycle that is used least, the earliest of equals."""
    uses = Counter(colour.lower() for colour in taken)
    return min(CYCLE, key=lambda colour: uses[colour])


def next_name(prefix: str, taken: Iterable[str]) -> str:
    """Return ``prefix`` and the smallest number above all in use: a deleted name is not given again.

    >>> next_name("P", ["P1", "P3"])
    'P4'
    """
    numbers = [int(n) for name in taken if (n := name.removeprefix(prefix)).isdigit() and name != n]
    return f"{prefix}{max(numbers, default=0) + 1}"


def mix(colour: str, other: str, share: float) -> str:
    """Return "#rrggbb" `share` of the way from one colour to another."""
    pairs = zip(_channels(colour), _channels(other), strict=True)
    return "#" + "".join(f"{round(a + share * (b - a)):02x}" for a, b in pairs)


def _channels(colour: str) -> tuple[int, ...]:
    return tuple(int(colour[i : i + 2], 16) for i in (1, 3, 5))


@dataclass(frozen=True)
class PlotTheme:
    """Colours ("#rrggbb") of everything that has none of its own."""

    background: str
    foreground: str
    is_dark: bool

    def line(self, colour: str) -> str:
        """Return the colour of an estimate."""
        return self.foreground if colour == FOREGROUND else colour

    def truth(self, colour: str) -> str:
        """Return the colour of a truth: that of its estimate, moved away from the background."""
        return mix(self.line(colour), "#ffffff" if self.is_dark else "#000000", 0.45)

    @property
    def faint(self) -> str:
        """Colour of grids and frames."""
        return mix(self.background, self.foreground, 0.25)


LIGHT = PlotTheme("#ffffff", "#262626", is_dark=False)
DARK = PlotTheme("#262930", "#f0f1f2", is_dark=True)
