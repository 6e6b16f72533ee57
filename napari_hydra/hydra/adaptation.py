"""Adapting a model to a scene from a few measured spectra: Gaussian-process regression of its errors, in closed form.

At measured pixel i with features x_i and brightness l_i, the residual r_i = (z_measured - z_estimated) / l_i is the
error of the latent, without the part that the picture's colour shows. The n residuals are the rows of R (n, k). With
the kernel k(x, x') of `ScenePrior` (not fitted to the measurements) and a unit variance that no neighbour tells of::

    C = k(X, X) + I                                    covariance of the residuals, (n, n)
    r(x) = c k(x, X) C^-1 R                            correction of the latent per unit of brightness
    v(x) = k(x, x) + 1,  e(x) = k(x, X) C^-1 k(X, x)   prior variance, and the part of it that is explained
    s(x)^2 = (v - e + (1 - c)^2 e) / v                 share of the variance that is left

The shrinkage factor c is one of `SHRINKAGE_FACTORS`. It minimises the leave-one-out error L(c) relative to L(0) plus
(1 - c)^2 / (2 n). The residual that is missed where spectrum i is left out is [C^-1 R]_i / [C^-1]_ii (Rasmussen and
Williams 2006, equations 5.10 to 5.12); a share 1 - c of r_i is not corrected.

Half-widths are multiplied by s(x) and by the inflation of the interval q^(n / (n + 10)), within `_INFLATION_LIMITS`:
q is the 90 % quantile of leave-one-out errors over half-widths.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from napari_hydra.deprecation import renamed
from napari_hydra.hydra.linear_image import LinearImage
from napari_hydra.hydra.scene_prior import BRIGHTNESS, PLACE, UNCERTAINTY, ScenePrior, colour_kernels, place_kernel

Floats = NDArray[np.float64]

SHRINKAGE_FACTORS = (0.0, 0.25, 0.5, 0.75, 1.0)
_PRIOR_WEIGHT = 0.5  # divided by n: factor on (1 - c)^2, which draws c towards 1
_FLOOR = 0.01  # as in MRAE
_INFLATION_PRIOR_COUNT = 10  # measurements that the interval of the model counts as
_INFLATION_LIMITS = (0.7, 3.0)
_BLOCK = 1 << 13


@dataclass(frozen=True, eq=False)
class Observations:
    """Measured pixels as a model saw them before adapting, all at the common exposure.

    Attributes
    ----------
    features : (n, 8) array
        See `napari_hydra.hydra.scene_prior.pixel_features`.
    residuals : (n, k) array
        Measured less estimated latent, without what the picture's colour shows, per unit of brightness.
    latents : (n, k) array
        Estimated latents.
    half_widths : (n, B) array
        Half-widths of the 90 % intervals on a grid that stands for the model's range.
    remainders : (n, B) array
        Measured spectra on that grid less what the latents plus the residuals decode to: no correction reaches it.
    """

    features: Floats
    residuals: Floats
    latents: Floats
    half_widths: Floats
    remainders: Floats

    def __len__(self) -> int:
        return len(self.features)

    @property
    def brightness(self) -> Floats:
        """What latents are proportional to, (n,)."""
        return np.asarray(np.exp(self.features[:, BRIGHTNESS]))

    @property
    def typical_uncertainty(self) -> float:
        """Median of the model's uncertainty."""
        return max(float(np.median(self.features[:, UNCERTAINTY])), 1e-6)

    def joined(self, others: "Observations") -> "Observations":
        """Return these measurements and `others`."""
        names = ("features", "residuals", "latents", "half_widths", "remainders")
        return Observations(*(np.concatenate([getattr(self, n), getattr(others, n)]) for n in names))


@dataclass(frozen=True, eq=False)
class Adaptation:
    """A Gaussian process over the errors of a model in a scene, given measured spectra.

    Attributes
    ----------
    observations : Observations
    prior : ScenePrior
    pictures : tuple of str
        Digests of the pictures that were measured; a pixel's picture is its number among them.
    shrinkage_factor : float
        c, 0..1: the factor on the expected residual; 0 leaves the model as it was.
    interval_inflation : float
        What the half-widths of intervals are multiplied by, from the errors of measurements left out.
    left_out : (float, float)
        Mean error (relative plus absolute) of a measurement left out, before and after.
    """

    observations: Observations
    prior: ScenePrior
    pictures: tuple[str, ...] = ("",)
    shrinkage_factor: float = 1.0
    interval_inflation: float = 1.0
    left_out: tuple[float, float] = (1.0, 1.0)

    measured = renamed("measured", "observations")
    strength = renamed("strength", "shrinkage_factor")
    widening = renamed("widening", "interval_inflation")

    @property
    def count(self) -> int:
        """Number of measured spectra."""
        return len(self.observations)

    @property
    def helps(self) -> bool:
        """Whether anything is changed."""
        return self.shrinkage_factor > 0

    @cached_property
    def covariance(self) -> Floats:
        """Covariance (n, n) of the measurements, their own variance included."""
        features = self.observations.features
        shared = self.prior.covariance(features, features, self.observations.typical_uncertainty)
        return shared + np.eye(len(features))

    @cached_property
    def _solved(self) -> tuple[torch.Tensor, ...]:
        """Features, weights (n, k) of the residuals and inverse root (n, n) of the covariance, as float32."""
        root = np.linalg.inv(np.linalg.cholesky(self.covariance))
        weights = self.shrinkage_factor * (root.T @ (root @ self.observations.residuals))
        return tuple(torch.as_tensor(part, dtype=torch.float32) for part in (self.observations.features, weights, root))

    def correct(
        self, features: Floats, colours: Any = None, positions: Floats | None = None
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return residual latents (m, k) per unit of brightness, and what half-widths are to be multiplied by (m,).

        Parameters
        ----------
        features : (m, 8) or (c, 8) array
            Of the pixels, or of their distinct colours; then:
        colours : (m,) array of int, optional
            Which colour each pixel has.
        positions : (m, 2) array, optional
            Where each pixel is.
        """
        known, weights, root = self._solved
        logs, typical = self.prior.vector(), self.observations.typical_uncertainty
        if colours is None or positions is None:
            colours, positions = np.arange(len(features)), features[:, PLACE]
        prior_variance = self.prior.variance(features, typical) + 1
        kernels = colour_kernels(logs, torch.as_tensor(features, dtype=torch.float32), known, typical)
        latents = np.empty((len(colours), weights.shape[1]), np.float32)
        explained = np.empty(len(colours))
        for start in range(0, len(colours), _BLOCK):
            block = slice(start, start + _BLOCK)
            where = torch.as_tensor(positions[block], dtype=torch.float32)
            shared, near = (part[torch.as_tensor(colours[block])] for part in kernels)
            alike = shared + near * place_kernel(logs, where, known[:, PLACE])
            latents[block] = (alike @ weights).numpy()
            explained[block] = (alike @ root.T).square().sum(1).numpy()
        return latents, (
            self.interval_inflation * _remaining_std_share(prior_variance[colours], explained, self.shrinkage_factor)
        ).astype(np.float32)

    def correct_tile(
        self,
        latents: NDArray[Any],
        uncertainty: NDArray[Any],
        image: LinearImage,
        tile: tuple[slice, slice],
        picture: int,
        half_width_of: Callable[[NDArray[Any]], NDArray[np.float32]],
    ) -> None:
        """Add what was learned to a tile of latents (k, H, W) and uncertainty (r + 1, H, W), in place.

        `image` and `picture` are the picture's own and its number among `pictures`; `half_width_of` takes
        uncertainty (r + 1, n) to half-widths (n,).
        """
        ys, xs = tile
        rows, columns = np.mgrid[tile]
        positions = image.positions(rows.ravel(), columns.ravel())
        colour_of = first = np.arange(len(positions))
        if image.index is not None:
            _, first, colour_of = np.unique(image.index[tile].ravel(), return_index=True, return_inverse=True)
        half_width = half_width_of(uncertainty[:, ys, xs].reshape(len(uncertainty), -1)[:, first]) * image.gain
        level, features = image.features(image.at(ys, xs).reshape(-1, 3)[first], positions[first], half_width, picture)
        residual, factor = self.correct(features, colour_of, positions)
        added = residual.T * (level / image.gain)[colour_of]
        latents[:, ys, xs] += added.reshape(-1, *rows.shape).astype(latents.dtype)
        uncertainty[:, ys, xs] *= factor.reshape(rows.shape).astype(uncertainty.dtype)


def fit_adaptation(
    observations: Observations, rows: Floats, prior: ScenePrior, pictures: tuple[str, ...] = ("",)
) -> Adaptation:
    """Choose the shrinkage factor by leaving one measurement out, widen the interval by what was missed, and adapt.

    Parameters
    ----------
    observations : Observations
    rows : (B, k) array
        Decoder rows on the grid of the half-widths.
    prior : ScenePrior
    pictures : tuple of str
    """
    full = Adaptation(observations, prior, pictures)
    inverse = np.linalg.inv(full.covariance)
    missed = inverse @ observations.residuals / np.diag(inverse)[:, None]
    level, rest = observations.brightness[:, None], observations.remainders
    target = (observations.latents + observations.residuals * level) @ rows.T + rest
    errors: dict[float, Floats] = {}
    figures: dict[float, Floats] = {}
    for c in SHRINKAGE_FACTORS:
        errors[c] = ((1 - c) * observations.residuals + c * missed) @ rows.T * level + rest
        figures[c] = _figures(errors[c], target)
    before = figures[0.0]
    left = {c: float((found / before).mean()) for c, found in figures.items()}
    penalised = {c: left[c] + _PRIOR_WEIGHT / len(observations) * (1 - c) ** 2 for c in SHRINKAGE_FACTORS}
    harmless = 1 + 1 / len(observations) ** 2  # of few measurements far apart each is predicted badly by the others
    best = min((c for c in SHRINKAGE_FACTORS if left[c] <= harmless), key=lambda c: (penalised[c], c))
    prior_variance = prior.variance(observations.features, observations.typical_uncertainty) + 1
    share = _remaining_std_share(prior_variance, prior_variance - 1 / np.diag(inverse), best)
    ratios = np.abs(errors[best]) / np.maximum(observations.half_widths * share[:, None], 1e-6)
    means = (float(before.sum()), float(figures[best].sum()))
    return Adaptation(observations, prior, pictures, best, _interval_inflation(ratios), means)


def _remaining_std_share(prior_variance: Floats, explained: Floats, shrinkage_factor: float) -> Floats:
    """Return s(x) = sqrt((v - e + (1 - c)^2 e) / v), the share of the standard deviation that is left, (n,).

    Parameters
    ----------
    prior_variance, explained : (n,) array
        v and e of the module's formula.
    shrinkage_factor : float
        c, 0..1.
    """
    left = np.maximum(prior_variance - explained, 0) + (1 - shrinkage_factor) ** 2 * explained
    return np.asarray(np.sqrt(left / prior_variance))


def _figures(error: Floats, target: Floats) -> Floats:
    """Return the relative and the root-mean-square error, as a share of the mean, (2,)."""
    relative = (np.abs(error) / (np.maximum(target, 0) + _FLOOR)).mean()
    absolute = np.sqrt(np.square(error).mean()) / max(float(target.mean()), _FLOOR)
    return np.maximum([relative, absolute], 1e-9)


def _interval_inflation(ratios: Floats) -> float:
    """Return the 90 % quantile of errors over half-widths (n, B), drawn towards 1 where measurements are few."""
    count = ratios.shape[0]
    found = max(float(np.quantile(ratios, 0.9)), 1e-3)
    return float(np.clip(found ** (count / (count + _INFLATION_PRIOR_COUNT)), *_INFLATION_LIMITS))
