"""The teacher: an autoencoder of spectra whose encoder is the inverse of its decoder.

A spectrum s measured in bands with rows D of the decoder has the latent that minimises

    sum_b (s_b - D_b z)^2 w_b / noise^2 + |z|^2

with w_b the width of band b in units of 10 nm: a ridge inverse in closed form (Hoerl and Kennard 1970),

    z = E s        E = (D^T W D + I)^-1 D^T W    (k, B)        W = diag(w) / noise^2

Because bands are weighted by their width, the same spectrum sampled on two grids has (nearly) the same code, so one
teacher learns from the cubes of every sensor. The code is linear in the spectrum: brightness passes through.
"""

import torch
from numpy.typing import ArrayLike
from torch import Tensor, nn

from napari_hydra.cube import band_widths
from napari_hydra.hydra.networks.decoder import SpectralDecoder


class Teacher(nn.Module):
    """Spectral autoencoder over any set of bands.

    Parameters
    ----------
    decoder : SpectralDecoder
        Shared with the student.
    noise : float
        Standard deviation of a 10 nm band relative to the mean of the spectrum; sets the ridge.
    """

    def __init__(self, decoder: SpectralDecoder, noise: float = 0.01) -> None:
        super().__init__()
        self.decoder = decoder
        self.noise = noise

    def encoder_matrix(self, wavelengths: ArrayLike, mask: Tensor | None = None) -> Tensor:
        """Return the (k, B) matrix that takes a spectrum at `wavelengths` (B,) nm to its latent.

        `mask` (B,) bool leaves bands out.
        """
        rows = self.decoder.rows(wavelengths)
        weights = torch.as_tensor(band_widths(wavelengths), dtype=rows.dtype, device=rows.device)
        weights = weights.clamp(min=0.5) / 10 / self.noise**2
        if mask is not None:
            weights = weights * mask.to(weights)
        weighted = rows.T * weights
        ridge = torch.eye(rows.shape[1], dtype=rows.dtype, device=rows.device)
        return torch.linalg.solve(weighted @ rows + ridge, weighted)

    def encode(self, spectra: Tensor, wavelengths: ArrayLike) -> Tensor:
        """Return the latents (..., k) of `spectra` (..., B)."""
        return spectra @ self.encoder_matrix(wavelengths).T

    def decode(self, latents: Tensor, wavelengths: ArrayLike) -> Tensor:
        """Return the spectra (..., B) of `latents` (..., k)."""
        return latents @ self.decoder.rows(wavelengths).T

    def forward(self, spectra: Tensor, wavelengths: ArrayLike) -> Tensor:
        """Return the spectra after a round trip through their latents."""
        return self.decode(self.encode(spectra, wavelengths), wavelengths)
