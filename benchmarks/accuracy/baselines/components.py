"""An upper bound, no method: the truth itself through the principal components of the training spectra."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from benchmarks.accuracy.baselines.pixels import FittingPixels
from benchmarks.accuracy.baselines.surface import BaselineCard
from napari_hydra.cube import good_bands, select_bands, wavelengths_of
from napari_hydra.evaluation.protocol import take_picture
from napari_hydra.spectra.resample import interpolation_matrix
from napari_hydra.spectral_cube import ArrayCube

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Components:
    """The directions in which training spectra vary most.

    Attributes
    ----------
    nodes : (G,) array
        In nm.
    rows : (k, G) array
        Orthonormal; no mean is taken off, so that black stays black and brightness is free.
    """

    nodes: Floats
    rows: Floats

    def oracle(self, cube: xr.DataArray) -> "Oracle":
        """Return a model that answers any picture of `cube` with the projection of its truth."""
        return Oracle(self, cube)


@dataclass(frozen=True, eq=False)
class Oracle:
    """What no method with these components can beat in squared error, as a model for `evaluate_cube`."""

    components: Components
    cube: xr.DataArray

    @property
    def card(self) -> BaselineCard:
        """The range of wavelengths."""
        return BaselineCard((float(self.components.nodes[0]), float(self.components.nodes[-1])))

    def reconstruct(
        self, picture: NDArray[Any], wavelengths: Any, camera: Any = "srgb", white_level: float | None = None
    ) -> ArrayCube:
        """Return the truth's nearest point in the span of the components, in the unit of track ``srgb``."""
        usable = select_bands(self.cube, good_bands(self.cube))
        gain = take_picture(usable.values, wavelengths_of(usable)).gain
        truth = select_bands(usable, good_bands(usable, *self.card.wavelength_range)).values.astype(np.float64) * gain
        rows = interpolation_matrix(self.components.nodes, wavelengths) @ self.components.rows.T
        values = truth @ np.linalg.pinv(rows).T @ rows.T
        return ArrayCube(np.maximum(values, 0).astype(np.float32), np.asarray(wavelengths, np.float64))


def fit_components(pixels: FittingPixels, count: int) -> Components:
    """Return the first `count` principal components of the spectra whose sensor reaches every node."""
    whole = np.asarray(pixels.reaches.all(axis=1))[pixels.sensor]
    spectra = pixels.spectra[whole]
    _, vectors = np.linalg.eigh(spectra.T @ spectra)
    return Components(pixels.nodes, vectors[:, ::-1][:, :count].T.copy())
