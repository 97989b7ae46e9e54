"""Changes of a text, by position: everything that no change names stays as it is, to the last space."""

import ast
import re
from bisect import bisect_left
from typing import NamedTuple


class _Edit(NamedTuple):
    start: int
    end: int
    text: str


class Edits:
    r"""A text and its changes so far; a change of a range takes those inside it.

    >>> edits = Edits("f(a, b)\n")
    >>> edits.replace(2, 3, "new")
    >>> edits.text(0, 7)
    'f(new, b)'
    >>> edits.replace(0, 7, f"g({edits.text(0, 7)})")
    >>> edits.text(0, 8)
    'g(f(new, b))\n'
    """

    def __init__(self, code: str) -> None:
        """Take the text."""
        self.code = code
        self.lines = re.split(r"\r\n|\r|\n", code)
        self._starts = [0, *(found.end() for found in re.finditer(r"\r\n|\r|\n", code))]
        self._found: list[_Edit] = []  # in order, none overlaps another

    def text(self, start: int, end: int) -> str:
        """Return a range of the old text, changed."""
        parts, position = [], start
        for edit in self._found[slice(*self._inside(start, end))]:
            parts += [self.code[position : edit.start], edit.text]
            position = edit.end
        return "".join([*parts, self.code[position:end]])

    def replace(self, start: int, end: int, text: str) -> None:
        """Give a range of the old text another text."""
        first, last = self._inside(start, end)
        self._found[first:last] = [_Edit(start, end, text)]

    def rename(self, node: ast.Attribute, name: str) -> None:
        """Give an attribute another name."""
        _, end = self.range_of(node)
        self.replace(end - len(node.attr), end, name)

    def line(self, number: int) -> int:
        """Return where a line begins; lines count from 1."""
        return self._starts[number - 1]

    def column(self, line: int, num_bytes: int) -> int:
        """Return the characters before a position of Python's tree, which counts bytes."""
        text = self.lines[line - 1]
        return num_bytes if text.isascii() else len(text.encode()[:num_bytes].decode(errors="replace"))

    def range_of(self, node: ast.expr) -> tuple[int, int]:
        """Return the range of an expression, without parentheses around it."""
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        return (
            self.line(node.lineno) + self.column(node.lineno, node.col_offset),
            self.line(node.end_lineno) + self.column(node.end_lineno, node.end_col_offset),
        )

    def _inside(self, start: int, end: int) -> tuple[int, int]:
        return (
            bisect_left(self._found, start, key=lambda edit: edit.start),
            bisect_left(self._found, end, key=lambda edit: edit.start),
        )
