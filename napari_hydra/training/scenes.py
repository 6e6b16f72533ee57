"""Cubes made ready for training: exposed, rendered, and grouped by their wavelengths."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from napari_hydra.camera import get_camera, render_array
from napari_hydra.cube import SAME_BAND_NM, good_bands, require_finite, select_bands, wavelengths_of
from napari_hydra.errors import HydraError
from napari_hydra.training.colour_balance import pixel_probabilities
from napari_hydra.training.settings import TrainingSettings

_MOSAIC_CELL = 4  # pixels a side that one spectrum of a library fills
_MIN_BANDS = 8


@dataclass(frozen=True, eq=False)
class TrainingScene:
    """One cube at the common exposure, with the pictures a camera takes of it.

    Attributes
    ----------
    name : str
    wavelengths : (B,) array
        In nm.
    target : (H, W, B) array
        Float32; 1.0 is the saturation of the picture.
    pictures : tuple of (H, W, 3) arrays
        uint8 sRGB: clean, and with photon noise and JPEG.
    weight : float
        How often it is drawn.
    cumulative : (H W,) array
        Chances of the pixels to be drawn, summed up to each.
    """

    name: str
    wavelengths: NDArray[np.float64]
    target: NDArray[np.float32]
    pictures: tuple[NDArray[np.uint8], NDArray[np.uint8]]
    weight: float
    cumulative: NDArray[np.float64]

    def draw(self, count: int, random: np.random.Generator) -> NDArray[np.int64]:
        """Return `count` pixels (flat indices), rare colours more often than their area asks."""
        return np.searchsorted(self.cumulative, random.random(count)).clip(max=len(self.cumulative) - 1)


def prepare_scene(
    cube: xr.DataArray, name: str, low: float, high: float, weight: float = 1.0, evenness: float = 0.0
) -> TrainingScene:
    """Expose a cube as the protocol does and render its pictures.

    A cube one sample wide is a library of spectra: it is laid out as a mosaic of small squares. For `evenness` see
    `TrainingSettings`.

    Raises
    ------
    HydraError
        If fewer than eight good bands lie between `low` and `high` nm, or values are not finite.
    """
    keep = good_bands(cube, low - SAME_BAND_NM, high + SAME_BAND_NM)
    if keep.sum() < _MIN_BANDS:
        raise HydraError(
            f"{name} has {int(keep.sum())} good bands in {low:g}-{high:g} nm; training needs {_MIN_BANDS}."
        )
    chosen = select_bands(require_finite(cube), keep)
    wavelengths = wavelengths_of(chosen)
    values = np.nan_to_num(np.asarray(chosen.values, dtype=np.float32))
    if values.shape[1] == 1:
        values = _mosaic(values[:, 0])
    clean = render_array(values, wavelengths, get_camera("srgb"))
    noisy = render_array(values, wavelengths, get_camera("srgb"), noise_electrons=2000, jpeg_quality=85)
    target = (values * np.float32(clean.gain)).astype(np.float32)
    pictures = (clean.picture.astype(np.uint8), noisy.picture.astype(np.uint8))
    return TrainingScene(
        name, wavelengths, target, pictures, weight, np.cumsum(pixel_probabilities(pictures[0], evenness))
    )


def prepare_scenes(cubes: Sequence[tuple[str, xr.DataArray]], settings: TrainingSettings) -> list[TrainingScene]:
    """Return the named cubes ready for a run of these settings; see `prepare_scene`."""
    s = settings
    return [
        prepare_scene(cube, name, s.low, s.high, s.scene_weights.get(name, 1.0), s.colour_balance)
        for name, cube in cubes
    ]


def _mosaic(spectra: NDArray[np.float32]) -> NDArray[np.float32]:
    side = int(np.ceil(np.sqrt(len(spectra))))
    order = np.random.default_rng(0).permutation(side * side) % len(spectra)
    grid = spectra[order].reshape(side, side, -1)
    return grid.repeat(_MOSAIC_CELL, 0).repeat(_MOSAIC_CELL, 1)


@dataclass(frozen=True, eq=False)
class SceneGroup:
    """Scenes that share their wavelengths, so that patches of them can stand in one batch."""

    wavelengths: NDArray[np.float64]
    scenes: tuple[TrainingScene, ...]

    @property
    def weight(self) -> float:
        """Root of the sum of the scenes' weights: a sensor with many scenes does not drown the others."""
        return float(np.sqrt(sum(s.weight for s in self.scenes)))

    def choose(self, count: int, random: np.random.Generator) -> NDArray[np.int64]:
        """Return the numbers of `count` scenes, each drawn as often as its weight says."""
        chances = np.array([scene.weight for scene in self.scenes])
        return random.choice(len(self.scenes), size=count, p=chances / chances.sum())


def group_scenes(scenes: Sequence[TrainingScene]) -> tuple[SceneGroup, ...]:
    """Return the scenes grouped by wavelengths, in the order they were met."""
    found: dict[bytes, list[TrainingScene]] = {}
    for scene in scenes:
        found.setdefault(scene.wavelengths.tobytes(), []).append(scene)
    return tuple(SceneGroup(members[0].wavelengths, tuple(members)) for members in found.values())
