"""What a reconstruction needs to decode itself: plain arrays over wavelength, no network."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class DecoderBasis:
    """The decoder and its doubt, tabulated at regular wavelengths.

    Attributes
    ----------
    nodes : (G,) array
        Wavelengths in nm.
    rows : (G, k) array
        Decoder rows.
    spread_rows : (G, r + 1) array
        What one unit of each spread plane means.
    levels : (L,) array
        Nominal coverages for which factors were measured, increasing.
    factors : (L, G) array
        Half-width of the interval in standard deviations, by level and wavelength.
    """

    nodes: NDArray[np.float64]
    rows: Floats
    uncertainty_basis: Floats
    levels: NDArray[np.float64]
    factors: Floats

    def rows_at(self, wavelengths: ArrayLike) -> Floats:
        """Return decoder rows (B, k) at `wavelengths` in nm."""
        return _interpolate(self.nodes, self.rows, wavelengths)

    def uncertainty_basis_at(self, wavelengths: ArrayLike) -> Floats:
        """Return spread rows (B, r + 1) at `wavelengths` in nm."""
        return _interpolate(self.nodes, self.uncertainty_basis, wavelengths)

    def factor_at(self, wavelengths: ArrayLike, level: float) -> Floats:
        """Return the calibrated number of standard deviations (B,) for a nominal coverage of `level`."""
        if not self.levels[0] <= level <= self.levels[-1]:
            raise ValueError(f"level {level} is outside the calibrated {self.levels[0]}..{self.levels[-1]}")
        at_level = [np.interp(level, self.levels, column) for column in self.factors.T]
        return np.interp(np.asarray(wavelengths, float), self.nodes, at_level).astype(np.float32)


def _interpolate(nodes: NDArray[np.float64], table: Floats, wavelengths: ArrayLike) -> Floats:
    wanted = np.asarray(wavelengths, dtype=np.float64)
    return np.stack([np.interp(wanted, nodes, column) for column in table.T], axis=-1).astype(np.float32)
