"""Per cent, per mille and the like become ratios, with a line that says so; what is none is not called reflectance."""

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from napari_hydra.io.libraries.spectral_library import DELETED

Floats = NDArray[np.float64]

_PER_CENT = re.compile(
    r"(?:[(\[]|(?:value|ance|flect\.?|flectivity|ref\.)s?[ _]?)\s*(?:%|per ?cent|pct)|(?:^|[^\d\s])\s*%\s*R?$"
    r"|^%(?:$|[\sRT])|(?:^|_)(?:pct|percent)(?:$|_)",
    re.IGNORECASE,
)
_PER_MILLE = re.compile(r"‰|per ?mill?e?\b|per thousand|permil", re.IGNORECASE)
_TIMES = re.compile(r"[(\[]\s*[*x×]?\s*(10{2,5}|10\^[2-5]|1e[2-5])\s*[)\]]|[*×]\s*(10{2,5}|1e[2-5])\b", re.IGNORECASE)
_QUANTITIES = {
    "reflectance": r"reflec|\brefl|albedo",
    "transmittance": r"transmi",
    "absorbance": r"absorb",
    "irradiance": r"irrad",
    "radiance": r"radian|^rad\.|w/m",
    "counts": r"\bcounts?\b|\bdn\b|\bscope\b|\braw\b",
}
_RATIOS = {"reflectance", "transmittance"}
_UNIT_LINE = re.compile(r"unit|measurement|quantity|^y ?axis|^reflectance\b|^transmi|irradiance file", re.IGNORECASE)
_REFERENCED = re.compile(r"reference spectrum present: yes|reference:yes", re.IGNORECASE)
_LARGEST = 10.0  # no ratio to a white panel is larger, whatever glitters
_LARGEST_REFERENCED = 2.0
_MARKERS = (-999.0, -9999.0, -99999.0, -32767.0, -32768.0)  # of missing values, where no other number is near them
_FAR = -100.0
_SIZES = ((1000.0, 100.0, "per cent"), (20_000.0, 10_000.0, "ten-thousandths"))


def without_markers(spectra: Floats) -> tuple[Floats, list[str]]:
    """Return spectra with NaN where a number marks a missing value, and what is to be said of undeclared ones."""
    values = np.where(spectra < DELETED, np.nan, spectra)
    missing = np.isin(values, _MARKERS)
    if not missing.any() or (values[~missing] < _FAR).any():
        return values, []
    said = f"{int(missing.sum())} values of {np.min(values[missing]):g} taken as missing"
    return np.where(missing, np.nan, values), [said]


def as_ratio(spectra: Floats, headings: Sequence[str], preamble: Sequence[str] = ()) -> tuple[Floats, str, list[str]]:
    """Return spectra as ratios where they are said to be per cent or the like, their unit, and what was done.

    Parameters
    ----------
    spectra : (n, B) array
    headings : sequence of str
        Of each spectrum, or none.
    preamble : sequence of str
        What stands above them.

    Returns
    -------
    values : (n, B) array
    unit : str
        "reflectance", another quantity that is stated, or "unknown" for numbers that cannot be a ratio and say nothing.
    notes : list of str
    """
    spectra, missing = without_markers(spectra)
    lines = [line for line in preamble if _UNIT_LINE.search(line)]
    words = [*headings, *lines]
    unit = next((q for q, pattern in _QUANTITIES.items() for w in headings if re.search(pattern, w, re.I)), "")
    unit = unit or next((q for w in lines for q, pattern in _QUANTITIES.items() if re.search(pattern, w, re.I)), "")
    factors = [_factor(heading) for heading in headings] or [1.0] * len(spectra)
    if all(factor == 1 for factor in factors):
        factors = [next((f for f in map(_factor, lines) if f != 1), 1.0)] * len(spectra)
    done = [*missing, *(_done(factor) for factor in dict.fromkeys(factors) if factor != 1)]
    if any(factor != 1 for factor in factors):
        values = np.where(np.array(factors)[:, None] != 1, spectra / np.array(factors)[:, None], spectra)
        scaled = np.array(factors) != 1
        if _high(values[scaled]) > _LARGEST:
            size = f"its numbers reach {_high(spectra[scaled]):.4g}"
            said = f"to be {_done(max(factors))} by its heading, but {size}: left as they are"
            return spectra, "unknown", [*missing, said]
        return values, unit if unit in _RATIOS else "reflectance", done
    referenced = any(_REFERENCED.search(line) for line in preamble)
    if unit not in _RATIOS | {""}:
        return spectra, unit, missing
    ratio, unit, done = _by_size(spectra, unit, referenced and not any("absorb" in word.lower() for word in words))
    return ratio, unit, [*missing, *done]


def _by_size(spectra: Floats, unit: str, referenced: bool) -> tuple[Floats, str, list[str]]:
    """Return what the size of numbers says of those about which nothing is said."""
    high = _high(spectra)
    said = bool(unit) or referenced
    if high <= (_LARGEST_REFERENCED if referenced else _LARGEST):
        return spectra, unit or "reflectance", []
    for limit, factor, word in _SIZES:
        if said and high <= limit:
            size = f"from its size (reaches {high:.4g})"
            note = f"{unit or 'reflectance'} taken as {word} {size} and divided by {factor:g}"
            return spectra / factor, unit or "reflectance", [note]
    note = f"no unit stated and numbers up to {high:.4g}: no ratio; if they are per cent, write 'Reflectance (%)' above"
    return spectra, "unknown", [note]


def _high(spectra: Floats) -> float:
    """Return what a tenth of the numbers reach: single ones may be noise where the light ends."""
    known = spectra[np.isfinite(spectra)]
    return float(np.percentile(known, 90)) if known.size else 0.0


def _factor(words: str) -> float:
    """Return by what numbers with a heading are to be divided."""
    times = _TIMES.search(words)
    if times is not None:
        said = (times[1] or times[2]).lower()
        return 10.0 ** int(said[-1]) if "^" in said or "e" in said else float(said)
    if _PER_MILLE.search(words):
        return 1000.0
    return 100.0 if _PER_CENT.search(words) else 1.0


def _done(factor: float) -> str:
    word = {100.0: "per cent ", 1000.0: "per mille "}.get(factor, "")
    return f"{word}divided by {factor:g}"
