"""A cell's imports, with a stand-in for everything between them.

Imports are rewritten together, with the empty lines and comments around them. The rest of a cell matters to that only
by its place, and need not be parsed again.
"""

import ast
import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from classeur.migration.edits import Edits


class Outline(NamedTuple):
    """Code with stand-ins."""

    code: str
    stand_in: str  # the beginning of every stand-in; a number follows
    hidden: tuple[str, ...]

    def shown(self, code: str) -> str:
        """Return the outline's code, or what was made of it, with everything that a stand-in is for."""
        return re.sub(rf"{self.stand_in}(\d+)_", lambda found: self.hidden[int(found[1])], code)


def outline_of(tree: ast.Module, imports: Sequence[ast.stmt], edits: Edits) -> Outline:
    r"""Return the outline of a cell with its changes so far.

    Args:
        tree: the cell's.
        imports: all of its import statements.
        edits: of its code; the outline is made by more of them.

    >>> code = "import a\nb = 1\n\nc = b\nif c:\n    d = 1\n    import e\n"
    >>> tree = ast.parse(code)
    >>> imports = [node for node in ast.walk(tree) if isinstance(node, ast.Import)]
    >>> outline = outline_of(tree, imports, Edits(code))
    >>> outline.code
    'import a\n_rest0_\nif c:\n    _rest1_\n    import e\n'
    >>> outline.shown(outline.code) == code
    True
    """
    stand_in = "_rest"
    while stand_in in edits.code:
        stand_in += "_"
    lines = sorted(each.lineno for each in imports)
    hidden: list[str] = []
    docstring = _last_line(tree.body[0]) if tree.body and is_text(tree.body[0]) else 0
    body = [each for each in tree.body if _first_line(each) > docstring]
    for first, last in _between(body, lines, edits.lines):
        indent = len(edits.lines[first - 1]) - len(edits.lines[first - 1].lstrip())
        start, end = edits.line(first) + indent, edits.line(last) + len(edits.lines[last - 1])
        text = edits.text(start, end)
        edits.replace(start, end, f"{stand_in}{len(hidden)}_")
        hidden.append(text)
    return Outline(edits.text(0, len(edits.code)), stand_in, tuple(hidden))


def is_text(statement: ast.AST) -> bool:
    """Return whether a statement is a plain text, as a docstring is."""
    return (
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Constant)
        and isinstance(statement.value.value, str)
    )


def _between(body: list[ast.stmt], imports: list[int], lines: list[str]) -> Iterator[tuple[int, int]]:
    """Yield the first and last lines of statements without imports; neighbours together."""
    first = last = 0
    for group in _grouped(body):
        start, end = _first_line(group[0]), _last_line(group[-1])
        if bisect_left(imports, start) == bisect_left(imports, end + 1):
            first, last = first or start, _with_comments(group[-1], end, lines)
            continue
        if first:
            yield first, last
            first = 0
        for inner in _bodies(group[0]) if len(group) == 1 else ():
            at = _first_line(inner[0])
            if not lines[at - 1].encode()[: inner[0].col_offset].strip():  # not behind a colon
                yield from _between(inner, imports, lines)
    if first:
        yield first, last


def _grouped(body: list[ast.stmt]) -> Iterator[list[ast.stmt]]:
    """Yield statements; those that share a line together."""
    group: list[ast.stmt] = []
    for statement in body:
        if group and _first_line(statement) > _last_line(group[-1]):
            yield group
            group = []
        group.append(statement)
    if group:
        yield group


def _first_line(statement: ast.stmt) -> int:
    decorators: list[ast.expr] = getattr(statement, "decorator_list", [])
    return min([statement.lineno, *(each.lineno for each in decorators)])


def _last_line(statement: ast.stmt) -> int:
    return statement.end_lineno or statement.lineno


def _bodies(statement: ast.stmt) -> Iterator[list[ast.stmt]]:
    """Yield the blocks of a statement, in order."""
    if isinstance(statement, ast.Match):
        parts: list[ast.AST] = list(statement.cases)
    else:
        parts = [statement]
    for part in parts:
        for name in ("body", "handlers", "orelse", "finalbody"):
            block = getattr(part, name, ())
            if name == "handlers":
                yield from (each.body for each in block)
            elif block:
                yield block


def _with_comments(statement: ast.stmt, end: int, lines: list[str]) -> int:
    """Return the last line of a statement with the comments at the end of its block."""
    indent = statement.col_offset
    if not any(_bodies(statement)):
        return end
    for number in range(end, len(lines)):
        text = lines[number].lstrip()
        if text.startswith("#") and len(lines[number]) - len(text) > indent:
            end = number + 1
        elif text:
            break
    return end
