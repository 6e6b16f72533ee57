"""What the spectra plot shows, as a pure function of the store.

`resolve` decides everything (which curves, broken where, in which colour, with which words); the views only
draw what it returns. So every rule of display is tested without a window.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import cycle, pairwise
from typing import Literal
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from napari_hydra.cube import good_bands, wavelengths_of
from napari_hydra.spectra.segments import contiguous_segments
from napari_hydra.workbench.plot.palette import FOREGROUND
from napari_hydra.workbench.scene.extra_curves import (
    ENCODED_WORDS,
    PixelOrRegion,
    band_count,
    extra_spectrum,
    has_read,
    sources_of,
)
from napari_hydra.workbench.scene.measured_spectra import of_files, spectra_at
from napari_hydra.workbench.scene.roi_spectra import (
    RoiSpectra,
    Spectrum,
    cached_pixel,
    cached_region,
    is_read,
    read_pixel,
)
from napari_hydra.workbench.scene.scene import OpenCube, Pin, Region, Scene
from napari_hydra.workbench.scene.transforms import TRANSFORMS, axis_label, roi_as, spectrum_as, words_about
from napari_hydra.workbench.scene.view_snapshot import View

Floats = NDArray[np.floating]
Kind = Literal[
    "estimate",
    "truth",
    "spread",
    "truth spread",
    "difference",
    "coded",
    "measured",
    "cube 1",
    "cube 2",
    "cube 3",
    "cube 4",
]
CUBE_KINDS: tuple[Kind, ...] = ("cube 1", "cube 2", "cube 3", "cube 4")

NO_SCENE = (
    "Open a spectral cube and click its pixels: their spectra appear here.\n"
    "Or choose a colour picture under Reconstruct, press Run, and click.\n"
    "No file at hand? File > Open Sample > napari-hydra"
)
NO_SPECTRA = (
    "Click a pixel: its spectrum stays here.\n"
    "Move the mouse with Shift held: look without keeping.\n"
    "Draw or Paint: the mean and dispersion of a region.\n"
    "Press this plot: show that wavelength.  Ctrl+Z: undo."
)
X_LABEL = "Wavelength (nm)"
DIFFERENCE_LABEL = "estimate − truth"

_QUICK_VALUES = 1_000_000  # a region of fewer is read at once (0.02 s), of more on a thread
_QUARTILE_COST = 5  # times that of the mean


@dataclass(frozen=True, eq=False, kw_only=True)
class Curve:
    """One line with, perhaps, a shaded band around it.

    Attributes
    ----------
    kind : str
        What it is; the view knows how each kind looks.
    wavelengths, values : (n,) array
        In drawing order, NaN where the pen is lifted (between detectors and over gaps).
    low, high : (n,) array or None
        Edges of the band.
    colour : str
        "#rrggbb", or `FOREGROUND`.
    """

    kind: Kind
    wavelengths: Floats
    values: Floats
    low: Floats | None = None
    high: Floats | None = None
    colour: str = FOREGROUND


@dataclass(frozen=True)
class LegendRow:
    """A line of the legend: a sample drawn like curves of `kind` (None: no sample) and its words.

    Rows that explain (`is_key`) give way to those of pins and regions where there is little room; those of pins and
    regions (`is_item`) give way to a table that shows the same.
    """

    text: str
    colour: str = FOREGROUND
    kind: Kind | Literal["estimate and interval", "unused bands"] | None = None
    is_key: bool = False
    is_item: bool = False


@dataclass(frozen=True, eq=False, kw_only=True)
class PlotState:
    """Everything that the plot shows.

    Attributes
    ----------
    subject : tuple
        What the fixed curves were made from; equal subjects have equal fixed curves.
    message : str or None
        Words in place of curves.
    y_label, difference_label : str
    x_limits : (float, float) or None
        In nm. None: there is nothing to draw axes for.
    curves, differences : tuple of Curve
        Of pins and regions, for the upper and the lower axes.
    rows : tuple of LegendRow
    has_difference : bool
        Whether there are lower axes.
    live_curves, live_differences : tuple of Curve
        Of the pixel under the cursor.
    live_row : LegendRow or None
    band : float or None
        Wavelength in nm of the band that the viewer shows.
    from_zero : bool
        Whether the values are read against zero.
    bad_spans : tuple of (float, float)
        Wavelengths in nm at which the truth has bands that are not used.
    pending : tuple of Region
        Too large to be read at once, and not read yet.
    """

    subject: tuple[object, ...] = ()
    message: str | None = None
    y_label: str = ""
    difference_label: str = DIFFERENCE_LABEL
    x_limits: tuple[float, float] | None = None
    curves: tuple[Curve, ...] = ()
    differences: tuple[Curve, ...] = ()
    rows: tuple[LegendRow, ...] = ()
    has_difference: bool = False
    live_curves: tuple[Curve, ...] = ()
    live_differences: tuple[Curve, ...] = ()
    live_row: LegendRow | None = None
    band: float | None = None
    from_zero: bool = True
    bad_spans: tuple[tuple[float, float], ...] = ()
    pending: tuple[Region, ...] = ()


def resolve(store: View, *, wait: bool = True) -> PlotState:
    """Return what the plot of a store shows.

    Parameters
    ----------
    store : ViewState or ViewSnapshot
    wait : bool
        Whether large regions are read now; if not, those that nobody has read are `pending`.
    """
    scene = store.scene
    if scene is None:
        return PlotState(message=NO_SCENE)
    fixed = _fixed_part(store, scene, wait)
    hover = store.hover if store.hover is not None and lies_on(scene, *store.hover) else None
    band = _band_wavelength(scene, store.band)
    if hover is None:
        return replace(fixed, band=band)
    live = roi_as(read_pixel(scene, *hover, store.level, store.pixel_window), store.transform)
    return replace(
        fixed,
        message=None,
        rows=fixed.rows or tuple(_key_rows(store, scene, has_regions=False, has_unused=bool(fixed.bad_spans))),
        live_curves=(*_value_curves(live, FOREGROUND), *_extra_curves(store, scene, hover, FOREGROUND)),
        live_differences=tuple(_difference_curves(live, FOREGROUND)),
        live_row=LegendRow(_words(f"({hover[0]}, {hover[1]})", live), FOREGROUND, "estimate"),
        band=band,
    )


def break_at_gaps(spectrum: Spectrum) -> tuple[Floats, list[Floats]]:
    """Return a spectrum in drawing order, detector after detector, with NaN wherever the pen is lifted.

    Returns
    -------
    wavelengths : (n,) array
    columns : list of (n,) array
        `values`, and `low` and `high`, `lower` and `upper` where the spectrum has them (in this order).
    """
    drawn = _drawn(spectrum)
    columns = (drawn.values, drawn.low, drawn.high, drawn.lower, drawn.upper)
    return drawn.wavelengths, [column for column in columns if column is not None]


def _drawn(spectrum: Spectrum) -> Spectrum:
    parts = contiguous_segments(spectrum.wavelengths, spectrum.detector)

    def drawn(column: Floats) -> Floats:
        pieces = [piece for part in parts for piece in (column[part].astype(np.float64), [np.nan])]
        return np.concatenate(pieces[:-1])

    return replace(spectrum.changed(drawn), wavelengths=drawn(spectrum.wavelengths), detector=None)


# The last fixed part of each scene: while the cursor wanders nothing else changes.
_FIXED: "WeakKeyDictionary[Scene, tuple[tuple[object, ...], PlotState]]" = WeakKeyDictionary()


def _fixed_part(store: View, scene: Scene, wait: bool) -> PlotState:
    """Return the state without the pixel under the cursor."""
    subject = (
        store.pins,
        store.regions,
        store.level,
        store.transform,
        store.pixel_window,
        store.statistic,
        store.encoded_truth,
        store.cubes,
        store.measurements,
    )
    known = _FIXED.get(scene)
    if known is None or known[0] != subject or known[1].pending:
        known = _FIXED[scene] = (subject, _resolve_fixed(store, scene, subject, wait))
    # What is kept must not keep its scene alive.
    return replace(known[1], subject=(scene, *known[1].subject))


def _resolve_fixed(store: View, scene: Scene, subject: tuple[object, ...], wait: bool) -> PlotState:
    # A new scene may be smaller than the one that pins and regions were made on.
    pins = [pin for pin in store.pins if pin.visible and lies_on(scene, pin.y, pin.x)]
    regions = [r for r in store.regions if r.visible and is_drawable(scene, r)]
    pending = () if wait else tuple(region for region in regions if is_slow(store, scene, region))
    pinned = [(pin, cached_pixel(scene, pin.y, pin.x, store.level, store.pixel_window)) for pin in pins]
    ready = [region for region in regions if region not in pending]
    drawn = [(region, cached_region(scene, region, store.statistic, store.level)) for region in ready]
    fixed = [(pin.colour, roi_as(roi, store.transform)) for pin, roi in pinned]
    fixed += [(region.colour, roi_as(roi, store.transform)) for region, roi in drawn]
    targets: list[tuple[PixelOrRegion, str]] = [((pin.y, pin.x), pin.colour) for pin in pins]
    targets += [(region, region.colour) for region in ready]
    spans, limits = _bad_spans(scene), _x_limits(store, scene)
    measured = tuple(curve for pin in pins for curve in _measured_curves(store, pin, limits))
    return PlotState(
        subject=(*subject, len(pending)),
        message=None if fixed or pending else NO_SPECTRA,
        y_label=axis_label(scene.quantity, store.transform),
        x_limits=limits,
        curves=(
            *(curve for colour, roi in fixed for curve in _value_curves(roi, colour)),
            *(curve for target, colour in targets for curve in _extra_curves(store, scene, target, colour)),
            *measured,
        ),
        differences=tuple(curve for colour, roi in fixed for curve in _difference_curves(roi, colour)),
        rows=(
            *(_key_rows(store, scene, bool(regions), bool(spans)) if fixed or pending else ()),
            *(_measured_row(store, pins) if measured else ()),
            *(LegendRow(pin_words(pin, roi), pin.colour, "estimate", is_item=True) for pin, roi in pinned),
            *(LegendRow(_region_words(r, roi), r.colour, "estimate", is_item=True) for r, roi in drawn),
            *(LegendRow(f"{r.name}  averaging…", r.colour, "estimate", is_item=True) for r in pending),
        ),
        has_difference=scene.truth is not None,
        from_zero=TRANSFORMS[store.transform].from_zero,
        bad_spans=spans,
        pending=pending,
    )


def is_drawable(scene: Scene, region: Region) -> bool:
    """Whether a region lies on the scene and holds a pixel."""
    return region.mask.shape == scene.size and bool(region.mask.any())


def is_slow(store: View, scene: Scene, region: Region) -> bool:
    """Whether reading a region would hold up the window."""
    bands = 0 if is_read(scene, region, store.statistic, store.level) else len(scene.estimate.wavelengths)
    for source in sources_of(store, scene):
        if not has_read(source, region, store.pixel_window, store.statistic):
            bands += band_count(source)
    cost = np.count_nonzero(region.mask) * bands
    cost *= _QUARTILE_COST if store.statistic == "median" else 1
    return bool(cost > _QUICK_VALUES)


def _value_curves(roi: RoiSpectra, colour: str) -> Iterator[Curve]:
    yield _curve("estimate", roi.estimate, colour)
    yield from _dispersion_curves("spread", roi.estimate, colour)
    if roi.truth is not None:
        yield _curve("truth", roi.truth, colour)
        yield from _dispersion_curves("truth spread", roi.truth, colour)


def _curve(kind: Kind, spectrum: Spectrum, colour: str) -> Curve:
    drawn = _drawn(spectrum)
    return Curve(
        kind=kind,
        wavelengths=drawn.wavelengths,
        values=drawn.values,
        low=drawn.low,
        high=drawn.high,
        colour=colour,
    )


def _dispersion_curves(kind: Kind, spectrum: Spectrum, colour: str) -> Iterator[Curve]:
    for values in (spectrum.lower, spectrum.upper):
        if values is not None:
            yield _curve(kind, replace(spectrum, values=values, low=None, high=None), colour)


def _difference_curves(roi: RoiSpectra, colour: str) -> Iterator[Curve]:
    if roi.difference is not None:
        yield _curve("difference", roi.difference, colour)


def _extra_curves(store: View, scene: Scene, target: PixelOrRegion, colour: str) -> Iterator[Curve]:
    """Yield the encoded truth and the curves of further cubes at one place."""
    kinds = cycle(CUBE_KINDS)
    for source in sources_of(store, scene):
        kind = "coded" if source is scene else next(kinds)
        spectrum = extra_spectrum(source, target, store.pixel_window, store.statistic)
        yield _curve(kind, spectrum_as(spectrum, store.transform), colour)


def _measured_curves(store: View, pin: Pin, limits: tuple[float, float]) -> Iterator[Curve]:
    """Yield what a point spectrometer measured at a pin, at its own wavelengths."""
    for spectrum in spectra_at(store.measurements, (pin.y, pin.x), limits):
        yield _curve("measured", spectrum_as(spectrum, store.transform), pin.colour)


def _measured_row(store: View, pins: Sequence[Pin]) -> Iterator[LegendRow]:
    pixels = {(pin.y, pin.x) for pin in pins}
    files = dict.fromkeys(one.source for one in of_files(store.measurements) if (one.y, one.x) in pixels)
    yield LegendRow(f"measured spectra ({', '.join(files)})", kind="measured", is_key=True)


def _key_rows(store: View, scene: Scene, has_regions: bool, has_unused: bool) -> Iterator[LegendRow]:
    """Name the scene, what was done to its values, and explain the line styles."""
    yield LegendRow(scene.name)
    if scene.matched:
        yield LegendRow(f"matched to the truth (× {scene.factor:.4g})")
    elif not np.isclose(scene.factor, 1.0):
        yield LegendRow(f"scaled by the exposure (× {scene.factor:.4g})")
    has_interval = TRANSFORMS[store.transform].has_interval
    if store.transform != "as measured":
        yield LegendRow(words_about(store.transform, np.asarray(scene.estimate.wavelengths)))
    if scene.is_measured:
        yield LegendRow("measured", kind="estimate", is_key=True)
    elif has_interval:
        words = f"reconstruction, {store.level:.0%} interval".replace("%", " %")
        yield LegendRow(words, kind="estimate and interval", is_key=True)
    else:
        yield LegendRow("reconstruction (no interval of a slope)", kind="estimate", is_key=True)
    if scene.truth is not None:
        yield LegendRow("measured (truth)", kind="truth", is_key=True)
        if scene.coarse_truth is not None and scene.overlay is not None:
            yield LegendRow(f"difference: over the truth's pixels ({scene.overlay.size})", is_key=True)
        if store.transform != "as measured":
            yield LegendRow("RMSE and angle: of values as measured", is_key=True)
    kinds = cycle(CUBE_KINDS)
    for source in sources_of(store, scene):
        if isinstance(source, OpenCube):
            unit = "" if source.quantity == scene.quantity else f" ({source.quantity})"
            yield LegendRow(f"{source.name}{unit}", kind=next(kinds), is_key=True)
        else:
            yield LegendRow(ENCODED_WORDS, kind="coded", is_key=True)
    if has_unused:
        yield LegendRow("bands of the truth that are not used", kind="unused bands", is_key=True)
    if has_regions and has_interval:
        words = "± standard deviation of the pixels" if store.statistic == "mean" else "quartiles of the pixels"
        yield LegendRow(words, kind="spread", is_key=True)


def pin_words(pin: Pin, roi: RoiSpectra) -> str:
    """Return the row of a pin in the legend."""
    return _words(f"{pin.name} ({pin.y}, {pin.x})", roi)


def _region_words(region: Region, roi: RoiSpectra) -> str:
    median = "median of " if roi.statistic == "median" else ""
    return _words(f"{region.name} ({median}{roi.count} px)", roi)


def _words(name: str, roi: RoiSpectra) -> str:
    parts = [name]
    if roi.count > 1 and name.endswith(")") and "px" not in name:
        parts.append(f"mean of {roi.count} px")
    if roi.rmse is not None and np.isfinite(roi.rmse):
        parts.append(f"RMSE {roi.rmse:.3g}")
    if roi.angle is not None and np.isfinite(roi.angle):
        parts.append(f"{roi.angle:.1f}°")
    parts.extend(note.replace("%", " %") for note in roi.notes)
    return "  ".join(parts)


def _x_limits(store: View, scene: Scene) -> tuple[float, float]:
    parts = [np.asarray(scene.estimate.wavelengths)]
    parts += [cube.wavelengths[cube.good] for cube in sources_of(store, scene) if isinstance(cube, OpenCube)]
    wavelengths = np.concatenate(parts)
    low, high = float(wavelengths.min()), float(wavelengths.max())
    margin = max(0.01 * (high - low), 1.0)
    return low - margin, high + margin


def _bad_spans(scene: Scene) -> tuple[tuple[float, float], ...]:
    """Return where the truth has bands that are not used, or else where it has none although it has on both sides."""
    if scene.bad_spans:
        return scene.bad_spans
    if scene.truth is None:
        return ()
    good = good_bands(scene.truth)
    centres = wavelengths_of(scene.truth)[good]
    detectors = scene.truth.coords.get("detector")
    owner = np.zeros(centres.size) if detectors is None else detectors.values[good]
    spans = []
    for before, after in pairwise(contiguous_segments(centres, owner)):
        if owner[before[-1]] == owner[after[0]]:
            half = float(np.median(np.diff(centres[before]))) / 2 if before.size > 1 else 0.0
            spans.append((float(centres[before[-1]]) + half, float(centres[after[0]]) - half))
    return tuple(spans)


def _band_wavelength(scene: Scene, band: int) -> float | None:
    wavelengths = scene.estimate.wavelengths
    return float(wavelengths[band]) if 0 <= band < len(wavelengths) else None


def lies_on(scene: Scene, y: int, x: int) -> bool:
    """Whether the pixel (y, x) is one of the scene."""
    height, width = scene.size
    return bool(0 <= y < height and 0 <= x < width)
