"""The tracer's position in the code, and what it has recorded."""

import ast
from dataclasses import dataclass, field
from typing import Any

from classeur.migration.scopes import Scope
from classeur.migration.values import Function, Meeting, Naming, Place, Tag, Trace, Value

_COLOURS = frozenset(["red", "green", "blue", "black", "white", "yellow", "orange", "gray", "grey"])


@dataclass(eq=False)
class State:
    """The common state of expressions, calls, functions and statements while a file is traced."""

    trace: Trace = field(default_factory=Trace)
    scope: Scope = field(default_factory=Scope)
    cell: int | None = None
    lines: list[str] = field(default_factory=list)
    depth: int = 0  # of branches
    loops: int = 0  # around the code
    is_passed_over: bool = False  # in a branch that is known not to be taken
    returned: list[Value] = field(default_factory=list)  # by the running function
    entered: tuple[int, int] = (0, 0)  # its depth and loops where it began
    has_returned: bool = False  # for certain
    _written: dict[int, tuple[Any, Place]] = field(
        default_factory=dict
    )  # lists and dicts in the code, and their positions

    def place(self, node: Any) -> Place:
        """Return a node's position."""
        return Place(
            self.cell,
            node.lineno,
            self._column(node.lineno, node.col_offset),
            node.end_lineno,
            self._column(node.end_lineno, node.end_col_offset),
        )

    def _column(self, line: int, num_bytes: int) -> int:
        text = self.lines[line - 1] if line <= len(self.lines) else ""
        return (num_bytes if text.isascii() else len(text.encode()[:num_bytes].decode(errors="replace"))) + 1

    def meet(self, tags: frozenset[Tag], function: str | None, node: ast.AST) -> frozenset[Tag]:
        """Record, once, an expression of predictions and an order of images; return the tags of the result."""
        if not tags:
            return tags
        predicted = {tag.source for tag in tags if tag.kind == "predicted"}
        batchwise = {tag.source.iterator for tag in tags if tag.kind == "batchwise"}
        met = (predicted | batchwise) & {tag.source for tag in tags if tag.kind == "order"}
        if met or (function and predicted):
            self.trace.meetings.append(Meeting(tags, function, self.place(node)))
        return frozenset(
            tag
            for tag in tags
            if not (tag.kind in ("order", "predicted") and tag.source in met)
            and not (tag.kind == "batchwise" and tag.source.iterator in met)
        )

    def function_of(self, node: ast.Lambda) -> Function:
        """Return a lambda as a function."""
        body = ast.copy_location(ast.Return(node.body), node.body)
        return Function(ast.FunctionDef("<lambda>", node.args, [body], []), self.scope, self.cell, self.lines)

    def noted(self, node: ast.AST, value: Value) -> Value:
        """Return a list or a dict, and record its position in the code."""
        self._written[id(value)] = (value, self.place(node))
        return value

    def name_classes(self, names: Value, place: Place | None = None) -> None:
        """Record that names are used for classes, in that order."""
        if isinstance(names, dict) and list(names) == list(range(len(names))):
            texts = list(names.values())
        else:
            texts = list(names) if isinstance(names, list | tuple) else []
        written = self._written.get(id(names))
        where = place or (written[1] if written else None)
        plain = len(texts) > 1 and all(isinstance(text, str) and "⟨" not in text for text in texts)
        if where and plain and not all(text.lower() in _COLOURS for text in texts):
            self.trace.namings.append(Naming(tuple(texts), where))
