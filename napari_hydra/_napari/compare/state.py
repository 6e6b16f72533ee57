"""What the dock Compare shows, as a pure function of the store and of what has been computed."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from napari_hydra._napari.compare.results import CompareResults, Found
from napari_hydra._napari.state.rows import Row
from napari_hydra._napari.state.shown_pixels import pins_of, regions_of
from napari_hydra._napari.state.store import Scene, Store
from napari_hydra.errors import HydraError
from napari_hydra.evaluation.figures import DetailedFigures
from napari_hydra.workbench.plot.plot_state import break_at_gaps
from napari_hydra.workbench.scene.compare_pair import Pair
from napari_hydra.workbench.scene.roi_spectra import Spectrum

NO_SCENE = "Run a reconstruction of a scene with a truth;\nits errors are shown here."
NO_TRUTH = "This scene has no truth to compare with:\nchoose a measured cube as Truth and press Run."
WHOLE = "whole scene"
BINS = 64
_MISSING = "–"
_PENDING = "…"

# Title and explanation of each column after the name.
COLUMNS = (
    (
        "MRAE",
        "Mean relative absolute error over pixels and bands, a ratio;\nits denominator is at least 0.01 of saturation.",
    ),
    ("RMSE", "Root mean square error over pixels and bands, in the unit of the truth: {unit}."),
    ("NRMSE", "RMSE divided by the mean of the truth."),
    ("Angle °", "Mean spectral angle in degrees, over pixels brighter than 5 % of the brightest."),
    ("In 90 %", "Share of the truth's values inside the 90 % interval; 90 % if the interval is honest."),
    ("Pixels", "Pixels compared: those with data in all bands."),
)

Limits = tuple[float, float]


@dataclass(frozen=True, kw_only=True)
class BandErrors:
    """Errors against wavelength, each (n,), NaN where the pen is lifted; equal if `figures` are the same."""

    figures: DetailedFigures
    wavelengths: NDArray[np.floating] = field(compare=False)
    rmse: NDArray[np.floating] = field(compare=False)
    bias: NDArray[np.floating] = field(compare=False)
    half_width: NDArray[np.floating] = field(compare=False)


@dataclass(frozen=True)
class Mark:
    """A pin or a region in the scatter plot: means of truth and estimate, and the half-width of the interval."""

    truth: float
    estimate: float
    half_width: float
    colour: str
    is_region: bool


@dataclass(frozen=True, eq=False, kw_only=True)
class Scatter:
    """Estimate against truth at one band.

    Attributes
    ----------
    counts : (n, n) array
        Of sampled pixels; rows go with the estimate, upwards.
    limits : (float, float)
        Of both axes.
    title : str
    marks : tuple of Mark
    """

    counts: NDArray[np.floating]
    limits: Limits
    title: str
    marks: tuple[Mark, ...]


@dataclass(frozen=True, eq=False, kw_only=True)
class CompareState:
    """Everything that the dock shows.

    Attributes
    ----------
    message : str or None
        Words in place of everything.
    note : str
        One line: in which unit, matched or not.
    rows : tuple of Row
    selected : int
        Which row the errors against wavelength are those of.
    subject : str
        Its name and what it is, as a title.
    errors : BandErrors or None
    errors_message : str
        Words in place of them.
    scatter : Scatter or None
    scatter_message : str
        Words in place of the scatter plot.
    unit : str
        Of the errors.
    band : float or None
        The shown band in nm.
    """

    message: str | None = None
    note: str = ""
    rows: tuple[Row, ...] = ()
    selected: int = 0
    subject: str = ""
    errors: BandErrors | None = None
    errors_message: str = ""
    scatter: Scatter | None = None
    scatter_message: str = ""
    unit: str = ""
    band: float | None = None


def resolve_comparison(store: Store, results: CompareResults, selected: str = "") -> CompareState:
    """Return what the dock shows.

    Parameters
    ----------
    store : Store
    results : CompareResults
    selected : str
        Name of the pin or region whose errors are drawn against wavelength; the whole scene if there is none.
    """
    scene = store.scene
    if scene is None:
        return CompareState(message=NO_SCENE)
    pair = results.pair
    if pair is None:
        return CompareState(message=NO_TRUTH)
    subjects: list[tuple[str, str | None, Found | None]] = [(WHOLE, None, results.whole)]
    subjects += [(pin.name, pin.colour, results.of_pin(pin)) for pin in pins_of(scene, store)]
    subjects += [(r.name, r.colour, results.of_region(r)) for r in regions_of(scene, store)]
    index = next((i for i, subject in enumerate(subjects) if i and subject[0] == selected), 0)
    name, _, found = subjects[index]
    wavelength = float(scene.estimate.wavelengths[min(store.band, len(scene.estimate.wavelengths) - 1)])
    scatter, scatter_message = _scatter(store, scene, pair, results, wavelength)
    return CompareState(
        note=_note(scene),
        rows=tuple(Row(n, colour, _cells(f), _remark(f)) for n, colour, f in subjects),
        selected=index,
        subject=name,
        errors=_band_errors(pair, found),
        errors_message=_remark(found) or _PENDING,
        scatter=scatter,
        scatter_message=scatter_message,
        unit=scene.quantity,
        band=wavelength,
    )


def _note(scene: Scene) -> str:
    averaged = ""
    if scene.overlay is not None:
        averaged = f" {scene.overlay.fine_grid.capitalize()} averaged over {scene.overlay.size} pixels."
    if scene.matched:
        return f"Errors in {scene.quantity}; estimate × {scene.factor:.4g} to match the truth.{averaged}"
    return f"Not matched to the truth (Output > Scale): errors hold the difference of units.{averaged}"


def _cells(found: Found | None) -> tuple[str, ...]:
    if found is None or isinstance(found, HydraError):
        return (_PENDING if found is None else _MISSING,) * len(COLUMNS)
    return (
        _number(found.mrae, ".3f"),
        _number(found.rmse, "#.3g"),
        _number(100 * found.nrmse, ".1f", " %"),
        _number(found.sam, ".1f"),
        _number(100 * found.coverage90, ".0f", " %"),
        str(found.pixels),
    )


def _remark(found: Found | None) -> str:
    return str(found) if isinstance(found, HydraError) else ""


def _number(value: float, form: str, unit: str = "") -> str:
    return f"{value:{form}}".removesuffix(".") + unit if np.isfinite(value) else _MISSING


def _band_errors(pair: Pair, found: Found | None) -> BandErrors | None:
    if found is None or isinstance(found, HydraError):
        return None
    detector = np.asarray(pair.truth["detector"].values) if "detector" in pair.truth.coords else None
    spectrum = Spectrum(
        wavelengths=pair.wavelengths,
        values=found.rmse_per_band,
        low=found.bias_per_band,  # three columns that are lifted alike
        high=found.half_width_per_band,
        detector=detector,
    )
    wavelengths, (rmse, bias, half_width) = break_at_gaps(spectrum)
    return BandErrors(figures=found, wavelengths=wavelengths, rmse=rmse, bias=bias, half_width=half_width)


def _scatter(
    store: Store, scene: Scene, pair: Pair, results: CompareResults, wavelength: float
) -> tuple[Scatter | None, str]:
    band = pair.band_at(wavelength)
    if band is None:
        return None, f"The truth has no band\nat {wavelength:.5g} nm."
    sample = results.sample
    if sample is None:
        return None, _PENDING
    estimate, truth = sample.estimate[:, band], sample.truth[:, band]
    seen = np.isfinite(estimate) & np.isfinite(truth)
    if not seen.any():
        return None, f"The truth has no data\nat {wavelength:.5g} nm."
    marks = _marks(store, scene, pair, results, band)
    high = scatter_limit(np.concatenate([estimate[seen], truth[seen]]))
    high = max([high, *(1.05 * max(mark.truth, mark.estimate) for mark in marks)])
    low = min(0.0, float(np.percentile(truth[seen], 0.1)))
    counts, _, _ = np.histogram2d(estimate[seen], truth[seen], bins=BINS, range=((low, high), (low, high)))
    title = f"{pair.wavelengths[band]:.5g} nm"
    if results.whole is not None and not isinstance(results.whole, HydraError):
        title += f"   RMSE {results.whole.rmse_per_band[band]:.3g}"
    return Scatter(counts=counts, limits=(low, high), title=title, marks=marks), ""


def scatter_limit(values: NDArray[np.floating]) -> float:
    """Return a round number above nearly all values, so that sliding through bands seldom moves the axes."""
    top = float(np.percentile(values, 99.8))
    if not top > 0:
        return 1.0
    scale = 10.0 ** np.floor(np.log10(top))
    return float(
        next(step for step in (1, 1.25, 1.6, 2, 2.5, 3.2, 4, 5, 6.3, 8, 10, 12.5) if step * scale >= top) * scale
    )


def _marks(store: Store, scene: Scene, pair: Pair, results: CompareResults, band: int) -> tuple[Mark, ...]:
    found: list[tuple[Found | None, str, bool]]
    found = [(results.of_pin(pin), pin.colour, False) for pin in pins_of(scene, store)]
    found += [(results.of_region(region), region.colour, True) for region in regions_of(scene, store)]
    marks = []
    for figures, colour, is_region in found:
        if figures is not None and not isinstance(figures, HydraError):
            truth = float(figures.level_per_band[band])
            estimate = truth + float(figures.bias_per_band[band])
            marks.append(Mark(truth, estimate, float(figures.half_width_per_band[band]), colour, is_region))
    return tuple(marks)
