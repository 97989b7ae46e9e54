"""Values followed through a file, statement by statement, without running it.

Functions are run where they are called, and once with unknown arguments if they never are; loops once; of branches
that leave a name with different values, the value is not known.
"""

import ast
import contextlib
import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from classeur.migration.api import canonical
from classeur.migration.calling import Caller
from classeur.migration.scopes import Scope
from classeur.migration.values import Function, Imported, Iterator, Opaque, Record, Trace, Use, Value, tags_of


class Parsed(NamedTuple):
    """One cell, or a whole file."""

    cell: int | None
    code: str
    tree: ast.Module


def trace(cells: Sequence[Parsed]) -> Trace:
    r"""Return what generators, models and predictions go through in a file, or in a notebook's cells in order.

    >>> code = "from keras.preprocessing.image import ImageDataGenerator\ngen = ImageDataGenerator(rescale=1 / 255)"
    >>> [generator.arguments for generator in trace([Parsed(None, code, ast.parse(code))]).generators]
    [{'rescale': 0.00392...}]
    """
    tracer = _Tracer()
    with contextlib.suppress(RecursionError):  # what has been seen until then holds
        tracer.run_cells(cells)
    return tracer.trace


class _Tracer(Caller):
    """Statements."""

    def run_cells(self, cells: Sequence[Parsed]) -> None:
        self._functions: list[tuple[Function, Record | None]] = []
        for parsed in cells:
            self.cell, self.lines = parsed.cell, re.split(r"\r\n|\r|\n", parsed.code)
            self.run_body(parsed.tree.body)
        position = 0
        while position < len(self._functions):
            function, record = self._functions[position]
            position += 1
            if function.node not in self.called:
                self.run(function, [], {"**": Opaque()}, receiver=record)

    def run_body(self, body: list[ast.stmt]) -> None:
        for statement in body:
            self._run_statement(statement)

    def _run_statement(self, node: Any) -> None:
        match node:
            case ast.Assign(targets=targets, value=value):
                result = self.evaluate(value)
                for target in targets:
                    self.bind(target, result)
            case ast.AnnAssign(target=target, value=value) if value is not None:
                self.bind(target, self.evaluate(value))
            case ast.AugAssign(target=target, op=op, value=value):
                before = self.evaluate(target)
                self.bind(target, self.operate(before, op, self.evaluate(value), node))
            case ast.Expr(value=value):
                self.evaluate(value)
            case ast.Return(value=value):
                self.returned.append(self.evaluate(value))
            case ast.Import() | ast.ImportFrom():
                self._import(node)
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                self._define(node, None)
            case ast.ClassDef():
                self._define_class(node)
            case ast.If():
                self._run_if(node)
            case ast.For() | ast.AsyncFor():
                self.bind(node.target, self.item_of(self.evaluate(node.iter), node.iter))
                self.run_body(node.body)
                self.run_body(node.orelse)
            case ast.While():
                self.evaluate(node.test)
                self.run_body(node.body)
                self.run_body(node.orelse)
            case ast.With() | ast.AsyncWith():
                for item in node.items:
                    value = self.evaluate(item.context_expr)
                    if item.optional_vars is not None:
                        self.bind(item.optional_vars, value)
                self.run_body(node.body)
            case ast.Try() | ast.TryStar():
                self._run_try(node)
            case ast.Match():
                self.evaluate(node.subject)
                for case in node.cases:
                    self._run_branches([case.body, []])
            case ast.Assert(test=test):
                self.evaluate(test)
            case ast.Delete(targets=targets):
                for target in targets:
                    self.bind(target, Opaque())
            case _:
                pass

    def bind(self, target: Any, value: Value) -> None:
        match target:
            case ast.Name(id=name):
                self.scope.names[name] = value
                if isinstance(value, Iterator) and name not in value.names:
                    value.names.append(name)
            case ast.Tuple(elts=targets) | ast.List(elts=targets):
                known = isinstance(value, list | tuple) and len(value) == len(targets)
                starred = any(isinstance(each, ast.Starred) for each in targets)
                for number, each in enumerate(targets):
                    part = value[number] if known and not starred else Opaque(tags_of(value))
                    self.bind(each.value if isinstance(each, ast.Starred) else each, part)
            case ast.Attribute(value=owner, attr=name):
                record = self.evaluate(owner)
                if isinstance(record, Record):
                    record.attributes[name] = value
                elif isinstance(record, Opaque):
                    record.parts[f".{name}"] = value
                if isinstance(value, Iterator) and name not in value.names:
                    value.names.append(name)
            case ast.Subscript(value=owner, slice=index):
                container, key = self.evaluate(owner), self.evaluate(index)
                if isinstance(container, dict) and isinstance(key, str | int):
                    container[key] = value
                elif isinstance(container, Opaque) and isinstance(key, str | int):
                    container.parts[repr(key)] = value
            case _:
                pass

    def item_of(self, value: Value, node: ast.AST) -> Value:
        if isinstance(value, Iterator):
            self.trace.uses.append(Use("next", "for", None, value, {}, self.place(node)))
            return Opaque()
        return Opaque(tags_of(value))

    def _import(self, node: ast.Import | ast.ImportFrom) -> None:
        outermost = self.scope
        while outermost.parent:
            outermost = outermost.parent
        for alias in node.names:
            if isinstance(node, ast.Import):
                name = alias.asname or alias.name.partition(".")[0]
                imported = Imported(canonical(alias.name if alias.asname else name))
            elif node.level or not node.module:
                self.scope.names[alias.asname or alias.name] = Opaque()
                continue
            elif alias.name == "*":
                outermost.stars.append(canonical(node.module))
                continue
            else:
                name = alias.asname or alias.name
                imported = Imported(canonical(f"{node.module}.{alias.name}"))
            self.scope.names[name] = imported
            self.trace.imports[name] = imported

    def _define(self, node: Any, record: Record | None) -> Function:
        function = Function(node, self.scope, self.cell, self.lines)
        if record is None:
            self.scope.names[node.name] = function
        else:
            record.attributes[node.name] = Opaque()
        self._functions.append((function, record))
        return function

    def _define_class(self, node: ast.ClassDef) -> None:
        """Take all instances of a class for one; its methods run once, at the end."""
        record = Record()
        outer, self.scope = self.scope, Scope(self.scope)
        for statement in node.body:
            if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
                self._define(statement, record)
            else:
                self._run_statement(statement)
        self.scope = outer
        self.scope.names[node.name] = Opaque()

    def _run_if(self, node: ast.If) -> None:
        tested = node.test
        if isinstance(tested, ast.Compare) and isinstance(tested.left, ast.Name) and tested.left.id == "__name__":
            self.run_body(node.body)
            return
        self.evaluate(tested)
        self._run_branches([node.body, node.orelse])

    def _run_try(self, node: ast.Try | ast.TryStar) -> None:
        self.run_body(node.body)
        self.run_body(node.orelse)
        kept = self.scope.names
        for handler in node.handlers:
            self.scope.names = dict(kept)
            self.depth += 1
            self.run_body(handler.body)
            self.depth -= 1
            kept |= {name: value for name, value in self.scope.names.items() if name not in kept}
        self.scope.names = kept
        self.run_body(node.finalbody)

    def _run_branches(self, bodies: Sequence[list[ast.stmt]]) -> None:
        before = self.scope.names
        ends = []
        self.depth += 1
        for body in bodies:
            self.scope.names = dict(before)
            self.run_body(body)
            ends.append(self.scope.names)
        self.depth -= 1
        joined = dict(before)
        for name in dict.fromkeys(name for end in ends for name in end):
            values = [end[name] for end in ends if name in end]
            same = all(value is values[0] or _equal(value, values[0]) for value in values)
            joined[name] = values[0] if same else Opaque()
        self.scope.names = joined


def _equal(left: Value, right: Value) -> bool:
    plain = str | int | float | bool | Imported
    return isinstance(left, plain) and type(left) is type(right) and left == right
