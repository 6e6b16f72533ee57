"""HYDRA as one network: teacher, student and physics step around a shared decoder."""

from dataclasses import asdict, dataclass
from typing import NamedTuple

import torch
from numpy.typing import ArrayLike
from torch import Tensor, nn

from napari_hydra.hydra.networks.committee import Committee
from napari_hydra.hydra.networks.decoder import SpectralDecoder, interpolation_weights, node_wavelengths
from napari_hydra.hydra.networks.physics import colour_matrix, colour_residual, correction_matrix, make_consistent
from napari_hydra.hydra.networks.student import Student, brightness
from napari_hydra.hydra.networks.teacher import Teacher

MIN_RESIDUAL = 0.002  # residual spread in the picture's unit below which no measurement here can tell


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


class CodeDistribution(NamedTuple):
    """A distribution over codes for each pixel.

    ``mean`` (N, k, H, W); ``spread`` (N, r + 1, H, W): standard deviations along the directions of doubt and, last,
    the brightness that scales the residual spread.
    """

    mean: Tensor
    spread: Tensor


class HydraNetwork(nn.Module):
    """Teacher, student and physics step around one decoder."""

    covariance: Tensor

    def __init__(self, architecture: Architecture) -> None:
        super().__init__()
        a = self.architecture = architecture
        self.decoder = SpectralDecoder(a.low, a.high, a.step, a.size)
        self.teacher = Teacher(self.decoder)
        shape = (a.size, a.directions, a.width, a.blocks, a.hidden)
        self.student: Student | Committee = Student(*shape) if a.members == 1 else Committee(a.members, *shape)
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
        strength: float = 1.0,
        with_context: Tensor | bool = True,
        home: Tensor | None = None,
    ) -> CodeDistribution:
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
        moved = []
        opinions = self.student.opinions(linear, with_context)
        for opinion, metric in zip(opinions, self.student.metrics(self.covariance), strict=True):
            code, trust = opinion.code, strength * opinion.trust
            for matrix, correction in _steps(metric, colour, home):
                if matrix is home:
                    residual = colour_residual(code, matrix, linear, linear <= 0, high)
                else:
                    residual = colour_residual(code, matrix, linear if picture is None else picture, low, high)
                code = make_consistent(code, residual, correction, trust)
            moved.append(opinion._replace(code=code))
        read = self.student.combine(moved)
        return CodeDistribution(read.code, torch.cat([read.spread, brightness(linear)], 1))

    def _unseen(self, codes: Tensor, colour: Tensor, home: Tensor | None) -> Tensor:
        """Return the part of codes (k, n) that the physics steps leave free."""
        for matrix, correction in _steps(self.covariance, colour, home):
            codes = codes - correction @ (matrix @ codes)
        return codes

    def visible_part(self, colour: Tensor, home: Tensor | None = None) -> Tensor:
        """Return the projection (k, k) of codes onto what a camera sees; `colour` and `home` as in `forward`."""
        whole = torch.eye(len(self.covariance)).to(self.covariance)
        return whole - self._unseen(whole, colour, home)

    def spread_rows(self, wavelengths: ArrayLike, colour: Tensor, home: Tensor | None = None) -> Tensor:
        """Return (B, r + 1): what one unit of each spread plane means at each wavelength.

        Directions of doubt that the colour would have shown are taken out, as the physics steps took them out.
        """
        along = self.decoder.rows(wavelengths) @ self._unseen(self.directions, colour, home)
        nodes = interpolation_weights(self.decoder.nodes, wavelengths).to(self.log_residual)
        return torch.cat([along, (nodes @ self.log_residual).exp()[:, None]], 1)


def band_deviation(spread: Tensor, rows: Tensor) -> Tensor:
    """Return standard deviations (N, B, H, W) from spread planes (N, r + 1, H, W) and `spread_rows` (B, r + 1)."""
    variance = torch.einsum("bj,njhw->nbhw", rows.square(), spread.square())
    return (variance + MIN_RESIDUAL**2).sqrt()


def _steps(metric: Tensor, colour: Tensor, home: Tensor | None) -> list[tuple[Tensor, Tensor]]:
    """Return the physics steps in order, each as M (3, k) and K (k, 3).

    The `metric` (k, k) of the first is what was learned: it gives way where the student errs, and in sRGB's own colours
    the student hardly errs. To what little another camera sees beyond them that metric would give way without bound.
    So a picture by another camera is first met as sRGB, like those of the training, and then as itself in a plain
    metric.
    """
    learned = (colour if home is None else home, metric)
    plain = [] if home is None else [(colour, torch.eye(len(metric)).to(metric))]
    return [(matrix, correction_matrix(matrix, used)) for matrix, used in (learned, *plain)]
