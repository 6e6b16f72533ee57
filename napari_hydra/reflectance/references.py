"""What counts are compared with: white panels, dark frames and known spectra, on the bands of a scene."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike, NDArray

from napari_hydra.cube import SAME_BAND_NM, wavelengths_of
from napari_hydra.errors import HydraError, with_remedy
from napari_hydra.io import SpectralLibrary
from napari_hydra.spectra.regions import region_moments
from napari_hydra.spectra.resample import resampling_matrix
from napari_hydra.spectral_cube import blocks

Floats = NDArray[np.float64]
Per = Literal["mean", "column", "pixel"]
# Full scale of converters of 8, 10, 12, 14 and 16 bits.
FULL_SCALES = (255.0, 1023.0, 4095.0, 16383.0, 65535.0)
_BLOCK_VALUES = 4_000_000
_MOST_REFLECTANCE = 2.0  # above it a table is in per cent


@dataclass(frozen=True, eq=False, kw_only=True)
class Reference:
    """Counts of a white panel or a dark frame.

    Attributes
    ----------
    values : (B,), (W, B) or (H, W, B) array
        In counts: one spectrum, one a column, or one a pixel.
    wavelengths : (B,) array
        In nm.
    name : str
        What it was read from, for histories and messages.

    Examples
    --------
    >>> Reference(values=np.array([900.0, 1000.0]), wavelengths=np.array([500.0, 600.0]), name="white").values.shape
    (2,)
    """

    values: Floats
    wavelengths: Floats
    name: str


def read_reference(
    cube: xr.DataArray,
    mask: ArrayLike | None = None,
    *,
    per: Per = "mean",
    saturation: float | None = None,
    name: str = "",
) -> Reference:
    """Return the counts of a white panel or a dark frame, checked for saturation.

    Parameters
    ----------
    cube : xarray.DataArray
        In counts, dims ``("y", "x", "wavelength")``.
    mask : (H, W) array of bool, optional
        The pixels of the panel; all where not given.
    per : str
        "mean": one spectrum, the mean of the pixels. "column": one a column, the mean over the lines (a line scanner
        sees the panel with every detector of its row). "pixel": every pixel stands for itself (a camera that takes
        the whole frame).
    saturation : float, optional
        Counts at which the sensor is saturated; infinity for none. Where not given, the highest count of a cube of
        counts, if that is the full scale of a converter (255, 1023, 4095, 16383, 65535).
    name : str
        What the reference is called in histories.

    Returns
    -------
    Reference

    Raises
    ------
    HydraError
        If a pixel is saturated (its true value is unknown), or a mask is given and `per` is not "mean".

    Examples
    --------
    >>> from napari_hydra import make_cube
    >>> panel = make_cube([[[900, 1000], [910, 1010]]], [500, 600], quantity="counts")
    >>> read_reference(panel).values
    array([ 905., 1005.])
    """
    what = name or str(cube.attrs.get("source") or "the reference")
    if mask is not None and per != "mean":
        raise HydraError(f"A region of {what} gives one mean spectrum, none a {per}; give the whole cube for that.")
    inside = np.ones(cube.shape[:2], bool) if mask is None else np.asarray(mask, dtype=bool)
    found = count_saturated(cube, saturation, inside)
    if found.count:
        shorter = "take it again with a shorter exposure"
        raise with_remedy(
            f"{what} is saturated: {found.count} of its values are at {found.level:g} counts or above, whose true "
            "value is not known",
            python=f"{shorter}, or give saturation= if the sensor holds more",
            command_line=f"{shorter}, or give --saturation if the sensor holds more",
            window=shorter,
        )
    if per == "pixel":
        values = np.asarray(cube.values, dtype=np.float64)
    elif per == "column":
        values = _mean_of_lines(cube)
    else:
        values = region_moments(cube, inside).mean
    return Reference(values=values, wavelengths=wavelengths_of(cube), name=what)


@dataclass(frozen=True)
class Saturated:
    """How many values are saturated, and from which count on; `level` is infinity where none is known."""

    level: float
    count: int


def count_saturated(cube: xr.DataArray, saturation: float | None, mask: NDArray[np.bool_] | None = None) -> Saturated:
    """Count the saturated values of a cube (of the pixels of a mask), read block by block; see `read_reference`."""
    if saturation is None and cube.attrs.get("quantity") != "counts":
        return Saturated(np.inf, 0)
    levels = FULL_SCALES if saturation is None else (float(saturation),)
    at, top = dict.fromkeys(levels, 0), -np.inf
    for rows in blocks(cube.shape[0], cube.shape[1] * cube.shape[2], _BLOCK_VALUES):
        values = np.asarray(cube.data[rows])
        if mask is not None:
            values = values[mask[rows]]
        if values.size and np.isfinite(values).any():
            top = max(top, float(np.nanmax(values)))
        for level in levels:
            at[level] += int(np.count_nonzero(values >= level))
    if saturation is not None:
        return Saturated(float(saturation), at[float(saturation)])
    return Saturated(top, at[top]) if top in at else Saturated(np.inf, 0)


def check_reference(scene: xr.DataArray, reference: Reference) -> None:
    """Refuse a reference of other bands or another size than a scene.

    Raises
    ------
    HydraError
        Naming the two.
    """
    bands = wavelengths_of(scene)
    if bands.size != reference.wavelengths.size or np.abs(bands - reference.wavelengths).max() > SAME_BAND_NM:
        raise HydraError(
            f"{reference.name} has {reference.wavelengths.size} bands from {reference.wavelengths[0]:g} to "
            f"{reference.wavelengths[-1]:g} nm, the scene {bands.size} from {bands[0]:g} to {bands[-1]:g} nm; take the "
            "reference with the settings of the scene."
        )
    sizes = reference.values.shape[:-1]
    if sizes and sizes != scene.shape[2 - len(sizes) : 2]:
        words = " x ".join(map(str, sizes))
        raise HydraError(
            f"{reference.name} is {words} pixels, the scene {scene.shape[0]} x {scene.shape[1]}; use its mean "
            "spectrum (per mean)."
        )


def spectrum_on_bands(library: SpectralLibrary, name: str, scene: xr.DataArray) -> Floats:
    """Return a spectrum of a library on a scene's bands, with their widths where known; NaN beyond its ends.

    Parameters
    ----------
    library : SpectralLibrary
        Known spectra.
    name : str
        Of one of its spectra.
    scene : xarray.DataArray
        Whose bands are wanted.

    Returns
    -------
    (B,) array
        Reflectance between 0 and 1.

    Raises
    ------
    HydraError
        If the library has no such spectrum, or it is no share of 1.

    Examples
    --------
    >>> from napari_hydra import make_cube
    >>> from napari_hydra.io import make_library
    >>> panel = make_library(["panel"], [450, 550], [[0.98, 0.96]])
    >>> spectrum_on_bands(panel, "panel", make_cube([[[1.0, 2.0]]], [500, 600]))
    array([0.97,  nan])
    """
    if name not in library.names:
        raise HydraError(f"{library.source} has no spectrum {name!r}; it has {', '.join(library.names[:8])}.")
    values = library.values[library.names.index(name)]
    known = np.isfinite(values)
    what = f"the spectrum {name!r} of {library.source or 'the library'}"
    if known.sum() < 1 or np.max(values[known]) > _MOST_REFLECTANCE or np.min(values[known]) < 0:
        raise HydraError(f"{what} is no reflectance between 0 and 1; divide a table in per cent by 100.")
    bands, nodes = wavelengths_of(scene), library.wavelengths[known]
    inside = (bands >= nodes[0] - SAME_BAND_NM) & (bands <= nodes[-1] + SAME_BAND_NM)
    out = np.full(bands.size, np.nan)
    widths = scene.attrs.get("fwhm")
    widths = None if widths is None else np.asarray(widths, dtype=np.float64)[inside]
    out[inside] = resampling_matrix(nodes, np.clip(bands[inside], nodes[0], nodes[-1]), widths) @ values[known]
    return out


def _mean_of_lines(cube: xr.DataArray) -> Floats:
    total, count = np.zeros(cube.shape[1:]), np.zeros(cube.shape[1:])
    for rows in blocks(cube.shape[0], cube.shape[1] * cube.shape[2], _BLOCK_VALUES):
        values = np.asarray(cube.data[rows], dtype=np.float64)
        finite = np.isfinite(values)
        total += np.where(finite, values, 0.0).sum(axis=0)
        count += finite.sum(axis=0)
    with np.errstate(invalid="ignore"):
        return np.asarray(total / count)
