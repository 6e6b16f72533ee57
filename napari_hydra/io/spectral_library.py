"""What a library of spectra is."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from napari_hydra.errors import HydraError

DELETED = -1e30  # USGS files mark what was deleted by -1.23e34


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
    """

    names: tuple[str, ...]
    wavelengths: NDArray[np.float64]
    values: NDArray[np.float64]
    unit: str = "reflectance"
    source: str = ""
    history: tuple[str, ...] = field(default=())

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

    Raises
    ------
    HydraError
        If the shapes disagree, there are fewer than two bands, or a spectrum holds nothing.
    """
    name = source or "the library"
    spectra = np.array(np.atleast_2d(np.asarray(values, dtype=np.float64)))
    centres = np.asarray(wavelengths, dtype=np.float64)
    if spectra.shape != (len(names), centres.size):
        raise HydraError(
            f"{name} has {len(names)} names and {centres.size} wavelengths for spectra of shape {spectra.shape}; "
            "correct its lists."
        )
    spectra[~np.isfinite(spectra) | (spectra < DELETED)] = np.nan
    bands, first = np.unique(centres, return_index=True)
    spectra = spectra[:, first]
    if bands.size < 2 or not len(names):
        raise HydraError(f"{name} holds no spectrum of two bands or more; check the file.")
    filled = np.isfinite(spectra).sum(axis=1) >= 2
    if not filled.any():
        raise HydraError(f"{name} holds no numbers in any of its {len(names)} spectra; check the file.")
    dropped = int((~filled).sum())
    return SpectralLibrary(
        names=_told_apart([str(one).strip() or f"spectrum {i + 1}" for i, one in enumerate(names) if filled[i]]),
        wavelengths=bands,
        values=spectra[filled],
        unit=unit,
        source=source,
        history=(*history, *((f"{dropped} spectra without data left out",) if dropped else ())),
    )


def _told_apart(names: list[str]) -> tuple[str, ...]:
    """Return names of which none is there twice: "grass", "grass (2)"."""
    seen: dict[str, int] = {}
    found = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        found.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return tuple(found)
