"""What a library of spectra is."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from napari_hydra.errors import HydraError

DELETED = -1e30  # USGS files mark what was deleted by -1.23e34
_PLAIN = ("wavelengths taken as nm", "wavelengths converted from µm", "wavelengths from ")


class SpectraNotice(UserWarning):
    """Something was done to the numbers of a file of spectra, or left out of it."""


@dataclass(frozen=True, eq=False, kw_only=True)
class SpectralLibrary:
    """Named spectra on common wavelengths.

    Attributes
    ----------
    names : tuple of str
    wavelengths : (B,) array
        In nm, increasing.
    values : (n, B) array
        NaN where a spectrum has no data.
    unit : str
        "reflectance" (a ratio), or whatever the file says.
    source : str
        The file, or words.
    history : tuple of str
        What was done to the stored numbers.
    pixels : tuple of (int, int) or None
        The (y, x) of each spectrum, where the file says it.

    Examples
    --------
    >>> from napari_hydra.io import make_library
    >>> library = make_library(["soil", "leaf"], [500, 600], [[0.2, 0.3], [0.1, 0.05]])
    >>> len(library), library.values.shape
    (2, (2, 2))
    """

    names: tuple[str, ...]
    wavelengths: NDArray[np.float64]
    values: NDArray[np.float64]
    unit: str = "reflectance"
    source: str = ""
    history: tuple[str, ...] = ()
    pixels: tuple[tuple[int, int], ...] | None = None

    def __len__(self) -> int:
        return len(self.names)


def make_library(
    names: Sequence[str],
    wavelengths: ArrayLike,
    values: ArrayLike,
    *,
    unit: str = "reflectance",
    source: str = "",
    history: Sequence[str] = (),
) -> SpectralLibrary:
    """Build a library, its bands sorted; of bands that are there twice the first is kept.

    Parameters
    ----------
    names : sequence of str
        One a spectrum; made different where two are the same.
    wavelengths : (B,) array
        In nm, in any order.
    values : (n, B) array
        NaN where a spectrum has no data.
    unit : str
        "reflectance" (a ratio), or words.
    source : str
        Where the spectra come from.
    history : sequence of str
        What was done to them.

    Returns
    -------
    SpectralLibrary
        The spectra that hold something.

    Raises
    ------
    HydraError
        If the shapes disagree, there are fewer than two bands, or a spectrum holds nothing.

    Examples
    --------
    >>> make_library(["soil"], [600, 500], [[0.3, 0.2]]).values
    array([[0.2, 0.3]])
    """
    return named(gathered(names, wavelengths, values, unit=unit, source=source, history=tuple(history)))


def gathered(
    names: Sequence[str],
    wavelengths: ArrayLike,
    values: ArrayLike,
    *,
    source: str = "",
    **said: Any,
) -> SpectralLibrary:
    """Return spectra as a file holds them, bands sorted: names as they are ("" where there is none), empty spectra too.

    What else is `said` are fields of SpectralLibrary.

    Raises
    ------
    HydraError
        If the shapes disagree or there is no spectrum.
    """
    name = source or "the library"
    spectra = np.array(np.atleast_2d(np.asarray(values, dtype=np.float64)))
    centres = np.asarray(wavelengths, dtype=np.float64)
    if spectra.shape != (len(names), centres.size):
        raise HydraError(
            f"{name} has {len(names)} names and {centres.size} wavelengths for spectra of shape {spectra.shape}; "
            "correct its lists."
        )
    if not spectra.size:
        raise HydraError(f"{name} holds no spectrum of two bands or more; check the file.")
    spectra[~np.isfinite(spectra) | (spectra < DELETED)] = np.nan
    bands, first = np.unique(centres, return_index=True)
    return SpectralLibrary(
        names=tuple(str(one).strip() for one in names),
        wavelengths=bands,
        values=spectra[:, first],
        source=source,
        **said,
    )


def named(spectra: SpectralLibrary) -> SpectralLibrary:
    """Return those that hold something, each under a name of its own.

    Raises
    ------
    HydraError
        If there are fewer than two bands, or no spectrum holds anything.
    """
    name = spectra.source or "the library"
    if spectra.wavelengths.size < 2:
        raise HydraError(f"{name} holds no spectrum of two bands or more; check the file.")
    filled = np.flatnonzero(np.isfinite(spectra.values).sum(axis=1) >= 2)
    if not filled.size:
        raise HydraError(f"{name} holds no numbers in any of its {len(spectra)} spectra; check the file.")
    dropped = len(spectra) - filled.size
    return replace(
        spectra,
        names=_unique_names([spectra.names[i] or f"spectrum {i + 1}" for i in filled]),
        values=spectra.values[filled],
        history=(*spectra.history, *((f"{dropped} spectra without data left out",) if dropped else ())),
        pixels=None if spectra.pixels is None else tuple(spectra.pixels[i] for i in filled),
    )


def notices(spectra: SpectralLibrary) -> tuple[str, ...]:
    """Return the sentences that a reader of a file owes its user: all of its history but plain units of wavelength."""
    said = [line for line in spectra.history if not line.startswith(_PLAIN)]
    return tuple(f"{spectra.source}: {line}." for line in said)


def _unique_names(names: list[str]) -> tuple[str, ...]:
    """Return names of which none is there twice: "grass", "grass (2)"."""
    seen: dict[str, int] = {}
    found = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        found.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return tuple(found)
