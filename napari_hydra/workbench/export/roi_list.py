"""The spectra of the pins and regions of a view, in the order in which tables list them."""

from collections.abc import Iterator
from dataclasses import replace

from napari_hydra.workbench.plot.plot_state import is_drawable, lies_on
from napari_hydra.workbench.scene.extra_curves import ENCODED_WORDS, PixelOrRegion, extra_spectrum, sources_of
from napari_hydra.workbench.scene.roi_spectra import ExtraCurve, RoiSpectra, cached_pixel, cached_region, one_line
from napari_hydra.workbench.scene.scene import OpenCube
from napari_hydra.workbench.scene.transforms import roi_as, spectrum_as
from napari_hydra.workbench.scene.view_snapshot import ViewSnapshot

ENCODED = "teacher coding"


def roi_spectra(snapshot: ViewSnapshot, *, transformed: bool = False) -> Iterator[RoiSpectra]:
    """Yield what lies on the scene, hidden or not: pins, then regions.

    Parameters
    ----------
    snapshot : ViewSnapshot
    transformed : bool
        Whether spectra are given as the view shows them, or as measured.
    """
    scene = snapshot.scene
    transform = snapshot.transform if transformed else "as measured"
    for pin in snapshot.pins:
        if lies_on(scene, pin.y, pin.x):
            found = roi_as(cached_pixel(scene, pin.y, pin.x, snapshot.level, snapshot.pixel_window), transform)
            yield replace(found, item=pin, extras=tuple(_extras(snapshot, (pin.y, pin.x), transform)))
    for region in snapshot.regions:
        if is_drawable(scene, region):
            found = roi_as(cached_region(scene, region, snapshot.statistic, snapshot.level), transform)
            yield replace(found, item=region, extras=tuple(_extras(snapshot, region, transform)))


def _extras(snapshot: ViewSnapshot, place: PixelOrRegion, transform: str) -> Iterator[ExtraCurve]:
    """Yield the encoded truth and the further cubes that the view draws, cubes of one name numbered."""
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
    """Return the view with nothing kept aside."""
    return replace(
        snapshot,
        pins=tuple(replace(pin, visible=True) for pin in snapshot.pins),
        regions=tuple(replace(region, visible=True) for region in snapshot.regions),
    )
