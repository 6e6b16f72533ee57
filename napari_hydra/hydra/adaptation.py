"""Adapting a model to a scene from a few measured spectra, in closed form.

What a measured spectrum adds is a residual in code space: the part of it that the model got wrong and that colour
cannot show. A Gaussian process carries these residuals (per unit of brightness) to the other pixels. Its kernel is a
product of likeness in colour and nearness in the picture; widths and noise are chosen by leaving one measurement out
(Rasmussen and Williams 2006, equations 5.10 to 5.12), and so is whether to adapt at all.
"""

from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

COLOUR_WIDTHS = (0.06, 0.1, 0.17, 0.3)  # in square roots of linear RGB at the common exposure
PLACE_WIDTHS = (0.1, 0.25, np.inf)  # in picture diagonals; infinite leaves the place out
NOISES = (0.03, 0.1, 0.3, 1.0)  # variance of a measurement's own error, in units of the signal's
_USUAL_COLOUR = 0.12  # few measurements cannot tell widths apart: far ones must earn their place
_PENALTY = 0.05
_SURE = 1.28  # standard errors by which leaving one out must gain: one-sided 90 %
_CHOSEN = 1.1  # the kernel was chosen on the same measurements, so their left-out errors are a little too small
_LEAST_LEFT = 0.0625  # variance that stays however near a measurement is: the material itself varies


@dataclass(frozen=True)
class Kernel:
    """Likeness of two pixels: widths in colour and place, and the noise of a measurement."""

    colour: float
    place: float
    noise: float

    def between(self, first: Floats, second: Floats) -> Floats:
        """Return the kernel (n, m) between features (n, 5) and (m, 5)."""
        exponent = squared_distances(first[:, :3], second[:, :3]) / self.colour**2
        if np.isfinite(self.place):
            exponent = exponent + squared_distances(first[:, 3:], second[:, 3:]) / self.place**2
        return np.exp(-0.5 * exponent)


def squared_distances(first: Floats, second: Floats) -> Floats:
    """Return squared distances (n, m) between rows."""
    products = first @ second.T
    return np.maximum((first**2).sum(1)[:, None] + (second**2).sum(1)[None] - 2 * products, 0)


def pixel_features(
    linear: NDArray[np.floating], ys: NDArray[np.integer], xs: NDArray[np.integer], diagonal: float
) -> Floats:
    """Return features (n, 5) of pixels: square roots of linear RGB (n, 3) at the common exposure, and their place."""
    colour = np.sqrt(np.maximum(np.asarray(linear, dtype=np.float64), 0))
    return np.column_stack([colour, ys / diagonal, xs / diagonal])


@dataclass(frozen=True, eq=False)
class Adaptation:
    """What measured spectra taught: residual codes at the measured pixels, and how far they reach.

    Attributes
    ----------
    features : (n, 5) array
        Of the measured pixels, see `pixel_features`.
    weights : (n, k) array
        ``(K + noise I)^-1`` times the residual codes per unit of brightness.
    inverse : (n, n) array
        ``(K + noise I)^-1``.
    kernel : Kernel
    widening : float
        What the half-widths of intervals are multiplied by, from the errors of measurements left out.
    left_out : (float, float)
        Mean error (relative plus absolute) of a measurement left out, before and after.
    helps : bool
        Whether leaving one out says that adapting is better, beyond chance (one-sided 90 %).
    """

    features: Floats
    weights: Floats
    inverse: Floats
    kernel: Kernel
    widening: float
    left_out: tuple[float, float]
    helps: bool = True

    def correct(self, features: Floats) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return residual codes (m, k) per unit of brightness, and the share (m,) of doubt that is left, 0..1."""
        near = self.kernel.between(features, self.features)
        left = 1 - np.einsum("mi,ij,mj->m", near, self.inverse, near)
        return (near @ self.weights).astype(np.float32), np.sqrt(np.clip(left, _LEAST_LEFT, 1)).astype(np.float32)


def fit_adaptation(
    features: Floats, residuals: Floats, half_widths: Floats, rows: Floats, target: Floats, brightness: Floats
) -> Adaptation:
    """Choose kernel and noise by leaving one measurement out, and return the adaptation.

    Parameters
    ----------
    features : (n, 5) array
    residuals : (n, k) array
        Measured less estimated code, per unit of brightness.
    half_widths : (n, B) array
        Half-widths of the 90 % intervals before adapting, on the grid of `rows`.
    rows : (B, k) array
        Decoder rows on a grid that stands for the model's range.
    target : (n, B) array
        Decoded codes of the measurements on that grid.
    brightness : (n,) array
    """
    before = _errors(residuals, rows, target, brightness)
    best: tuple[float, Kernel, Floats, Floats] | None = None
    # A handful of measurements is believed less: each counts for at least one n-th of doubt.
    noises = [noise for noise in NOISES if noise * len(features) >= 1]
    for colour, place, noise in product(COLOUR_WIDTHS, PLACE_WIDTHS, noises):
        kernel = Kernel(colour, place, noise)
        inverse: Floats = np.linalg.inv(kernel.between(features, features) + noise * np.eye(len(features))).astype(
            float
        )
        missed = inverse @ residuals / np.diag(inverse)[:, None]
        after = _errors(missed, rows, target, brightness)
        unusual = np.log(colour / _USUAL_COLOUR) ** 2 + np.isfinite(place)
        score = float(after.mean()) * (1 + _PENALTY * unusual)
        if best is None or score < best[0]:
            best = (score, kernel, inverse, after)
    assert best is not None
    _, kernel, inverse, after = best
    gains = before - after
    helps = bool(gains.mean() > _SURE * gains.std(ddof=1) / np.sqrt(len(gains)))
    missed = (inverse @ residuals / np.diag(inverse)[:, None] @ rows.T) * brightness[:, None]
    # Variance of a measurement left out is 1 / inverse_ii (noise in it): the share of doubt that a neighbour leaves.
    share = np.sqrt(np.clip(1 / np.diag(inverse), _LEAST_LEFT, 1))
    ratios = np.abs(missed) / np.maximum(half_widths * share[:, None], 1e-6)
    means = (float(before.mean()), float(after.mean()))
    return Adaptation(features, inverse @ residuals, inverse, kernel, _quantile90(ratios), means, helps)


def _errors(residuals: Floats, rows: Floats, target: Floats, brightness: Floats) -> Floats:
    """Return the relative and absolute error (a share of the mean), (n,), that residual codes amount to."""
    error = np.abs((residuals @ rows.T) * brightness[:, None])
    relative = (error / (np.maximum(target, 0) + 0.01)).mean(1)
    return np.asarray(relative + np.sqrt((error**2).mean(1)) / max(float(target.mean()), 0.01))


def _quantile90(ratios: Floats) -> float:
    """Return the 90 % quantile, raised for few measurements as conformal prediction asks, within 0.8 to 3."""
    count = ratios.shape[0]
    level = min(1.0, 0.9 * (1 + 1 / count))
    return float(np.clip(_CHOSEN * np.quantile(ratios, level), 0.8, 3.0))


def choose_places(
    features: Floats, candidates: NDArray[np.intp], doubt: Floats, importance: Floats, count: int
) -> list[int]:
    """Return which pixels to measure so that the expected error falls most, the most useful first.

    Greedy reduction of the Gaussian process's variance, summed over a sample of the picture.

    Parameters
    ----------
    features : (m, 5) array
        Of a sample of the picture's pixels.
    candidates : (c,) array
        Indices into the sample that may be measured.
    doubt : (m,) array
        Standard deviation of the pixel's spectrum, per unit of brightness.
    importance : (m,) array
        Weight of the pixel's variance in the error to be reduced.
    count : int
    """
    kernel = Kernel(0.12, 1.0, 0.05)
    covariance = kernel.between(features, features[candidates]) * doubt[:, None] * doubt[candidates][None]
    noise = kernel.noise * doubt[candidates] ** 2
    chosen: list[int] = []
    own = np.arange(len(candidates))
    for _ in range(min(count, len(candidates))):
        variance = covariance[candidates, own] + noise
        gain = (importance[:, None] * covariance**2).sum(0) / np.maximum(variance, 1e-12)
        gain[chosen] = -1
        pick = int(gain.argmax())
        chosen.append(pick)
        column = covariance[:, pick].copy()
        covariance -= np.outer(column, column[candidates]) / max(float(variance[pick]), 1e-12)
    return [int(candidates[i]) for i in chosen]
