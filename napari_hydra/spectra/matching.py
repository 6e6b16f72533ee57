"""Which spectra of a library a spectrum is most like: spectral angle and spectral information divergence."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike, NDArray

from napari_hydra.errors import HydraError
from napari_hydra.io.libraries.spectral_library import SpectralLibrary
from napari_hydra.progress import Progress, Steps
from napari_hydra.spectra.distance import spectral_angle, spectral_angle_map
from napari_hydra.spectra.resample import resampling_matrix
from napari_hydra.spectral_cube import WHOLE, SpectralCube, blocks, spectral_cube

Floats = NDArray[np.float64]

_LEAST_BANDS = 3
_LEAST_SHARE = 0.5  # of the cube's bands that a spectrum must have to be compared
_FLOOR = 1e-6  # of the mean: what takes the place of values that are not positive in the divergence


@dataclass(frozen=True, eq=False)
class Endmembers:
    """Spectra of libraries on the bands of a cube.

    Attributes
    ----------
    names : tuple of str
        One a spectrum.
    sources : tuple of str
        The library of each.
    wavelengths : (B,) array
        In nm.
    values : (n, B) array
        In the unit of the libraries; NaN where a spectrum has no data.
    left_out : int
        Spectra that have less than half of the bands.

    Examples
    --------
    >>> endmembers = Endmembers(("soil",), ("field.csv",), np.array([500.0, 600.0]), np.array([[0.2, 0.3]]))
    >>> len(endmembers)
    1
    """

    names: tuple[str, ...]
    sources: tuple[str, ...]
    wavelengths: Floats
    values: Floats
    left_out: int = 0

    def __len__(self) -> int:
        return len(self.names)


@dataclass(frozen=True, eq=False)
class Match:
    """How near a spectrum of a library is.

    Attributes
    ----------
    name, source : str
        Of the spectrum and its library.
    angle : float
        Spectral angle in degrees, 0 to 180.
    divergence : float
        Spectral information divergence in nats, 0 for spectra of the same shape.
    bands : int
        Bands compared.
    values : (B,) array
        The library's spectrum on the bands of the cube, in the library's unit.

    Examples
    --------
    >>> match = Match("soil", "field.csv", 2.5, 0.001, 2, np.array([0.2, 0.3]))
    >>> f"{match.name} at {match.angle} degrees"
    'soil at 2.5 degrees'
    """

    name: str
    source: str
    angle: float
    divergence: float
    bands: int
    values: Floats


@dataclass(frozen=True, eq=False)
class MatchMap:
    """The nearest spectrum of a library for each pixel.

    Attributes
    ----------
    names : tuple of str
    best : (H, W) array of int32
        1 for the first name; 0 where a pixel has no data, or nothing is near enough.
    angle : (H, W) array
        To the nearest, in degrees, however far; NaN without data.
    """

    names: tuple[str, ...]
    best: NDArray[np.int32]
    angle: NDArray[np.float32]


def on_bands(libraries: Sequence[SpectralLibrary], wavelengths: ArrayLike, fwhm: ArrayLike | None = None) -> Endmembers:
    """Bring libraries onto the bands of a cube.

    Parameters
    ----------
    libraries : sequence of SpectralLibrary
        Each on its own wavelengths.
    wavelengths : (B,) array
        Of the cube, in nm.
    fwhm : (B,) array, optional
        Widths of its bands in nm; where given, a library's spectrum is averaged under each band's response.

    Returns
    -------
    Endmembers
        Without the spectra that have less than half of the bands.

    Raises
    ------
    HydraError
        If none is left.

    Examples
    --------
    >>> from napari_hydra.io import make_library
    >>> library = make_library(["soil"], [400, 500, 600, 700], [[0.1, 0.2, 0.3, 0.4]])
    >>> on_bands([library], [450, 550, 650]).values.round(3)
    array([[0.15, 0.25, 0.35]])
    """
    centres = np.asarray(wavelengths, dtype=np.float64)
    names: list[str] = []
    sources: list[str] = []
    rows: list[Floats] = []
    left_out = 0
    for library in libraries:
        for name, row in zip(library.names, _resampled(library, centres, fwhm), strict=True):
            if np.isfinite(row).sum() < max(_LEAST_BANDS, _LEAST_SHARE * centres.size):
                left_out += 1
                continue
            names.append(name)
            sources.append(library.source)
            rows.append(row)
    if not rows:
        raise HydraError(
            f"No spectrum of the library has half of the cube's bands ({centres.min():.5g}-{centres.max():.5g} nm); "
            "open a library that covers these wavelengths."
        )
    return Endmembers(tuple(names), tuple(sources), centres, np.array(rows), left_out)


def rank(spectrum: ArrayLike, endmembers: Endmembers) -> list[Match]:
    """Return the spectra of a library, the nearest by spectral angle first.

    Parameters
    ----------
    spectrum : (B,) array
        On the bands of the endmembers; bands where it is not finite are left out.
    endmembers : Endmembers
        From `on_bands`.

    Returns
    -------
    list of Match
        One an endmember; those without an angle last.

    Raises
    ------
    HydraError
        If the spectrum has fewer than three bands, or is zero.

    Examples
    --------
    >>> values = np.array([[0.1, 0.2, 0.3], [0.3, 0.2, 0.1]])
    >>> library = Endmembers(("soil", "water"), ("a.sli", "a.sli"), np.array([450.0, 550.0, 650.0]), values)
    >>> [(match.name, round(match.angle, 1)) for match in rank([0.2, 0.41, 0.6], library)]
    [('soil', 0.6), ('water', 44.3)]
    """
    values = np.asarray(spectrum, dtype=np.float64)
    seen = np.isfinite(values)
    if seen.sum() < _LEAST_BANDS or not values[seen].any():
        raise HydraError("There is no spectrum here to compare: it is zero or has no data; choose another pixel.")
    matches = [
        Match(
            name,
            source,
            spectral_angle(values, row),
            information_divergence(values, row),
            int((seen & np.isfinite(row)).sum()),
            row,
        )
        for name, source, row in zip(endmembers.names, endmembers.sources, endmembers.values, strict=True)
    ]
    return sorted(matches, key=lambda match: np.nan_to_num(match.angle, nan=np.inf))


def information_divergence(first: ArrayLike, second: ArrayLike) -> float:
    """Return the spectral information divergence of two spectra.

    Each is scaled to a sum of 1 over the bands where both are finite, as a probability; the divergence is the sum of
    their two relative entropies, 0 for spectra of the same shape. Values that are not positive are taken as a
    millionth of the mean.

    Parameters
    ----------
    first, second : (B,) array
        On the same bands, in any unit; NaN marks bands without data.

    Returns
    -------
    float
        In nats, 0 or more; NaN where no band is left or a spectrum is not positive anywhere.

    References
    ----------
    C.-I. Chang, "An information-theoretic approach to spectral variability, similarity, and discrimination for
    hyperspectral image analysis", IEEE Transactions on Information Theory 46 (2000) 1927-1932.

    Examples
    --------
    >>> information_divergence([0.1, 0.2, 0.3], [0.2, 0.4, 0.6])
    0.0
    >>> round(information_divergence([0.1, 0.2, 0.3], [0.3, 0.2, 0.1]), 3)
    0.732
    """
    a, b = np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
    seen = np.isfinite(a) & np.isfinite(b)
    if not seen.any() or (a[seen] <= 0).all() or (b[seen] <= 0).all():
        return float("nan")
    p, q = _probabilities(a[seen]), _probabilities(b[seen])
    return float(np.sum((p - q) * np.log(p / q)))


def nearest(spectra: ArrayLike, endmembers: ArrayLike) -> tuple[NDArray[np.intp], Floats]:
    """Return the endmember with the least spectral angle to each spectrum, and that angle.

    Parameters
    ----------
    spectra : (..., B) array
    endmembers : (n, B) array
        Bands where one is NaN are left out of its angles.

    Returns
    -------
    index : (...) array
        Of the endmember.
    angle : (...) array
        In degrees; NaN where a spectrum is zero or has a band without data.
    """
    pixels = np.asarray(spectra, dtype=np.float64)
    members = np.atleast_2d(np.asarray(endmembers, dtype=np.float64))
    # The cosine ranks as the angle does and is one matrix product; the angle is then taken to the nearest alone.
    cosines = np.empty((*pixels.shape[:-1], len(members)))
    seen = np.isfinite(members)
    for mask in np.unique(seen, axis=0):
        group = np.flatnonzero((seen == mask).all(axis=1))
        part = pixels[..., mask]
        unit = members[group][:, mask]
        with np.errstate(invalid="ignore", divide="ignore"):
            unit = unit / np.linalg.norm(unit, axis=1, keepdims=True)
            cosines[..., group] = part @ unit.T / np.linalg.norm(part, axis=-1, keepdims=True)
    index = np.where(np.isnan(cosines), -np.inf, cosines).argmax(axis=-1)
    shared = seen[index]
    return index, spectral_angle_map(np.where(shared, pixels, 0.0), np.where(shared, members[index], 0.0))


def match_map_steps(
    cube: SpectralCube | xr.DataArray,
    endmembers: Endmembers,
    largest_angle: float = 180.0,
) -> Steps[MatchMap]:
    """Find the nearest spectrum for each pixel, yielding `Progress` after some rows each.

    Parameters
    ----------
    cube : SpectralCube or xarray.DataArray
        On the bands of the endmembers.
    endmembers : Endmembers
    largest_angle : float
        Pixels further than this from every spectrum, in degrees, belong to none.
    """
    source = spectral_cube(cube)
    _, height, width = source.shape
    best = np.zeros((height, width), np.int32)
    angle = np.full((height, width), np.nan, np.float32)
    for ys in blocks(height, width * max(len(endmembers), endmembers.wavelengths.size), 1_000_000):
        index, angle[ys] = nearest(source.tile(ys, WHOLE), endmembers.values)
        best[ys] = np.where(angle[ys] <= largest_angle, index + 1, 0)
        yield Progress(ys.stop / height, "matching")
    return MatchMap(endmembers.names, best, angle)


def _resampled(library: SpectralLibrary, wanted: Floats, fwhm: ArrayLike | None) -> Floats:
    """Return a library on other bands (n, B), NaN where a spectrum does not reach or has no data."""
    own = library.wavelengths
    out = np.full((len(library), wanted.size), np.nan)
    inside = (wanted >= own[0] - 1e-6) & (wanted <= own[-1] + 1e-6)
    if not inside.any():
        return out
    widths = None if fwhm is None else np.asarray(fwhm, dtype=np.float64)[inside]
    weights = resampling_matrix(own, wanted[inside], widths).T
    seen = np.isfinite(library.values)
    known = seen @ weights
    found = np.where(seen, library.values, 0.0) @ weights / np.maximum(known, 1e-6)
    # Where a response falls on deleted bands the rest of it would tell another story.
    out[:, inside] = np.where(known > 0.99, found, np.nan)
    return out


def _probabilities(values: Floats) -> Floats:
    floor = _FLOOR * np.mean(np.maximum(values, 0))
    positive = np.maximum(values, floor)
    return np.asarray(positive / positive.sum())
