"""What a spectral cube is: an `xarray.DataArray` with dims ``("y", "x", "wavelength")``.

Values are float32. The coordinate ``wavelength`` is in nanometres and never decreases; where two detectors
overlap a second coordinate ``detector`` (int, along wavelength) tells whose band each is. ``attrs``:

``quantity``      "reflectance", "radiance" or "counts"
``source``        where it came from (a path or a sentence)
``fwhm``          tuple of full widths at half maximum in nm, one a band, or None
``bad_bands``     tuple of the indices of bands not to be used
``ignore_value``  the number that marked pixels without data in the file (now NaN), or None
``history``       tuple of sentences: what a reader did to the stored numbers
``map_info``      where the file says it: ``fields`` of ENVI's map info, and the ``size`` (H, W) that they are about
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike, NDArray

from napari_hydra.errors import HydraError

DIMS = ("y", "x", "wavelength")
QUANTITIES = ("reflectance", "radiance", "counts")
# Within this two band centres are one band, and a band at the edge of a range belongs to it: many files round their
# wavelengths to whole nanometres, which moves a centre by no more than this.
SAME_BAND_NM = 0.5


def make_cube(
    values: ArrayLike,
    wavelengths: ArrayLike,
    *,
    quantity: str = "reflectance",
    source: str = "",
    fwhm: ArrayLike | None = None,
    bad_bands: Sequence[int] = (),
    ignore_value: float | None = None,
    detector: ArrayLike | None = None,
    history: Sequence[str] = (),
) -> xr.DataArray:
    """Build a cube, its bands sorted by wavelength.

    Parameters
    ----------
    values : (H, W, B) array
        NumPy or dask; anything but float32 is converted.
    wavelengths : (B,) array
        Band centres in nm, positive and finite, in any order.
    quantity : str
        One of `QUANTITIES`.
    source : str
        Where the values come from; named in error messages.
    fwhm : (B,) array, optional
        Full width at half maximum of each band in nm.
    bad_bands : sequence of int
        Indices (in the order given) of bands not to be used.
    ignore_value : float, optional
        The number that marked missing pixels; the values given hold NaN there already.
    detector : (B,) array of int, optional
        Which detector each band belongs to. Found from decreasing wavelengths where not given.
    history : sequence of str
        What was done to the stored numbers.

    Returns
    -------
    xarray.DataArray

    Raises
    ------
    HydraError
        If the shapes disagree or a wavelength is missing, not finite or not positive.

    Examples
    --------
    >>> cube = make_cube([[[0.1, 0.2, 0.3]]], [700, 500, 600], source="a pixel")
    >>> cube.values
    array([[[0.2, 0.3, 0.1]]], dtype=float32)
    """
    name = source or "the cube"
    centres = np.asarray(wavelengths, dtype=np.float64)
    array: Any = values if is_lazy(values) else np.asarray(values)
    if array.ndim != 3 or 0 in array.shape:
        raise HydraError(f"{name} has shape {array.shape}; a cube needs lines, samples and bands, none empty.")
    if centres.shape != (array.shape[2],):
        raise HydraError(
            f"{name} has {array.shape[2]} bands but {centres.size} wavelengths; correct its wavelength list."
        )
    if not np.isfinite(centres).all() or (centres <= 0).any():
        raise HydraError(f"{name} has wavelengths that are not positive numbers; correct its wavelength list.")
    if quantity not in QUANTITIES:
        raise HydraError(f"{name} is said to hold {quantity!r}; a cube holds one of {', '.join(QUANTITIES)}.")
    if detector is None:
        detector = (
            np.concatenate([[0], np.cumsum(np.diff(centres) < 0)])
            if _is_overlapping(centres)
            else np.zeros(centres.size)
        )
    order = np.argsort(centres, kind="stable")
    if (np.diff(order) != 1).any():
        array = array[:, :, order]
    widths = None if fwhm is None else tuple(float(w) for w in np.asarray(fwhm, dtype=np.float64)[order])
    bad = {int(b) for b in bad_bands}
    coords: dict[str, object] = {"wavelength": ("wavelength", centres[order], {"units": "nm"})}
    detectors = np.asarray(detector, dtype=np.int64)[order]
    if detectors.any():
        coords["detector"] = ("wavelength", detectors)
    if not is_lazy(array):
        array = np.ascontiguousarray(array, dtype=np.float32)
    elif array.dtype != np.float32:
        array = array.astype(np.float32)
    return xr.DataArray(
        array,
        dims=DIMS,
        coords=coords,
        attrs={
            "quantity": quantity,
            "source": source,
            "fwhm": widths,
            "bad_bands": tuple(i for i, old in enumerate(order) if int(old) in bad),
            "ignore_value": ignore_value,
            "history": tuple(history),
        },
    )


def is_lazy(values: object) -> bool:
    """Whether an array is dask's, and read when computed."""
    return hasattr(values, "dask")


def _is_overlapping(centres: NDArray[np.float64]) -> bool:
    """Whether the bands run upwards detector by detector (a whole list that runs downwards is one detector)."""
    falls = np.count_nonzero(np.diff(centres) < 0)
    return bool(0 < falls <= 4 and centres.size > 2 * (falls + 1))


def wavelengths_of(cube: xr.DataArray) -> NDArray[np.float64]:
    """Return the band centres in nm, shape (B,)."""
    return np.asarray(cube["wavelength"].values, dtype=np.float64)


def good_bands(cube: xr.DataArray, low: float = 0.0, high: float = np.inf) -> NDArray[np.bool_]:
    """Return which bands are usable and lie within ``low <= wavelength <= high`` nm, shape (B,)."""
    centres = wavelengths_of(cube)
    good = (centres >= low) & (centres <= high)
    good[list(cube.attrs.get("bad_bands", ()))] = False
    return good


def select_bands(cube: xr.DataArray, keep: ArrayLike) -> xr.DataArray:
    """Return the cube with only the bands of the mask `keep` (B,), its attributes kept in step.

    Raises
    ------
    HydraError
        If no band is left.
    """
    mask = np.asarray(keep, dtype=bool)
    if not mask.any():
        raise HydraError(f"{cube.attrs.get('source') or 'the cube'} has no usable band in the range asked for.")
    indices = np.flatnonzero(mask)
    out = cube.isel(wavelength=indices)
    bad = set(cube.attrs.get("bad_bands", ()))
    fwhm = cube.attrs.get("fwhm")
    out.attrs["bad_bands"] = tuple(i for i, old in enumerate(indices) if int(old) in bad)
    out.attrs["fwhm"] = None if fwhm is None else tuple(fwhm[i] for i in indices)
    return out


def band_widths(wavelengths: ArrayLike) -> NDArray[np.float64]:
    """Return the width in nm that each band stands for: half the way to each neighbour, shape (B,).

    The outermost bands count half, as in the trapezium rule. A single band counts 1.
    """
    centres = np.asarray(wavelengths, dtype=np.float64)
    if centres.size == 1:
        return np.ones(1)
    edges = np.concatenate([centres[:1], (centres[1:] + centres[:-1]) / 2, centres[-1:]])
    return np.diff(edges)


def require_finite(cube: xr.DataArray) -> xr.DataArray:
    """Return the cube if its good bands are finite, or if what is missing was declared by an ignore value.

    Raises
    ------
    HydraError
        Naming how many pixels hold NaN or infinity.
    """
    keep = good_bands(cube)
    values = np.asarray(cube.values)
    broken = ~np.isfinite(values[:, :, keep]).all(axis=-1)
    declared = cube.attrs.get("ignore_value") is not None and not np.isinf(values[:, :, keep]).any()
    if broken.any() and not declared:
        name = cube.attrs.get("source") or "the cube"
        raise HydraError(
            f"{name} has NaN or infinite values in {int(broken.sum())} pixels; "
            "replace them, or mark them with a 'data ignore value' in the header."
        )
    return cube
