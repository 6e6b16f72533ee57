"""What the spectra plot shows, as a pure function of the store.

`resolve` decides everything (which curves, broken where, in which colour, with which words); the views only
draw what it returns. So every rule of display is tested without a window.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from napari_hydra._napari.palette import FOREGROUND
from napari_hydra._napari.readouts import Readout, Spectrum, cached_pixel, cached_region, read_pixel
from napari_hydra._napari.store import Pin, Region, Scene, Store

Floats = NDArray[np.floating]
Kind = Literal["estimate", "truth", "spread", "truth spread", "difference"]

NO_SCENE = "Choose a picture and press Run,\nthen click pixels to see their spectra here."
NO_SPECTRA = (
    "Click a pixel to pin its spectrum;\nhold Shift to look without pinning.\nDraw or paint a region for its mean."
)
X_LABEL = "Wavelength (nm)"
DIFFERENCE_LABEL = "estimate − truth"

# A step wider than this many ordinary ones is a gap (bands that were left out), not a long straight line.
_GAP_STEPS = 4.0


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

    Rows that explain (`is_key`) give way to those of pins and regions where there is little room.
    """

    text: str
    colour: str = FOREGROUND
    kind: Literal["estimate", "truth", "spread", "estimate and interval"] | None = None
    is_key: bool = False


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


def resolve(store: Store) -> PlotState:
    """Return what the plot of a store shows."""
    scene = store.scene
    if scene is None:
        return PlotState(message=NO_SCENE)
    # A new scene may be smaller than the one that pins and regions were made on.
    pins = [pin for pin in store.pins if _inside(scene, pin.y, pin.x)]
    regions = [r for r in store.regions if r.mask.shape == scene.picture.shape[:2] and r.mask.any()]
    pinned = [(pin, cached_pixel(scene, pin.y, pin.x, store.level)) for pin in pins]
    drawn = [(region, cached_region(scene, region)) for region in regions]
    fixed = [(pin.colour, readout) for pin, readout in pinned]
    fixed += [(region.colour, readout) for region, readout in drawn]
    hover = store.hover if store.hover is not None and _inside(scene, *store.hover) else None
    live = None if hover is None else read_pixel(scene, *hover, store.level)
    return PlotState(
        subject=(scene, store.pins, store.regions, store.level),
        message=None if fixed or live else NO_SPECTRA,
        y_label=scene.quantity,
        x_limits=_x_limits(scene),
        curves=tuple(curve for colour, readout in fixed for curve in _value_curves(readout, colour)),
        differences=tuple(curve for colour, readout in fixed for curve in _difference_curves(readout, colour)),
        rows=(
            *_key_rows(scene, store.level, bool(fixed) or live is not None, bool(drawn)),
            *(LegendRow(_pin_words(pin, readout), pin.colour, "estimate") for pin, readout in pinned),
            *(LegendRow(_region_words(region, readout), region.colour, "estimate") for region, readout in drawn),
        ),
        has_difference=scene.truth is not None,
        live_curves=() if live is None else tuple(_value_curves(live, FOREGROUND)),
        live_differences=() if live is None else tuple(_difference_curves(live, FOREGROUND)),
        live_row=None
        if live is None or hover is None
        else LegendRow(_words(f"({hover[0]}, {hover[1]})", live), FOREGROUND, "estimate"),
        band=_band_wavelength(scene, store.band),
    )


def lift_pen(spectrum: Spectrum) -> tuple[Floats, list[Floats]]:
    """Return a spectrum in drawing order, detector after detector, with NaN wherever the pen is lifted.

    Returns
    -------
    wavelengths : (n,) array
    columns : list of (n,) array
        `values`, and `low`, `high`, `spread` where the spectrum has them (in this order).
    """
    columns = [c for c in (spectrum.values, spectrum.low, spectrum.high, spectrum.spread) if c is not None]
    table = np.stack([spectrum.wavelengths, *columns]).astype(np.float64)
    pieces = []
    detector = spectrum.detector if spectrum.detector is not None else np.zeros(table.shape[1], dtype=int)
    for index in np.unique(detector):
        part = table[:, detector == index]
        steps = np.diff(part[0])
        is_gap = steps > _GAP_STEPS * np.median(steps) if steps.size > 2 else np.zeros(steps.size, dtype=bool)
        pieces.extend(np.split(part, np.flatnonzero(is_gap) + 1, axis=1))
    break_ = np.full((table.shape[0], 1), np.nan)
    joined = [array for piece in pieces for array in (piece, break_)][:-1]
    out = np.concatenate(joined, axis=1)
    return out[0], list(out[1:])


def _value_curves(readout: Readout, colour: str) -> Iterator[Curve]:
    estimate = readout.estimate
    wavelengths, columns = lift_pen(estimate)
    yield Curve(
        kind="estimate",
        wavelengths=wavelengths,
        values=columns[0],
        low=columns[1],
        high=columns[2],
        colour=colour,
    )
    if estimate.spread is not None:
        yield from _spread_curves("spread", wavelengths, columns[0], columns[3], colour)
    if readout.truth is not None:
        wavelengths, columns = lift_pen(readout.truth)
        yield Curve(kind="truth", wavelengths=wavelengths, values=columns[0], colour=colour)
        if readout.truth.spread is not None:
            yield from _spread_curves("truth spread", wavelengths, columns[0], columns[1], colour)


def _spread_curves(kind: Kind, wavelengths: Floats, mean: Floats, std: Floats, colour: str) -> Iterator[Curve]:
    for values in (mean - std, mean + std):
        yield Curve(kind=kind, wavelengths=wavelengths, values=values, colour=colour)


def _difference_curves(readout: Readout, colour: str) -> Iterator[Curve]:
    if readout.difference is not None:
        wavelengths, columns = lift_pen(readout.difference)
        yield Curve(
            kind="difference",
            wavelengths=wavelengths,
            values=columns[0],
            low=columns[1],
            high=columns[2],
            colour=colour,
        )


def _key_rows(scene: Scene, level: float, has_curves: bool, has_regions: bool) -> Iterator[LegendRow]:
    """Name the scene and the factor that the estimate was multiplied by, explain the line styles."""
    if not has_curves:
        return
    yield LegendRow(scene.name)
    if scene.matched:
        yield LegendRow(f"matched to the truth (× {scene.factor:.4g})")
    elif not np.isclose(scene.factor, 1.0):
        yield LegendRow(f"scaled by the exposure (× {scene.factor:.4g})")
    yield LegendRow(
        f"reconstruction, {level:.0%} interval".replace("%", " %"), kind="estimate and interval", is_key=True
    )
    if scene.truth is not None:
        yield LegendRow("measured (truth)", kind="truth", is_key=True)
    if has_regions:
        yield LegendRow("± standard deviation of the pixels", kind="spread", is_key=True)


def _pin_words(pin: Pin, readout: Readout) -> str:
    return _words(f"{pin.name} ({pin.y}, {pin.x})", readout)


def _region_words(region: Region, readout: Readout) -> str:
    return _words(f"{region.name} ({readout.count} px)", readout)


def _words(name: str, readout: Readout) -> str:
    parts = [name]
    if readout.rmse is not None and np.isfinite(readout.rmse):
        parts.append(f"RMSE {readout.rmse:.3g}")
    if readout.angle is not None and np.isfinite(readout.angle):
        parts.append(f"{readout.angle:.1f}°")
    parts.extend(note.replace("%", " %") for note in readout.notes)
    return "  ".join(parts)


def _x_limits(scene: Scene) -> tuple[float, float]:
    wavelengths = np.asarray(scene.estimate.wavelengths)
    low, high = float(wavelengths.min()), float(wavelengths.max())
    margin = max(0.01 * (high - low), 1.0)
    return low - margin, high + margin


def _band_wavelength(scene: Scene, band: int) -> float | None:
    wavelengths = scene.estimate.wavelengths
    return float(wavelengths[band]) if 0 <= band < len(wavelengths) else None


def _inside(scene: Scene, y: int, x: int) -> bool:
    height, width = scene.picture.shape[:2]
    return bool(0 <= y < height and 0 <= x < width)
