"""What all baselines share: the surface of a model, so that `evaluate_cube` scores them alike."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.accuracy.baselines.pixels import FittingPixels
from napari_hydra.camera import get_camera, linearise
from napari_hydra.camera.model import Camera
from napari_hydra.hydra.linear_image import common_exposure
from napari_hydra.spectra.resample import interpolation_matrix
from napari_hydra.spectral_cube import ArrayCube

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class BaselineCard:
    """The part of a model card that scoring reads."""

    wavelength_range: tuple[float, float]


@dataclass(frozen=True, eq=False)
class ColourSpace:
    """The wavelengths at which a method answers, and how it reads a camera that it was not fitted to.

    Attributes
    ----------
    nodes : (G,) array
        In nm.
    moment : (G, G) array
        Second moment of the training spectra.
    """

    nodes: Floats
    moment: Floats

    @classmethod
    def of(cls, pixels: FittingPixels) -> "ColourSpace":
        """Return the space of the pixels that a method is fitted to."""
        return cls(pixels.nodes, pixels.spectra.T @ pixels.spectra / len(pixels.spectra))

    def to_srgb(self, camera: Camera) -> Floats:
        """Return the (3, 3) matrix from a camera's linear RGB to linear sRGB that fits the training spectra best."""
        srgb = get_camera("srgb")
        if camera == srgb:
            return np.eye(3)
        seen, wanted = camera.response(self.nodes), srgb.response(self.nodes)
        gram = seen.T @ self.moment @ seen
        return np.linalg.solve(gram + 1e-9 * np.trace(gram) * np.eye(3), seen.T @ self.moment @ wanted)


@dataclass(frozen=True, eq=False)
class ColourMethod(ABC):
    """A method that answers a picture with spectra, fitted to linear sRGB at the common exposure.

    Attributes
    ----------
    space : ColourSpace
    """

    space: ColourSpace

    @property
    def card(self) -> BaselineCard:
        """The range of wavelengths."""
        return BaselineCard((float(self.space.nodes[0]), float(self.space.nodes[-1])))

    @property
    @abstractmethod
    def parameters(self) -> int:
        """How many numbers were fitted."""

    @abstractmethod
    def spectra_of(self, linear: Floats) -> NDArray[np.floating]:
        """Return the spectra (H, W, G) at the nodes of linear sRGB (H, W, 3) at the common exposure."""

    def reconstruct(
        self, picture: NDArray[Any], wavelengths: Any, camera: Any = "srgb", white_level: float | None = None
    ) -> ArrayCube:
        """Return the estimate of a picture at `wavelengths` (B,) nm, in the unit of the picture, never negative."""
        model = get_camera(camera)
        linear = linearise(picture, model, white_level)
        gain = common_exposure(linear)
        spectra = self.spectra_of(linear.astype(np.float64) @ self.space.to_srgb(model) * gain)
        values = spectra @ interpolation_matrix(self.space.nodes, wavelengths).T / gain
        return ArrayCube(np.maximum(values, 0).astype(np.float32), np.asarray(wavelengths, np.float64))
