"""A line of a table about pins, regions and the like."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """A name with its colour, then cells of text; `remark` says why they are empty, or more of the name."""

    name: str
    colour: str | None
    cells: tuple[str, ...]
    remark: str = ""
