"""HYDRA as one network: teacher, student and physics step around a shared decoder."""

from dataclasses import asdict, dataclass
from typing import NamedTuple

import torch
from numpy.typing import ArrayLike
from torch import Tensor, nn

from napari_hydra.hydra.networks.data_consistency import (
    colour_matrix,
    colour_residual,
    consistency_projection,
    correction_matrix,
)
from napari_hydra.hydra.networks.decoder import SpectralDecoder, interpolation_weights, node_wavelengths
from napari_hydra.hydra.networks.ensemble import Ensemble
from napari_hydra.hydra.networks.student import Student, brightness
from napari_hydra.hydra.networks.teacher import Teacher

MIN_RESIDUAL_STD = 0.002  # residual spread in the picture's unit below which no measurement here can tell


@dataclass(frozen=True)
class Architecture:
    """The numbers that fix a network's shape; stored with its weights.

    Attributes
    ----------
    low, high : float
        Range of wavelengths in nm.
    step : float
        Spacing of the decoder's nodes in nm.
    camera_step : float
        Spacing in nm of the grid on which the physics step integrates.
    size : int
        Length k of a code.
    directions : int
        Number r of directions of doubt.
    width, blocks, hidden : int
        See `Student`.
    members : int
        Students that read the code: one, or a committee.
    """

    low: float
    high: float
    step: float = 5.0
    camera_step: float = 10.0
    size: int = 16
    directions: int = 6
    width: int = 64
    blocks: int = 5
    hidden: int = 64
    members: int = 1

    def to_dict(self) -> dict[str, float | int]:
        """Return the fields as a plain dict."""
        return asdict(self)


class LatentDistribution(NamedTuple):
    """A distribution over codes for each pixel.

    ``mean`` (N, k, H, W); ``spread`` (N, r + 1, H, W): standard deviations along the directions of doubt and, last,
    the brightness that scales the residual spread.
    """

    mean: Tensor
    uncertainty: Tensor


class HydraNetwork(nn.Module):
    """Teacher, student and physics step around one decoder."""

    covariance: Tensor

    def __init__(self, architecture: Architecture) -> None:
        super().__init__()
        a = self.architecture = architecture
        self.decoder = SpectralDecoder(a.low, a.high, a.step, a.size)
        self.teacher = Teacher(self.decoder)
        shape = (a.size, a.directions, a.width, a.blocks, a.hidden)
        self.student: Student | Ensemble = Student(*shape) if a.members == 1 else Ensemble(a.members, *shape)
        self.directions = nn.Parameter(torch.eye(a.size, a.directions))
        self.log_residual = nn.Parameter(torch.full((self.decoder.nodes.size,), -3.5))
        self.register_buffer("covariance", torch.eye(a.size))

    def camera_grid(self) -> "ArrayLike":
        """Return the wavelengths (G,) in nm at which the physics step integrates."""
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
        """Return the distribution of codes of a picture.

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
        strength : float
            0 leaves the physics step out (a camera that nobody knows).
        with_context : bool or (N,) bool tensor
            See `Student.forward`.
        home : (3, k) tensor, optional
            M of sRGB, where another camera took the picture; see `_steps`.
        """
        projected = []
        outputs = self.student.member_outputs(linear, with_context)
        for output, covariance in zip(outputs, self.student.residual_covariances(self.covariance), strict=True):
            latent, weight = output.latent, consistency_scale * output.consistency_weight
            for matrix, correction in _projections(covariance, colour, srgb_matrix):
                if matrix is srgb_matrix:
                    residual = colour_residual(latent, matrix, linear, linear <= 0, high)
                else:
                    residual = colour_residual(latent, matrix, linear if picture is None else picture, low, high)
                latent = consistency_projection(latent, residual, correction, weight)
            projected.append(output._replace(latent=latent))
        aggregated = self.student.aggregate(projected)
        return LatentDistribution(aggregated.latent, torch.cat([aggregated.std, brightness(linear)], 1))

    def _metameric_black(self, latents: Tensor, colour: Tensor, srgb_matrix: Tensor | None) -> Tensor:
        """Return the part of codes (k, n) that the physics steps leave free."""
        for matrix, correction in _projections(self.covariance, colour, srgb_matrix):
            latents = latents - correction @ (matrix @ latents)
        return latents

    def visible_part(self, colour: Tensor, srgb_matrix: Tensor | None = None) -> Tensor:
        """Return the projection (k, k) of codes onto what a camera sees; `colour` and `home` as in `forward`."""
        whole = torch.eye(len(self.covariance)).to(self.covariance)
        return whole - self._metameric_black(whole, colour, srgb_matrix)

    def uncertainty_basis(self, wavelengths: ArrayLike, colour: Tensor, srgb_matrix: Tensor | None = None) -> Tensor:
        """Return (B, r + 1): what one unit of each spread plane means at each wavelength.

        Directions of doubt that the colour would have shown are taken out, as the physics steps took them out.
        """
        along = self.decoder.rows(wavelengths) @ self._metameric_black(self.directions, colour, srgb_matrix)
        nodes = interpolation_weights(self.decoder.nodes, wavelengths).to(self.log_residual)
        return torch.cat([along, (nodes @ self.log_residual).exp()[:, None]], 1)


def band_std(uncertainty: Tensor, rows: Tensor) -> Tensor:
    """Return standard deviations (N, B, H, W) from spread planes (N, r + 1, H, W) and `spread_rows` (B, r + 1)."""
    variance = torch.einsum("bj,njhw->nbhw", rows.square(), uncertainty.square())
    return (variance + MIN_RESIDUAL_STD**2).sqrt()


def _projections(covariance: Tensor, colour: Tensor, srgb_matrix: Tensor | None) -> list[tuple[Tensor, Tensor]]:
    """Return the physics steps in order, each as M (3, k) and K (k, 3).

    The `metric` (k, k) of the first is what was learned: it gives way where the student errs, and in sRGB's own colours
    the student hardly errs. To what little another camera sees beyond them that metric would give way without bound.
    So a picture by another camera is first met as sRGB, like those of the training, and then as itself in a plain
    metric.
    """
    learned = (colour if srgb_matrix is None else srgb_matrix, covariance)
    plain = [] if srgb_matrix is None else [(colour, torch.eye(len(covariance)).to(covariance))]
    return [(matrix, correction_matrix(matrix, used)) for matrix, used in (learned, *plain)]
