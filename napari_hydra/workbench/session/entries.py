"""What a session file holds, entry by entry; entries that cannot be used are told, and the others open."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar

import numpy as np

from napari_hydra.io import MeasuredSpectrum
from napari_hydra.io.regions.shape_masks import shape_mask
from napari_hydra.validation import InvalidValue, MaxLength, Within, checked
from napari_hydra.workbench.scene.measured_spectra import SampleSite
from napari_hydra.workbench.scene.run_request import WavelengthChoice
from napari_hydra.workbench.scene.scene import Outline, Pin, Region
from napari_hydra.workbench.session.mask_runs import from_runs

T = TypeVar("T")
E = TypeVar("E")
Size = tuple[int, int]
Name = Annotated[str, MaxLength(10_000)]
Index = Annotated[int, Within(0, 10**9)]
Coordinate = Annotated[float, Within(-1e8, 1e8)]
_MOST_PIXELS = 2 * 10**8  # of a picture: Pillow opens no larger one
_MOST_MASKED = 4 * 10**9  # pixels of all regions' masks together


@dataclass(frozen=True)
class HeadEntry:
    """What a session must say for anything of it to open."""

    name: Name
    size: Annotated[tuple[Annotated[int, Within(1, 10**6)], Annotated[int, Within(1, 10**6)]], MaxLength(2)]
    illuminant: Name
    matched: bool
    software: Name
    wavelengths: WavelengthChoice
    white_level: Annotated[float, Within(0, 1e30)] | None = None

    def __post_init__(self) -> None:
        if self.size[0] * self.size[1] > _MOST_PIXELS:
            raise InvalidValue(f"size is {self.size[0]} x {self.size[1]} pixels, more than a picture can have")


@dataclass(frozen=True)
class SourceEntry:
    """What is known of a picture, truth, model or camera; one of path, sample, named and rendered says its kind."""

    path: Annotated[str, MaxLength(5000)] | None = None
    absolute: Annotated[str, MaxLength(5000)] = ""
    sha256: Annotated[str, MaxLength(64)] = ""
    size: Annotated[int, Within(0, 2**63)] = 0
    modified: Annotated[int, Within(-(2**63), 2**63)] = 0
    sample: Name | None = None
    named: Name | None = None
    rendered: bool = False


@dataclass(frozen=True)
class PinEntry:
    """A pin."""

    name: Name
    y: Index
    x: Index
    colour: str
    visible: bool

    def made(self, size: Size) -> Pin:
        """Return the pin of a picture of a size."""
        return Pin(self.name, *_pixel(self.y, self.x, size), _colour(self.colour), self.visible)


@dataclass(frozen=True)
class RegionEntry:
    """A region: drawn (an outline with vertices) or painted (run lengths)."""

    name: Name
    colour: str
    visible: bool
    outline: Name | None = None
    vertices_yx: Annotated[list[tuple[Coordinate, Coordinate]], MaxLength(1_000_000)] | None = None
    runs: str | None = None

    def made(self, size: Size) -> Region:
        """Return the region of a picture of a size."""
        outline = None
        if self.outline is not None:
            vertices = np.asarray(self.vertices_yx or [], dtype=float).reshape(-1, 2)
            outline = Outline(self.outline, vertices)
            try:
                mask = shape_mask(self.outline, vertices, size)
            except (KeyError, IndexError) as error:
                raise InvalidValue("has no outline that is known") from error
        else:
            mask = from_runs(np.array((self.runs or "").split(), dtype=np.int64), size)  # type: ignore[arg-type]
        if not mask.any():
            raise InvalidValue("holds no pixel")
        return Region(self.name, _colour(self.colour), mask, self.visible, outline)


@dataclass(frozen=True)
class SiteEntry:
    """A pixel at which a measurement is suggested."""

    number: Index
    y: Index
    x: Index

    def made(self, size: Size) -> SampleSite:
        """Return the site in a picture of a size."""
        return SampleSite(self.number, *_pixel(self.y, self.x, size))


@dataclass(frozen=True)
class MeasurementEntry:
    """A measured spectrum with its values."""

    name: Name
    y: Index
    x: Index
    source: Name
    used: bool
    wavelengths: list[float]
    values: list[float]

    def made(self, size: Size) -> MeasuredSpectrum:
        """Return the spectrum, measured in a picture of a size."""
        wavelengths, values = np.array(self.wavelengths), np.array(self.values)
        if wavelengths.shape != values.shape or not wavelengths.size:
            raise InvalidValue("has not one value for each wavelength")
        y, x = _pixel(self.y, self.x, size)
        return MeasuredSpectrum(y, x, wavelengths, values, self.name, self.source, self.used)


def sound_entries(
    kind: type[E], made: Callable[[E, Size], T], found: Any, size: Size, place: str, problems: list[str]
) -> tuple[T, ...]:
    """Return what the entries of a list become; those that cannot be used are told in `problems`.

    Parameters
    ----------
    kind : type
        Of one entry.
    made : callable
        ``made(entry, size)``.
    found : object
        What the file holds.
    size : (int, int)
        Height and width of the picture.
    place : str
        The name of the list.
    problems : list of str
        Gets a sentence part for each.
    """
    if not isinstance(found, list):
        problems.append(f"{place} is {type(found).__name__}, not a list")
        return ()
    if kind is RegionEntry and len(found) * size[0] * size[1] > _MOST_MASKED:
        problems.append(f"{place} are {len(found)}, more than such a picture can have")
        return ()
    return tuple(_sound(kind, made, found, size, place, problems))


def _sound(
    kind: type[E], made: Callable[[E, Size], T], found: list[Any], size: Size, place: str, problems: list[str]
) -> Iterable[T]:
    for number, one in enumerate(found):
        here = f"{place}[{number}]"
        entry = checked(kind, one, problems, here)
        if entry is None:
            continue
        try:
            yield made(entry, size)
        except (ValueError, OverflowError) as error:
            problems.append(f"{here} {error}")


def _pixel(y: int, x: int, size: Size) -> tuple[int, int]:
    if not (y < size[0] and x < size[1]):
        raise InvalidValue(f"at ({y}, {x}) lies outside the picture")
    return y, x


def _colour(text: str) -> str:
    if not re.fullmatch(r"#[0-9a-fA-F]{6}", text):
        raise InvalidValue(f"has the colour {text[:40]!r}, which is none")
    return text
