"""How far each pin, each region and the whole scene are from the truth, as a table."""

import threading
from dataclasses import dataclass

from napari_hydra.errors import HydraError
from napari_hydra.evaluation.comparison import compare_steps
from napari_hydra.evaluation.figures import DetailedFigures
from napari_hydra.progress import Progress, ProgressCallback, Steps, drain, sub_progress
from napari_hydra.workbench.export.roi_list import roi_spectra
from napari_hydra.workbench.export.spectra_tables import csv_text, number
from napari_hydra.workbench.scene.compare_pair import Pair, pair_of, pixel_figures
from napari_hydra.workbench.scene.roi_spectra import RoiSpectra
from napari_hydra.workbench.scene.scene import Region
from napari_hydra.workbench.scene.view_snapshot import ViewSnapshot

WHOLE = "whole scene"
_FIGURES = ("mrae", "rmse", "nrmse", "psnr", "sam", "coverage90")
COLUMNS = ("name", "kind", "y", "x", "pixels", "rmse_of_spectrum", "angle_of_spectrum_deg", *_FIGURES, "remarks")


@dataclass(frozen=True, eq=False)
class ErrorRow:
    """The figures of a pin, a region or (without `roi`) the whole scene.

    Attributes
    ----------
    roi : RoiSpectra or None
    figures : DetailedFigures or None
        Over pixels and bands, in the unit of the truth; None without a truth, or where it has no data.
    remarks : tuple of str
        Why the estimate is less certain, or why there are no figures.
    """

    roi: RoiSpectra | None
    figures: DetailedFigures | None
    remarks: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """What it is called."""
        return WHOLE if self.roi is None else self.roi.name


def error_rows(
    snapshot: ViewSnapshot,
    progress: ProgressCallback | None = None,
    cancel: threading.Event | None = None,
) -> list[ErrorRow]:
    """Return the figures of the whole scene (with a truth), of pins and of regions.

    Raises
    ------
    Cancelled
        If `cancel` was set.
    """
    pair = pair_of(snapshot.scene)
    found = list(roi_spectra(snapshot))
    tasks: list[RoiSpectra | None] = [*([] if pair is None else [None]), *found]
    rows = []
    for index, roi in enumerate(tasks):
        words = f"comparing {WHOLE if roi is None else roi.name}"
        part = sub_progress(progress, index / len(tasks), (index + 1) / len(tasks), words)
        rows.append(drain(_row_steps(pair, roi), part, cancel))
    return rows


def metrics_table(rows: list[ErrorRow]) -> str:
    """Return CSV text, a row each; RMSE in the unit of the truth, angles in degrees.

    ``rmse_of_spectrum`` and ``angle_of_spectrum_deg`` are those of the mean (or median) spectrum, as the legend says
    them; the others are over all pixels and bands. Where the truth's pixels are larger than the picture's, remarks say
    so: `pixels` of pins and regions are the picture's, those that are compared are the truth's.
    """
    return csv_text(COLUMNS, map(_cells, rows))


def _cells(row: ErrorRow) -> list[object]:
    roi, figures = row.roi, row.figures
    place = ["", ""] if roi is None or roi.pixel is None else roi.pixel
    count = figures.pixels if roi is None and figures is not None else roi.count if roi else ""
    spectrum = ["", ""] if roi is None else [number(roi.rmse), number(roi.angle)]
    values = ["" if figures is None else number(getattr(figures, name)) for name in _FIGURES]
    kind = "scene" if roi is None else roi.kind
    return [row.name, kind, *place, count, *spectrum, *values, "; ".join(row.remarks)]


def _row_steps(pair: Pair | None, roi: RoiSpectra | None) -> Steps[ErrorRow]:
    notes = () if roi is None else roi.notes
    if pair is None:
        return ErrorRow(roi, None, notes)
    try:
        if roi is not None and roi.pixel is not None:
            figures = pixel_figures(pair, *roi.pixel)
        else:
            where, part = None, pair
            if roi is not None and isinstance(roi.item, Region):
                part, where = pair.inside(roi.item.mask)
            figures = yield from compare_steps(part.estimate, part.truth, gain=part.gain, where=where)
        compared = () if pair.overlay is None else (f"compared over the truth's pixels ({pair.overlay.size} each)",)
        yield Progress(1.0)
        return ErrorRow(roi, figures, (*notes, *compared))
    except HydraError as error:  # the truth has no data there
        return ErrorRow(roi, None, (*notes, str(error)))
