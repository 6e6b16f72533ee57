"""HYDRA as one network: teacher, student and data-consistency projection around a shared decoder.

    spectrum s (B) --- Teacher ---> z* (k)                       z* = E s, the ridge inverse of the decoder
                                     | distilled into
    colour c (3) ----- Student ---> z0 (k), sigma (r), t (1)     the latent that the colour suggests
                                     |
                    projection ---> z = z0 + t K (c - M z0)      M = R^T D: the colour that a latent has
                                     |
                       decoder ---> s(lambda) = D(lambda) z      any wavelengths

D (B, k) are the decoder's rows, R (B, 3) the camera's response. The interval at a wavelength comes from the variance

    sum_j (D V)_j^2 sigma_j^2 + rho^2 b(c)^2

with V (k, r) the directions of the uncertainty without what the colour would have shown, ``(I - K M) V``, and rho the
residual that no direction holds. Several students make an `Ensemble`. The scheme is that of HYDRA (arXiv 2510.16664): a
teacher's latent space, into which a student is distilled; here the decoder is a function of wavelength and the
projection one of the camera, so that one model serves every wavelength grid and camera.
"""

from typing import NamedTuple

import torch
from numpy.typing import ArrayLike
from torch import Tensor, nn

from napari_hydra.hydra.networks.architecture import Architecture
from napari_hydra.hydra.networks.data_consistency import (
    colour_matrix,
    colour_residual,
    consistency_projection,
    correction_matrix,
)
from napari_hydra.hydra.networks.decoder import SpectralDecoder, interpolation_weights, node_wavelengths
from napari_hydra.hydra.networks.ensemble import Ensemble
from napari_hydra.hydra.networks.student import Student, brightness
from napari_hydra.hydra.networks.students import find_student
from napari_hydra.hydra.networks.teacher import Teacher

MIN_RESIDUAL_STD = 0.002  # residual standard deviation in the picture's unit below which no measurement here can tell


class LatentDistribution(NamedTuple):
    """A distribution over latents for each pixel.

    ``mean`` (N, k, H, W); ``uncertainty`` (N, r + 1, H, W): standard deviations along the directions of the uncertainty
    and, last, the brightness that scales the residual standard deviation.
    """

    mean: Tensor
    uncertainty: Tensor


class HydraNetwork(nn.Module):
    """Teacher, student and data-consistency projection around one decoder."""

    covariance: Tensor

    def __init__(self, architecture: Architecture) -> None:
        super().__init__()
        a = self.architecture = architecture
        self.decoder = SpectralDecoder(a.low, a.high, a.step, a.size)
        self.teacher = Teacher(self.decoder)
        self.student: Student | Ensemble = find_student(a.student)(a) if a.members == 1 else Ensemble(a)
        self.directions = nn.Parameter(torch.eye(a.size, a.directions))
        self.log_residual = nn.Parameter(torch.full((self.decoder.nodes.size,), -3.5))
        self.register_buffer("covariance", torch.eye(a.size))

    def camera_grid(self) -> "ArrayLike":
        """Return the wavelengths (G,) in nm at which the data-consistency projection integrates."""
        return node_wavelengths(self.architecture.low, self.architecture.high, self.architecture.camera_step)

    def colour_matrix(self, response: Tensor) -> Tensor:
        """Return M (3, k) for a camera `response` (G, 3) sampled on `camera_grid`."""
        return colour_matrix(response, self.decoder.rows(self.camera_grid()))

    def forward(
        self,
        linear: Tensor,
        low: Tensor,
        high: Tensor,
        colour: Tensor,
        picture: Tensor | None = None,
        consistency_scale: float = 1.0,
        with_context: Tensor | bool = True,
        srgb_matrix: Tensor | None = None,
    ) -> LatentDistribution:
        """Return the distribution of latents of a picture: ``z = z0 + t K (c - M z0)`` and its standard deviations.

        Parameters
        ----------
        linear : (N, 3, H, W) tensor
            Linear sRGB at the common exposure; sides multiples of 4.
        low, high : (N, 3, H, W) bool tensors
            Channels of the picture at zero and at full scale.
        colour : (3, k) tensor
            M of the camera that took the picture.
        picture : (N, 3, H, W) tensor, optional
            Linear RGB in the camera's own primaries, where these are not sRGB's.
        consistency_scale : float
            0 leaves the data-consistency projection out (a camera that nobody knows).
        with_context : bool or (N,) bool tensor
            See `Student.forward`.
        srgb_matrix : (3, k) tensor, optional
            M of sRGB, where another camera took the picture; see `_steps`.
        """
        projected = []
        together = self.student if isinstance(self.student, Ensemble) else None
        readers = [(self.student, self.covariance)] if together is None else together.readers()
        for reader, covariance in readers:
            output = reader(linear, with_context)
            latent, weight = output.latent, consistency_scale * output.consistency_weight
            for matrix, correction in _projections(covariance, colour, srgb_matrix):
                if matrix is srgb_matrix:
                    residual = colour_residual(latent, matrix, linear, linear <= 0, high)
                else:
                    residual = colour_residual(latent, matrix, linear if picture is None else picture, low, high)
                latent = consistency_projection(latent, residual, correction, weight)
            projected.append(output._replace(latent=latent))
        aggregated = projected[0] if together is None else together.aggregate(projected)
        return LatentDistribution(aggregated.latent, torch.cat([aggregated.std, brightness(linear)], 1))

    def _metameric_black(self, latents: Tensor, colour: Tensor, srgb_matrix: Tensor | None) -> Tensor:
        """Return the part of latents (k, n) that the data-consistency projections leave free."""
        for matrix, correction in _projections(self.covariance, colour, srgb_matrix):
            latents = latents - correction @ (matrix @ latents)
        return latents

    def visible_part(self, colour: Tensor, srgb_matrix: Tensor | None = None) -> Tensor:
        """Return the projection (k, k) of latents onto what a camera sees; parameters as those of `forward`."""
        whole = torch.eye(len(self.covariance)).to(self.covariance)
        return whole - self._metameric_black(whole, colour, srgb_matrix)

    def uncertainty_basis(self, wavelengths: ArrayLike, colour: Tensor, srgb_matrix: Tensor | None = None) -> Tensor:
        """Return (B, r + 1): what one unit of each uncertainty plane means at each wavelength.

        Directions of the uncertainty that the colour would have shown are taken out, as the data-consistency
        projections took them out.
        """
        along = self.decoder.rows(wavelengths) @ self._metameric_black(self.directions, colour, srgb_matrix)
        nodes = interpolation_weights(self.decoder.nodes, wavelengths).to(self.log_residual)
        return torch.cat([along, (nodes @ self.log_residual).exp()[:, None]], 1)


def band_std(uncertainty: Tensor, rows: Tensor) -> Tensor:
    """Return standard deviations (N, B, H, W) from uncertainty planes (N, r + 1, H, W) and their basis (B, r + 1)."""
    variance = torch.einsum("bj,njhw->nbhw", rows.square(), uncertainty.square())
    return (variance + MIN_RESIDUAL_STD**2).sqrt()


def _projections(covariance: Tensor, colour: Tensor, srgb_matrix: Tensor | None) -> list[tuple[Tensor, Tensor]]:
    """Return the data-consistency projections in order, each as M (3, k) and K (k, 3).

    The `metric` (k, k) of the first is what was learned: it gives way where the student errs, and in sRGB's own colours
    the student hardly errs. To what little another camera sees beyond them that metric would give way without bound.
    So a picture by another camera is first met as sRGB, like those of the training, and then as itself in a plain
    metric.
    """
    learned = (colour if srgb_matrix is None else srgb_matrix, covariance)
    plain = [] if srgb_matrix is None else [(colour, torch.eye(len(covariance)).to(covariance))]
    return [(matrix, correction_matrix(matrix, used)) for matrix, used in (learned, *plain)]
