"""Spectra of a list of bands, encoded by the teacher: as near to the truth as the latent space allows."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from napari_hydra.cube import is_lazy
from napari_hydra.deprecation import renamed
from napari_hydra.hydra.latent.decoder_basis import DecoderBasis, Floats
from napari_hydra.hydra.latent.latent_cube import LatentCube
from napari_hydra.spectral_cube import blocks

_BLOCK_VALUES = 1 << 23


@dataclass(frozen=True, eq=False)
class Encoder:
    """Encodes spectra of one list of bands; `HydraModel.encoder` makes it. Plain arrays, no network.

    Attributes
    ----------
    matrix : (k, B) array
        Takes a spectrum to its latent.
    wavelengths : (B,) array
        Of the spectra, in nm.
    basis : DecoderBasis
        Decode the latents.
    attrs : dict
        Go to the encoded cube.

    Examples
    --------
    >>> from napari_hydra.hydra import load_model
    >>> encoder = load_model("visible").encoder([450, 500, 550, 600, 650])
    >>> encoder.encode(np.full((2, 3, 5), 0.5)).shape
    (5, 2, 3)
    """

    matrix: Floats
    wavelengths: NDArray[np.float64]
    basis: DecoderBasis
    attrs: dict[str, Any] = field(default_factory=dict)

    tables = renamed("tables", "basis")
    code = renamed("code", "encode")

    def encode(self, spectra: ArrayLike) -> LatentCube:
        """Return the latents of spectra as a cube that decodes at the same wavelengths.

        Encoding is linear, so spectra of any unit come back in that unit. A pixel with a value that is not finite
        has no latent: it decodes to NaN. The cube has no interval of its own: what it lacks is known from the spectra.

        Parameters
        ----------
        spectra : (H, W, B) array
            At the encoder's wavelengths; NumPy or dask.

        Returns
        -------
        LatentCube
            Axes (band, y, x), in the unit of the spectra.

        Raises
        ------
        ValueError
            If the spectra have another number of bands.
        """
        values: Any = spectra if is_lazy(spectra) else np.asarray(spectra)
        if values.ndim != 3 or values.shape[2] != len(self.wavelengths):
            raise ValueError(
                f"spectra of shape {values.shape} were given; the encoder takes {len(self.wavelengths)} bands"
            )
        height, width, bands = values.shape
        latents = np.empty((len(self.matrix), height, width), np.float32)
        for ys in blocks(height, width * bands, _BLOCK_VALUES):
            block = np.asarray(values[ys], dtype=np.float32).reshape(-1, bands)
            latents[:, ys] = (self.matrix @ block.T).reshape(len(latents), -1, width)
        planes = self.basis.uncertainty_basis.shape[1]
        return LatentCube(
            latents,
            np.zeros((planes, height, width), np.float32),
            self.basis,
            self.wavelengths,
            np.zeros((height, width), np.uint8),
            dict(self.attrs),
        )
