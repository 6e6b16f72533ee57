"""What adapting a scene to measured spectra knows and shows; no Qt, no PyTorch."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

from napari_hydra._napari.state.scene_adaptation import SceneAdaptation
from napari_hydra.cube import wavelengths_of
from napari_hydra.errors import HydraError
from napari_hydra.io import MeasuredSpectrum, locate_spectra
from napari_hydra.workbench.scene.measured_spectra import TRUTH, SampleSite

if TYPE_CHECKING:
    from napari_hydra._napari.state.store import Pin, Region, Scene, Store

MIN_SPECTRA = 3  # spectra that the engine adapts to
Side = Literal["before", "after"]
NONE = "–"


def shown_side(store: "Store") -> Side | None:
    """Return whether the store's scene is the one before or after adapting; None where it is neither."""
    done, scene = store.adaptation, store.scene
    if done is None or scene is None or scene.is_measured:
        return None
    # In another unit it is another scene of the same latents.
    latents = scene.reconstruction.latents
    sides: tuple[tuple[Side, Scene], ...] = (("after", done.after), ("before", done.before))
    return next((side for side, of in sides if of.reconstruction.latents is latents), None)


# -- measured spectra ------------------------------------------------------------------------------------------


def from_truth(scene: "Scene", pixels: Iterable[tuple[str, int, int]]) -> tuple[MeasuredSpectrum, ...]:
    """Return the truth's spectra at named pixels (name, y, x); pixels without data are left out.

    Raises
    ------
    HydraError
        If there is no truth, no pixel, or none with data.
    """
    if scene.truth is None:
        raise HydraError("There is no truth to take spectra from; choose one and run again, or open measured spectra.")
    wavelengths = wavelengths_of(scene.truth)
    found = []
    for name, y, x in pixels:
        values = np.asarray(scene.truth.data[y, x], dtype=np.float64)
        if np.isfinite(values).all():
            found.append(MeasuredSpectrum(y, x, wavelengths, values, name, TRUTH))
    if not found:
        raise HydraError("There is no pixel with data to take a spectrum from; pin pixels or draw a region first.")
    return tuple(found)


def pixels_of_region(region: "Region", count: int) -> list[tuple[str, int, int]]:
    """Return at most `count` pixels of a region, chosen by chance but the same every time, as (name, y, x)."""
    ys, xs = np.nonzero(region.mask)
    random = np.random.default_rng(0)
    chosen = np.sort(random.choice(len(ys), min(count, len(ys)), replace=False))
    return [(f"{region.name}.{i}", int(ys[n]), int(xs[n])) for i, n in enumerate(chosen, 1)]


def located(
    spectra: Sequence[MeasuredSpectrum], scene: "Scene", pins: Sequence["Pin"], sites: Sequence[SampleSite], source: str
) -> tuple[tuple[MeasuredSpectrum, ...], tuple[str, ...]]:
    """Give spectra of a file their pixels: the file's own, else those of the pin or site of the same name.

    Returns
    -------
    measurements : tuple of MeasuredSpectrum
    unlocated : tuple of str
        Names that neither a pin nor a site has.

    Raises
    ------
    HydraError
        If none has a pixel, or one lies outside the picture.
    """
    known = {str(site.number): (site.y, site.x) for site in sites}
    known |= {pin.name.casefold(): (pin.y, pin.x) for pin in pins}
    height, width = scene.size
    placed, without = locate_spectra(spectra, known)
    found, unlocated = [], [one.name for one in without]
    for spectrum in placed:
        y, x = spectrum.pixel
        if not (0 <= y < height and 0 <= x < width):
            raise HydraError(
                f"{source}: the spectrum {spectrum.name} at (y, x) = ({y}, {x}) lies outside the picture of "
                f"{height} x {width} pixels; correct its pixel."
            )
        found.append(replace(spectrum, source=spectrum.source or source))
    if not found:
        raise HydraError(
            f"{source}: none of its spectra ({_some(unlocated)}) has the name of a pin or the number of a sample "
            "site; name the pins alike, or give a row for each spectrum that begins with y,x."
        )
    return tuple(found), tuple(unlocated)


def unlocated_words(source: str, names: Sequence[str]) -> str:
    """Return a sentence about spectra that were left out."""
    return f"{source}: {len(names)} spectra left out, no pin or site is called {_some(names)}."


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:3]) + (", …" if len(names) > 3 else "")


def added(earlier: Sequence[MeasuredSpectrum], new: Sequence[MeasuredSpectrum]) -> tuple[MeasuredSpectrum, ...]:
    """Return both; of one source and pixel the newer counts."""
    taken = {(m.source, m.y, m.x) for m in new}
    return (*(m for m in earlier if (m.source, m.y, m.x) not in taken), *new)


def known_gain(scene: "Scene", measured: Sequence[MeasuredSpectrum]) -> float | None:
    """Return the gain from the measurements to the picture, where it was rendered from the truth they are of."""
    return scene.gain if all(m.source == TRUTH for m in measured) else None


def measured_cells(measured: MeasuredSpectrum) -> tuple[str, str, str, str]:
    """Return what the table says: name, pixel, source, wavelengths."""
    low, high = measured.wavelengths[0], measured.wavelengths[-1]
    bands = f"{low:.0f} – {high:.0f} nm, {len(measured.wavelengths)}"
    return measured.name, f"({measured.y}, {measured.x})", Path(measured.source).name, bands


# -- before and after ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ResultRow:
    """A figure before and after; every cell is text."""

    title: str
    before: str
    after: str
    change: str
    explanation: str


def result_rows(done: SceneAdaptation | None) -> tuple[ResultRow, ...]:
    """Return the figures before and after adapting."""
    if done is None:
        return ()
    rows = [
        _row(
            "Spectrum left out",
            *done.left_out,
            "Each measured spectrum predicted from the others: mean relative error, plus RMSE as a share of the mean.\n"
            "It needs no truth.",
        )
    ]
    if done.figures is not None:
        first, second = done.figures
        unit = "reflectance" if done.after.truth is None else done.after.truth.attrs.get("quantity", "reflectance")
        rows += [
            _row("MRAE elsewhere", first.mrae, second.mrae, "Mean relative absolute error, on pixels not measured."),
            _row(
                "RMSE elsewhere", first.rmse, second.rmse, f"Root mean square error ({unit}), on pixels not measured."
            ),
            _row("Angle elsewhere °", first.sam, second.sam, "Mean spectral angle in degrees, on pixels not measured."),
            ResultRow(
                "In 90 % interval",
                f"{first.coverage90:.0%}".replace("%", " %"),
                f"{second.coverage90:.0%}".replace("%", " %"),
                "",
                "Share of the truth's values inside the 90 % interval, on pixels not measured; near 90 % is honest.",
            ),
        ]
    return tuple(rows)


def _row(title: str, before: float, after: float, explanation: str) -> ResultRow:
    change = f"{after / before - 1:+.0%}".replace("%", " %").replace("-", "−") if before > 0 else NONE
    return ResultRow(title, f"{before:.3g}", f"{after:.3g}", change, explanation)


NO_GAIN = (
    "Adapting does not help: these spectra predict each other no better than before. The reconstruction stays as it "
    "was; measure other materials (see Suggest) or more pixels."
)


def summary(store: "Store") -> str:
    """Return what to do next, or what was done."""
    if store.scene is None or store.scene.is_measured:
        return "Run a reconstruction first; then measured spectra can teach the model this scene."
    if store.adaptation is not None:
        before, after = store.adaptation.left_out
        fall = 100 * (1 - after / before)
        return f"Adapted to {store.adaptation.spectra} spectra: the error of a spectrum left out fell by {fall:.0f} %."
    used = sum(m.used for m in store.measurements)
    if used < MIN_SPECTRA:
        return f"{used} of at least {MIN_SPECTRA} measured spectra: suggest sites, add spectra, then press Adapt."
    return f"{used} measured spectra; press Adapt."
