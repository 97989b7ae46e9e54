"""Statements, followed one by one, without running the code.

Loops run once. Where a condition is known, its branch counts, and the other is only looked at; else a name to which the
branches give different values is unknown.
"""

import ast
from collections.abc import Sequence
from typing import Any

from classeur.migration import pictures
from classeur.migration.api import canonical
from classeur.migration.expressions import Expressions
from classeur.migration.operators import operate
from classeur.migration.scopes import Scope
from classeur.migration.state import State
from classeur.migration.values import Class, Function, Imported, Opaque, are_equal, tags_of


class Statements:
    """Follows statements."""

    def __init__(self, state: State, expressions: Expressions) -> None:
        """Take the tracer's state and the evaluator of expressions."""
        self._state = state
        self._expressions = expressions
        self.functions: list[tuple[Function, Class | None]] = []  # defined so far, with their class

    def run_body(self, body: list[ast.stmt]) -> None:
        """Follow statements in order."""
        for statement in body:
            self._run_statement(statement)

    def _run_statement(self, node: Any) -> None:
        match node:
            case ast.Assign(targets=targets, value=value):
                result = self._expressions.evaluate(value)
                for target in targets:
                    self._expressions.bind(target, result)
            case ast.AnnAssign(target=target, value=value) if value is not None:
                self._expressions.bind(target, self._expressions.evaluate(value))
            case ast.AugAssign(target=target, op=op, value=value):
                before = self._expressions.evaluate(target)
                after = operate(self._state, before, op, self._expressions.evaluate(value), node)
                self._expressions.bind(target, after)
            case ast.Expr(value=value):
                self._expressions.evaluate(value)
                if isinstance(value, ast.Call):
                    self._forget_pixels(value)
            case ast.Return(value=value):
                result = self._expressions.evaluate(value)
                if not self._state.has_returned:
                    self._state.returned.append(result)
                    self._state.has_returned = self._state.depth == self._state.entered[0]
            case ast.Import() | ast.ImportFrom():
                self._import(node)
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                self._define(node)
            case ast.ClassDef():
                self._define_class(node)
            case ast.If():
                self._run_if(node)
            case ast.For() | ast.AsyncFor():
                self._expressions.bind(
                    node.target, self._expressions.item_of(self._expressions.evaluate(node.iter), node.iter)
                )
                self._run_loop(node)
            case ast.While():
                self._expressions.evaluate(node.test)
                self._run_loop(node)
            case ast.With() | ast.AsyncWith():
                for item in node.items:
                    value = self._expressions.evaluate(item.context_expr)
                    if item.optional_vars is not None:
                        self._expressions.bind(item.optional_vars, value)
                self.run_body(node.body)
            case ast.Try() | ast.TryStar():
                self._run_try(node)
            case ast.Match():
                self._expressions.evaluate(node.subject)
                for case in node.cases:
                    self._run_branches([case.body, []])
            case ast.Assert(test=test):
                self._expressions.evaluate(test)
            case ast.Delete(targets=targets):
                for target in targets:
                    self._expressions.bind(target, Opaque())
            case _:
                pass

    def _forget_pixels(self, node: ast.Call) -> None:
        """Forget the pixels of pictures that a call takes whose result is not used: it may change them in place."""
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if name in pictures.LOOKING:
            return
        for each in (*node.args, *(keyword.value for keyword in node.keywords)):
            value = self._state.scope.names.get(each.id) if isinstance(each, ast.Name) else None
            if isinstance(value, Opaque) and any(tag.kind == "pixels" for tag in value.tags):
                self._expressions.bind(each, Opaque(pictures.without(value.tags, "pixels", "uint8")))

    def _run_loop(self, node: ast.For | ast.AsyncFor | ast.While) -> None:
        self._state.loops += 1
        self.run_body(node.body)
        self._state.loops -= 1
        self.run_body(node.orelse)

    def _import(self, node: ast.Import | ast.ImportFrom) -> None:
        outermost = self._state.scope
        while outermost.parent:
            outermost = outermost.parent
        for alias in node.names:
            if isinstance(node, ast.Import):
                name = alias.asname or alias.name.partition(".")[0]
                imported = Imported(canonical(alias.name if alias.asname else name))
            elif node.level or not node.module:
                self._state.scope.names[alias.asname or alias.name] = Opaque()
                continue
            elif alias.name == "*":
                outermost.stars.append(canonical(node.module))
                continue
            else:
                name = alias.asname or alias.name
                imported = Imported(canonical(f"{node.module}.{alias.name}"))
            self._state.scope.names[name] = imported
            self._state.trace.imports[name] = imported

    def _define(self, node: Any, owner: Class | None = None) -> Function:
        function = Function(node, self._state.scope, self._state.cell, self._state.lines)
        if owner is None:
            self._state.scope.names[node.name] = function
        self.functions.append((function, owner))
        return function

    def _define_class(self, node: ast.ClassDef) -> None:
        """Define a class; those of its methods that are never called run once, at the end."""
        bases = [base for each in node.bases if isinstance(base := self._expressions.evaluate(each), Class)]
        made = Class({}, {}, frozenset())
        for base in reversed(bases):
            made.attributes |= base.attributes
            made.methods |= base.methods
            made.bound |= base.bound
        outer, self._state.scope = self._state.scope, Scope(self._state.scope)
        for statement in node.body:
            if not isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
                self._run_statement(statement)
                continue
            function = self._define(statement, made)
            decorators = {ast.unparse(each).rpartition(".")[2] for each in statement.decorator_list}
            if decorators & {"property", "cached_property", "setter"}:
                made.attributes[statement.name] = Opaque()
                made.methods.pop(statement.name, None)
                continue
            made.methods[statement.name] = function
            if "staticmethod" in decorators:
                made.bound -= {statement.name}
            else:
                made.bound |= {statement.name}
        made.attributes |= self._state.scope.names
        self._state.scope = outer
        self._state.scope.names[node.name] = made
        made.make()

    def _run_if(self, node: ast.If) -> None:
        tested = node.test
        if isinstance(tested, ast.Compare) and isinstance(tested.left, ast.Name) and tested.left.id == "__name__":
            self.run_body(node.body)
            return
        self._expressions.evaluate(tested)
        truth = self._expressions.truth(tested)
        if truth is None:
            self._run_branches([node.body, node.orelse])
            return
        taken, other = (node.body, node.orelse) if truth else (node.orelse, node.body)
        names, returned = self._state.scope.names, list(self._state.returned)
        passed_over, self._state.is_passed_over = self._state.is_passed_over, True
        self._run_branches([other])  # it is looked at, and has no effect on names
        self._state.scope.names, self._state.returned = names, returned
        self._state.is_passed_over = passed_over
        self.run_body(taken)

    def _run_try(self, node: ast.Try | ast.TryStar) -> None:
        self.run_body(node.body)
        self.run_body(node.orelse)
        kept = self._state.scope.names
        for handler in node.handlers:
            self._state.scope.names = dict(kept)
            self._state.depth += 1
            self.run_body(handler.body)
            self._state.depth -= 1
            kept |= {name: value for name, value in self._state.scope.names.items() if name not in kept}
        self._state.scope.names = kept
        self.run_body(node.finalbody)

    def _run_branches(self, bodies: Sequence[list[ast.stmt]]) -> None:
        before = self._state.scope.names
        ends = []
        self._state.depth += 1
        for body in bodies:
            self._state.scope.names = dict(before)
            self.run_body(body)
            ends.append(self._state.scope.names)
        self._state.depth -= 1
        joined = dict(before)
        for name in dict.fromkeys(name for end in ends for name in end):
            values = [end[name] for end in ends if name in end]
            same = all(are_equal(value, values[0]) for value in values)
            joined[name] = values[0] if same else Opaque(frozenset.intersection(*map(tags_of, values)))
        self._state.scope.names = joined
