"""The pins and regions of a bench with what was read of each, in the order in which tables list them."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from napari_hydra.workbench.bench import Bench
from napari_hydra.workbench.plot_state import is_drawable, lies_on
from napari_hydra.workbench.readouts import Readout, cached_pixel, cached_region
from napari_hydra.workbench.scene import Pin, Region
from napari_hydra.workbench.transforms import shown_as


@dataclass(frozen=True, eq=False)
class Reading:
    """A pin or region and what was read of it."""

    item: Pin | Region
    readout: Readout

    @property
    def name(self) -> str:
        """Its name on one line."""
        return one_line(self.item.name)

    @property
    def kind(self) -> str:
        """ "pin" or "region"."""
        return "pin" if isinstance(self.item, Pin) else "region"

    @property
    def place(self) -> str:
        """Say which pixels it stands for."""
        count = self.readout.count
        if isinstance(self.item, Pin):
            mean = f"mean of {count} pixels around " if count > 1 else "pixel "
            return f"{mean}y={self.item.y} x={self.item.x}"
        return f"{self.readout.statistic} of {count} pixels"


def readings(bench: Bench, *, transformed: bool = False) -> Iterator[Reading]:
    """Yield what lies on the scene, hidden or not: pins, then regions.

    Parameters
    ----------
    bench : Bench
    transformed : bool
        Whether spectra are given as the bench shows them, or as measured.
    """
    scene = bench.scene
    transform = bench.transform if transformed else "as measured"
    for pin in bench.pins:
        if lies_on(scene, pin.y, pin.x):
            yield Reading(pin, shown_as(cached_pixel(scene, pin.y, pin.x, bench.level, bench.window), transform))
    for region in bench.regions:
        if is_drawable(scene, region):
            yield Reading(region, shown_as(cached_region(scene, region, bench.statistic, bench.level), transform))


def all_visible(bench: Bench) -> Bench:
    """Return the bench with nothing kept aside."""
    return replace(
        bench,
        pins=tuple(replace(pin, visible=True) for pin in bench.pins),
        regions=tuple(replace(region, visible=True) for region in bench.regions),
    )


def one_line(text: str) -> str:
    """Return a text with every run of white space as one space."""
    return " ".join(text.split())
