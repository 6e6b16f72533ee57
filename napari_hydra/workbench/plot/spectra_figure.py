"""The spectra plot as matplotlib draws it, without Qt: the window and the exported picture are the same.

Curves of pins and regions are fixed; the curve under the cursor and the mark of the shown band are live
(``animated`` artists), so that a canvas which keeps the fixed part as a bitmap redraws them in milliseconds.
Sizes are in points throughout; nothing is set globally.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle

from napari_hydra.workbench.plot.palette import LIGHT, PlotTheme
from napari_hydra.workbench.plot.plot_layout import (
    FONT,
    LETTER,
    ROW,
    SAMPLE,
    SMALL_FONT,
    Box,
    Layout,
    axis_words,
    cut,
    lay_out,
)
from napari_hydra.workbench.plot.plot_limits import difference_limits, grown, value_limits
from napari_hydra.workbench.plot.plot_state import CUBE_KINDS, X_LABEL, Curve, LegendRow, PlotState

# Line style and width of each kind of curve.
_STYLES: dict[str, tuple[Any, float]] = {
    "estimate": ("-", 1.6),
    "truth": ((0, (4, 2)), 1.5),
    "spread": ((0, (1, 1.5)), 0.9),
    "truth spread": ((0, (1, 2.5)), 0.9),
    "difference": ("-", 1.3),
    "coded": ((0, (7, 2, 1, 2)), 1.2),
    "measured": ((0, (1, 1.5)), 1.2),
    **dict.fromkeys(CUBE_KINDS, ("-", 0.9)),
}
_MARKERS: dict[str, str] = {**dict(zip(CUBE_KINDS, "os^D", strict=True)), "measured": "v"}
_MARKS = 10  # along a curve


@dataclass(frozen=True)
class _Frame:
    """What axes depend on; curves do not."""

    layout: Layout
    size: tuple[float, float]
    theme: PlotTheme
    words: tuple[str | None, ...]
    bad_spans: tuple[tuple[float, float], ...]
    has_axes: bool


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
        self._fixed: list[Artist] = []
        self._frame: _Frame | None = None
        # What the user zoomed to, in place of the limits that show everything.
        self._x_view: tuple[float, float] | None = None
        self._y_views: list[tuple[float, float] | None] = [None, None]
        self._build()

    @property
    def state(self) -> PlotState:
        """What is drawn."""
        return self._state

    def update(self, state: PlotState, *, theme: PlotTheme | None = None) -> bool:
        """Take over a new state; return whether the fixed part changed, so that the whole must be drawn again."""
        old, self._state = self._state, state
        limits = self._limits_for(old, state)
        if state.x_limits != old.x_limits:
            self.reset_view()
        elif state.y_label != old.y_label:
            self._y_views = [None, None]
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
        return axes is not None and self._has_axes and axes in self._drawn_axes

    @property
    def _has_axes(self) -> bool:
        """Whether there are axes, or words in place of them."""
        return self._state.x_limits is not None and self._state.message is None

    @property
    def _drawn_axes(self) -> list[Axes]:
        """The axes of values and, where there are any, of differences."""
        return [self._upper] if self._lower is None else [self._upper, self._lower]

    # -- view ---------------------------------------------------------------------------------------------

    @property
    def is_zoomed(self) -> bool:
        """Whether the view is not that of everything."""
        return self._x_view is not None or any(self._y_views)

    def zoom(self, axes: Axes, at: tuple[float, float], factor: float, *, in_value: bool = False) -> None:
        """Stretch the wavelengths, or the values of some axes, about a point; a factor below 1 comes nearer."""
        if in_value:
            bottom, top = (at[1] + factor * (end - at[1]) for end in axes.get_ylim())
            self._y_views[0 if axes is self._upper else 1] = (bottom, top)
        else:
            low, high = (at[0] + factor * (end - at[0]) for end in axes.get_xlim())
            self._x_view = self._kept_inside(low, high)
        self._apply_limits()

    def pan(self, right: float, up: float) -> None:
        """Move what is shown by some pixels of the canvas; values only where they are zoomed."""
        for index, axes in enumerate(self._drawn_axes):
            view = self._y_views[index]
            if view is not None:
                step = up * (view[1] - view[0]) / axes.bbox.height
                self._y_views[index] = (view[0] - step, view[1] - step)
        if self._x_view is not None:
            low, high = self._x_view
            step = right * (high - low) / self._upper.bbox.width
            self._x_view = self._kept_inside(low - step, high - step)
        self._apply_limits()

    def reset_view(self) -> None:
        """Show everything."""
        self._x_view, self._y_views = None, [None, None]
        if self._has_axes and self.figure.axes:
            self._apply_limits()

    def _kept_inside(self, low: float, high: float) -> tuple[float, float] | None:
        """Return a range of wavelengths moved into that of everything; None where it is as wide."""
        assert self._state.x_limits is not None
        first, last = self._state.x_limits
        width = max(high - low, 1.0)  # nm: nothing is to be seen between bands
        if width >= last - first:
            return None
        low = min(max(low, first), last - width)
        return (low, low + width)

    # -- fixed part ---------------------------------------------------------------------------------------

    def _build(self) -> None:
        self._size = self._points()
        state = self._state
        frame = self._frame_for(state)
        if frame != self._frame:
            self._frame, self._fixed, self._live = frame, [], []
            self.figure.clear()
            self.figure.set_facecolor(self.theme.background)
            if not self._has_axes:
                self._write_message(state.message or "")
            else:
                self._upper, self._lower, self._legend = self._place(frame.layout)
                self._draw_frame()
        if not self._has_axes:
            return
        # Axes are the costly part: those that stay as they are get other curves only.
        for artist in self._fixed:
            artist.remove()
        self._fixed = self._draw_curves(state.curves, state.differences)
        self._apply_limits()
        self._fixed += self._draw_rows()

    def _frame_for(self, state: PlotState) -> "_Frame":
        """Return all that axes and words in place of curves depend on."""
        # The scene's name, in the first row, may be cut; the row of the pixel under the cursor is not known yet.
        letters = max([34, *(len(row.text) for row in state.rows[1:])])
        rows = len(state.rows) + 1 if state.rows else 0
        layout = lay_out(*self._size, rows=rows, letters=letters, has_difference=state.has_difference)
        words = (state.y_label, state.difference_label, state.message)
        return _Frame(layout, self._size, self.theme, words, state.bad_spans, self._has_axes)

    def _draw_frame(self) -> None:
        for axes in self._drawn_axes:
            for low, high in self._state.bad_spans:
                axes.axvspan(low, high, color=self.theme.faint, alpha=0.45, linewidth=0, zorder=0, gid="unused bands")
        if self._lower is not None:
            self._lower.axhline(0.0, color=self.theme.foreground, linewidth=0.8)

    def _points(self) -> tuple[float, float]:
        width, height = self.figure.get_size_inches()
        return (width * 72.0, height * 72.0)

    def _place(self, layout: Layout) -> tuple[Axes, Axes | None, Axes]:
        """Make the axes of values, of differences and of the legend."""
        upper = self._axes(layout.upper, self._state.y_label)
        lower = None if layout.lower is None else self._axes(layout.lower, self._state.difference_label)
        if layout.is_stacked:
            upper.tick_params(labelbottom=False)
            upper.set_xlabel("")
        legend = self.figure.add_axes(self._fractions(layout.legend))
        legend.set_axis_off()
        legend.set_xlim(0.0, layout.legend[2])
        legend.set_ylim(layout.legend[3], 0.0)
        return upper, lower, legend

    def _fractions(self, box: Box) -> Box:
        width, height = self._size
        return (box[0] / width, box[1] / height, box[2] / width, box[3] / height)

    def _axes(self, box: Box, label: str) -> Axes:
        axes = self.figure.add_axes(self._fractions(box))
        axes.set_facecolor(self.theme.background)
        axes.tick_params(labelsize=SMALL_FONT, colors=self.theme.foreground, length=3.0)
        axes.grid(True, color=self.theme.faint, linewidth=0.5, alpha=0.6)
        axes.locator_params(axis="y", nbins=max(3, min(8, int(box[3] / 22.0))))
        # Slopes are small numbers: one power of ten at the top leaves room for the label.
        axes.ticklabel_format(axis="y", scilimits=(-3, 5), useMathText=True)
        power = axes.yaxis.get_offset_text()
        power.set(color=self.theme.foreground, fontsize=SMALL_FONT, verticalalignment="top", x=0.02)
        for spine in axes.spines.values():
            spine.set_color(self.theme.faint)
        axes.set_xlabel(X_LABEL, fontsize=FONT, color=self.theme.foreground)
        words, size = axis_words(label, box[3])
        axes.set_ylabel(words, fontsize=size, color=self.theme.foreground)
        axes.yaxis.set_label_coords((-34.0 if "\n" in words else -46.0) / box[2], 0.5)
        return axes

    def _draw_curves(self, *curves: Sequence[Curve], animated: bool = False) -> list[Artist]:
        """Draw curves on the axes of values, and others on those of differences."""
        pairs = [(axes, curve) for axes, some in zip(self._drawn_axes, curves, strict=False) for curve in some]
        return [artist for axes, curve in pairs for artist in self._draw_curve(axes, curve, animated=animated)]

    def _draw_curve(self, axes: Axes, curve: Curve, *, animated: bool = False) -> list[Artist]:
        is_truth = curve.kind in ("truth", "truth spread", "coded", "measured")
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
        marker = _MARKERS.get(curve.kind, "." if np.isfinite(curve.values).sum() == 1 else "")
        style, width = _STYLES[curve.kind]
        # Without the bookkeeping of `plot`: limits are ours.
        line = Line2D(
            curve.wavelengths,
            curve.values,
            color=colour,
            linestyle=style,
            linewidth=width,
            marker=marker,
            markersize=4.0,
            markevery=max(1, curve.values.size // _MARKS),
            markerfacecolor=self.theme.background if curve.kind in _MARKERS else colour,
            animated=animated,
        )
        artists.append(axes.add_artist(line))
        return artists

    def _draw_rows(self) -> list[Artist]:
        self._live_row_index = -1  # none, where there is no legend
        height = self._legend.get_ylim()[0]
        if height < 2 * ROW:
            return []
        room = max(int(height // ROW) - 1, 1)
        rows = self._state.rows
        for row in [row for row in reversed(rows) if row.is_key][: max(len(rows) - room, 0)]:
            rows = tuple(other for other in rows if other is not row)
        if len(rows) > room:
            rows = (*rows[: max(room - 1, 0)], LegendRow(f"… and {len(rows) - max(room - 1, 0)} more"))
        self._live_row_index = len(rows)
        return [artist for index, row in enumerate(rows) for artist in self._draw_row(row, index)]

    def _draw_row(self, row: LegendRow, index: int, *, animated: bool = False) -> list[Artist]:
        y = (index + 0.5) * ROW
        start = 0.0
        artists: list[Artist] = []
        if row.kind is not None:
            start = SAMPLE + 6.0
            ends, middle = np.array([0.0, SAMPLE]), np.array([y, y])
            if row.kind == "unused bands":
                shade = Rectangle((0.0, y - 4.0), SAMPLE, 8.0, color=self.theme.faint, alpha=0.45, linewidth=0)
                artists.append(self._legend.add_patch(shade))
            else:
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
                cut(row.text, int((self._legend.get_xlim()[1] - start) / (LETTER * SMALL_FONT))),
                fontsize=SMALL_FONT,
                color=self.theme.foreground,
                va="center",
                animated=animated,
            )
        )
        return artists

    def _write_message(self, message: str) -> None:
        width, height = self._size
        lines = message.split("\n")
        # As large as the plot has room for, so that nothing is cut in a low or narrow dock.
        size = min(FONT + 1.0, height / (1.7 * len(lines)), width / (LETTER * max(1, *map(len, lines))))
        self.figure.text(
            0.5,
            0.5,
            message,
            ha="center",
            va="center",
            fontsize=size,
            color=self.theme.foreground,
            linespacing=1.5,
        )

    # -- live part ----------------------------------------------------------------------------------------

    def _update_live(self) -> None:
        state = self._state
        for artist in self._live:
            artist.remove()
        self._live = []
        if state.x_limits is None or not self._has_axes:
            return
        self._live = self._draw_curves(state.live_curves, state.live_differences, animated=True)
        if state.live_row is not None and self._live_row_index >= 0:
            self._live += self._draw_row(state.live_row, self._live_row_index, animated=True)
        low, high = self._x_view or state.x_limits
        if state.band is not None and low <= state.band <= high:
            self._live += self._mark_band(state.band)

    def _mark_band(self, band: float) -> Iterator[Artist]:
        for axes in self._drawn_axes:
            yield axes.axvline(band, color=self.theme.foreground, linewidth=0.9, linestyle=(0, (2, 2)), animated=True)
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
            clip_on=False,
        )

    # -- limits -------------------------------------------------------------------------------------------

    def _limits_for(self, old: PlotState, new: PlotState) -> tuple[tuple[float, float], tuple[float, float]]:
        """Return the y limits of both axes: while the cursor wanders they grow, and do not shrink."""
        needed = (
            value_limits((*new.curves, *new.live_curves), from_zero=new.from_zero),
            difference_limits((*new.differences, *new.live_differences)),
        )
        wandering = new.live_row is not None and old.live_row is not None and new.subject == old.subject
        if not wandering:
            return needed
        return grown(self._limits[0], needed[0]), grown(self._limits[1], needed[1])

    def _apply_limits(self) -> None:
        x_limits = self._x_view or self._state.x_limits
        assert x_limits is not None
        for axes, view, limits in zip(self._drawn_axes, self._y_views, self._limits, strict=False):
            axes.set_xlim(*x_limits)
            axes.set_ylim(*(view or limits))
