"""The spectra plot as matplotlib draws it, without Qt: the window and the exported picture are the same.

Curves of pins and regions are fixed; the curve under the cursor and the mark of the shown band are live
(``animated`` artists), so that a canvas which keeps the fixed part as a bitmap redraws them in milliseconds.
Sizes are in points throughout; nothing is set globally.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from napari_hydra._napari.palette import mix
from napari_hydra._napari.plot_state import DIFFERENCE_LABEL, FOREGROUND, X_LABEL, Curve, LegendRow, PlotState

FONT, SMALL_FONT = 9.0, 8.0
ROW = 14.0  # height of a legend row
_SAMPLE = 20.0  # length of the line sample in a legend row
_LEFT, _RIGHT, _TOP, _BOTTOM, _GAP = 58.0, 10.0, 18.0, 34.0, 7.0
_WIDE = 520.0  # from this width on, the legend stands beside the axes
_HEADROOM = 0.08
_LETTER = 0.53  # width of a letter, of the font's size, on average
_BAND_SHARE = 0.35  # how far a band may stretch the axes beyond its curves, of their span
_SHORT_WORDS = {DIFFERENCE_LABEL: "difference"}
_LOW = 40.0  # axes lower than this have no room for the words beside them
_TINY = 150.0  # a narrow plot lower than this shows its curves alone, without a legend
_FLAT = 120.0  # a plot lower than this shows differences beside the values instead of below
Box = tuple[float, float, float, float]  # left, bottom, width, height

# Line style and width of each kind of curve.
_STYLES: dict[str, tuple[Any, float]] = {
    "estimate": ("-", 1.6),
    "truth": ((0, (4, 2)), 1.5),
    "spread": ((0, (1, 1.5)), 0.9),
    "truth spread": ((0, (1, 2.5)), 0.9),
    "difference": ("-", 1.3),
}


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


class SpectraFigure:
    """Draws plot states onto a matplotlib figure.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
    theme : PlotTheme
    """

    def __init__(self, figure: Figure, theme: PlotTheme = LIGHT) -> None:
        self.figure = figure
        self.theme = theme
        self._state = PlotState()
        self._size = (0.0, 0.0)
        self._limits = ((0.0, 1.0), (-1.0, 1.0))
        self._live: list[Artist] = []
        self._build()

    @property
    def state(self) -> PlotState:
        """What is drawn."""
        return self._state

    def update(self, state: PlotState, *, theme: PlotTheme | None = None) -> bool:
        """Take over a new state; return whether the fixed part changed, so that the whole must be drawn again."""
        old, self._state = self._state, state
        limits = self._limits_for(old, state)
        rebuilt = (
            (theme is not None and theme != self.theme)
            or state.subject != old.subject
            or state.message != old.message
            or state.rows != old.rows
            or self._points() != self._size
        )
        self.theme = theme or self.theme
        if rebuilt:
            self._limits = limits
            self._build()
        elif limits != self._limits:
            self._limits = limits
            self._apply_limits()
            rebuilt = True
        self._update_live()
        return rebuilt

    def draw_live(self) -> None:
        """Draw the live artists over the fixed part (on a canvas that has a renderer)."""
        for artist in self._live:
            self.figure.draw_artist(artist)

    def settle(self) -> None:
        """Make the live artists ordinary ones, for a figure that is drawn once and saved."""
        for artist in self._live:
            artist.set_animated(False)

    def is_spectral(self, axes: Axes | None) -> bool:
        """Whether x counts nanometres in these axes."""
        return axes is not None and self._state.x_limits is not None and axes in (self._upper, self._lower)

    # -- fixed part ---------------------------------------------------------------------------------------

    def _build(self) -> None:
        self._size = self._points()
        self._live = []
        self.figure.clear()
        self.figure.set_facecolor(self.theme.background)
        state = self._state
        if state.x_limits is None:
            self._write_message(self.figure, state.message or "")
            return
        self._upper, self._lower, self._legend = self._lay_out()
        for curve in state.curves:
            self._draw_curve(self._upper, curve)
        if self._lower is not None:
            self._lower.axhline(0.0, color=self.theme.foreground, linewidth=0.8)
            for curve in state.differences:
                self._draw_curve(self._lower, curve)
        self._apply_limits()
        self._draw_rows()
        if state.message:
            self._write_message(self._upper, state.message)

    def _points(self) -> tuple[float, float]:
        width, height = self.figure.get_size_inches()
        return (width * 72.0, height * 72.0)

    def _lay_out(self) -> tuple[Axes, Axes | None, Axes]:
        """Place the axes; the legend stands right of a wide plot and below a narrow one."""
        width, height = self._size
        rows = len(self._state.rows) + 1  # one is kept for the pixel under the cursor
        if not self._state.rows:
            box = (_LEFT, _BOTTOM, width - _LEFT - _RIGHT, height - _BOTTOM - _TOP)
            legend_box = (width - 2.0, 2.0, 1.0, 1.0)
        elif width >= _WIDE:
            legend_width = min(max(self._text_width() + _SAMPLE + 22.0, 120.0), 0.46 * width)
            box = (_LEFT, _BOTTOM, width - _LEFT - _RIGHT - legend_width, height - _BOTTOM - _TOP)
            legend_box = (width - legend_width, 6.0, legend_width - 4.0, height - 6.0 - _TOP)
        else:
            legend_height = min(rows * ROW + 4.0, 0.4 * height) if height >= _TINY else 0.0
            box = (_LEFT, _BOTTOM + legend_height, width - _LEFT - _RIGHT, height - _BOTTOM - _TOP - legend_height)
            legend_box = (10.0, 2.0, width - 14.0, max(legend_height, 1.0))
        upper_box, lower_box = self._split((box[0], box[1], max(box[2], 40.0), max(box[3], 40.0)))
        upper = self._axes(upper_box)
        lower = None if lower_box is None else self._axes(lower_box)
        self._label_axis(upper, self._state.y_label, upper_box)
        upper.set_xlabel(X_LABEL, fontsize=FONT, color=self.theme.foreground)
        if lower is not None and lower_box is not None:
            self._label_axis(lower, self._state.difference_label, lower_box)
            lower.set_xlabel(X_LABEL, fontsize=FONT, color=self.theme.foreground)
            if lower_box[1] < upper_box[1]:
                upper.tick_params(labelbottom=False)
                upper.set_xlabel("")
        legend = self.figure.add_axes(self._fractions(legend_box))
        legend.set_axis_off()
        legend.set_xlim(0.0, legend_box[2])
        legend.set_ylim(legend_box[3], 0.0)
        return upper, lower, legend

    def _split(self, box: Box) -> tuple[Box, Box | None]:
        """Divide the room between values and differences: one above the other, or side by side in a flat plot."""
        left, bottom, width, height = box
        if not self._state.has_difference:
            return box, None
        if height < _FLAT and width > 3.0 * height:
            share = 0.58 * (width - _LEFT - _RIGHT)
            rest = width - _LEFT - _RIGHT - share
            return (left, bottom, share, height), (left + share + _RIGHT + _LEFT, bottom, rest, height)
        lower = 0.3 * (height - _GAP)
        return (left, bottom + lower + _GAP, width, height - lower - _GAP), (left, bottom, width, lower)

    def _label_axis(self, axes: Axes, words: str, box: Box) -> None:
        """Write words beside an axis, short ones where it is low, none where they would overlap the next."""
        if box[3] < _LOW:
            return
        size = FONT if box[3] >= 2 * _LOW else SMALL_FONT
        if len(words) * 0.55 * size > box[3]:
            words = words.split(" (")[0]
        if len(words) * 0.55 * size > box[3]:
            words = _SHORT_WORDS.get(words, words)
        room = int(box[3] / (0.55 * size))
        words = words if len(words) <= room else words[: room - 1] + "…"
        axes.set_ylabel(words, fontsize=size, color=self.theme.foreground)
        axes.yaxis.set_label_coords(-46.0 / box[2], 0.5)

    def _fractions(self, box: Box) -> tuple[float, float, float, float]:
        width, height = self._size
        return (box[0] / width, box[1] / height, box[2] / width, box[3] / height)

    def _axes(self, box: Box) -> Axes:
        axes = self.figure.add_axes(self._fractions(box))
        axes.set_facecolor(self.theme.background)
        axes.tick_params(labelsize=SMALL_FONT, colors=self.theme.foreground, length=3.0)
        axes.grid(True, color=self.theme.faint, linewidth=0.5, alpha=0.6)
        axes.locator_params(axis="y", nbins=max(3, min(8, int(box[3] / 22.0))))
        for spine in axes.spines.values():
            spine.set_color(self.theme.faint)
        return axes

    def _draw_curve(self, axes: Axes, curve: Curve, *, animated: bool = False) -> list[Artist]:
        is_truth = curve.kind in ("truth", "truth spread")
        colour = self.theme.truth(curve.colour) if is_truth else self.theme.line(curve.colour)
        artists: list[Artist] = []
        if curve.low is not None and curve.high is not None:
            alpha = 0.22 if curve.kind == "estimate" else 0.12
            artists.append(
                axes.fill_between(
                    curve.wavelengths,
                    curve.low,
                    curve.high,
                    color=colour,
                    alpha=alpha,
                    linewidth=0,
                    animated=animated,
                )
            )
        marker = "." if np.isfinite(curve.values).sum() == 1 else ""
        style, width = _STYLES[curve.kind]
        artists.extend(
            axes.plot(
                curve.wavelengths,
                curve.values,
                color=colour,
                linestyle=style,
                linewidth=width,
                marker=marker,
                animated=animated,
            )
        )
        return artists

    def _draw_rows(self) -> None:
        self._live_row_index = -1  # none, where there is no legend
        height = self._legend.get_ylim()[0]
        if height < 2 * ROW:
            return
        room = max(int(height // ROW) - 1, 1)
        rows = self._state.rows
        for row in [row for row in reversed(rows) if row.is_key][: max(len(rows) - room, 0)]:
            rows = tuple(other for other in rows if other is not row)
        if len(rows) > room:
            rows = (*rows[: max(room - 1, 0)], LegendRow(f"… and {len(rows) - max(room - 1, 0)} more"))
        for index, row in enumerate(rows):
            self._draw_row(row, index)
        self._live_row_index = len(rows)

    def _draw_row(self, row: LegendRow, index: int, *, animated: bool = False) -> list[Artist]:
        y = (index + 0.5) * ROW
        start = 0.0
        artists: list[Artist] = []
        if row.kind is not None:
            start = _SAMPLE + 6.0
            ends, middle = np.array([0.0, _SAMPLE]), np.array([y, y])
            has_band = row.kind == "estimate and interval"
            curve = Curve(
                kind="estimate" if row.kind == "estimate and interval" else row.kind,
                wavelengths=ends,
                values=middle,
                low=middle - 4.0 if has_band else None,
                high=middle + 4.0 if has_band else None,
                colour=row.colour,
            )
            artists.extend(self._draw_curve(self._legend, curve, animated=animated))
        artists.append(
            self._legend.text(
                start,
                y,
                self._cut(row.text, start),
                fontsize=SMALL_FONT,
                color=self.theme.foreground,
                va="center",
                animated=animated,
            )
        )
        return artists

    def _cut(self, text: str, start: float) -> str:
        """Return as much of a text as fits into the legend."""
        room = int((self._legend.get_xlim()[1] - start) / (_LETTER * SMALL_FONT))
        return text if len(text) <= room else text[: max(room - 1, 1)] + "…"

    def _text_width(self) -> float:
        """Estimate the width of the longest legend row; measuring it needs a renderer and takes longer."""
        longest = max((len(row.text) for row in self._state.rows[1:]), default=0)  # the scene's name may be cut
        return _LETTER * SMALL_FONT * max(longest, 34)

    def _write_message(self, target: Figure | Axes, message: str) -> None:
        place: dict[str, Any] = {"transform": target.transAxes} if isinstance(target, Axes) else {}
        target.text(
            0.5,
            0.5,
            message,
            ha="center",
            va="center",
            fontsize=FONT + 1.0,
            color=self.theme.foreground,
            linespacing=1.6,
            **place,
        )

    # -- live part ----------------------------------------------------------------------------------------

    def _update_live(self) -> None:
        state = self._state
        for artist in self._live:
            artist.remove()
        self._live = []
        if state.x_limits is None:
            return
        for curve in state.live_curves:
            self._live += self._draw_curve(self._upper, curve, animated=True)
        if self._lower is not None:
            for curve in state.live_differences:
                self._live += self._draw_curve(self._lower, curve, animated=True)
        if state.live_row is not None and self._live_row_index >= 0:
            self._live += self._draw_row(state.live_row, self._live_row_index, animated=True)
        if state.band is not None:
            self._live += self._mark_band(state.band)

    def _mark_band(self, band: float) -> Iterator[Artist]:
        for axes in (self._upper, self._lower):
            if axes is not None:
                yield axes.axvline(
                    band, color=self.theme.foreground, linewidth=0.9, linestyle=(0, (2, 2)), animated=True
                )
        yield self._upper.text(
            band,
            1.01,
            f"{band:.5g} nm",
            transform=self._upper.get_xaxis_transform(),
            fontsize=SMALL_FONT,
            color=self.theme.foreground,
            ha="center",
            va="bottom",
            animated=True,
        )

    # -- limits -------------------------------------------------------------------------------------------

    def _limits_for(self, old: PlotState, new: PlotState) -> tuple[tuple[float, float], tuple[float, float]]:
        """Return the y limits of both axes: while the cursor wanders they grow, and do not shrink."""
        needed = (
            _value_limits((*new.curves, *new.live_curves)),
            _difference_limits((*new.differences, *new.live_differences)),
        )
        wandering = new.live_row is not None and old.live_row is not None and new.subject == old.subject
        if not wandering:
            return needed
        return _grown(self._limits[0], needed[0]), _grown(self._limits[1], needed[1])

    def _apply_limits(self) -> None:
        assert self._state.x_limits is not None
        self._upper.set_xlim(*self._state.x_limits)
        self._upper.set_ylim(*self._limits[0])
        if self._lower is not None:
            self._lower.set_xlim(*self._state.x_limits)
            self._lower.set_ylim(*self._limits[1])


def _extremes(columns: Iterable[NDArray[np.floating] | None]) -> tuple[float, float] | None:
    finite = [column[np.isfinite(column)] for column in columns if column is not None]
    values = np.concatenate(finite) if finite else np.zeros(0)
    return (float(values.min()), float(values.max())) if values.size else None


def _value_limits(curves: Sequence[Curve]) -> tuple[float, float]:
    """Return the limits of curves, stretched only so far by their bands: one wide band must not flatten them all."""
    low, high = _extremes(curve.values for curve in curves) or (0.0, 1.0)
    low = min(low, 0.0)  # a reflectance is read against zero
    span = (high - low) or 1.0
    bottom, top = _extremes(edge for curve in curves for edge in (curve.low, curve.high)) or (low, high)
    low, high = min(low, max(bottom, low - _BAND_SHARE * span)), max(high, min(top, high + _BAND_SHARE * span))
    return (low - (_HEADROOM * span if low < 0 else 0.0), high + _HEADROOM * span)


def _difference_limits(curves: Sequence[Curve]) -> tuple[float, float]:
    low, high = _extremes(curve.values for curve in curves) or (-0.1, 0.1)
    reach = max(abs(low), abs(high))
    bottom, top = _extremes(edge for curve in curves for edge in (curve.low, curve.high)) or (low, high)
    reach = (1.0 + _HEADROOM) * (max(reach, min(max(abs(bottom), abs(top)), 2.0 * reach)) or 0.1)
    return (-reach, reach)


def _grown(current: tuple[float, float], needed: tuple[float, float]) -> tuple[float, float]:
    return (min(current[0], needed[0]), max(current[1], needed[1]))
