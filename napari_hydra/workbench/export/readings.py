"""The pins and regions of a bench with what was read of each, in the order in which tables list them."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from napari_hydra.workbench.plot.plot_state import is_drawable, lies_on
from napari_hydra.workbench.scene.bench import Bench
from napari_hydra.workbench.scene.extra_curves import CODED_WORDS, Place, extra_spectrum, sources_of
from napari_hydra.workbench.scene.readouts import Readout, Spectrum, cached_pixel, cached_region
from napari_hydra.workbench.scene.scene import OpenCube, Pin, Region
from napari_hydra.workbench.scene.transforms import shown_as, spectrum_as

CODED = "teacher coding"


@dataclass(frozen=True, eq=False)
class Extra:
    """A curve beside estimate and truth, at its own wavelengths.

    Attributes
    ----------
    name : str
        "teacher coding" or "cube <name>".
    words : str
        What it is, with its unit.
    spectrum : Spectrum
        Of a region without its spread.
    """

    name: str
    words: str
    spectrum: Spectrum


@dataclass(frozen=True, eq=False)
class Reading:
    """A pin or region, what was read of it, and the further curves that are drawn of it."""

    item: Pin | Region
    readout: Readout
    extras: tuple[Extra, ...] = ()

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
            readout = shown_as(cached_pixel(scene, pin.y, pin.x, bench.level, bench.window), transform)
            yield Reading(pin, readout, tuple(_extras(bench, (pin.y, pin.x), transform)))
    for region in bench.regions:
        if is_drawable(scene, region):
            readout = shown_as(cached_region(scene, region, bench.statistic, bench.level), transform)
            yield Reading(region, readout, tuple(_extras(bench, region, transform)))


def _extras(bench: Bench, place: Place, transform: str) -> Iterator[Extra]:
    """Yield the teacher's coding and the further cubes that the bench draws, cubes of one name numbered."""
    names: list[str] = []
    for source in sources_of(bench, bench.scene):
        if isinstance(source, OpenCube):
            plain = f"cube {one_line(source.name)}"
            names.append(plain)
            count = names.count(plain)
            name, words = plain if count == 1 else f"{plain} ({count})", f"further cube, {source.quantity}"
        else:
            name, words = CODED, f"{CODED_WORDS}, {bench.scene.quantity}"
        spectrum = extra_spectrum(source, place, bench.window, bench.statistic)
        yield Extra(name, words, spectrum_as(spectrum, transform))


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
