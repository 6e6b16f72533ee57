"""Curves beside estimate and truth: the encoded truth, and further cubes that are open.

Each stands at its own wavelengths: the encoded truth, which is a function of wavelength, at those of the estimate; a
cube at its own good bands, as they were measured.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from napari_hydra.spectra.regions import bounding_box, window_around
from napari_hydra.spectral_cube import blocks
from napari_hydra.workbench.scene.roi_spectra import Floats, Same, Spectrum, mean_of_known
from napari_hydra.workbench.scene.scene import OpenCube, Region, Scene, Statistic
from napari_hydra.workbench.scene.view_snapshot import View

ENCODED_WORDS = "encoded truth: the upper bound of the latent space"
_BLOCK_VALUES = 4_000_000

Source = Scene | OpenCube
PixelOrRegion = tuple[int, int] | Region


def sources_of(store: View, scene: Scene) -> tuple[Source, ...]:
    """Return what extra curves are drawn of: the scene itself for the encoded truth, then the further cubes."""
    encoded = (scene,) if store.encoded_truth and scene.encoder is not None and scene.truth is not None else ()
    size = scene.size
    return (*encoded, *(cube for cube in store.cubes if tuple(cube.stack.shape[1:]) == size))


def extra_spectrum(
    source: Source, target: PixelOrRegion, pixel_window: int = 1, statistic: Statistic = "mean"
) -> Spectrum:
    """Return the spectrum of a pixel (y, x), as the mean of a window of pixels, or of a region.

    Of a region with its dispersion, of which a curve beside others draws none. Pixels without data are left out.
    """
    known = _READ.setdefault(source, {})
    key = _key(target, pixel_window, statistic)
    if key not in known:
        while len(known) >= _CACHE_SIZE:
            known.pop(next(iter(known)))
        known[key] = _read(source, target, pixel_window, statistic)
    return known[key]


def has_read(source: Source, target: PixelOrRegion, pixel_window: int, statistic: Statistic) -> bool:
    """Whether `extra_spectrum` has its answer."""
    return _key(target, pixel_window, statistic) in _READ.get(source, {})


def band_count(source: Source) -> int:
    """Return how many bands are read of a source."""
    if isinstance(source, OpenCube):
        return int(np.count_nonzero(source.good))
    return 0 if source.truth is None else int(source.truth.sizes["wavelength"])


# Keyed weakly: a scene or cube that is gone takes what was read of it along.
_READ: "WeakKeyDictionary[Source, dict[object, Spectrum]]" = WeakKeyDictionary()
_CACHE_SIZE = 512


def _key(target: PixelOrRegion, pixel_window: int, statistic: Statistic) -> object:
    return (Same(target.mask), statistic) if isinstance(target, Region) else (target, pixel_window)


def _read(source: Source, target: PixelOrRegion, pixel_window: int, statistic: Statistic) -> Spectrum:
    shape = source.stack.shape[1:] if isinstance(source, OpenCube) else source.size
    if isinstance(target, Region):
        ys, xs = bounding_box(target.mask)
        inside = target.mask[ys, xs]
    else:
        ys, xs = window_around(*target, pixel_window, shape)
        inside = np.ones((ys.stop - ys.start, xs.stop - xs.start), dtype=bool)
    is_median = isinstance(target, Region) and statistic == "median"
    average: Callable[[NDArray[np.floating]], Floats] = _median if is_median else partial(mean_of_known, pixels=1)
    if isinstance(source, OpenCube):
        values = np.concatenate([average(block) for block in _pixels_of_cube(source, ys, xs, inside)])
        detector = None if source.detector is None else source.detector[source.good]
        return Spectrum(wavelengths=source.wavelengths[source.good], values=values, detector=detector)
    values = np.concatenate([average(block) for block in _encoded_pixels(source, ys, xs, inside)])
    return Spectrum(wavelengths=np.asarray(source.estimate.wavelengths), values=values)


def _pixels_of_cube(cube: OpenCube, ys: slice, xs: slice, inside: NDArray[np.bool_]) -> Iterator[NDArray[np.floating]]:
    """Yield the pixels (bands, n) of a cube, some bands at a time."""
    bands = np.flatnonzero(cube.good)
    for chosen in blocks(bands.size, inside.size, _BLOCK_VALUES):
        block = bands[chosen]
        first, last = int(block[0]), int(block[-1]) + 1
        values = np.asarray(cube.stack[first:last, ys, xs], dtype=np.float32)[block - first]
        yield values[:, inside]


def _encoded_pixels(scene: Scene, ys: slice, xs: slice, inside: NDArray[np.bool_]) -> Iterator[NDArray[np.floating]]:
    """Yield the pixels (bands, n) of the truth, encoded and decoded at the wavelengths of the estimate, all at once."""
    assert scene.encoder is not None
    assert scene.truth is not None
    parts = []
    for rows in blocks(inside.shape[0], inside.shape[1] * scene.truth.sizes["wavelength"], _BLOCK_VALUES):
        here = slice(ys.start + rows.start, ys.start + rows.stop)
        measured = np.asarray(scene.truth.data[here, xs], dtype=np.float32)[inside[rows]]
        parts.append(scene.encoder.encode(measured[None]))
    latents, uncertainty, flags = (
        np.concatenate([getattr(p, name) for p in parts], axis=-1) for name in ("latents", "uncertainty", "flags")
    )
    encoded = replace(parts[0], latents=latents, uncertainty=uncertainty, flags=flags).at_wavelengths(
        scene.estimate.wavelengths
    )
    for bands in blocks(len(encoded.wavelengths), latents.shape[-1], _BLOCK_VALUES):
        yield np.asarray(encoded[bands])[:, 0]


def _median(values: NDArray[np.floating]) -> Floats:
    kept = values[:, np.isfinite(values).any(axis=0)]  # of a pixel without data no band is known
    return np.nanmedian(kept, axis=1) if kept.shape[1] else np.full(len(values), np.nan)
