"""Files from the spectra dock: spectra as CSV, regions as cubes and masks, the plot. No Qt here.

Nothing that exists is replaced unless asked, and nothing is left half written.
"""

import csv
import os
import re
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import tifffile
from matplotlib.figure import Figure
from numpy.typing import NDArray

from napari_hydra import __version__
from napari_hydra.errors import Cancelled, HydraError
from napari_hydra.io import write_cube
from napari_hydra.io.atomic import refuse_existing, replacing
from napari_hydra.workbench.palette import LIGHT
from napari_hydra.workbench.plot_state import PlotState
from napari_hydra.workbench.readouts import Readout, Spectrum, cached_pixel, cached_region
from napari_hydra.workbench.region_cube import RegionCube
from napari_hydra.workbench.scene import Pin, Region, Scene, Statistic, Transform
from napari_hydra.workbench.spectra_figure import SpectraFigure
from napari_hydra.workbench.transforms import WITHOUT_INTERVAL, axis_label, shown_as, words_about

PLOT_SUFFIXES = (".png", ".svg", ".pdf")
_PLOT_INCHES, _PLOT_DPI = (9.0, 4.8), 200

Progress = Callable[[float, str], None]
Column = tuple[str, NDArray[np.floating], NDArray[np.floating]]  # name, wavelengths, values


def export_spectra(
    path: str | Path,
    scene: Scene,
    pins: Sequence[Pin] = (),
    regions: Sequence[Region] = (),
    *,
    level: float = 0.9,
    window: int = 1,
    statistic: Statistic = "mean",
    transform: Transform = "as measured",
    overwrite: bool = False,
) -> Path:
    """Write the spectra of pins and regions as a table: one row a wavelength, one group of columns a spectrum.

    Lines that start with "#" say where the numbers come from. Estimate and truth keep their own wavelengths:
    where only one of them has a band, the other's cell is empty.

    Parameters
    ----------
    path : str or Path
    scene : Scene
    pins, regions : sequences
    level : float
        Nominal coverage of the intervals of pins; those of regions are at 90 %.
    window : int
        Each pin is the mean of this many pixels squared.
    statistic : str
        Of regions: "mean" with standard deviation, or "median" with quartiles.
    transform : str
        What is done to the values; "as measured" leaves them. RMSE and angle are of the values as measured.
    overwrite : bool
        Whether an existing file may be replaced.

    Returns
    -------
    Path

    Raises
    ------
    HydraError
        If there is nothing to write, or the file exists or cannot be written.
    """
    readouts = [_of_pin(pin, cached_pixel(scene, pin.y, pin.x, level, window)) for pin in pins]
    readouts += [_of_region(region, cached_region(scene, region, statistic)) for region in regions]
    readouts = [(name, what, shown_as(readout, transform)) for name, what, readout in readouts]
    if not readouts:
        raise HydraError("There are no spectra to export; click a pixel or draw a region first.")
    lines = [*provenance(scene, level), *_values_line(scene, transform), *(_sentence(*item) for item in readouts)]
    columns = [column for name, _, readout in readouts for column in _columns(name, readout)]
    text = StringIO(newline="")
    text.writelines(f"# {_one_line(line)}\n" for line in lines)
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["wavelength_nm", *(_one_line(name) for name, _, _ in columns)])
    writer.writerows(_rows(columns))
    target = Path(path)
    with replacing(target, overwrite=overwrite) as temporary:
        temporary.write_text(text.getvalue(), encoding="utf-8")
    return target


def export_regions(
    folder: str | Path,
    scene: Scene,
    regions: Sequence[Region],
    *,
    overwrite: bool = False,
    progress: Progress | None = None,
    cancel: threading.Event | None = None,
) -> list[Path]:
    """Write each region as ENVI cubes of its bounding box (NaN outside of it) and a mask of the whole picture.

    Returns
    -------
    list of Path
        ``<scene>_<region>_estimate.hdr``, ``..._truth.hdr`` (with a truth) and ``..._mask.tif`` for each region.

    Raises
    ------
    HydraError
        If there is no region, or a file exists or cannot be written. Then no file is written.
    Cancelled
        If `cancel` was set. Then no file is written.
    """
    target = Path(folder)
    if not regions:
        raise HydraError("There are no regions to export; draw or paint one first.")
    if not target.is_dir():
        raise HydraError(f"{target} is not a folder; make it or choose another.")
    for path in region_files(target, scene, regions):
        refuse_existing(path, overwrite)
    try:
        staging = Path(tempfile.mkdtemp(prefix=".regions.", dir=target))
    except OSError as error:
        raise HydraError(f"{target} cannot be written to ({error.strerror}); choose another folder.") from error
    try:
        for index, region in enumerate(regions):
            _write_region(staging, scene, region, _part(progress, index, len(regions), region.name), cancel)
        if cancel is not None and cancel.is_set():
            raise Cancelled("Writing the regions was cancelled.")
        for written in sorted(staging.iterdir()):
            os.replace(written, target / written.name)
    except OSError as error:
        raise HydraError(
            f"The regions could not be written to {target} ({error.strerror}); free some space or choose another."
        ) from error
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    return [path for path in region_files(target, scene, regions) if path.suffix != ".img"]


def region_files(folder: Path, scene: Scene, regions: Sequence[Region]) -> list[Path]:
    """Return every file that `export_regions` writes.

    Raises
    ------
    HydraError
        If two regions would be written to the same files.
    """
    endings = ["_estimate.hdr", "_estimate.img", "_mask.tif"]
    endings += ["_truth.hdr", "_truth.img"] if scene.truth is not None else []
    stems = [_stem(scene, region) for region in regions]
    if len(set(stems)) < len(stems):
        raise HydraError("Two regions have the same name; rename one of them in its layer's features table.")
    return [folder / (stem + ending) for stem in stems for ending in endings]


def export_plot(path: str | Path, state: PlotState, *, overwrite: bool = False) -> Path:
    """Draw a plot state on white and write it; the suffix (.png, .svg, .pdf) chooses the format.

    Raises
    ------
    HydraError
        If there is no curve, the suffix is another, or the file exists or cannot be written.
    """
    target = Path(path)
    if target.suffix.lower() not in PLOT_SUFFIXES:
        raise HydraError(f"{target} cannot be a plot; end its name in one of {', '.join(PLOT_SUFFIXES)}.")
    if not state.curves:
        raise HydraError("There are no spectra to plot; click a pixel or draw a region first.")
    drawing = SpectraFigure(Figure(figsize=_PLOT_INCHES), LIGHT)
    drawing.update(replace(state, live_curves=(), live_differences=(), live_row=None, band=None))
    with replacing(target, overwrite=overwrite) as temporary:
        drawing.figure.savefig(temporary, format=target.suffix.lower()[1:], dpi=_PLOT_DPI)
    return target


def export_cube(
    path: str | Path,
    scene: Scene,
    *,
    overwrite: bool = False,
    progress: Progress | None = None,
    cancel: threading.Event | None = None,
) -> Path:
    """Write the whole reconstruction, piece by piece; the suffix chooses the format (see `write_cube`)."""
    estimate = replace(scene.estimate, attrs={**scene.estimate.attrs, **_facts(scene)})
    return write_cube(estimate, path, overwrite=overwrite, progress=progress, cancel=cancel)


def provenance(scene: Scene, level: float) -> list[str]:
    """Return sentences that say what made the numbers: software, model, camera, factor, files, date."""
    lines = [
        f"napari-hydra {__version__}, {datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        f"scene: {scene.name}",
        *(f"{key}: {value}" for key, value in scene.settings.items() if value not in (None, "")),
        f"quantity: {scene.quantity}",
        f"factor: {scene.factor:.6g} ({'matched to the truth' if scene.matched else 'not matched'})",
        f"interval: {level:.0%} nominal; of a region 90%, the mean over its pixels, not divided by root n",
    ]
    return [_one_line(line) for line in lines]


def _facts(scene: Scene) -> dict[str, Any]:
    return {
        "factor": scene.factor,
        "matched": scene.matched,
        "unit": scene.quantity,
        **{str(key): value for key, value in scene.settings.items() if value is not None},
    }


def _values_line(scene: Scene, transform: Transform) -> list[str]:
    """Say what the numbers below are."""
    if transform == "as measured":
        return ["values: as measured"]
    done = words_about(transform, np.asarray(scene.estimate.wavelengths))
    interval = "; no interval is known of a slope" if transform in WITHOUT_INTERVAL else ""
    shown = axis_label(scene.quantity, transform)
    return [f"values: as shown in the plot: {done}: {shown}; RMSE and angle are of the values as measured{interval}"]


def _of_pin(pin: Pin, readout: Readout) -> tuple[str, str, Readout]:
    mean = f"mean of {readout.count} pixels around " if readout.count > 1 else "pixel "
    return pin.name, f"{mean}y={pin.y} x={pin.x}", readout


def _of_region(region: Region, readout: Readout) -> tuple[str, str, Readout]:
    return region.name, f"{readout.statistic} of {readout.count} pixels", readout


def _sentence(name: str, what: str, readout: Readout) -> str:
    parts = [f"{name}: {what}"]
    if readout.rmse is not None:
        parts += [f"RMSE {readout.rmse:.6g}", f"spectral angle {readout.angle:.4g} degrees"]
    return ", ".join([*parts, *readout.notes])


def _columns(name: str, readout: Readout) -> Iterator[Column]:
    yield from _spectrum_columns(f"{name}_estimate", readout.estimate, readout.statistic)
    for end in ("low", "high"):
        values = getattr(readout.estimate, end)
        if values is not None:
            yield f"{name}_{end}", readout.estimate.wavelengths, values
    if readout.truth is not None:
        yield from _spectrum_columns(f"{name}_truth", readout.truth, readout.statistic)


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
        yield [f"{key[0]:.7g}", *(_number(column.get(key)) for column in keyed)]


def _keys(wavelengths: NDArray[np.floating]) -> list[tuple[float, int]]:
    seen: dict[float, int] = {}
    keys = []
    for wavelength in wavelengths:
        rounded = round(float(wavelength), 3)
        keys.append((rounded, seen.get(rounded, 0)))
        seen[rounded] = seen.get(rounded, 0) + 1
    return keys


def _number(value: Any) -> str:
    return "" if value is None or not np.isfinite(value) else f"{float(value):.7g}"


def _write_region(
    folder: Path, scene: Scene, region: Region, progress: Progress | None, cancel: threading.Event | None
) -> None:
    stem = _stem(scene, region)
    facts = {**_facts(scene), "region": region.name}
    cubes = [("estimate", scene.estimate), ("truth", scene.truth)]
    for index, (what, cube) in enumerate(cubes):
        if cube is not None:
            part = RegionCube(cube, region.mask, facts)
            write_cube(
                part, folder / f"{stem}_{what}.hdr", progress=_part(progress, index, 2, region.name), cancel=cancel
            )
    tifffile.imwrite(folder / f"{stem}_mask.tif", region.mask.astype(np.uint8) * 255, photometric="minisblack")


def _stem(scene: Scene, region: Region) -> str:
    return "_".join(re.sub(r"[^\w.-]+", "-", name).strip("-.") or "unnamed" for name in (scene.name, region.name))


def _part(progress: Progress | None, index: int, count: int, name: str) -> Progress | None:
    """Return the progress of one of several jobs as that of the whole."""
    if progress is None:
        return None
    whole = progress

    def report(fraction: float, _stage: str) -> None:
        whole((index + fraction) / count, f"writing {name}")

    return report


def _one_line(text: str) -> str:
    return " ".join(text.split())
