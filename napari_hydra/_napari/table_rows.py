"""What the table beside the plot says, as a pure function of the store."""

from dataclasses import dataclass

import numpy as np

from napari_hydra._napari.edits import Item
from napari_hydra._napari.store import Pin, Store
from napari_hydra.workbench.plot_state import is_drawable, is_slow, lies_on
from napari_hydra.workbench.readouts import Readout, cached_pixel, cached_region

NONE = "–"


@dataclass(frozen=True)
class TableRow:
    """One pin or region; every cell is text.

    Attributes
    ----------
    item : Pin or Region
    pixels : str
        "(y, x)" of a pin, with its window; the count of a region.
    rmse, angle : str
        Against the truth, as measured: in the unit of the scene, and in degrees.
    flags : str
        What makes the estimate doubtful.
    """

    item: Item
    pixels: str
    rmse: str
    angle: str
    flags: str


def table_rows(store: Store) -> tuple[TableRow, ...]:
    """Return a row for each pin and region that lies on the scene, shown or hidden."""
    scene = store.scene
    if scene is None:
        return ()
    rows = []
    for pin in store.pins:
        if lies_on(scene, pin.y, pin.x):
            readout = cached_pixel(scene, pin.y, pin.x, store.level, store.window)
            rows.append(_row(pin, readout, f"({pin.y}, {pin.x})"))
    for region in store.regions:
        if not is_drawable(scene, region):
            continue
        count = f"{int(np.count_nonzero(region.mask))} px"
        if is_slow(store, scene, region):
            rows.append(TableRow(region, count, NONE, NONE, "averaging…" if region.visible else ""))
        else:
            rows.append(_row(region, cached_region(scene, region, store.statistic), count))
    return tuple(rows)


def _row(item: Item, readout: Readout, pixels: str) -> TableRow:
    if isinstance(item, Pin) and readout.count > 1:
        pixels += f" · {readout.count} px"
    return TableRow(
        item=item,
        pixels=pixels,
        rmse=NONE if readout.rmse is None or not np.isfinite(readout.rmse) else f"{readout.rmse:.3g}",
        angle=NONE if readout.angle is None or not np.isfinite(readout.angle) else f"{readout.angle:.1f}",
        flags=", ".join(note.replace("%", " %") for note in readout.notes),
    )
