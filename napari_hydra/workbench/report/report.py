"""A comparison as one page that needs nothing else: figures, tables, settings and what to keep in mind."""

import threading
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from napari_hydra import __version__
from napari_hydra.evaluation.comparison import map_steps
from napari_hydra.evaluation.figures import DetailedFigures
from napari_hydra.evaluation.maps import ERROR_MAPS
from napari_hydra.io.files.atomic import refuse_existing, replacing
from napari_hydra.progress import ProgressCallback, check_cancelled, drain, report_step, sub_progress
from napari_hydra.workbench.export.export import snapshot_of
from napari_hydra.workbench.export.manifest import input_provenance, model_provenance, settings, versions
from napari_hydra.workbench.export.metrics_table import ErrorRow, error_rows
from napari_hydra.workbench.report.report_figures import error_figure, maps_figure, plot_figure, scene_figure
from napari_hydra.workbench.report.report_words import caveats, readable
from napari_hydra.workbench.scene.compare_pair import pair_of
from napari_hydra.workbench.scene.view_snapshot import ViewSnapshot
from napari_hydra.workbench.session.session import Session

NONE = "–"
COLUMNS = ("Name", "Pixels", "RMSE of spectrum", "Angle of spectrum", "MRAE", "RMSE", "Angle", "In 90 %", "Remarks")
_COMPARED, _MAPPED = 0.35, 0.9  # where in the progress these parts end


@dataclass(frozen=True)
class ReportRow:
    """A line of the table of errors."""

    name: str
    colour: str | None
    cells: tuple[str, ...]
    remarks: str


def write_report(
    what: ViewSnapshot | Session | str | Path,
    path: str | Path,
    *,
    device: str = "auto",
    overwrite: bool = False,
    progress: ProgressCallback | None = None,
    cancel: threading.Event | None = None,
) -> Path:
    """Write a self-contained HTML page about a scene, readable in light and dark and printable.

    Parameters
    ----------
    what : ViewSnapshot, Session or path of a session
        A session is reconstructed first.
    path : str or Path
        Ending in .html.
    device : str
        Where a session is reconstructed.
    overwrite : bool
        Whether an existing file may be replaced.
    progress : callable, optional
        ``progress(fraction, stage)``.
    cancel : threading.Event, optional
        Set it to stop; nothing is left behind.

    Returns
    -------
    Path

    Raises
    ------
    HydraError
        If a session cannot be used, or the file exists or cannot be written.
    Cancelled
        If `cancel` was set.
    """
    target = Path(path)
    refuse_existing(target, overwrite)
    snapshot, rest = snapshot_of(what, device, progress, cancel)
    text = report_html(snapshot, rest, cancel, folder=target.parent)
    with replacing(target, overwrite=overwrite) as temporary:
        temporary.write_text(text, encoding="utf-8")
    return target


def report_html(
    snapshot: ViewSnapshot,
    progress: ProgressCallback | None = None,
    cancel: threading.Event | None = None,
    folder: Path | None = None,
) -> str:
    """Return the page; every value that comes from the user or a file is escaped, paths are told from `folder`."""
    from jinja2 import Environment, StrictUndefined

    rows = error_rows(snapshot, sub_progress(progress, 0.0, _COMPARED), cancel)
    whole = next((row.figures for row in rows if row.roi is None), None)
    maps = [] if whole is None else _maps(snapshot, sub_progress(progress, _COMPARED, _MAPPED), cancel)
    report_step(_MAPPED, "drawing the figures", progress, cancel)
    scene = snapshot.scene
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    source = (files("napari_hydra") / "resources" / "report.html.jinja").read_text(encoding="utf-8")
    page: str = environment.from_string(source).render(
        title=f"{scene.name}: reconstruction{'' if scene.truth is None else ' and measurement'}",
        subtitle=f"napari-hydra {__version__}, {datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        summary=_summary(snapshot),
        key_figures=[] if whole is None else _key_figures(whole),
        scene=scene_figure(snapshot),
        plot=plot_figure(snapshot),
        table_title="Pins and regions" if whole is None else "Errors of scene, pins and regions",
        table_caption=_table_caption(snapshot, whole),
        columns=COLUMNS,
        rows=[_row(row) for row in rows],
        errors=None if whole is None else error_figure(whole, f"error ({scene.quantity})"),
        maps=maps_figure(snapshot, maps) if maps else None,
        caveats=caveats(snapshot),
        settings=readable(settings(snapshot)),
        model=readable(model_provenance(snapshot, folder)),
        files=readable(input_provenance(snapshot, folder)) + readable(versions()),
    )
    check_cancelled(cancel)
    return page


def _maps(
    snapshot: ViewSnapshot, progress: ProgressCallback | None, cancel: threading.Event | None
) -> list[tuple[str, NDArray[np.floating]]]:
    pair = pair_of(snapshot.scene)
    assert pair is not None
    wanted = [one for one in ERROR_MAPS.values() if one.in_report]
    found = []
    for index, one in enumerate(wanted):
        words = one.label.format(unit=snapshot.scene.quantity)
        steps = map_steps(pair.estimate, pair.truth, one.key, gain=pair.gain)
        stage = f"mapping the {words.split(' (')[0]}"
        part = sub_progress(progress, index / len(wanted), (index + 1) / len(wanted), stage)
        found.append((words, drain(steps, part, cancel)))
    return found


def _summary(snapshot: ViewSnapshot) -> str:
    scene = snapshot.scene
    height, width = scene.size
    wavelengths = scene.estimate.wavelengths
    words = (
        f"{height} × {width} pixels, {len(wavelengths)} bands from {wavelengths[0]:g} to {wavelengths[-1]:g} nm, "
        f"reconstructed from a colour picture by the model {scene.settings.get('model', 'unknown')}."
    )
    if scene.truth is None:
        return f"{words} There is no measurement to compare it with."
    if scene.matched:
        return (
            f"{words} Compared with the measurement in its own unit: {scene.quantity}, estimate × {scene.factor:.4g}."
        )
    return f"{words} Not matched to the measurement: errors hold the difference of units."


def _key_figures(whole: DetailedFigures) -> list[tuple[str, str]]:
    return [
        (_number(whole.mrae, ".3f"), "MRAE, mean relative error"),
        (_number(whole.rmse, "#.3g"), "RMSE, in the unit of the truth"),
        (_number(100 * whole.nrmse, ".1f", " %"), "RMSE over the mean of the truth"),
        (_number(whole.sam, ".2f", "°"), "mean spectral angle"),
        (_number(100 * whole.coverage90, ".0f", " %"), "of the truth inside the 90 % interval"),
        (_number(whole.psnr, ".1f", " dB"), "PSNR"),
    ]


def _table_caption(snapshot: ViewSnapshot, whole: DetailedFigures | None) -> str:
    if whole is None:
        return "Errors need a measured cube."
    of_spectrum = f"Of the spectrum: of the {snapshot.statistic} of a region's pixels, as the plot shows it."
    return f"{of_spectrum} The other columns are over all pixels and bands. RMSE in {snapshot.scene.quantity}."


def _row(row: ErrorRow) -> ReportRow:
    figures, roi = row.figures, row.roi
    if roi is None:
        pixels = NONE if figures is None else str(figures.pixels)
        spectrum = (NONE, NONE)
    else:
        pixels = str(roi.count) if roi.pixel is None else "({}, {})".format(*roi.pixel)
        spectrum = (_number(roi.rmse, "#.3g"), _number(roi.angle, ".2f", "°"))
    over_pixels = (NONE,) * 4
    if figures is not None:
        over_pixels = (
            _number(figures.mrae, ".3f"),
            _number(figures.rmse, "#.3g"),
            _number(figures.sam, ".2f", "°"),
            _number(100 * figures.coverage90, ".0f", " %"),
        )
    colour = None if roi is None or roi.item is None else roi.item.colour
    return ReportRow(row.name, colour, (pixels, *spectrum, *over_pixels), "; ".join(row.remarks).replace("%", " %"))


def _number(value: float | None, form: str, unit: str = "") -> str:
    return NONE if value is None or not np.isfinite(value) else f"{value:{form}}".removesuffix(".") + unit
