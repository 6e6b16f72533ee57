"""Spectra of pins and regions as tables: wide for a spreadsheet, long for statistics. Both say what they hold."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from io import StringIO
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_hydra import __version__
from napari_hydra.io.files.csv_cells import escaped
from napari_hydra.workbench.export.roi_list import roi_spectra
from napari_hydra.workbench.scene.roi_spectra import RoiSpectra, Spectrum, one_line
from napari_hydra.workbench.scene.scene import Scene, Statistic
from napari_hydra.workbench.scene.transforms import TRANSFORMS, axis_label, words_about
from napari_hydra.workbench.scene.view_snapshot import ViewSnapshot

Column = tuple[str, NDArray[np.floating], NDArray[np.floating]]  # name, wavelengths, values

_LONG = (
    *("name", "kind", "y", "x", "pixels", "statistic", "cube", "wavelength_nm", "value"),
    *("interval_low", "interval_high", "spread_low", "spread_high"),
)


def wide_table(snapshot: ViewSnapshot, *, transformed: bool = False) -> str:
    """Return CSV text: one row a wavelength, one group of columns a spectrum.

    Lines that start with "#" say where the numbers come from. Estimate, truth and further curves that are drawn (the
    encoded truth, other cubes) keep their own wavelengths: where one of them has no band, its cell is empty.

    Parameters
    ----------
    snapshot : ViewSnapshot
    transformed : bool
        Whether the values are those that the view shows, or those as measured. RMSE and angle always are of the
        latter.
    """
    found = list(roi_spectra(snapshot, transformed=transformed))
    columns = [column for roi in found for column in _columns(roi)]
    titles = ["wavelength_nm", *(name for name, _, _ in columns)]
    return _head(snapshot, found, transformed) + csv_text(titles, _rows(columns))


def long_table(snapshot: ViewSnapshot, *, transformed: bool = False) -> str:
    """Return CSV text: one row for each wavelength of each spectrum; see `wide_table`."""
    found = list(roi_spectra(snapshot, transformed=transformed))
    rows = (row for roi in found for row in _long_rows(roi))
    return _head(snapshot, found, transformed) + csv_text(_LONG, rows)


def csv_text(titles: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a table as CSV text, its words no formulas for a spreadsheet."""
    text = StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(map(escaped, titles))
    writer.writerows(map(escaped, row) for row in rows)
    return text.getvalue()


def provenance(scene: Scene, level: float) -> list[str]:
    """Return sentences that say what made the numbers: software, model, camera, factor, files, date."""
    lines = [
        f"napari-hydra {__version__}, {datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        f"scene: {scene.name}",
        *(f"{key}: {value}" for key, value in scene.settings.items() if value not in (None, "")),
        f"quantity: {scene.quantity}",
        f"factor: {scene.factor:.6g} ({'matched to the truth' if scene.matched else 'not matched'})",
        f"interval: {level:.0%} nominal; of a region the mean over its pixels, not divided by root n",
    ]
    return [one_line(line) for line in lines]


def number(value: Any) -> str:
    """Return a number as it stands in a table, "" for none."""
    return "" if value is None or not np.isfinite(value) else f"{float(value):.7g}"


def _head(snapshot: ViewSnapshot, found: Sequence[RoiSpectra], transformed: bool) -> str:
    scene = snapshot.scene
    lines = [
        *provenance(scene, snapshot.level),
        _values_line(snapshot, transformed),
        *(_sentence(item) for item in found),
    ]
    lines += [f"{extra.name}: {extra.words}" for extra in (found[0].extras if found else ())]
    return "".join(f"# {one_line(line)}\n" for line in lines)


def _values_line(snapshot: ViewSnapshot, transformed: bool) -> str:
    """Say what the numbers below are."""
    transform, scene = snapshot.transform, snapshot.scene
    if not transformed or transform == "as measured":
        return "values: as measured"
    done = words_about(transform, np.asarray(scene.estimate.wavelengths))
    interval = "" if TRANSFORMS[transform].has_interval else "; no interval is known of a slope"
    shown = axis_label(scene.quantity, transform)
    return f"values: as shown in the plot: {done}: {shown}; RMSE and angle are of the values as measured{interval}"


def _sentence(roi: RoiSpectra) -> str:
    parts = [f"{roi.name}: {roi.place}"]
    if roi.rmse is not None:
        parts += [f"RMSE {roi.rmse:.6g}", f"spectral angle {roi.angle:.4g} degrees"]
    return ", ".join([*parts, *roi.notes])


def _columns(roi: RoiSpectra) -> Iterator[Column]:
    name = roi.name
    yield from _spectrum_columns(f"{name}_estimate", roi.estimate, roi.statistic)
    for end in ("low", "high"):
        values = getattr(roi.estimate, end)
        if values is not None:
            yield f"{name}_{end}", roi.estimate.wavelengths, values
    if roi.truth is not None:
        yield from _spectrum_columns(f"{name}_truth", roi.truth, roi.statistic)
    for extra in roi.extras:
        yield f"{name}_{extra.name}", extra.spectrum.wavelengths, extra.spectrum.values


def _spectrum_columns(name: str, spectrum: Spectrum, statistic: Statistic) -> Iterator[Column]:
    yield name, spectrum.wavelengths, spectrum.values
    if spectrum.lower is not None and spectrum.upper is not None:
        if statistic == "mean":
            yield f"{name}_std", spectrum.wavelengths, (spectrum.upper - spectrum.lower) / 2
        else:
            yield f"{name}_q25", spectrum.wavelengths, spectrum.lower
            yield f"{name}_q75", spectrum.wavelengths, spectrum.upper


def _rows(columns: Sequence[Column]) -> Iterator[list[str]]:
    """Yield a row for each wavelength of any column; bands of two detectors at one wavelength get a row each."""
    keyed = [dict(zip(_keys(wavelengths), values, strict=True)) for _, wavelengths, values in columns]
    for key in sorted(set().union(*keyed)):
        yield [f"{key[0]:.7g}", *(number(column.get(key)) for column in keyed)]


def _keys(wavelengths: NDArray[np.floating]) -> list[tuple[float, int]]:
    seen: dict[float, int] = {}
    keys = []
    for wavelength in wavelengths:
        rounded = round(float(wavelength), 3)
        keys.append((rounded, seen.get(rounded, 0)))
        seen[rounded] = seen.get(rounded, 0) + 1
    return keys


def _long_rows(roi: RoiSpectra) -> Iterator[list[str]]:
    place = ["", ""] if roi.pixel is None else [str(at) for at in roi.pixel]
    start = [roi.name, roi.kind, *place, str(roi.count), roi.statistic]
    curves = [("estimate", roi.estimate), *((extra.name, extra.spectrum) for extra in roi.extras)]
    if roi.truth is not None:
        curves.insert(1, ("truth", roi.truth))
    for cube, spectrum in curves:
        edges = (spectrum.low, spectrum.high, spectrum.lower, spectrum.upper)
        for index, wavelength in enumerate(spectrum.wavelengths):
            ends = ["" if edge is None else number(edge[index]) for edge in edges]
            yield [*start, cube, f"{float(wavelength):.7g}", number(spectrum.values[index]), *ends]
