"""The pins and regions of a bench with what was read of each, in the order in which tables list them."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from napari_hydra.workbench.plot.plot_state import is_drawable, lies_on
from napari_hydra.workbench.scene.extra_curves import ENCODED_WORDS, PixelOrRegion, extra_spectrum, sources_of
from napari_hydra.workbench.scene.roi_spectra import Readout, Spectrum, cached_pixel, cached_region
from napari_hydra.workbench.scene.scene import OpenCube, Pin, Region
from napari_hydra.workbench.scene.transforms import roi_as, spectrum_as
from napari_hydra.workbench.scene.view_snapshot import ViewSnapshot

ENCODED = "teacher coding"


@dataclass(frozen=True, eq=False)
class ExtraCurve:
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
    extras: tuple[ExtraCurve, ...] = ()

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


def readings(snapshot: ViewSnapshot, *, transformed: bool = False) -> Iterator[Reading]:
    """Yield what lies on the scene, hidden or not: pins, then regions.

    Parameters
    ----------
    bench : Bench
    transformed : bool
        Whether spectra are given as the bench shows them, or as measured.
    """
    scene = snapshot.scene
    transform = snapshot.transform if transformed else "as measured"
    for pin in snapshot.pins:
        if lies_on(scene, pin.y, pin.x):
            readout = roi_as(cached_pixel(scene, pin.y, pin.x, snapshot.level, snapshot.pixel_window), transform)
            yield Reading(pin, readout, tuple(_extras(snapshot, (pin.y, pin.x), transform)))
    for region in snapshot.regions:
        if is_drawable(scene, region):
            readout = roi_as(cached_region(scene, region, snapshot.statistic, snapshot.level), transform)
            yield Reading(region, readout, tuple(_extras(snapshot, region, transform)))


def _extras(snapshot: ViewSnapshot, place: PixelOrRegion, transform: str) -> Iterator[ExtraCurve]:
    """Yield the teacher's coding and the further cubes that the bench draws, cubes of one name numbered."""
    names: list[str] = []
    for source in sources_of(snapshot, snapshot.scene):
        if isinstance(source, OpenCube):
            plain = f"cube {one_line(source.name)}"
            names.append(plain)
            count = names.count(plain)
            name, words = plain if count == 1 else f"{plain} ({count})", f"further cube, {source.quantity}"
        else:
            name, words = ENCODED, f"{ENCODED_WORDS}, {snapshot.scene.quantity}"
        spectrum = extra_spectrum(source, place, snapshot.pixel_window, snapshot.statistic)
        yield ExtraCurve(name, words, spectrum_as(spectrum, transform))


def all_visible(snapshot: ViewSnapshot) -> ViewSnapshot:
    """Return the bench with nothing kept aside."""
    return replace(
        snapshot,
        pins=tuple(replace(pin, visible=True) for pin in snapshot.pins),
        regions=tuple(replace(region, visible=True) for region in snapshot.regions),
    )


def one_line(text: str) -> str:
    """Return a text with every run of white space as one space."""
    return " ".join(text.split())
