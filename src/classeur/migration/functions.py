"""Runs the functions of a file where they are called, with a limit on their number and depth."""

import ast
from collections.abc import Callable

from classeur.migration.scopes import Scope
from classeur.migration.state import State
from classeur.migration.values import Arguments, Function, Opaque, Value

_MAX_CALLS, _MAX_DEPTH = 400, 6


class Functions:
    """The functions of the file."""

    def __init__(
        self, state: State, evaluate: Callable[[ast.expr], Value], run_body: Callable[[list[ast.stmt]], None]
    ) -> None:
        """Take the tracer's state, the evaluator of defaults, and the runner of statements."""
        self._state = state
        self._evaluate = evaluate
        self._run_body = run_body
        self._stack: list[ast.AST] = []
        self._num_calls = 0
        self.called: set[ast.AST] = set()

    def run(self, function: Function, positional: list[Value], keywords: Arguments) -> Value:
        """Return the result of a function of the file."""
        node = function.node
        self.called.add(node)
        self._num_calls += 1
        if node in self._stack or len(self._stack) >= _MAX_DEPTH or self._num_calls > _MAX_CALLS:
            return Opaque()
        state = self._state
        outer, state.scope = state.scope, Scope(function.scope)
        returned, state.returned = state.returned, []
        outside = state.entered, state.has_returned
        state.entered, state.has_returned = (state.depth, state.loops), False
        here = state.cell, state.lines
        self._stack.append(node)
        try:
            state.cell, state.lines = function.cell, function.lines
            self._bind_parameters(node.args, ([function.receiver] if function.receiver else []) + positional, keywords)
            self._run_body(node.body)
            first = state.returned[0] if state.returned else None
            return first if all(value is first for value in state.returned) else Opaque()
        finally:
            self._stack.pop()
            state.cell, state.lines = here
            state.scope, state.returned = outer, returned
            state.entered, state.has_returned = outside

    def _bind_parameters(self, parameters: ast.arguments, positional: list[Value], keywords: Arguments) -> None:
        names = [each.arg for each in (*parameters.posonlyargs, *parameters.args)]
        values: Arguments = {name: Opaque() for name in (*names, *(each.arg for each in parameters.kwonlyargs))}
        if "**" not in keywords:
            defaults = parameters.defaults
            pairs = [*zip(names[len(names) - len(defaults) :], defaults, strict=True)]
            pairs += [
                (each.arg, default)
                for each, default in zip(parameters.kwonlyargs, parameters.kw_defaults, strict=True)
                if default is not None
            ]
            values |= {name: self._evaluate(default) for name, default in pairs}
        values |= dict(zip(names, positional, strict=False))
        values |= {name: value for name, value in keywords.items() if name in values}
        for extra in (parameters.vararg, parameters.kwarg):
            if extra:
                values[extra.arg] = Opaque()
        self._state.scope.names |= values
