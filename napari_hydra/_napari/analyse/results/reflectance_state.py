"""What the page of reflectance offers and computes, from the layers of the viewer."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from napari_hydra._napari.layers.pixels import to_pixels
from napari_hydra._napari.layers.region_shapes import MOST_LABELS
from napari_hydra._napari.layers.scene_layers import Layer, is_cube, layer_metadata
from napari_hydra.cube import wavelengths_of
from napari_hydra.errors import HydraError
from napari_hydra.io import SpectralLibrary
from napari_hydra.io.regions.shape_masks import shape_mask
from napari_hydra.progress import Progress, Steps
from napari_hydra.reflectance import (
    Calibrated,
    Reference,
    apply_empirical_line,
    fit_empirical_line,
    read_reference,
    spectrum_on_bands,
    to_reflectance,
)

if TYPE_CHECKING:
    import napari

Masks = dict[str, NDArray[np.bool_]]
_SAMPLED = 100  # rows and columns of the pixels whose mean is drawn


@dataclass(frozen=True, eq=False, kw_only=True)
class CalibrationJob:
    """What is to be computed; without a white it is an empirical line.

    Attributes
    ----------
    counts : xarray.DataArray
    white, dark : xarray.DataArray or None
        Cubes, with the names of their layers.
    regions : dict of str to mask
        The panel's alone, or those of the empirical line.
    table : SpectralLibrary or None
        The panel's own reflectance, or the known spectra of the regions.
    """

    counts: xr.DataArray
    white: tuple[str, xr.DataArray] | None
    dark: tuple[str, xr.DataArray] | None
    regions: Masks
    is_line: bool
    table: SpectralLibrary | None


@dataclass(frozen=True, eq=False, kw_only=True)
class BeforeAfter:
    """A scene in reflectance, and the mean spectra that show what became of it.

    Attributes
    ----------
    calibrated : Calibrated
    before : dict of str to (B,) array
        In counts: the scene, and the references.
    after : (B,) array
        Mean reflectance of the scene.
    said : tuple of str
        What was divided by what, and what was masked.
    """

    calibrated: Calibrated
    wavelengths: NDArray[np.float64]
    before: dict[str, NDArray[np.float64]]
    after: NDArray[np.float64]
    said: tuple[str, ...]


def cube_layers(viewer: "napari.Viewer | None") -> list[Layer]:
    """Return the layers that hold cubes as they were read, that of the most pixels first: the scene, mostly."""
    found = [] if viewer is None else [layer for layer in viewer.layers if is_cube(layer)]
    return sorted(found, key=lambda layer: -int(layer.data.shape[-2] * layer.data.shape[-1]))


def regions_on(viewer: "napari.Viewer | None", cube: Layer) -> Masks:
    """Return the shapes and labels of the viewer as masks of a cube's pixels, by name."""
    shape = (int(cube.data.shape[-2]), int(cube.data.shape[-1]))
    found: Masks = {}
    for layer in () if viewer is None else viewer.layers:
        kind = type(layer).__name__
        if kind == "Shapes":
            names = list(layer.features.get("name", [""] * len(layer.data)))
            for index, (what, points) in enumerate(zip(layer.shape_type, layer.data, strict=True)):
                mask = shape_mask(str(what), to_pixels(layer, points, cube), shape)
                found[str(names[index] or f"{layer.name} {index + 1}")] = mask
        elif kind == "Labels" and tuple(layer.data.shape) == shape:
            names_of = layer_metadata(layer).get("label_names", {})
            data = np.asarray(layer.data)
            for label in np.unique(data[data != 0])[:MOST_LABELS]:
                found[names_of.get(int(label), f"{layer.name} {label}")] = data == label
    return {name: mask for name, mask in found.items() if mask.any()}


def calibration_steps(job: CalibrationJob) -> Steps[BeforeAfter]:
    """Compute reflectance, and the spectra that show it.

    Raises
    ------
    HydraError
        If the references do not fit, are saturated, or something is missing.
    """
    yield Progress(0.1, "reading the references")
    if job.is_line:
        before, calibrated = _line(job)
    else:
        white, dark = _white(job), None if job.dark is None else _reference(*job.dark, job.counts)
        own = 1.0 if job.table is None else spectrum_on_bands(job.table, job.table.names[0], job.counts)
        before = {"white panel": white.values} | ({} if dark is None else {"dark frame": dark.values})
        yield Progress(0.4, "dividing")
        calibrated = to_reflectance(job.counts, white, dark, panel=own)
    yield Progress(0.8, "averaging")
    return BeforeAfter(
        calibrated=calibrated,
        wavelengths=wavelengths_of(job.counts),
        before={"scene": _sampled_mean(job.counts)} | {name: _mean(values) for name, values in before.items()},
        after=_sampled_mean(calibrated.cube),
        said=calibrated.cube.attrs["history"][len(job.counts.attrs["history"]) :],
    )


def _white(job: CalibrationJob) -> Reference:
    if job.white is not None:
        return _reference(*job.white, job.counts)
    ((name, mask),) = job.regions.items()
    return read_reference(job.counts, mask, name=f"the region {name} ({int(mask.sum())} pixels)")


def _line(job: CalibrationJob) -> tuple[dict[str, NDArray[np.float64]], Calibrated]:
    table = job.table
    names = [] if table is None else [name for name in job.regions if name in table.names]
    if table is None or len(names) < 2:
        raise HydraError(
            "An empirical line needs two regions or more whose names are those of spectra in the table of known "
            "reflectances; open the table, draw the regions, and name them in the table of the dock Spectra."
        )
    means = {name: read_reference(job.counts, job.regions[name], name=name).values for name in names}
    known = [spectrum_on_bands(table, name, job.counts) for name in names]
    return means, apply_empirical_line(job.counts, fit_empirical_line(list(means.values()), known, names))


def _reference(name: str, cube: xr.DataArray, counts: xr.DataArray) -> Reference:
    """Return a cube as a reference: a spectrum for each column where it is as wide as the scene."""
    if cube.shape[1] == counts.shape[1]:
        return read_reference(cube, per="column", name=f"{name} (column by column)")
    return read_reference(cube, name=name)


def _mean(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.nanmean(values.reshape(-1, values.shape[-1]), axis=0))


def _sampled_mean(cube: xr.DataArray) -> NDArray[np.float64]:
    """Return the mean spectrum of a sample of a cube's pixels, evenly taken."""
    rows, columns = (max(1, n // _SAMPLED) for n in cube.shape[:2])
    values = np.asarray(cube.data[::rows, ::columns], dtype=np.float64).reshape(-1, cube.shape[2])
    known = np.isfinite(values)
    count = known.sum(axis=0)
    total = np.where(known, values, 0.0).sum(axis=0)
    return np.divide(total, count, out=np.full(count.shape, np.nan), where=count > 0)
