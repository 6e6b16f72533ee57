"""The decoder: wavelength (nm) to a row of weights, so that one model serves every wavelength grid.

HYDRA (arXiv 2510.16664) decodes a latent to the bands of one camera. Here the decoder is a smooth table
over wavelength, read between its nodes by linear interpolation: a cube of any channel depth is one matrix
product, ``s(lambda) = D(lambda) z`` or ``latents @ rows(wavelengths).T``. There is no offset, so that a latent twice as
large is a spectrum twice as bright.
"""

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor, nn

from napari_hydra.spectra.resample import interpolation_matrix


def node_wavelengths(low: float, high: float, step: float) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
    """Return the regular grid ``low, low + step, ..., high`` in nm."""
    return low + step * np.arange(round((high - low) / step) + 1, dtype=np.float64)


def interpolation_weights(nodes: ArrayLike, wavelengths: ArrayLike) -> Tensor:
    """Return the (B, G) matrix that reads a table at `nodes` (G,) nm at `wavelengths` (B,) nm.

    Wavelengths outside the nodes take the value of the nearest node.
    """
    return torch.from_numpy(interpolation_matrix(nodes, wavelengths)).float()


class SpectralDecoder(nn.Module):
    """Decoder rows as a function of wavelength.

    Parameters
    ----------
    low, high, step : float
        The nodes of the table in nm.
    size : int
        Length k of a latent.
    """

    def __init__(self, low: float, high: float, step: float, size: int) -> None:
        super().__init__()
        self.nodes = node_wavelengths(low, high, step)
        self.table = nn.Parameter(torch.zeros(self.nodes.size, size))

    @property
    def size(self) -> int:
        """Length of a latent."""
        return int(self.table.shape[1])

    def rows(self, wavelengths: ArrayLike) -> Tensor:
        """Return the decoder rows at `wavelengths` (B,) nm, shape (B, k)."""
        return interpolation_weights(self.nodes, wavelengths).to(self.table) @ self.table

    def roughness(self) -> Tensor:
        """Return the mean squared second difference of the table: small where it is smooth."""
        return self.table.diff(n=2, dim=0).square().mean()
