"""Wavelengths as files state them, turned into nanometres."""

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from napari_hydra.errors import HydraError

# Names under which people store the band centres, most telling first.
NAMES = (
    "wavelength",
    "wave_length",
    "lambda",
    "wvl",
    "wl",
    "wave",
    "wavelen",
    "band_cent",
    "bandcent",
    "center",
    "centre",
    "bands",
    "nm",
)
PLAUSIBLE_NM = (100.0, 100_000.0)
_MICROMETRES = {"micrometers", "micrometer", "micrometres", "micrometre", "microns", "micron", "um"}
_NANOMETRES = {"nanometers", "nanometer", "nanometres", "nanometre", "nm"}
_PER_UNIT = {
    "millimeters": 1e6,
    "mm": 1e6,
    "centimeters": 1e7,
    "cm": 1e7,
    "meters": 1e9,
    "m": 1e9,
    "angstroms": 0.1,
    "angstrom": 0.1,
}
_LABEL = re.compile(r"(\d+(?:\.\d+)?)\s*_?(nm|nanometers?|um|µm|μm|microns?|micrometers?)(?![a-z])", re.IGNORECASE)


def to_nanometres(values: ArrayLike, unit: str | None, name: str) -> tuple[NDArray[np.float64], str | None]:
    """Convert band centres to nm.

    Parameters
    ----------
    values : (B,) array
        As stored.
    unit : str or None
        As stated; where it is missing or unknown it is guessed from the size of the numbers.
    name : str
        The file, for error messages.

    Returns
    -------
    wavelengths : (B,) array
        In nm.
    note : str or None
        What was done, for the history; None where the file was in nm and said so.

    Raises
    ------
    HydraError
        If the numbers cannot be wavelengths.
    """
    try:
        numbers = np.asarray(values, dtype=np.float64).reshape(-1)
    except (TypeError, ValueError):
        raise HydraError(
            f"{name} lists wavelengths that are not numbers; correct its wavelength list or give "
            "wavelengths= (--wavelengths)."
        ) from None
    if numbers.size == 0 or not np.isfinite(numbers).all() or (numbers <= 0).any():
        raise _nonsense(name, numbers)
    stated = _normal(unit)
    if stated in _NANOMETRES:
        nm, note = numbers, None
    elif stated in _MICROMETRES:
        nm, note = _scaled(numbers, 1000.0), "wavelengths converted from µm to nm"
    elif stated in _PER_UNIT:
        nm, note = _scaled(numbers, _PER_UNIT[stated]), f"wavelengths converted from {unit} to nm"
    elif stated in {"wavenumber", "wavenumbers", "cm-1", "1/cm"}:
        nm, note = 1e7 / numbers, "wavelengths converted from wavenumbers (1/cm) to nm"
    elif numbers.max() < 100:
        nm = _scaled(numbers, 1000.0)
        note = "wavelengths taken as µm from their size and converted to nm (no unit stated)"
    else:
        nm, note = numbers, "wavelengths taken as nm from their size (no unit stated)"
    if nm.min() < PLAUSIBLE_NM[0] or nm.max() > PLAUSIBLE_NM[1] or (nm.size > 1 and np.ptp(nm) == 0):
        raise _nonsense(name, numbers)
    return nm, note


def widths_to_nanometres(
    widths: ArrayLike, file_wavelengths: NDArray[np.float64] | None, nm: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Convert full widths at half maximum, stored in the unit of their wavelengths, to nm.

    Parameters
    ----------
    widths : (B,) array
    file_wavelengths : (B,) array or None
        The wavelengths as stored; None where the user gave better ones, and the size of the widths decides.
    nm : (B,) array
        The wavelengths in nm.
    """
    numbers = np.asarray(widths, dtype=np.float64)
    if file_wavelengths is None:
        return _scaled(numbers, 1000.0 if numbers.max(initial=0) < 0.5 else 1.0)
    if np.array_equal(file_wavelengths, nm):
        return numbers
    # to first order d(nm) / d(unit) is nm / unit, for wavelengths and for wavenumbers alike
    return np.round(numbers * (nm / file_wavelengths), 9)


def are_band_numbers(values: ArrayLike) -> bool:
    """Whether a list merely counts the bands (0, 1, 2, ... or 1, 2, 3, ...)."""
    numbers = np.asarray(values, dtype=np.float64).reshape(-1)
    return numbers.size > 1 and numbers[0] in (0, 1) and bool((np.diff(numbers) == 1).all())


def from_labels(labels: Sequence[str]) -> NDArray[np.float64] | None:
    """Read one wavelength (nm) from each label, such as ``"band 3 (420.5 nm)"``; None if one has none."""
    found = []
    for label in labels:
        match = _LABEL.search(label)
        if match is None:
            return None
        found.append(round(float(match[1]) * (1.0 if match[2].lower().startswith("n") else 1000.0), 9))
    return np.array(found) if found else None


def name_rank(name: str) -> int | None:
    """Return how telling a variable's name is for wavelengths (0 is best), None if it is not at all."""
    last = re.split(r"[./]", name.lower())[-1]
    for rank, hint in enumerate(NAMES):
        if last == hint or (len(hint) > 3 and hint in last):
            return rank
    return None


def missing(name: str) -> HydraError:
    """Return the error for a cube whose wavelengths cannot be found."""
    return HydraError(f"{name} does not say its wavelengths; give them with wavelengths= (--wavelengths).")


def _scaled(numbers: NDArray[np.float64], factor: float) -> NDArray[np.float64]:
    # 0.4005 µm is meant to be 400.5 nm, not 400.49999999999994
    return np.round(numbers * factor, 9)


def _normal(unit: str | None) -> str:
    return (unit or "").strip().lower().replace("µ", "u").replace("μ", "u")


def _nonsense(name: str, numbers: NDArray[np.float64]) -> HydraError:
    span = f"{numbers.min():g} to {numbers.max():g}" if numbers.size else "an empty list"
    return HydraError(
        f"{name} lists wavelengths that make no sense ({span}); correct them or give wavelengths= (--wavelengths)."
    )
