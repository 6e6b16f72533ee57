"""The rule of stored numbers: what a file says of its numbers is applied, or the file is refused.

Everything a file may say of its numbers comes down to ``value = number / scale + offset``, with the numbers that mark
missing ones. Who says what:

- CF and GDAL (``scale_factor``, ``add_offset``, ``SCALE``, ``OFFSET``) and ENVI's gains and offsets multiply.
- ENVI's ``reflectance scale factor`` and a whole ``Scale_Factor`` of 100 and more, as NEON's, divide.
- Any other scale may mean either: the reading that gives plausible reflectance is taken.
- Per cent and per mille, in a unit, are divided by 100 and 1000.

References
----------
CF Conventions 1.11, section 8.1 (packed data) and 2.5.1 (missing data, valid range). GDAL, "Raster Data Model"
(scale, offset). NV5 Geospatial, "ENVI Header Files". NEON.DOC.001288 (Scale_Factor, Data_Ignore_Value).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_hydra.errors import HydraError

Factor = float | NDArray[np.float64]

_SCALES = (
    *("scalefactor", "scale", "gain", "gains", "multiplier", "scaling", "scalingfactor", "reflectancescalefactor"),
    *("datascale", "slope", "multiplicativefactor", "reflectancescale", "quantificationvalue", "scalingvalue"),
)
_OFFSETS = ("addoffset", "offset", "offsets", "intercept", "addend", "dataoffset", "additiveoffset")
_OF_OTHER_THINGS = {"scale", "offset", "offsets", "slope", "intercept", "gain", "gains", "scaling"}  # such as pixels
_MISSING = (
    *("fillvalue", "missingvalue", "dataignorevalue", "ignorevalue", "nodata", "nodatavalue", "badvalue"),
    *("nodataval", "missing", "fill"),
)
_PERCENT = re.compile(r"per\s?cent|percentage|%|\bpct\b", re.IGNORECASE)
_PERMILLE = re.compile(r"per[\s-]?mille?|promille|‰|per thousand", re.IGNORECASE)
_TIMES = re.compile(r"(?:\*|×|x|scaled by|multiplied by|times)\s*(10{2,5}|1e[2-5])\b", re.IGNORECASE)
_RADIANCE = re.compile(r"radiance|\bW\b|watt|counts|digital number|\bDN\b", re.IGNORECASE)


@dataclass(frozen=True, eq=False, kw_only=True)
class Said:
    """What a file says of its numbers.

    Attributes
    ----------
    scale : float or (B,) array or None
        As it stands in the file.
    multiplies : bool or None
        Whether the scale is a factor (CF, GDAL, ENVI's gains) or a divisor (NEON); None where its name fits both.
    offset : float or (B,) array
        Added after scaling.
    missing : tuple of float
        Stored numbers that mark missing values.
    valid : (float, float) or None
        Stored numbers outside are missing.
    words : str
        What the file says in words: units, long names, descriptions.
    units : str
        The unit alone.
    key : str
        What the scale is called in the file.
    loose : bool
        Whether scale or offset go by a name that other things have too: ``scale``, ``offset``.
    """

    scale: Factor | None = None
    multiplies: bool | None = None
    offset: Factor = 0.0
    missing: tuple[float, ...] = ()
    valid: tuple[float, float] | None = None
    words: str = ""
    units: str = ""
    key: str = "scale factor"
    loose: bool = False

    @property
    def speaks_of_scale(self) -> bool:
        """Whether it says a scale or offset that changes the numbers."""
        return (self.scale is not None and bool(np.any(np.asarray(self.scale) != 1))) or bool(
            np.any(np.asarray(self.offset) != 0)
        )


def said_by(attrs: Mapping[str, Any], bands: int, name: str, *, multiplies: bool | None = None) -> Said:
    """Collect what attributes say, whatever program named them.

    Parameters
    ----------
    attrs : mapping
        Names in any spelling: ``Scale_Factor``, ``scale_factor``, ``ScaleFactor``.
    bands : int
        A list of so many numbers holds one a band.
    name : str
        The file, for error messages.
    multiplies : bool, optional
        What the format's convention says of scales; None where it has none.

    Raises
    ------
    HydraError
        If a scale or offset holds neither one number nor one a band.
    """
    named = {_plain(key): (key, value) for key, value in attrs.items()}
    key, scale = _first(named, _SCALES, bands, name)
    offset_key, offset = _first(named, _OFFSETS, bands, name)
    missing = tuple(dict.fromkeys(v for name in _MISSING if name in named for v in _numbers(named[name][1])))
    words = " ".join(str(v) for k, v in attrs.items() if isinstance(v, str) and not k.startswith("_"))
    unit = next((str(named[n][1]) for n in ("units", "unit", "unittype") if n in named), "")
    loose = multiplies is None and any(_plain(one) in _OF_OTHER_THINGS for one in (key, offset_key))
    if scale is not None and multiplies is not True and not loose and is_neon_divisor(scale):
        multiplies = False
    elif scale is not None and multiplies is None and not loose and np.all(np.asarray(scale) < 1):
        multiplies = True  # a divisor below one would be a strange way to say it
    return Said(
        scale=scale,
        multiplies=multiplies,
        offset=0.0 if offset is None else offset,
        missing=tuple(v for v in missing if not np.isnan(v)),
        valid=_valid_range(named),
        words=words,
        units=unit,
        key=key or "scale factor",
        loose=loose,
    )


def is_neon_divisor(scale: Factor) -> bool:
    """Whether a scale is a whole number of 100 and more, the same for all bands: what is divided by."""
    value = np.unique(np.asarray(scale))
    return value.size == 1 and value[0] >= 100 and value[0] == round(float(value[0]))


def share_of(text: str) -> tuple[float, str] | None:
    """Return what a unit divides reflectance by, and its name: 100 of "%"; None where it says nothing."""
    if _PERMILLE.search(text):
        return 1000.0, "per mille"
    return (100.0, "per cent") if _PERCENT.search(text) else None


def times_in(words: str) -> float | None:
    """Return the factor that a title such as "reflectance [*10000]" names; None where it names none."""
    found = _TIMES.search(words)
    return float(found[1]) if found else None


def says_other_than_reflectance(words: str) -> bool:
    """Whether words speak of radiance or counts, and not of reflectance."""
    return "reflectance" not in words.lower() and _RADIANCE.search(words) is not None


def plausible(sample: NDArray[np.float64]) -> bool:
    """Whether numbers can be reflectances: nearly all between -0.2 and 2, and not all next to nothing."""
    finite = sample[np.isfinite(sample)]
    if finite.size == 0:
        return False
    low, high = np.percentile(finite, [1, 99])
    return bool(low > -0.2 and 0.01 <= high <= 2.0)


def convert(
    block: NDArray[Any],
    scale: Factor = 1.0,
    offset: Factor = 0.0,
    missing: tuple[float, ...] = (),
    valid: tuple[float, float] | None = None,
) -> NDArray[np.float32]:
    """Turn stored numbers (..., B) into float32 values, missing ones into NaN."""
    with np.errstate(over="ignore"):
        out = np.array(block, dtype=np.float32, order="C")
    if np.ndim(scale) or scale != 1:
        out /= np.asarray(scale, dtype=np.float32)
    if np.ndim(offset) or offset != 0:
        out += np.asarray(offset, dtype=np.float32)
    for value in missing:
        # compared as it is stored: -3.4028235e38 in a header is meant as that float32
        marker = np.float32(value) if block.dtype == np.float32 else value
        out[block == marker] = np.nan
    if valid is not None:
        out[(block < valid[0]) | (block > valid[1])] = np.nan
    return out


def _plain(name: str) -> str:
    return re.sub(r"[^a-z]", "", name.lower())


def _first(
    named: Mapping[str, tuple[str, Any]], names: tuple[str, ...], bands: int, file: str
) -> tuple[str, Factor | None]:
    for name in names:
        if name in named:
            key, value = named[name]
            numbers = _numbers(value)
            if len(set(numbers)) == 1:
                return key, numbers[0]
            if len(numbers) == bands:
                return key, np.array(numbers)
            if name not in _OF_OTHER_THINGS:
                what = f"{len(numbers)} numbers" if numbers else f"'{value}'"
                raise HydraError(f"{file} says {what} as '{key}' of {bands} bands; correct it to one, or one a band.")
    return "", None


def _numbers(value: Any) -> tuple[float, ...]:
    try:
        found = np.asarray(value.strip("\0 ") if isinstance(value, str) else value, dtype=np.float64).reshape(-1)
    except (TypeError, ValueError):
        return ()
    return tuple(float(v) for v in found)


def _valid_range(named: Mapping[str, tuple[str, Any]]) -> tuple[float, float] | None:
    both = _numbers(named["validrange"][1]) if "validrange" in named else ()
    if len(both) == 2:
        return both[0], both[1]
    low, high = (_numbers(named[n][1]) if n in named else () for n in ("validmin", "validmax"))
    if not low and not high:
        return None
    return (low or (-np.inf,))[0], (high or (np.inf,))[0]
