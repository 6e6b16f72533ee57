"""The data-consistency projection: bring a latent into agreement with the colour it was read from.

With decoder rows D (G, k) and camera response R (G, 3) on the model's own grid, ``M = R^T D`` (3, k) takes a latent to
linear RGB. Of all latents whose colour is c, the picture's, the nearest to the student's z0 in the metric of its
residual covariance S (k, k) minimises ``(z - z0)^T S^-1 (z - z0)`` subject to ``M z = c``. The step goes the share t
of the way there:

    z = z0 + t K (c - M z0)        K = S M^T (M S M^T)^-1    (k, 3)

the Gaussian update by a measurement without noise (Tarantola 2005): directions in which the student errs most give way
first. What it leaves free, the null space of M, holds the metameric blacks (Cohen and Kappauf 1982). It always acts on
the model's full grid, so that a band's value does not depend on which others were asked for.
"""

import torch
from torch import Tensor


def colour_matrix(response: Tensor, rows: Tensor) -> Tensor:
    """Return M (3, k) from a camera `response` (B, 3) and decoder `rows` (B, k) on the same grid."""
    return response.T @ rows


def correction_matrix(colour: Tensor, covariance: Tensor) -> Tensor:
    """Return K (k, 3) for ``M`` = `colour` (3, k) and the `covariance` S (k, k) of the latents' errors."""
    moved = covariance @ colour.T
    gram = colour @ moved
    ridge = 1e-6 * gram.diagonal().mean() * torch.eye(3, dtype=gram.dtype, device=gram.device)
    return torch.linalg.solve(gram + ridge, moved.T).T


def colour_residual(latent: Tensor, colour: Tensor, linear: Tensor, low: Tensor, high: Tensor) -> Tensor:
    """Return how far the latents' colour is from the picture, (N, 3, H, W).

    Channels at zero (`low`) or at full scale (`high`, both bool like `linear`) are inequalities: the true value
    may lie anywhere beyond, so a latent that already lies there is left alone.
    """
    residual = linear - torch.einsum("ck,nkhw->nchw", colour, latent)
    residual = torch.where(high, residual.clamp(min=0), residual)
    return torch.where(low, residual.clamp(max=0), residual)


def consistency_projection(latent: Tensor, residual: Tensor, correction: Tensor, weight: Tensor) -> Tensor:
    """Return the latents (N, k, H, W) moved towards the picture's colour by ``w K residual``."""
    return latent + torch.einsum("kc,nchw->nkhw", correction, weight * residual)
