"""Principal components and minimum noise fractions of a cube, read some rows at a time.

Both are those of `spectral` (T. Boggs, Spectral Python), from statistics gathered over the rows. The noise is taken
from differences of neighbouring pixels: A. A. Green et al., "A transformation for ordering multispectral data in terms
of image quality with implications for noise removal", IEEE Transactions on Geoscience and Remote Sensing 26 (1988)
65-74.
"""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from napari_hydra.errors import HydraError
from napari_hydra.progress import Progress, Steps
from napari_hydra.spectral_cube import WHOLE, SpectralCube, blocks, spectral_cube

Floats = NDArray[np.float64]
Kind = Literal["PCA", "MNF"]

_BLOCK = 500_000  # values read at a time: some 20 ms, so that it can be cancelled
_RANK = 1e-10  # of the largest variance: what is less is rounding


@dataclass(frozen=True, eq=False)
class Components:
    """A linear transform of spectra and its maps.

    Attributes
    ----------
    kind : str
        "PCA" or "MNF".
    mean : (B,) array
        Of all pixels with data.
    vectors : (n, B) array
        A component of a pixel is the product with its spectrum less the mean. The largest entry is positive.
    values : (n,) array
        Variance of each component in the unit of the cube squared (PCA), or its signal-to-noise ratio, a ratio of
        variances (MNF).
    share : (n,) array
        Of the whole variance, or of the whole signal-to-noise ratio.
    maps : (n, H, W) array
        NaN where a pixel has no data.
    """

    kind: Kind
    mean: Floats
    vectors: Floats
    values: Floats
    share: Floats
    maps: NDArray[np.float32]


def component_steps(cube: SpectralCube | xr.DataArray, kind: Kind, count: int) -> Steps[Components]:
    """Compute components and their maps, yielding `Progress` after some rows each.

    Parameters
    ----------
    cube : SpectralCube or xarray.DataArray
    kind : str
        "PCA", ordered by variance, or "MNF", ordered by signal-to-noise ratio.
    count : int
        How many, at least 1; as many as there are where this is more.

    Returns
    -------
    Components

    Raises
    ------
    HydraError
        If fewer pixels have data than there are bands and one, all are equal, or there is no noise to tell from signal.
    """
    source = spectral_cube(cube)
    bands, height, width = source.shape
    signal, noise = _Sums(bands), _Sums(bands)
    last: Floats | None = None
    for ys in blocks(height, width * bands, _BLOCK):
        block = np.asarray(source.tile(ys, WHOLE), dtype=np.float64)
        signal.add(block)
        if kind == "MNF":
            joined = block if last is None else np.concatenate([last, block])
            noise.add(joined[:-1, :-1] - joined[1:, 1:])
            last = block[-1:]
        yield Progress(0.6 * ys.stop / height, "reading spectra")
    mean, vectors, values, share = _pca(signal) if kind == "PCA" else _mnf(signal, noise)
    count = min(max(count, 1), len(values))
    vectors = vectors[:count]
    signs = np.sign(vectors[np.arange(count), np.abs(vectors).argmax(axis=1)])
    vectors = vectors * signs[:, None]
    maps = np.empty((count, height, width), np.float32)
    for ys in blocks(height, width * bands, _BLOCK):
        block = np.asarray(source.tile(ys, WHOLE), dtype=np.float64) - mean
        maps[:, ys] = np.moveaxis(block @ vectors.T, -1, 0)
        yield Progress(0.6 + 0.4 * ys.stop / height, "making the maps")
    return Components(kind, mean, vectors, values[:count], share[:count], maps)


class _Sums:
    """Mean and covariance of spectra that come in blocks."""

    def __init__(self, bands: int) -> None:
        self.count = 0
        self._centre: Floats | None = None
        self._sum, self._products = np.zeros(bands), np.zeros((bands, bands))

    def add(self, block: Floats) -> None:
        """Count in the pixels (..., B) that have data in every band."""
        spectra = block.reshape(-1, block.shape[-1])
        spectra = spectra[np.isfinite(spectra).all(axis=1)]
        if not len(spectra):
            return
        if self._centre is None:
            self._centre = spectra.mean(axis=0)  # squares of large counts would cancel otherwise
        offsets = spectra - self._centre
        self.count += len(spectra)
        self._sum += offsets.sum(axis=0)
        self._products += offsets.T @ offsets

    def statistics(self, name: str) -> Any:
        """Return them as `spectral` takes them."""
        from spectral import GaussianStats

        if self._centre is None or self.count <= len(self._sum):
            raise HydraError(
                f"{self.count} pixels have data in all of the {len(self._sum)} bands, too few for {name}; "
                "take a larger picture or fewer bands."
            )
        shift = self._sum / self.count
        covariance = (self._products - self.count * np.outer(shift, shift)) / (self.count - 1)
        return GaussianStats(self._centre + shift, covariance, self.count)


def _pca(signal: _Sums) -> tuple[Floats, Floats, Floats, Floats]:
    from spectral import principal_components

    statistics = signal.statistics("components")
    found = principal_components(statistics)
    values, vectors = np.real(found.eigenvalues), np.real(found.eigenvectors).T
    keep = values > _RANK * max(values.max(), 0)
    if not keep.any() or not values.max() > 0:
        raise HydraError("All pixels have the same spectrum; there are no components.")
    return statistics.mean, vectors[keep], values[keep], values[keep] / values[keep].sum()


def _mnf(signal: _Sums, noise: _Sums) -> tuple[Floats, Floats, Floats, Floats]:
    """Compute fractions within the components that vary at all: a reconstruction has fewer than it has bands."""
    from spectral import GaussianStats, mnf

    mean, basis, _, _ = _pca(signal)
    # A difference of two pixels has the noise of both.
    covariance = basis @ (noise.statistics("noise fractions").cov / 2) @ basis.T
    values = np.linalg.eigvalsh(covariance)
    if not values.min() > _RANK * values.max():
        raise HydraError("The picture has no noise in some directions; noise fractions need some. Take PCA instead.")
    inside = GaussianStats(
        np.zeros(len(basis)), basis @ signal.statistics("noise fractions").cov @ basis.T, signal.count
    )
    found = mnf(inside, GaussianStats(np.zeros(len(basis)), covariance, noise.count))
    ratios = np.maximum(np.real(found.napc.eigenvalues) - 1.0, 0.0)
    vectors = (found.noise.sqrt_inv_cov @ np.real(found.napc.eigenvectors)).T @ basis
    return mean, vectors, ratios, ratios / max(ratios.sum(), np.finfo(float).tiny)
