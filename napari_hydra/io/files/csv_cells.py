"""Words in the cells of a CSV table: a spreadsheet takes those that begin so for a formula, and runs it.

Source: OWASP, "CSV Injection".
"""

import re

_FORMULA = re.compile(r"'*[=+\-@]")
_ESCAPED = re.compile(r"'+[=+\-@]")


def escaped(cell: object) -> object:
    """Return a cell with an apostrophe before words that a spreadsheet would run; numbers stay as they are."""
    return f"'{cell}" if isinstance(cell, str) and _FORMULA.match(cell) and not _is_number(cell) else cell


def unescaped(cell: str) -> str:
    """Return what `escaped` was given."""
    return cell[1:] if _ESCAPED.match(cell) else cell


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True
