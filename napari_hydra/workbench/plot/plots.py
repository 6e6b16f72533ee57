"""The plot as a picture: on white, as the window draws it."""

from dataclasses import replace
from pathlib import Path

from matplotlib.figure import Figure

from napari_hydra.errors import HydraError
from napari_hydra.io.files.atomic import replacing
from napari_hydra.workbench.plot.palette import LIGHT, PlotTheme
from napari_hydra.workbench.plot.plot_state import PlotState
from napari_hydra.workbench.plot.spectra_figure import SpectraFigure

PLOT_SUFFIXES = (".png", ".svg", ".pdf")
_INCHES, _DPI = (9.0, 4.8), 200


def export_plot(path: str | Path, state: PlotState, *, overwrite: bool = False) -> Path:
    """Draw a plot state on white and write it; the suffix (.png, .svg, .pdf) chooses the format.

    Raises
    ------
    HydraError
        If there is no curve, the suffix is another, or the file exists or cannot be written.
    """
    target = Path(path)
    if target.suffix.lower() not in PLOT_SUFFIXES:
        raise HydraError(f"{target} cannot be a plot; end its name in one of {', '.join(PLOT_SUFFIXES)}.")
    if not state.curves:
        raise HydraError("There are no spectra to plot; click a pixel or draw a region first.")
    with replacing(target, overwrite=overwrite) as temporary:
        spectra_figure(state).savefig(temporary, format=target.suffix.lower()[1:], dpi=_DPI)
    return target


def spectra_figure(state: PlotState, theme: PlotTheme = LIGHT, inches: tuple[float, float] = _INCHES) -> Figure:
    """Return the plot without what follows the mouse, in a theme."""
    drawing = SpectraFigure(Figure(figsize=inches), theme)
    drawing.update(replace(state, live_curves=(), live_differences=(), live_row=None, band=None))
    return drawing.figure
