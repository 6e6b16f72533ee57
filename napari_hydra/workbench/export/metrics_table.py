"""How far each pin, each region and the whole scene are from the truth, as a table."""

import csv
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import StringIO

from napari_hydra.errors import Cancelled, HydraError
from napari_hydra.evaluation.comparison import compare_steps
from napari_hydra.evaluation.figures import DetailedFigures
from napari_hydra.workbench.export.roi_list import roi_spectra
from napari_hydra.workbench.export.spectra_tables import number
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
    progress: Callable[[float, str], None] | None = None,
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
        for fraction, row in _error_row(pair, roi):
            if cancel is not None and cancel.is_set():
                raise Cancelled("Comparing with the truth was cancelled.")
            if progress is not None:
                progress((index + fraction) / len(tasks), f"comparing {WHOLE if roi is None else roi.name}")
            if row is not None:
                rows.append(row)
    return rows


def metrics_table(rows: list[ErrorRow]) -> str:
    """Return CSV text, a row each; RMSE in the unit of the truth, angles in degrees.

    ``rmse_of_spectrum`` and ``angle_of_spectrum_deg`` are those of the mean (or median) spectrum, as the legend says
    them; the others are over all pixels and bands. Where the truth's pixels are larger than the picture's, remarks say
    so: `pixels` of pins and regions are the picture's, those that are compared are the truth's.
    """
    text = StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in rows:
        roi, figures = row.roi, row.figures
        place = ["", ""] if roi is None or roi.pixel is None else roi.pixel
        count = figures.pixels if roi is None and figures is not None else roi.count if roi else ""
        spectrum = ["", ""] if roi is None else [number(roi.rmse), number(roi.angle)]
        values = ["" if figures is None else number(getattr(figures, name)) for name in _FIGURES]
        kind = "scene" if roi is None else roi.kind
        writer.writerow([row.name, kind, *place, count, *spectrum, *values, "; ".join(row.remarks)])
    return text.getvalue()


def _error_row(pair: Pair | None, roi: RoiSpectra | None) -> Iterator[tuple[float, ErrorRow | None]]:
    """Yield how far it is, and at the end the row."""
    notes = () if roi is None else roi.notes
    if pair is None:
        yield 1.0, ErrorRow(roi, None, notes)
        return
    try:
        figures: DetailedFigures
        if roi is not None and roi.pixel is not None:
            figures = pixel_figures(pair, *roi.pixel)
        else:
            where, part = None, pair
            if roi is not None and isinstance(roi.item, Region):
                part, where = pair.inside(roi.item.mask)
            steps = compare_steps(part.estimate, part.truth, gain=part.gain, where=where)
            while True:
                try:
                    yield next(steps), None
                except StopIteration as end:
                    figures = end.value
                    break
        compared = () if pair.overlay is None else (f"compared over the truth's pixels ({pair.overlay.size} each)",)
        yield 1.0, ErrorRow(roi, figures, (*notes, *compared))
    except HydraError as error:  # the truth has no data there
        yield 1.0, ErrorRow(roi, None, (*notes, str(error)))
