"""The physics step: bring a code into agreement with the colour it was read from.

With decoder rows D and camera response R on the model's own grid, ``M = R^T D`` takes a code to linear RGB.
The correction ``K (rgb - M z)`` uses the generalised inverse that moves the code least in the metric of the
codes' own residual covariance S, ``K = S M^T (M S M^T)^-1``: directions in which the student errs most give way
first. It always acts on the model's full grid, so that a band's value does not depend on which others were asked
for.
"""

import torch
from torch import Tensor


def colour_matrix(response: Tensor, rows: Tensor) -> Tensor:
    """Return M (3, k) from a camera `response` (B, 3) and decoder `rows` (B, k) on the same grid."""
    return response.T @ rows


def correction_matrix(colour: Tensor, covariance: Tensor) -> Tensor:
    """Return K (k, 3) for ``M`` = `colour` (3, k) and the `covariance` S (k, k) of the codes' errors."""
    moved = covariance @ colour.T
    gram = colour @ moved
    ridge = 1e-6 * gram.diagonal().mean() * torch.eye(3, dtype=gram.dtype, device=gram.device)
    return torch.linalg.solve(gram + ridge, moved.T).T


def colour_residual(latent: Tensor, colour: Tensor, linear: Tensor, low: Tensor, high: Tensor) -> Tensor:
    """Return how far the codes' colour is from the picture, (N, 3, H, W).

    Channels at zero (`low`) or at full scale (`high`, both bool like `linear`) are inequalities: the true value
    may lie anywhere beyond, so a code that already lies there is left alone.
    """
    residual = linear - torch.einsum("ck,nkhw->nchw", colour, latent)
    residual = torch.where(high, residual.clamp(min=0), residual)
    return torch.where(low, residual.clamp(max=0), residual)


def consistency_projection(latent: Tensor, residual: Tensor, correction: Tensor, weight: Tensor) -> Tensor:
    """Return the codes (N, k, H, W) moved towards the picture's colour by ``trust * K residual``."""
    return latent + torch.einsum("kc,nchw->nkhw", correction, weight * residual)
