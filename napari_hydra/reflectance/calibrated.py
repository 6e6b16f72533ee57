"""A scene in reflectance, and what its counts were divided by."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from napari_hydra.reflectance.references import count_saturated


@dataclass(frozen=True, eq=False, kw_only=True)
class Calibrated:
    """A scene in reflectance.

    Attributes
    ----------
    cube : xarray.DataArray
        Reflectance, float32; lazy where the counts were. Values that cannot be known are NaN.
    undivided : int
        Values that are NaN because what they would be divided by is near zero.
    saturated : int
        Values that are NaN because their counts are saturated.
    unknown_bands : int
        Bands without any value, as the panel's table or the known spectra do not reach them; they are bad bands.
    record : dict
        What was divided by what, and the figures above; also in ``cube.attrs["reflectance_from"]``, so that every
        file holds it.

    Examples
    --------
    >>> from napari_hydra import make_cube
    >>> from napari_hydra.reflectance import read_reference, to_reflectance
    >>> counts = make_cube([[[500, 600]]], [500, 600], quantity="counts")
    >>> white = make_cube([[[1000, 1000]]], [500, 600], quantity="counts")
    >>> to_reflectance(counts, read_reference(white)).cube.values
    array([[[0.5, 0.6]]], dtype=float32)
    """

    cube: xr.DataArray
    undivided: int
    saturated: int
    unknown_bands: int
    record: dict[str, Any] = field(default_factory=dict)


def calibrate_scene(
    scene: xr.DataArray,
    offset: NDArray[np.float64],
    factor: NDArray[np.float64],
    unknown: NDArray[np.bool_],
    saturation: float | None,
    record: dict[str, Any],
    sentences: tuple[str, ...],
) -> Calibrated:
    """Return ``(counts - offset) * factor``, NaN where the factor is or the counts are saturated.

    Parameters
    ----------
    scene : xarray.DataArray
        In counts.
    offset, factor : (B,), (W, B) or (H, W, B) array
        The factor is NaN where it cannot be known.
    unknown : (B,) array of bool
        Bands that nothing is known of; they become bad bands, and are not counted as undivided.
    saturation : float or None
        See `read_reference`.
    record : dict
        What is to be said of it.
    sentences : tuple of str
        For the history.
    """
    found = count_saturated(scene, saturation)
    values: Any = (scene.data - offset.astype(np.float32)) * factor.astype(np.float32)
    if found.count:
        values = np.where(scene.data >= np.float32(found.level), np.float32("nan"), values)
    lost = np.isnan(factor[..., ~unknown])
    repeats = scene.shape[0] * scene.shape[1] * scene.shape[2] // factor.size
    undivided = int(lost.sum()) * repeats
    masked = {"undivided": undivided, "saturated": found.count, "unknown_bands": int(unknown.sum())}
    notes = [
        f"{undivided} values masked: they would be divided by nearly zero" if undivided else "",
        f"{found.count} values masked: saturated at {found.level:g} counts or above" if found.count else "",
        f"{int(unknown.sum())} bands without a known reflectance marked bad" if unknown.any() else "",
    ]
    cube = scene.copy(data=values.astype(np.float32))
    record = {**record, **masked}
    cube.attrs.update(
        quantity="reflectance",
        history=(*scene.attrs.get("history", ()), *sentences, *(note for note in notes if note)),
        bad_bands=tuple(sorted({*scene.attrs.get("bad_bands", ()), *map(int, np.flatnonzero(unknown))})),
        reflectance_from=record,
    )
    if undivided or found.count:
        cube.attrs["ignore_value"] = float("nan")  # masked on purpose
    return Calibrated(cube=cube, record=record, **masked)
