"""The figures of a report, each for a light and for a dark page."""

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any, Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from napari_hydra.camera import Picture, encode_curve, for_display
from napari_hydra.evaluation.figures import DetailedFigures
from napari_hydra.workbench.export.region_polygons import polygons_of
from napari_hydra.workbench.plot.palette import DARK, LIGHT, PlotTheme
from napari_hydra.workbench.plot.plot_state import is_drawable, lies_on, resolve
from napari_hydra.workbench.plot.plots import spectra_figure
from napari_hydra.workbench.scene.limits import cube_limits
from napari_hydra.workbench.scene.view_snapshot import ViewSnapshot

_DARK = PlotTheme("#1b1d22", DARK.foreground, is_dark=True)  # the page of the report is darker than napari
_WIDTH = 10.0  # inches
_MOST_PIXELS = 1200  # of a side of a picture in the report
_SMALL = 8.0


@dataclass(frozen=True)
class ReportFigure:
    """A figure as two data URIs.

    Attributes
    ----------
    light, dark : str
    alt : str
        What it shows, for those who do not see it.
    caption : str
    """

    light: str
    dark: str
    alt: str
    caption: str


def scene_figure(snapshot: ViewSnapshot) -> ReportFigure:
    """Return the picture with pins and regions, and one band of reconstruction and truth."""
    scene = snapshot.scene
    band = min(snapshot.band, len(scene.estimate.wavelengths) - 1)
    wavelength = float(scene.estimate.wavelengths[band])
    planes = [("reconstruction", _thinned(scene.estimate.band(band)))]
    limits = scene.estimate.contrast_limits()
    if scene.truth is not None:
        nearest = int(np.abs(scene.truth["wavelength"].values - wavelength).argmin())
        planes.append(("measured (truth)", _thinned(np.asarray(scene.truth.data[:, :, nearest]))))
        limits = cube_limits(scene.truth) if scene.matched else limits

    def draw(theme: PlotTheme) -> Figure:
        figure, axes = _panels(scene.colour_picture.shape, 1 + len(planes), theme)
        axes[0].imshow(_displayed(scene.colour_picture), extent=_extent(scene.colour_picture.shape))
        _title(axes[0], "picture", theme)
        _mark(axes[0], snapshot)
        for axis, (words, plane) in zip(axes[1:], planes, strict=True):
            image = axis.imshow(
                plane, cmap="gray", vmin=limits[0], vmax=limits[1], extent=_extent(scene.colour_picture.shape)
            )
            _title(axis, f"{words}, {wavelength:.5g} nm", theme)
            _scale(figure, axis, image, theme)
        return figure

    return _both(
        draw,
        "png",
        f"Picture of {scene.name} with pins and regions, and its reconstruction at {wavelength:.5g} nm",
        f"The picture with its pins and regions, and the band at {wavelength:.5g} nm ({scene.quantity}).",
    )


def plot_figure(snapshot: ViewSnapshot) -> ReportFigure | None:
    """Return the spectra plot as the window draws it; None where nothing is shown on it."""
    state = resolve(snapshot)
    if not state.curves:
        return None
    return _both(
        lambda theme: spectra_figure(state, theme, (_WIDTH, 5.0)),
        "svg",
        f"Spectra of pins and regions of {snapshot.scene.name}, reconstructed and measured",
        f"Spectra of pins and regions, {snapshot.transform}, with their {snapshot.level:.0%} intervals".replace(
            "%", " %"
        )
        + (" and estimate minus truth below." if state.has_difference else "."),
    )


def error_figure(figures: DetailedFigures, unit: str) -> ReportFigure:
    """Return errors over the whole scene against wavelength."""

    def draw(theme: PlotTheme) -> Figure:
        figure = Figure(figsize=(_WIDTH, 3.2), facecolor=theme.background, layout="constrained")
        axes = figure.add_subplot()
        _dress(axes, theme)
        x = figures.wavelengths
        marker = "o" if x.size == 1 else ""
        for values, words, colour, style in (
            (figures.rmse_per_band, "RMSE", "#d55e00", "-"),
            (figures.bias_per_band, "mean of estimate − truth", "#56b4e9", "--"),
            (figures.half_width_per_band, "mean half-width of the 90 % interval", "#009e73", ":"),
        ):
            axes.plot(x, values, color=colour, linestyle=style, linewidth=1.6, label=words, marker=marker)
        axes.axhline(0.0, color=theme.foreground, linewidth=0.8)
        axes.set_xlabel("Wavelength (nm)", color=theme.foreground, fontsize=_SMALL + 1)
        axes.set_ylabel(unit, color=theme.foreground, fontsize=_SMALL + 1)
        legend = axes.legend(frameon=False, fontsize=_SMALL, labelcolor=theme.foreground)
        legend.set_zorder(5)
        return figure

    return _both(
        draw,
        "svg",
        "Root mean square error, bias and width of the interval against wavelength",
        "Errors over the whole scene against wavelength. An honest interval is wider than most errors.",
    )


def maps_figure(snapshot: ViewSnapshot, maps: Sequence[tuple[str, NDArray[np.floating]]]) -> ReportFigure:
    """Return error maps (title with unit, (H, W) values), each with its scale."""
    thinned = [(words, _thinned(plane)) for words, plane in maps]

    def draw(theme: PlotTheme) -> Figure:
        figure, axes = _panels(snapshot.scene.colour_picture.shape, len(thinned), theme)
        for axis, (words, plane) in zip(axes, thinned, strict=True):
            known = plane[np.isfinite(plane)]
            top = float(np.percentile(known, 99.5)) if known.size else 1.0
            image = axis.imshow(
                plane, cmap="inferno", vmin=0.0, vmax=top or 1.0, extent=_extent(snapshot.scene.colour_picture.shape)
            )
            _title(axis, words, theme)
            _scale(figure, axis, image, theme)
        return figure

    return _both(
        draw,
        "png",
        "Maps of the errors over the scene",
        "Where the errors are. Scales end at the 99.5th percentile.",
    )


def _both(draw: Callable[[PlotTheme], Figure], kind: Literal["png", "svg"], alt: str, caption: str) -> ReportFigure:
    light, dark = (_uri(draw(theme), kind) for theme in (LIGHT, _DARK))
    return ReportFigure(light, dark, alt, caption)


def _uri(figure: Figure, kind: Literal["png", "svg"]) -> str:
    out = BytesIO()
    metadata = {"Date": None} if kind == "svg" else None
    figure.savefig(out, format=kind, dpi=150, facecolor=figure.get_facecolor(), metadata=metadata)
    mime = "image/svg+xml" if kind == "svg" else "image/png"
    return f"data:{mime};base64,{base64.b64encode(out.getvalue()).decode('ascii')}"


def _panels(shape: tuple[int, ...], count: int, theme: PlotTheme) -> tuple[Figure, list[Axes]]:
    """Return a figure of panels in one row, as high as pictures of that shape need."""
    height = min(max(shape[0] / shape[1] * _WIDTH / count + 0.5, 1.6), 7.0)
    figure = Figure(figsize=(_WIDTH, height), facecolor=theme.background, layout="constrained")
    axes = [figure.add_subplot(1, count, index + 1) for index in range(count)]
    for axis in axes:
        _dress(axis, theme)
        axis.grid(False)
        axis.set_xticks([])
        axis.set_yticks([])
    return figure, axes


def _dress(axes: Axes, theme: PlotTheme) -> None:
    axes.set_facecolor(theme.background)
    axes.tick_params(labelsize=_SMALL, colors=theme.foreground)
    axes.grid(True, color=theme.faint, linewidth=0.5, alpha=0.6)
    for spine in axes.spines.values():
        spine.set_color(theme.faint)


def _title(axes: Axes, words: str, theme: PlotTheme) -> None:
    axes.set_title(words, fontsize=_SMALL + 1, color=theme.foreground)


def _scale(figure: Figure, axes: Axes, image: Any, theme: PlotTheme) -> None:
    bar = figure.colorbar(image, cax=axes.inset_axes((1.02, 0.0, 0.03, 1.0)))
    bar.ax.tick_params(labelsize=_SMALL - 1, colors=theme.foreground)
    bar.outline.set_edgecolor(theme.faint)


def _mark(axes: Axes, snapshot: ViewSnapshot) -> None:
    """Draw pins and regions onto the picture, in white and in their colour so that they are seen everywhere."""
    words: dict[str, Any] = {"fontsize": _SMALL, "fontweight": "bold", "clip_on": True}
    for region in (r for r in snapshot.regions if is_drawable(snapshot.scene, r)):
        for part in polygons_of(region):
            for ring in part:
                axes.plot(ring[:, 1], ring[:, 0], color="white", linewidth=2.6)
                axes.plot(ring[:, 1], ring[:, 0], color=region.colour, linewidth=1.4)
        y, x = np.argwhere(region.mask).min(axis=0)
        _label(axes, region.name, float(x), float(y), region.colour, words)
    for pin in (p for p in snapshot.pins if lies_on(snapshot.scene, p.y, p.x)):
        axes.plot(pin.x, pin.y, marker="o", markersize=6, color=pin.colour, markeredgecolor="white", markeredgewidth=1)
        _label(axes, pin.name, float(pin.x), float(pin.y), pin.colour, words)


def _label(axes: Axes, name: str, x: float, y: float, colour: str, words: dict[str, Any]) -> None:
    from matplotlib.patheffects import withStroke

    left, right = axes.get_xlim()
    is_right = x > left + 0.7 * (right - left)
    axes.annotate(
        name,
        (x, y),
        xytext=(-4, 4) if is_right else (4, 4),
        ha="right" if is_right else "left",
        textcoords="offset points",
        color="white",
        path_effects=[withStroke(linewidth=2.2, foreground=colour)],
        **words,
    )


def _extent(shape: tuple[int, ...]) -> tuple[float, float, float, float]:
    """Return where the pixels lie: thinned pictures stay in the coordinates of the whole."""
    return (-0.5, shape[1] - 0.5, shape[0] - 0.5, -0.5)


def _thinned(plane: NDArray[Any]) -> NDArray[Any]:
    step = max(1, max(plane.shape[:2]) // _MOST_PIXELS)
    return plane[::step, ::step]


def _displayed(picture: NDArray[Any]) -> NDArray[np.float64]:
    """Return a picture in 0..1; raw numbers, which look black, are stretched and encoded for the eye."""
    thinned = _thinned(picture)
    if isinstance(thinned, Picture) and not thinned.is_plain:
        shown = for_display(thinned)
        return shown.astype(np.float64) / (np.iinfo(shown.dtype).max if shown.dtype.kind == "u" else 1)
    values = np.asarray(thinned).astype(np.float64)
    if picture.dtype == np.uint8:
        return values / 255
    top = float(np.percentile(values, 99.8)) or 1.0
    stretched = np.clip(values / top, 0, 1)
    return encode_curve(stretched, "srgb") if picture.dtype.kind == "u" else stretched
