"""Spectral indices: which a cube can give, from which of its bands, and their values.

The formulas, the ranges of their bands and the usual values of their constants are those of `spyndex` (D. Montero et
al., "A standardized catalogue of spectral indices to advance the use of remote sensing in Earth system research",
Scientific Data 10 (2023) 197). Indices of radar and thermal bands, and kernel indices, are left out.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from napari_hydra.errors import HydraError
from napari_hydra.spectra.formulas import BandMix, Floats, Method, is_scale_free, trial_bands

_LONGEST_NM = 3000.0  # beyond, bands are thermal


@dataclass(frozen=True)
class Band:
    """A band as formulas name it.

    Attributes
    ----------
    name, words : str
        "N", "Near-Infrared (NIR)".
    low, high : float
        Where it may lie, in nm.
    centre : float
        Where it is best taken, in nm: Sentinel-2's band of that name, or the middle of the range.
    """

    name: str
    words: str
    low: float
    high: float
    centre: float


@dataclass(frozen=True)
class SpectralIndex:
    """A formula.

    Attributes
    ----------
    name, long_name : str
        "NDVI", "Normalized Difference Vegetation Index".
    domain : str
        "vegetation", "water", "burn", "snow", "soil", "urban", ...
    formula : str
    bands : tuple of Band
    constants : tuple of (str, float)
        With the values they usually have.
    reference : str
        A web address.

    Examples
    --------
    >>> from napari_hydra.spectra import find_index
    >>> ndvi = find_index("NDVI")
    >>> ndvi.formula, [band.name for band in ndvi.bands], ndvi.limits
    ('(N-R)/(N+R)', ['N', 'R'], (-1.0, 1.0))
    >>> ndvi({"N": [0.5, 0.3], "R": [0.1, 0.3]}).round(3)
    array([0.667, 0.   ])
    """

    name: str
    long_name: str
    domain: str
    formula: str
    bands: tuple[Band, ...]
    constants: tuple[tuple[str, float], ...]
    reference: str

    def __call__(self, bands: Mapping[str, ArrayLike], centres: Mapping[str, float] | None = None) -> Floats:
        """Return the index.

        Parameters
        ----------
        bands : mapping of str to array
            Reflectance of each band, by its name; of shapes that go together.
        centres : mapping of str to float, optional
            Where the bands were taken, in nm, for the few formulas that ask; `Band.centre` where not given.

        Returns
        -------
        array
            NaN where the formula has no finite value.
        """
        import spyndex

        centre_of = {band.name: band.centre for band in _bands().values()} | dict(centres or {})
        parameters: dict[str, Any] = {band.name: np.asarray(bands[band.name], dtype=np.float64) for band in self.bands}
        parameters |= dict(self.constants) | {f"lambda{name}": centre for name, centre in centre_of.items()}
        with np.errstate(all="ignore"):
            values = np.asarray(spyndex.computeIndex(self.name, parameters), dtype=np.float64)
        return np.where(np.isfinite(values), values, np.nan)

    def mix(self, wavelengths: ArrayLike, method: Method = "interpolated") -> BandMix:
        """Return `mix_bands` of this index.

        Parameters
        ----------
        wavelengths : (B,) array
            Of the cube's good bands, in nm.
        method : str
            See `mix_bands`.

        Returns
        -------
        BandMix
            One band for each letter of the formula.
        """
        return mix_bands(self, wavelengths, method)

    @property
    def is_scale_free(self) -> bool:
        """Whether the value stays the same if every band is multiplied by one factor (counts will do)."""
        return is_scale_free(self, [band.name for band in self.bands])

    @property
    def limits(self) -> tuple[float, float]:
        """Display limits that depend on the formula alone, so that maps of several scenes can be compared.

        -1 and 1 where the index cannot leave them, as a normalised difference; elsewhere what most reflectances
        between 0.02 and 0.6 give.
        """
        values = self(trial_bands([band.name for band in self.bands]))
        values = values[np.isfinite(values)]
        if not values.size:
            return -1.0, 1.0
        if values.min() < 0 and np.abs(values).max() <= 1.0 and self.is_scale_free:
            return -1.0, 1.0
        low, high = np.percentile(values, [5, 95])
        step = 10.0 ** np.floor(np.log10(max(high - low, 1e-9))) / 2
        return round(float(np.floor(low / step) * step), 9), round(float(np.ceil(high / step) * step), 9)


@cache
def spectral_indices() -> dict[str, SpectralIndex]:
    """Return the indices that reflectance between 400 and 2500 nm can give.

    Returns
    -------
    dict of str to SpectralIndex
        By name.

    Examples
    --------
    >>> "NDVI" in spectral_indices()
    True
    """
    import spyndex

    bands = _bands()
    constants = {name: spyndex.constants[name].default for name in spyndex.constants}
    found = {}
    for name, entry in spyndex.indices.items():
        used = [one for one in entry.bands if one in bands]
        others = [one for one in entry.bands if one not in bands and not one.startswith("lambda")]
        # An "L" with a value is a constant; a "T" is a temperature and has none.
        if not used or any(constants.get(one) is None for one in others):
            continue
        found[name] = SpectralIndex(
            name=name,
            long_name=str(entry.long_name),
            domain=str(entry.application_domain),
            formula=str(entry.formula),
            bands=tuple(bands[one] for one in used),
            constants=tuple((one, float(constants[one])) for one in others),
            reference=str(entry.reference),
        )
    return found


def find_index(name: str) -> SpectralIndex:
    """Return an index by its name.

    Parameters
    ----------
    name : str
        In any case.

    Returns
    -------
    SpectralIndex
        One of `spectral_indices`.

    Raises
    ------
    HydraError
        If there is none of that name.

    Examples
    --------
    >>> find_index("ndvi").long_name
    'Normalized Difference Vegetation Index'
    """
    known = spectral_indices()
    by_case = {key.lower(): key for key in known}
    if name in known:
        return known[name]
    if name.lower() in by_case:
        return known[by_case[name.lower()]]
    raise HydraError(f"There is no index {name!r}; napari_hydra.spectra.spectral_indices() lists {len(known)}.")


def why_not(index: SpectralIndex, wavelengths: ArrayLike) -> str:
    """Return why bands at `wavelengths` (B,) in nm cannot give an index, or "" if they can."""
    centres = np.asarray(wavelengths, dtype=np.float64)
    missing = [band for band in index.bands if not ((centres >= band.low) & (centres <= band.high)).any()]
    if not missing:
        return ""
    needs = " and ".join(f"{_plain(band)} ({band.low:g}-{band.high:g} nm)" for band in missing)
    span = f"{centres.min():.5g}-{centres.max():.5g} nm" if centres.size else "nothing"
    return f"{index.name} needs {needs}, and the cube has no band there ({span})"


def mix_bands(index: SpectralIndex, wavelengths: ArrayLike, method: Method = "interpolated") -> BandMix:
    """Choose the bands of a cube from which an index is computed.

    Parameters
    ----------
    index : SpectralIndex
        From `find_index`.
    wavelengths : (B,) array
        Of the cube's good bands, in nm.
    method : str
        "interpolated": at the formula's own wavelengths, linearly between two bands; the nearest where not both lie
        in the range of the formula's band. "nearest": the nearest band.

    Returns
    -------
    BandMix

    Raises
    ------
    HydraError
        If the cube lacks a band.

    Examples
    --------
    >>> ndvi = find_index("NDVI")
    >>> mix = mix_bands(ndvi, [650, 680, 800, 860])
    >>> mix.names, mix.centres.round(1).tolist()
    (('N', 'R'), [832.8, 664.6])
    >>> mix([0.1, 0.1, 0.5, 0.5])
    array([0.5, 0.1])
    """
    centres = np.asarray(wavelengths, dtype=np.float64)
    reason = why_not(index, centres)
    if reason:
        raise HydraError(f"{reason}; choose another index or a cube of more wavelengths.")
    weights = np.zeros((len(index.bands), centres.size))
    for row, band in zip(weights, index.bands, strict=True):
        inside = (centres >= band.low) & (centres <= band.high)
        nearest = int(np.where(inside, np.abs(centres - band.centre), np.inf).argmin())
        below = np.flatnonzero(inside & (centres <= band.centre))
        above = np.flatnonzero(inside & (centres >= band.centre))
        row[nearest] = 1.0
        if method == "interpolated" and below.size and above.size and centres[below[-1]] < centres[above[0]]:
            left, right = below[-1], above[0]
            share = (band.centre - centres[left]) / (centres[right] - centres[left])
            row[nearest] = 0.0
            row[left], row[right] = 1.0 - share, share
    columns = np.flatnonzero(weights.any(axis=0))
    return BandMix(tuple(band.name for band in index.bands), weights @ centres, columns, weights[:, columns])


@cache
def _bands() -> dict[str, Band]:
    import spyndex

    found = {}
    for name, entry in spyndex.bands.items():
        low, high = float(entry.min_wavelength), float(entry.max_wavelength)
        if high <= _LONGEST_NM:
            sentinel = getattr(entry, "sentinel2a", None)
            centre = (low + high) / 2 if sentinel is None else float(sentinel.wavelength)
            found[name] = Band(name, str(entry.long_name).replace("Aersols", "Aerosols"), low, high, centre)
    return found


def _plain(band: Band) -> str:
    """Return a band's name for a sentence: "Near-Infrared (NIR)" as "near-infrared"."""
    return band.words.split(" (")[0].lower()
