"""What a file says against the frozen dataclass that it becomes: types, ranges, finite numbers, counts, depth.

The annotations of the dataclass are the rules. ``size: Annotated[int, Within(1, 512)]`` is a number of that range,
``name: Annotated[str, MaxLength(200)]`` a text of at most so many characters (of a list or dict: entries). Where a
field has a default it may be missing; keys that no field has are of later versions and left out.
"""

import json
import math
import types
from dataclasses import MISSING, dataclass, fields, is_dataclass
from functools import cache
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

T = TypeVar("T")
_DEEPEST = 24  # lists and dicts within one another; what is written here has 6
_MOST_ENTRIES = 5_000_000  # in one text: measured spectra of 2,000 bands, 2,000 of them
_MOST_PROBLEMS = 100
_BAD: Any = object()


class InvalidValue(ValueError):
    """Something in a file cannot be used; the message says where and why."""


@dataclass(frozen=True)
class Within:
    """A number's range, both ends included."""

    low: float
    high: float


@dataclass(frozen=True)
class MaxLength:
    """How many characters a text, or entries a list or dict, may have."""

    count: int


def parse_json(text: str | bytes) -> Any:
    """Return what JSON text holds.

    Raises
    ------
    InvalidValue
        If it is none, or deeper or longer than anything that is written here.

    Examples
    --------
    >>> parse_json('{"size": 16}')
    {'size': 16}
    """
    try:
        whole = text.decode("utf-8") if isinstance(text, bytes) else text
        if whole.count(",") + whole.count("[") + whole.count("{") > _MOST_ENTRIES:
            raise InvalidValue("it has more entries than can be meant")
        found = json.loads(whole)
    except RecursionError:
        raise InvalidValue("it is nested too deeply") from None
    except InvalidValue:
        raise
    except ValueError as error:
        raise InvalidValue(f"it is no JSON ({error})") from error
    if _deeper_than(found, _DEEPEST):
        raise InvalidValue("it is nested too deeply")
    if "\\ud" in whole.lower() and not _is_text(json.dumps(found, ensure_ascii=False)):
        raise InvalidValue("it holds half a character")  # which can neither be shown nor written again
    return found


def parse(kind: type[T], found: object) -> T:
    """Return a dataclass from the dict that a file holds.

    Raises
    ------
    InvalidValue
        If anything in it cannot be used; all of it is named.

    Examples
    --------
    >>> @dataclass(frozen=True)
    ... class Shape:
    ...     size: Annotated[int, Within(1, 512)]
    >>> parse(Shape, {"size": 16})
    Shape(size=16)
    >>> parse(Shape, {"size": 0})
    Traceback (most recent call last):
        ...
    napari_hydra.validation.InvalidValue: size is 0, not within 1 to 512
    """
    problems: list[str] = []
    value = checked(kind, found, problems)
    if value is None or problems:
        raise InvalidValue("; ".join(problems))
    return value


def checked(kind: type[T], found: object, problems: list[str], place: str = "") -> T | None:
    """Return a dataclass from a dict, or None after adding to `problems` what cannot be used.

    Parameters
    ----------
    kind : type
        A dataclass.
    found : object
        What the file holds there.
    problems : list of str
        Gets a sentence part for each, at most 100.
    place : str
        Where it stands, for the words: ``pins[3]``.
    """
    value = _dataclass(kind, found, place, problems)
    return None if value is _BAD else value


def checked_field(kind: type, name: str, found: object, problems: list[str], place: str) -> Any:
    """Return the value of one field of a dataclass, or None after adding to `problems` why it cannot be used."""
    value = _value(_rules(kind)[name], found, place, problems)
    return None if value is _BAD else value


@cache
def _rules(kind: type) -> dict[str, Any]:
    return get_type_hints(kind, include_extras=True)


def _dataclass(kind: type, found: object, place: str, problems: list[str]) -> Any:
    if not isinstance(found, dict):
        return _refuse(problems, place or "it", found, "entries with names")
    before, values = len(problems), {}
    for field in fields(kind):
        here = f"{place}.{field.name}" if place else field.name
        if field.name in found:
            values[field.name] = _value(_rules(kind)[field.name], found[field.name], here, problems)
        elif field.default is MISSING and field.default_factory is MISSING:
            _add(problems, f"{here} is missing")
    if len(problems) > before or any(value is _BAD for value in values.values()):
        return _BAD
    try:
        return kind(**values)
    except ValueError as error:  # of its __post_init__
        return _add(problems, f"{place}: {error}" if place else str(error))


def _value(rule: Any, found: Any, place: str, problems: list[str]) -> Any:
    origin, parts = get_origin(rule), get_args(rule)
    if origin is Annotated:
        value = _value(parts[0], found, place, problems)
        return _BAD if value is _BAD else _limited(value, parts[1:], place, problems)
    if origin in (Union, types.UnionType):
        if found is None and type(None) in parts:
            return None
        return _value(next(part for part in parts if part is not type(None)), found, place, problems)
    if origin is Literal:
        wanted = ", ".join(map(str, parts))
        return found if isinstance(found, str) and found in parts else _refuse(problems, place, found, wanted)
    if origin in (list, tuple):
        return _sequence(origin, parts, found, place, problems)
    if origin is dict:
        return _mapping(parts[1], found, place, problems)
    if is_dataclass(rule):
        return _dataclass(rule, found, place, problems)  # type: ignore[arg-type]
    return found if rule is Any else _plain(rule, found, place, problems)


def _plain(rule: type, found: Any, place: str, problems: list[str]) -> Any:
    if rule in (int, float):
        number = _number(found)
        if number is None:
            return _refuse(problems, place, found, "a number")
        if rule is float:
            return number
        return int(found) if number.is_integer() else _refuse(problems, place, found, "a whole number")
    words = {bool: "true or false", str: "a text"}
    return found if isinstance(found, rule) else _refuse(problems, place, found, words[rule])


def _number(found: Any) -> float | None:
    if isinstance(found, bool) or not isinstance(found, int | float):
        return None
    try:
        number = float(found)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def _sequence(kind: type, parts: tuple[Any, ...], found: Any, place: str, problems: list[str]) -> Any:
    if not isinstance(found, list | tuple):
        return _refuse(problems, place, found, "a list")
    if parts[0] is float and kind is list and all(type(one) in (int, float) for one in found):  # spectra are long
        values = [_number(one) for one in found]
        return _refuse(problems, place, None, "numbers") if None in values else values
    if kind is tuple and parts[-1] is not Ellipsis:
        if len(found) != len(parts):
            return _add(problems, f"{place} has {len(found)} entries and not {len(parts)}")
        rules = parts
    else:
        rules = (parts[0],) * len(found)
    values = [
        _value(rule, one, f"{place}[{number}]", problems)
        for number, (rule, one) in enumerate(zip(rules, found, strict=True))
    ]
    return _BAD if any(value is _BAD for value in values) else kind(values)


def _mapping(rule: Any, found: Any, place: str, problems: list[str]) -> Any:
    if not isinstance(found, dict):
        return _refuse(problems, place, found, "entries with names")
    values = {str(name): _value(rule, one, f"{place}.{name}", problems) for name, one in found.items()}
    return _BAD if any(value is _BAD for value in values.values()) else values


def _limited(value: Any, limits: tuple[Any, ...], place: str, problems: list[str]) -> Any:
    for limit in limits:
        if isinstance(limit, Within) and value is not None and not limit.low <= value <= limit.high:
            return _add(problems, f"{place} is {value:g}, not within {limit.low:g} to {limit.high:g}")
        if isinstance(limit, MaxLength) and value is not None and len(value) > limit.count:
            return _add(problems, f"{place} is longer than {limit.count:,}")
    return value


def _refuse(problems: list[str], place: str, found: object, wanted: str) -> Any:
    words = repr(found) if isinstance(found, str | int | float | None) else type(found).__name__
    return _add(problems, f"{place} is {words if len(words) < 60 else words[:60] + '...'}, not {wanted}")


def _add(problems: list[str], sentence: str) -> Any:
    if len(problems) < _MOST_PROBLEMS:
        problems.append(sentence)
    return _BAD


def _is_text(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _deeper_than(found: object, levels: int) -> bool:
    inner = found.values() if isinstance(found, dict) else found if isinstance(found, list) else ()
    return levels < 0 or any(_deeper_than(one, levels - 1) for one in inner if isinstance(one, dict | list))
