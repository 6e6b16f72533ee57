"""Losses on decoded spectra, all (N, B, h, w) against (N, B, h, w)."""

import torch
from torch import Tensor

RELATIVE_FLOOR = 0.01  # below 1 % of full scale an error counts absolutely, as in the protocol's MRAE


def relative_error(estimate: Tensor, target: Tensor) -> Tensor:
    """Return the mean of ``|p - t| / (t + 0.01)``."""
    return ((estimate - target).abs() / (target.clamp(min=0) + RELATIVE_FLOOR)).mean()


def absolute_error(estimate: Tensor, target: Tensor) -> Tensor:
    """Return the mean of ``|p - t|`` over the mean of t."""
    return (estimate - target).abs().mean() / target.mean().clamp(min=RELATIVE_FLOOR)


def angle_error(estimate: Tensor, target: Tensor) -> Tensor:
    """Return the mean chord between unit spectra: the spectral angle for small angles, with a finite gradient."""
    cosine = torch.cosine_similarity(estimate, target, dim=1, eps=1e-4)
    lit = (target.mean(1) > 0.02).to(cosine)
    return ((2 * (1 - cosine) + 1e-6).sqrt() * lit).sum() / lit.sum().clamp(min=1)


def spectral_loss(estimate: Tensor, target: Tensor, relative: float, absolute: float, angle: float) -> Tensor:
    """Return the weighted sum of relative, absolute and angular error."""
    weighted = ((relative, relative_error), (absolute, absolute_error), (angle, angle_error))
    return sum((weight * error(estimate, target) for weight, error in weighted if weight), estimate.new_zeros(()))


def gaussian_nll(estimate: Tensor, deviation: Tensor, target: Tensor) -> Tensor:
    """Return the mean negative log likelihood of the errors under normal distributions of that deviation."""
    standard = (target - estimate) / deviation
    return (0.5 * standard.square().clamp(max=50) + deviation.log()).mean()
