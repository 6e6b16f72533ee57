"""What the table beside the plot says, as a pure function of the store."""

from dataclasses import dataclass

import numpy as np

from napari_hydra._napari.state.edits import Item
from napari_hydra._napari.state.shown_pixels import pins_of, regions_of
from napari_hydra._napari.state.store import Scene, Store
from napari_hydra.spectra import rmse
from napari_hydra.workbench.plot.plot_state import is_slow
from napari_hydra.workbench.scene.roi_spectra import RoiSpectra, cached_pixel, cached_region

NONE = "–"


@dataclass(frozen=True)
class TableRow:
    """One pin or region; every cell is text.

    Attributes
    ----------
    item : Pin or Region
    place : str
        "(y, x)" of a pin.
    pixels : str
        How many are averaged.
    rmse, angle : str
        Against the truth, as measured: in the unit of the scene, and in degrees.
    bound : str
        RMSE of the encoded truth, where that is drawn: the least this model can reach.
    flags : str
        Why the estimate is less certain.
    """

    item: Item
    place: str
    pixels: str
    rmse: str
    angle: str
    bound: str
    flags: str


def table_rows(store: Store) -> tuple[TableRow, ...]:
    """Return a row for each pin and region that lies on the scene, shown or hidden."""
    scene = store.scene
    if scene is None:
        return ()
    rows = []
    for pin in pins_of(scene, store):
        roi = cached_pixel(scene, pin.y, pin.x, store.level, store.pixel_window)
        rows.append(_row(store, scene, pin, roi, f"({pin.y}, {pin.x})"))
    for region in regions_of(scene, store):
        if is_slow(store, scene, region):
            count = str(np.count_nonzero(region.mask))
            rows.append(TableRow(region, NONE, count, NONE, NONE, NONE, "averaging…" if region.visible else ""))
        else:
            roi = cached_region(scene, region, store.statistic, store.level)
            rows.append(_row(store, scene, region, roi, NONE))
    return tuple(rows)


def _row(store: Store, scene: Scene, item: Item, roi: RoiSpectra, place: str) -> TableRow:
    return TableRow(
        item=item,
        place=place,
        pixels=str(roi.count),
        rmse=_figure(roi.rmse, ".3g"),
        angle=_figure(roi.angle, ".1f"),
        bound=_figure(_bound(scene, roi), ".2g") if store.encoded_truth else NONE,
        flags=", ".join(note.replace("%", " %") for note in roi.notes),
    )


def _bound(scene: Scene, roi: RoiSpectra) -> float | None:
    """Return the RMSE of the encoded truth; None where its bands are not all there."""
    if scene.encoder is None or roi.truth is None or len(roi.truth.values) != len(scene.encoder.wavelengths):
        return None
    encoded = scene.encoder.encode(roi.truth.values[None, None]).spectrum(0, 0)
    return rmse(encoded, roi.truth.values)


def _figure(value: float | None, form: str) -> str:
    return NONE if value is None or not np.isfinite(value) else format(value, form)
