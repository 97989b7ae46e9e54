"""Cells of the CSVs that classeur writes: none is a formula to a spreadsheet, and each is read back unchanged.

A spreadsheet runs a cell that begins with = + - or @, also when it is quoted, and file names come from strangers. An
apostrophe in front makes it text. Source: OWASP, "CSV Injection".
"""

import re
from collections.abc import Iterable

# What would run, also behind apostrophes: so that a cell that begins with one can be told from one that was given one.
_FORMULA = re.compile(r"'*[=+\-@\t\r]")
_GUARDED = re.compile(r"'+[=+\-@\t\r]")
# A number is one to a spreadsheet, too, and programs read it as one.
_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?")


def guarded(cells: Iterable[object]) -> list[str]:
    """Return cells as they are written.

    >>> guarded(["a.jpg", "=HYPERLINK(1)", -0.5, "'-x", "it's"])
    ['a.jpg', "'=HYPERLINK(1)", '-0.5', "''-x", "it's"]
    """
    texts = ["" if cell is None else str(cell) for cell in cells]
    return [f"'{text}" if _FORMULA.match(text) and not _NUMBER.fullmatch(text) else text for text in texts]


def unguarded(cell: str) -> str:
    """Return a cell as it was before it was written.

    >>> [unguarded(cell) for cell in guarded(["=x", "''@", "'a", "-1"])]
    ['=x', "''@", "'a", '-1']
    """
    return cell[1:] if _GUARDED.match(cell) else cell
