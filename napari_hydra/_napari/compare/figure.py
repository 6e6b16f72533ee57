"""The plots of the dock Compare as matplotlib draws them: errors against wavelength, estimate against truth.

Sizes are in points; nothing is set globally.
"""

import itertools
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, LogNorm
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from napari_hydra._napari.compare.state import BandErrors, CompareState, Scatter
from napari_hydra._napari.widgets.figure_plot import style_axes
from napari_hydra.workbench.plot.palette import LIGHT, PlotTheme, mix
from napari_hydra.workbench.plot.plot_layout import FONT, SMALL_FONT
from napari_hydra.workbench.plot.plot_state import X_LABEL

_LEFT, _RIGHT, _TOP, _BOTTOM = 52.0, 14.0, 20.0, 32.0
_BETWEEN = 64.0
_LEAST = 30.0
_RMSE, _BIAS, _WIDTH = "#e69f00", "#56b4e9", "#009e73"  # Okabe and Ito


class CompareFigure:
    """Draws compare states onto a matplotlib figure.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
    theme : PlotTheme
    """

    def __init__(self, figure: Figure, theme: PlotTheme = LIGHT) -> None:
        self.figure = figure
        self.theme = theme
        self.state = CompareState()
        self._band: Line2D | None = None
        self.draw()

    def update(self, state: CompareState) -> None:
        """Take over a new state; what did not change is kept."""
        old, self.state = self.state, state
        known = ("message", "subject", "unit", "errors")
        if self._errors is None or any(getattr(old, name) != getattr(state, name) for name in known):
            self.draw()
            return
        self._mark_band()
        self._draw_scatter()

    def draw(self) -> None:
        """Draw everything anew: the size or the theme may have changed."""
        self.figure.clear()
        self.figure.set_facecolor(self.theme.background)
        self._errors: Axes | None = None
        self._scatter: Axes | None = None
        if self.state.message is not None:
            self._write(self.figure, self.state.message)
            return
        width, height = (72.0 * inches for inches in self.figure.get_size_inches())
        if width > 1.25 * height:
            side = max(min(height - _TOP - _BOTTOM, 0.42 * width - _LEFT), _LEAST)
            left = max(width - side - _RIGHT, _LEFT)
            self._errors = self._axes(_LEFT, _BOTTOM, left - _LEFT - _BETWEEN, height - _TOP - _BOTTOM)
            self._scatter = self._axes(left, _BOTTOM, side, height - _TOP - _BOTTOM)
        else:
            side = max(min(width - _LEFT - _RIGHT, 0.5 * height - _TOP - _BOTTOM), _LEAST)
            upper = side + 2 * _BOTTOM + _TOP
            self._errors = self._axes(_LEFT, upper, width - _LEFT - _RIGHT, height - upper - _TOP)
            self._scatter = self._axes(_LEFT, _BOTTOM, side, side)
        self._draw_errors(self._errors)
        self._draw_scatter()

    def is_spectral(self, axes: Axes | None) -> bool:
        """Whether x counts nanometres in these axes."""
        return axes is not None and axes is self._errors

    # -- parts ---------------------------------------------------------------------------------------------

    def _axes(self, left: float, bottom: float, width: float, height: float) -> Axes:
        full, high = (72.0 * inches for inches in self.figure.get_size_inches())
        box = (left / full, bottom / high, max(width, _LEAST) / full, max(height, _LEAST) / high)
        return self.figure.add_axes(box)

    def _style(self, axes: Axes, x_label: str, y_label: str) -> None:
        box = axes.get_position()
        full, high = (72.0 * inches for inches in self.figure.get_size_inches())
        width, height = box.width * full, box.height * high
        style_axes(axes, self.theme, (x_label, y_label), (width, height))
        axes.locator_params(axis="y", nbins=max(3, min(7, int(height / 22.0))))
        axes.locator_params(axis="x", nbins=max(3, min(8, int(width / 36.0))))
        axes.yaxis.set_label_coords(-42.0 / width, 0.5)

    def _title(self, axes: Axes, words: str) -> None:
        # From the right: what is longer than low axes are wide has room on the left.
        title, _, error = words.partition("   ")
        style: dict[str, Any] = {"transform": axes.transAxes, "ha": "right", "va": "bottom", "fontsize": SMALL_FONT}
        axes.text(1.0, 1.05, title, color=self.theme.foreground, **style)
        # Above the axes the two would run into the legend beside them; in one line, into the diagonal of small axes.
        axes.text(0.97, 0.03, error.replace(" ", "\n", 1), color=self.theme.foreground, **style)

    def _draw_errors(self, axes: Axes) -> None:
        errors = self.state.errors
        if errors is None:
            self._style(axes, X_LABEL, f"error ({self.state.unit})")
            self._write(axes, self.state.errors_message)
            return
        marker = "." if len(errors.wavelengths) == 1 else ""
        axes.axhline(0.0, color=self.theme.foreground, linewidth=0.8)
        curves = (
            (errors.rmse, _RMSE, "-", "RMSE"),
            (errors.bias, _BIAS, (0, (4, 2)), "bias"),
            (errors.half_width, _WIDTH, (0, (1, 1.2)), "90 % half-width"),
        )
        for values, colour, style, label in curves:
            axes.plot(
                errors.wavelengths, values, color=colour, linestyle=style, linewidth=1.5, marker=marker, label=label
            )
        axes.margins(x=0.01)
        self._style(axes, X_LABEL, f"error ({self.state.unit})")
        axes.legend(
            loc="lower left",
            bbox_to_anchor=(-0.01, 0.985),
            ncols=3,
            frameon=False,
            fontsize=SMALL_FONT,
            labelcolor=self.theme.foreground,
            handlelength=1.8,
            columnspacing=1.0,
            borderpad=0.2,
        )
        side, place = _emptiest_third(errors)
        axes.text(
            place,
            0.97,
            self.state.subject,
            transform=axes.transAxes,
            fontsize=SMALL_FONT,
            color=self.theme.foreground,
            ha=side,
            va="top",
            bbox={"facecolor": self.theme.background, "edgecolor": "none", "pad": 1.0},  # the band's line ends below
        )
        self._band = axes.axvline(
            errors.wavelengths[0], color=self.theme.foreground, linewidth=0.9, linestyle=(0, (2, 2))
        )
        self._mark_band()

    def _mark_band(self) -> None:
        band, errors = self.state.band, self.state.errors
        if self._band is not None and band is not None and errors is not None:
            self._band.set_xdata([band, band])

    def _draw_scatter(self) -> None:
        axes, scatter = self._scatter, self.state.scatter
        if axes is None:
            return
        axes.clear()
        if scatter is None:
            self._style(axes, f"truth ({self.state.unit})", f"estimate ({self.state.unit})")
            axes.set_xticks([])
            axes.set_yticks([])
            self._write(axes, self.state.scatter_message)
            return
        self._draw_density(axes, scatter)
        low, high = scatter.limits
        axes.plot([low, high], [low, high], color=self.theme.foreground, linewidth=0.8, linestyle=(0, (4, 2)))
        for mark in scatter.marks:
            axes.errorbar(
                mark.truth,
                mark.estimate,
                yerr=None if mark.half_width != mark.half_width else mark.half_width,
                fmt="s" if mark.is_region else "o",
                markersize=5.5,
                color=mark.colour,
                markeredgecolor=self.theme.foreground,
                markeredgewidth=0.7,
                elinewidth=1.2,
            )
        axes.set_xlim(low, high)
        axes.set_ylim(low, high)
        self._style(axes, f"truth ({self.state.unit})", f"estimate ({self.state.unit})")
        self._title(axes, scatter.title)

    def _draw_density(self, axes: Axes, scatter: Scatter) -> None:
        accent = "#b5a7e8" if self.theme.is_dark else "#4b3b9b"
        faint = mix(self.theme.background, accent, 0.3)
        colours = LinearSegmentedColormap.from_list("density", [faint, accent])
        low, high = scatter.limits
        axes.imshow(
            np.ma.masked_less(scatter.counts, 1.0),
            origin="lower",
            extent=(low, high, low, high),
            cmap=colours,
            norm=LogNorm(1.0, max(2.0, float(scatter.counts.max()))),
            interpolation="nearest",
            aspect="auto",
        )

    def _write(self, target: Figure | Axes, message: str) -> None:
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
            wrap=True,
            **place,
        )


def _emptiest_third(errors: BandErrors) -> tuple[str, float]:
    """Return where a word at the top of the axes meets the lowest curves: alignment and place (0..1) along x."""
    thirds = np.linspace(np.nanmin(errors.wavelengths), np.nanmax(errors.wavelengths), 4)
    curves = np.array([errors.rmse, errors.bias, errors.half_width], dtype=float)
    peaks = []
    for left, right in itertools.pairwise(thirds):
        inside = curves[:, (errors.wavelengths >= left) & (errors.wavelengths <= right)]
        peaks.append(np.max(inside, initial=-np.inf, where=np.isfinite(inside)))
    return (("left", 0.01), ("center", 0.5), ("right", 0.99))[int(np.argmin(peaks))]
