"""A line between two pins: its pixels, and a formula along them, of the reconstruction and of the truth."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from napari_hydra._napari.analyse.results.maths_state import typed_formula
from napari_hydra._napari.analyse.results.state import AnalyseStore, cube_of_source
from napari_hydra._napari.state.shown_pixels import pins_of
from napari_hydra._napari.state.store import Pin, Scene, Store
from napari_hydra.errors import HydraError
from napari_hydra.hydra.latent.index_maps import index_map_steps
from napari_hydra.progress import Steps
from napari_hydra.spectra.band_maths import BandFormula
from napari_hydra.spectra.formulas import Formula, Method
from napari_hydra.spectra.indices import find_index
from napari_hydra.spectral_cube import spectral_cube

Floats = NDArray[np.floating]


class ProfileKey(NamedTuple):
    """What a line profile depends on."""

    scene: Scene
    formula: Formula
    method: Method
    level: float
    start: tuple[int, int]
    end: tuple[int, int]


@dataclass(frozen=True, eq=False)
class LineProfile:
    """A formula along a line.

    Attributes
    ----------
    ys, xs : (n,) array of int
        Its pixels, from end to end.
    distance : (n,) array
        Of each from the first, in pixels.
    values : (n,) array
        NaN where there is none.
    low, high : (n,) array or None
        Ends of the interval; None of a measured cube.
    truth : (n,) array or None
        The same of the truth; None without one that has the wavelengths.
    """

    ys: NDArray[np.intp]
    xs: NDArray[np.intp]
    distance: Floats
    values: Floats
    low: Floats | None
    high: Floats | None
    truth: Floats | None


def ends_of(store: Store, analyse: AnalyseStore) -> tuple[Pin, Pin] | None:
    """Return the pins that the line runs between, None where there are fewer than two."""
    pins = {pin.name: pin for pin in pins_of(store.scene, store)} if store.scene is not None else {}
    start, end = (pins.get(name) for name in analyse.ends)
    if start is not None and end is not None and start is not end:
        return start, end
    last = list(pins.values())[-2:]
    return (last[0], last[1]) if len(last) == 2 else None


def profiled_formula(store: Store, analyse: AnalyseStore) -> Formula | None:
    """Return what is drawn along the line, None where nothing is chosen."""
    if analyse.profiled == "index":
        return find_index(analyse.index) if analyse.index else None
    if analyse.profiled == "formula":
        return typed_formula(analyse)
    wavelengths = () if store.scene is None else store.scene.estimate.wavelengths
    return BandFormula(f"R{float(wavelengths[min(store.band, len(wavelengths) - 1)])!r}") if len(wavelengths) else None


def profile_key(store: Store, analyse: AnalyseStore) -> ProfileKey | str:
    """Return what is to be computed now, or a sentence that says what is missing."""
    if store.scene is None:
        return "Click a cube, or run a reconstruction, and pin two pixels; the values between them are drawn here."
    ends, formula = ends_of(store, analyse), profiled_formula(store, analyse)
    if ends is None:
        return "Pin two pixels in the picture; the values between them are drawn here."
    if formula is None:
        page = {"index": "Indices", "formula": "Band maths"}.get(analyse.profiled)
        return f"Choose one in the page {page}." if page else "The band on the slider is none of the reconstruction."
    start, end = ((pin.y, pin.x) for pin in ends)
    return ProfileKey(store.scene, formula, analyse.method, store.level, start, end)


def profile_label(key: ProfileKey, analyse: AnalyseStore) -> str:
    """Return words for the values."""
    if analyse.profiled != "band":
        return key.formula.name
    (centre,) = key.formula.mix(key.scene.estimate.wavelengths).centres
    return f"at {centre:.5g} nm"


def prepared_profile(key: ProfileKey) -> tuple[str, Callable[[], Steps[LineProfile]]]:
    """Return words for the user, and the steps that compute a profile on a thread."""
    from skimage.draw import line

    ys, xs = line(*key.start, *key.end)
    estimate = cube_of_source(key.scene, "estimate").pixels(ys, xs)

    def steps() -> Steps[LineProfile]:
        found = yield from index_map_steps(estimate, key.formula, method=key.method, level=key.level)
        truth = None if key.scene.truth is None else (yield from _truth_along(key, key.scene.truth, ys, xs))
        low, high = (None if edge is None else edge[0] for edge in (found.low, found.high))
        distance = np.hypot(ys - ys[0], xs - xs[0])
        return LineProfile(ys, xs, distance, found.values[0], low, high, truth)

    return f"{key.formula.name} along the line", steps


def _truth_along(
    key: ProfileKey, truth: xr.DataArray, ys: NDArray[np.intp], xs: NDArray[np.intp]
) -> Steps[Floats | None]:
    # The scene's own truth has the picture's pixels, whatever the size of its own.
    cube = spectral_cube(truth, usable=True).pixels(ys, xs)
    try:
        found = yield from index_map_steps(cube, key.formula, method=key.method)
    except HydraError:  # it lacks the wavelengths: only the reconstruction is drawn
        return None
    return found.values[0]


def as_table(profile: LineProfile) -> str:
    """Return a profile as tab-separated text, a row a pixel."""
    columns = {"y": profile.ys, "x": profile.xs, "distance_pixels": profile.distance, "value": profile.values}
    more = {"low": profile.low, "high": profile.high, "truth": profile.truth}
    columns |= {name: column for name, column in more.items() if column is not None}
    rows = zip(*columns.values(), strict=True)
    return "\n".join("\t".join(row) for row in (columns, *([f"{value:.6g}" for value in row] for row in rows)))
