"""Wavelengths as files state them, turned into nanometres."""

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from napari_hydra.errors import HydraError, HydraQuestion

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
BARE_RANGES = ((200.0, 20_000.0), (0.2, 20.0))  # nm, µm: of numbers about which nothing is said
_MICROMETRES = {"micrometers", "micrometer", "micrometres", "micrometre", "microns", "micron", "um", "mum", "micro-m"}
_NANOMETRES = {"nanometers", "nanometer", "nanometres", "nanometre", "nm"}
_WAVENUMBERS = {"wavenumber", "wavenumbers", "cm-1", "1/cm", "percm", "percentimeter", "percentimetre", "kayser"}
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
_LABEL = re.compile(
    r"(?<![\w.])?(\d+(?:\.\d+)?)\s*_?(nm|nanomet(?:er|re)s?|um|µm|μm|microns?|micromet(?:er|re)s?|cm-1|cm\^-1|cm⁻¹|1/cm)"
    r"(?![a-z])",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"(?<![\d.])\d+(?:\.\d+)?(?![\d.])")
_UNIT_WORD = re.compile(
    r"(?<![a-z])(nm|nanomet(?:er|re)s?|um|µm|μm|microns?|micromet(?:er|re)s?|cm-1|cm\^-1|cm⁻¹|1/cm|angstroms?)(?![a-z])",
    re.IGNORECASE,
)
_NO_LIST = re.compile(
    r"good|bad|flag|mask|valid|fwhm|width|unit|quality|uncert|error|count|number_of|index", re.IGNORECASE
)
_CENTRES = re.compile(r"(^|_)cw(_|$)|wavenumber|wave_number", re.IGNORECASE)
_FEWEST_BARE = 4  # labels from which numbers without a unit are read


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
        raise not_numbers(name, np.size(values)) from None
    if numbers.size == 0 or not np.isfinite(numbers).all() or (numbers <= 0).any():
        raise _nonsense(name, numbers)
    stated = _normal(unit)
    if stated in _NANOMETRES:
        nm, note = numbers, None
    elif stated in _MICROMETRES:
        nm, note = _scaled(numbers, 1000.0), "wavelengths converted from µm to nm"
    elif stated in _PER_UNIT:
        nm, note = _scaled(numbers, _PER_UNIT[stated]), f"wavelengths converted from {unit} to nm"
    elif stated in _WAVENUMBERS:
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
        number, unit = float(match[1]), match[2].lower()
        if number <= 0:
            return None
        if "cm" in unit:
            found.append(1e7 / number)
        else:
            found.append(round(number * (1.0 if unit.startswith("n") else 1000.0), 9))
    return np.array(found) if found else None


def from_bare_labels(labels: Sequence[str]) -> NDArray[np.float64] | None:
    """Read a number from each label, such as ``"Band 3 (420.5)"``, where these can be nothing but wavelengths.

    Returns
    -------
    (B,) array or None
        As they stand there, in nm or µm.
    """
    rows = [[float(n) for n in _NUMBER.findall(label)] for label in labels]
    if len(rows) < _FEWEST_BARE or not rows[0] or len({len(row) for row in rows}) != 1:
        return None
    for column in np.array(rows).T[::-1]:
        steps = np.diff(column)
        within = any(low <= column.min() and column.max() <= high for low, high in BARE_RANGES)
        if within and ((steps > 0).all() or (steps < 0).all()) and not are_band_numbers(column):
            return np.asarray(column, dtype=np.float64)
    return None


def unit_in(text: str) -> str | None:
    """Return the unit of wavelength that a name holds: "nm" of ``Wavelength (nm)``; None if it holds none."""
    match = _UNIT_WORD.search(text.replace("_", " "))
    if match is None and re.search(r"wave_?number", text, re.IGNORECASE):
        return "cm-1"
    return match[1] if match else None


def name_rank(name: str) -> int | None:
    """Return how telling a variable's name is for wavelengths (0 is best), None if it is not at all."""
    last = re.split(r"[./]", name.lower())[-1].strip().replace(" ", "_")
    if _NO_LIST.search(last):
        return None
    if _CENTRES.search(last):
        return len(NAMES)
    for rank, hint in enumerate(NAMES):
        if last == hint or (len(hint) > 3 and hint in last):
            return rank
    return None


def missing(name: str, bands: int, lengths: tuple[int, ...] = ()) -> HydraQuestion:
    """Return the question for the wavelengths of a cube that does not say them.

    Parameters
    ----------
    name : str
    bands : int
    lengths : tuple of int
        How many there may be instead, where it is not known which axis is spectral.
    """
    return _question(
        f"{name} does not say its wavelengths",
        ("give them with wavelengths=", "give them with --wavelengths (400:700:10 or a list)", "give them"),
        (bands, *lengths),
    )


def not_numbers(name: str, bands: int) -> HydraQuestion:
    """Return the question for other wavelengths than a list that holds other words."""
    return correctable(f"{name} lists wavelengths that are not numbers", bands)


def correctable(problem: str, bands: int) -> HydraQuestion:
    """Return the question for other wavelengths than those of a file, which are wrong."""
    return _question(
        problem,
        (
            "correct them or give wavelengths=",
            "correct them or give --wavelengths",
            "correct them in the file or give others",
        ),
        (bands,),
    )


def _question(problem: str, remedies: tuple[str, str, str], lengths: tuple[int, ...]) -> HydraQuestion:
    python, command_line, window = remedies
    return HydraQuestion(
        f"{problem}; {python}.",
        command_line=f"{problem}; {command_line}.",
        window=f"{problem}; {window} when you open it beside Truth in the dock Reconstruct.",
        asks="wavelengths",
        lengths=tuple(dict.fromkeys(lengths)),
    )


def _scaled(numbers: NDArray[np.float64], factor: float) -> NDArray[np.float64]:
    # 0.4005 µm is meant to be 400.5 nm, not 400.49999999999994
    return np.round(numbers * factor, 9)


def _normal(unit: str | None) -> str:
    plain = (unit or "").strip().lower().replace("µ", "u").replace("μ", "u")
    return plain.replace("^", "").replace("⁻¹", "-1").replace(" ", "").strip("[](){}.")


def _nonsense(name: str, numbers: NDArray[np.float64]) -> HydraError:
    span = f"{numbers.min():g} to {numbers.max():g}" if numbers.size else "an empty list"
    return correctable(f"{name} lists wavelengths that make no sense ({span})", numbers.size)
