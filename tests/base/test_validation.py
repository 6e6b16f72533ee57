"""Values of files become frozen dataclasses, or every reason is named why they cannot."""

from dataclasses import dataclass
from typing import Annotated, Any, Literal

import pytest

from napari_hydra.validation import InvalidValue, MaxLength, Within, checked, parse, parse_json


@dataclass(frozen=True)
class Inner:
    name: Annotated[str, MaxLength(5)]


@dataclass(frozen=True)
class Outer:
    low: Annotated[float, Within(0, 10)]
    count: Annotated[int, Within(1, 3)] = 1
    kind: Literal["a", "b"] = "a"
    is_shown: bool = True
    inner: Inner | None = None
    pair: tuple[int, int] = (0, 0)
    names: Annotated[list[str], MaxLength(2)] = ()  # type: ignore[assignment]
    weights: dict[str, float] = None  # type: ignore[assignment]
    rest: Any = None


def test_what_is_sound_becomes_the_dataclass() -> None:
    found = {"low": 3, "count": 2.0, "kind": "b", "inner": {"name": "ä𝄞"}, "pair": [1, 2], "names": ["x"], "later": 1}
    assert parse(Outer, found) == Outer(3.0, 2, "b", inner=Inner("ä𝄞"), pair=(1, 2), names=["x"])
    assert isinstance(parse(Outer, {"low": 3}).low, float)
    assert parse(Outer, {"low": 0, "inner": None, "weights": {"a": 1}}).weights == {"a": 1.0}


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ({"low": 11}, "low is 11, not within 0 to 10"),
        ({"low": "3"}, "low is '3', not a number"),
        ({"low": float("nan")}, "low is nan, not a number"),
        ({"low": float("inf")}, "low is inf, not a number"),
        ({"low": 10**400}, "not a number"),
        ({"low": True}, "low is True, not a number"),
        ({"low": 1, "count": 1.5}, "count is 1.5, not a whole number"),
        ({"low": 1, "kind": ["a"]}, "kind is list, not a, b"),
        ({"low": 1, "is_shown": 1}, "is_shown is 1, not true or false"),
        ({"low": 1, "inner": {"name": "abcdef"}}, "inner.name is longer than 5"),
        ({"low": 1, "inner": {}}, "inner.name is missing"),
        ({"low": 1, "inner": 7}, "inner is 7, not entries with names"),
        ({"low": 1, "pair": [1]}, "pair has 1 entries and not 2"),
        ({"low": 1, "names": ["a", "b", "c"]}, "names is longer than 2"),
        ({"low": 1, "names": "abc"}, "names is 'abc', not a list"),
        ({"low": 1, "weights": {"a": []}}, "weights.a is list, not a number"),
        ([], "it is list, not entries with names"),
    ],
)
def test_what_is_not_is_named(entry: object, words: str) -> None:
    with pytest.raises(InvalidValue, match=words.replace("(", r"\(")):
        parse(Outer, entry)


def test_every_problem_is_listed_with_its_place() -> None:
    problems: list[str] = []
    assert checked(Outer, {"count": 0, "pair": [1, "x"]}, problems, "pins[3]") is None
    assert problems == [
        "pins[3].low is missing",
        "pins[3].count is 0, not within 1 to 3",
        "pins[3].pair[1] is 'x', not a number",
    ]


@pytest.mark.parametrize(
    "text",
    ["{", "", b"\xff\xfe", "[" * 100_000, "[" * 40 + "]" * 40, '{"a": "\\ud800"}', "[" + "1," * 5_000_000 + "1]"],
    ids=["cut", "empty", "bytes", "deep", "less deep", "half a character", "long"],
)
def test_text_that_is_no_json_of_ours(text: str | bytes) -> None:
    with pytest.raises(InvalidValue):
        parse_json(text)


def test_whole_characters_of_any_kind_are_read() -> None:
    assert parse_json('{"a": "\\ud834\\udd1e \\\\ud800"}') == {"a": "𝄞 \\ud800"}
