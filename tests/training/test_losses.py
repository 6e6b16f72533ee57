import math

import pytest
import torch

from napari_hydra.training.losses import absolute_error, angle_error, gaussian_nll, relative_error, spectral_loss


def spectra(*values):
    return torch.tensor(values).reshape(1, -1, 1, 1)


def test_relative_error_has_a_floor():
    estimate, target = spectra(0.11, 0.05, 0.01), spectra(0.10, 0.05, 0.0)
    assert float(relative_error(estimate, target)) == pytest.approx((0.01 / 0.11 + 0.01 / 0.01) / 3, rel=1e-4)


def test_absolute_error_is_a_share_of_the_mean():
    assert float(absolute_error(spectra(0.2, 0.4), spectra(0.1, 0.5))) == pytest.approx(0.1 / 0.3, rel=1e-5)


def test_angle_error_is_the_chord_and_ignores_brightness():
    right = float(angle_error(spectra(0.0, 0.7), spectra(0.5, 0.0)))
    assert right == pytest.approx(math.sqrt(2), rel=1e-3)
    assert float(angle_error(3 * spectra(0.1, 0.2, 0.3), spectra(0.1, 0.2, 0.3))) < 2e-3


def test_angle_error_has_a_finite_gradient_at_zero():
    estimate = spectra(0.1, 0.2).requires_grad_()
    angle_error(estimate, spectra(0.1, 0.2)).backward()
    assert torch.isfinite(estimate.grad).all()


def test_spectral_loss_is_the_weighted_sum():
    estimate, target = torch.rand(1, 5, 3, 3) + 0.1, torch.rand(1, 5, 3, 3) + 0.1
    parts = relative_error(estimate, target), absolute_error(estimate, target), angle_error(estimate, target)
    expected = 3 * parts[0] + 2 * parts[1] + 0.5 * parts[2]
    torch.testing.assert_close(spectral_loss(estimate, target, 3.0, 2.0, 0.5), expected)
    for number, part in enumerate(parts):
        torch.testing.assert_close(spectral_loss(estimate, target, *(float(i == number) for i in range(3))), part)


def test_likelihood_is_least_at_the_true_deviation():
    generator = torch.Generator().manual_seed(0)
    target = 0.3 * torch.randn(1, 1, 100, 100, generator=generator)
    values = [
        float(gaussian_nll(torch.zeros_like(target), torch.full_like(target, d), target)) for d in (0.2, 0.3, 0.45)
    ]
    assert values[1] == min(values)
